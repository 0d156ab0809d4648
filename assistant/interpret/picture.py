"""What the picture says of emotion, laid under the words: an arc where they leave it open, shades where they set one.

Conventions: valence and arousal -1..1, places 0..1 of the cue. Each measure is counted in steps from what is usual and
weighed as ``prompts/picture.toml`` says, which names its sources; the sum is bent into the reach that the table gives
the picture. A curve that came instead of a clip is no guess: it sets arousal, and the words valence.

It does not know what is in the picture: a dark room and a starry night look alike here.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from assistant.clip import Clip, Sample
from assistant.constraints import ArcPoint, Constraints, Evidence
from assistant.datafile import read_data
from assistant.errors import DataError
from assistant.interpret.shots import Shot

PLACES = (0.0, 0.25, 0.5, 0.75, 1.0)
MEASURES = ("brightness", "saturation", "warmth", "motion", "cuts_per_min")
SAID = "clip:"
"""How evidence of ours begins."""
CONFIDENCE, TOLD_CONFIDENCE, CURVE_CONFIDENCE = 0.3, 0.4, 0.9
TOLD_SHARE = 0.7
"""The share of what a model says of a shot beside its colours."""
LONGEST_GAP = 0.3
"""Between points of the words' arc that lie further apart the picture may shade."""
LEAST_WINDOW_S = 2.5
MOST_POINTS, FLAT = 12, 0.04
"""Points that a curve becomes at most, and how far it may lie from the lines between them."""


@dataclass(frozen=True)
class Table:
    """The weights of `prompts/picture.toml`."""

    usual: dict[str, tuple[float, float]]
    valence: dict[str, float]
    arousal: dict[str, float]
    reach: tuple[float, float]
    open_share: float
    between_share: float


@cache
def load_table(prompts_dir: Path) -> Table:
    """The table, checked.

    Raises
    ------
    DataError
        If it lacks a measure, or names one that is not measured.
    """
    path = prompts_dir / "picture.toml"
    data = read_data(path)
    try:
        usual = {name: (float(low), float(high)) for name, (low, high) in data["usual"].items()}
        weights: dict[str, Any] = {name: dict(data[name]) for name in ("valence", "arousal")}
        say = data["say"]
        table = Table(usual, **weights, reach=(say["valence"], say["arousal"]), open_share=say["open"],
                      between_share=say["between"])  # fmt: skip
    except (KeyError, TypeError, ValueError) as error:
        raise DataError(f"{path}: {error}", "restore the table") from error
    unknown = {*table.usual, *table.valence, *table.arousal} - set(MEASURES)
    shares = (*table.reach, table.open_share, table.between_share)
    if unknown or set(table.usual) != set(MEASURES) or not all(0 <= share <= 1 for share in shares):
        raise DataError(f"{path}: {sorted(unknown) or 'a share outside 0..1'}", f"use {', '.join(MEASURES)}")
    return table


def is_told(asked: Constraints) -> bool:
    """Whether the picture has had its word already, before the question that is answered now."""
    return any(item.field == "arc" and item.words.startswith(SAID) for item in asked.evidence)


def with_picture(asked: Constraints, clip: Clip, prompts_dir: Path, *, shots: Sequence[Shot] = ()) -> Constraints:
    """The constraints with the picture's word added to the arc.

    Parameters
    ----------
    asked : Constraints
        What the words said; an arc with evidence that is assumed is open.
    clip : Clip
        A film, one picture, or a curve; nothing changes for a sound or an edit list.
    prompts_dir : Path
    shots : sequence of Shot
        What a model of pictures saw.

    Returns
    -------
    Constraints
        With an item of evidence that begins with ``"clip:"``.
    """
    if clip.arousal:
        return _driven(asked, clip)
    if not clip.brightness or is_told(asked):
        return asked
    table = load_table(prompts_dir)
    places = PLACES if clip.has_length else PLACES[:1]
    seen = [_told(mood_at(clip, at, table), shots) for at in places]
    said = asked.evidence_for("arc")
    evidence = (Evidence("arc", _in_words(clip), confidence=CONFIDENCE), *_evidence_of(shots))
    if said is None or said.assumed:
        points = tuple(_blend(asked.emotion_at(point.at), point, table.open_share) for point in seen)
        kept = tuple(item for item in asked.evidence if item.field != "arc")
        return replace(asked, arc=_plain(points), evidence=(*kept, *evidence))
    if not clip.has_length:
        return asked
    arc = _shaded(asked, seen, table.between_share)
    return replace(asked, arc=arc, evidence=(*asked.evidence, *evidence)) if arc != asked.arc else asked


def measures_at(clip: Clip, at: float | None = None) -> dict[str, float]:
    """The mean of every measure around a place 0..1 of a clip, over the whole of it without one."""
    half_s = clip.length_s if at is None else max(LEAST_WINDOW_S, clip.length_s / 8)
    middle_s = (0.5 if at is None else at) * clip.length_s
    begins_s, ends_s = max(0.0, middle_s - half_s), min(clip.length_s, middle_s + half_s)
    found = {
        name: _mean(getattr(clip, name), begins_s, ends_s) for name in ("brightness", "saturation", "warmth", "motion")
    }
    measures = {name: value for name, value in found.items() if value is not None}
    if clip.motion:
        cuts = sum(begins_s <= cut.at_s < ends_s for cut in clip.cuts)
        measures["cuts_per_min"] = 60 * cuts / max(ends_s - begins_s, 1e-3)
    return measures


def mood_at(clip: Clip, at: float, table: Table) -> ArcPoint:
    """What the picture around a place says of valence and arousal."""
    steps = {
        name: (value - table.usual[name][0]) / table.usual[name][1] for name, value in measures_at(clip, at).items()
    }
    valence, arousal = (
        reach * math.tanh(sum(weight * steps.get(name, 0.0) for name, weight in weights.items()))
        for reach, weights in zip(table.reach, (table.valence, table.arousal), strict=True)
    )
    return ArcPoint(at, valence, arousal)


def _told(seen: ArcPoint, shots: Sequence[Shot]) -> ArcPoint:
    """What the colours say, drawn to what the shot at that place was said to show."""
    for shot in shots:
        if shot.mood is not None and shot.begins <= seen.at <= shot.ends:
            return _blend(seen, replace(shot.mood, at=seen.at), TOLD_SHARE)
    return seen


def _evidence_of(shots: Sequence[Shot]) -> tuple[Evidence, ...]:
    return tuple(
        Evidence("arc", f"{SAID} shot {shot.number}: {shot.said}", confidence=TOLD_CONFIDENCE)
        for shot in shots
        if shot.mood is not None
    )


def _mean(curve: Sequence[Sample], begins_s: float, ends_s: float) -> float | None:
    values = [sample.value for sample in curve if begins_s <= sample.at_s <= ends_s] or [s.value for s in curve[:1]]
    return sum(values) / len(values) if values else None


def _in_words(clip: Clip) -> str:
    """What was measured, as evidence names it."""
    told = ", ".join(f"{name.replace('_', ' ')} {value:.2f}" for name, value in measures_at(clip).items())
    return f"{SAID} {told}"


def _blend(words: ArcPoint, seen: ArcPoint, share: float) -> ArcPoint:
    return ArcPoint(
        seen.at,
        round(words.valence * (1 - share) + seen.valence * share, 3),
        round(words.arousal * (1 - share) + seen.arousal * share, 3),
    )


def _plain(points: tuple[ArcPoint, ...]) -> tuple[ArcPoint, ...]:
    """Without points that hardly leave the line between their neighbours."""
    kept = simplify([(point.at, point.valence, point.arousal) for point in points], FLAT)
    return tuple(points[index] for index in kept)


def _shaded(asked: Constraints, seen: Sequence[ArcPoint], share: float) -> tuple[ArcPoint, ...]:
    """The words' points as they are, and between them what the picture adds to the line, never changing its sign."""
    usual = ArcPoint(0.0, *(sum(getattr(p, name) for p in seen) / len(seen) for name in ("valence", "arousal")))
    arc = asked.arc if len(asked.arc) > 1 else (replace(asked.arc[0], at=0.0), replace(asked.arc[0], at=1.0))
    points = list(arc)
    for left, right in pairwise(arc):
        if right.at - left.at <= LONGEST_GAP:
            continue
        for point in seen:
            if left.at + 0.1 < point.at < right.at - 0.1:
                line = asked.emotion_at(point.at)
                valence = _nudged(line.valence, share * (point.valence - usual.valence))
                arousal = _nudged(line.arousal, share * (point.arousal - usual.arousal))
                if abs(valence - line.valence) + abs(arousal - line.arousal) > 0.02:
                    points.append(ArcPoint(point.at, valence, arousal))
    return tuple(sorted(points, key=lambda point: point.at)) if len(points) > len(arc) else asked.arc


def _nudged(value: float, by: float) -> float:
    """A value moved a little, kept on its side of zero and in range."""
    moved = max(-1.0, min(1.0, value + by))
    return round(0.0 if moved * value < 0 else moved, 3)


def _driven(asked: Constraints, clip: Clip) -> Constraints:
    """The arc with the curve's arousal."""
    length_s = asked.duration_s or clip.length_s
    rows = [(sample.at_s / length_s, sample.value) for sample in clip.arousal if sample.at_s <= length_s + 1e-9]
    if len(rows) < 2:
        return asked
    kept = simplify(rows, FLAT)
    while len(kept) > MOST_POINTS:
        rows = [rows[index] for index in kept]
        kept = simplify(rows, FLAT * len(kept) / MOST_POINTS * 1.5)
    points = [replace(asked.emotion_at(min(1.0, at)), at=min(1.0, at), arousal=round(value, 3))
              for at, value in (rows[index] for index in kept)]  # fmt: skip
    if points[0].at > 0:
        points.insert(0, replace(points[0], at=0.0))
    words = f"{SAID} curve of {len(clip.arousal)} points over {clip.length_s:g} s"
    kept_evidence = tuple(item for item in asked.evidence if not (item.field == "arc" and item.assumed))
    evidence = (*kept_evidence, Evidence("arc", words, confidence=CURVE_CONFIDENCE))
    return replace(asked, arc=tuple(points), evidence=evidence)


def simplify(rows: Sequence[tuple[float, ...]], slack: float) -> list[int]:
    """The places of the rows that straight lines through them lie no further than ``slack`` from all.

    Parameters
    ----------
    rows : sequence of tuple of float
        A rising place, then values.

    Notes
    -----
    Douglas and Peucker, 1973, with the distance taken in the values alone.

    Examples
    --------
    >>> simplify([(0, 0), (1, 0.01), (2, 1), (3, 2)], 0.1)
    [0, 1, 3]
    """
    table = np.array(rows, np.float64)
    kept, open_ = {0, len(rows) - 1}, [(0, len(rows) - 1)]
    while open_:
        first, last = open_.pop()
        if last - first < 2:
            continue
        inner = table[first + 1 : last]
        share = ((inner[:, 0] - table[first, 0]) / max(table[last, 0] - table[first, 0], 1e-12))[:, None]
        line = table[first, 1:] * (1 - share) + table[last, 1:] * share
        off = np.abs(inner[:, 1:] - line).max(axis=1)
        if off.max() > slack:
            middle = first + 1 + int(off.argmax())
            kept.add(middle)
            open_ += [(first, middle), (middle, last)]
    return sorted(kept)
