"""The emotional arc: feelings of clauses put in their places over the cue.

Conventions: ``at`` 0..1. Words such as "at first", "then", "by the end", "开头", "最后" place the clauses after them, a
marked time places its clause by the second, and what is left is read in the order of telling. Where no word of emotion
speaks, style, use and tempo give a prior; where nothing does, the arc is neutral and marked as assumed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from assistant.constraints import ArcPoint, Evidence
from assistant.interpret.emotion import Feeling, feel
from assistant.interpret.lexicon import table
from assistant.interpret.text import Piece, Text
from assistant.interpret.times import Times

START, MIDDLE, END = 0.0, 0.5, 1.0
SCENE_BLEND = 0.35
"""How much of the whole brief's feeling colours each unmarked stage."""


@dataclass(frozen=True)
class Arc:
    """Arc points with their words; ``spoken`` says whether any word of emotion was found."""

    points: tuple[ArcPoint, ...]
    evidence: tuple[Evidence, ...]
    spoken: bool


@dataclass(frozen=True)
class _Stage:
    """A stretch with its place: a number, "next" for "then", or None when only the order places it."""

    piece: Piece
    at: float | None
    feeling: Feeling


def read_arc(
    text: Text, times: Times, *, use: str | None, styles: tuple[str, ...], tempo_bpm: tuple[float, float] | None
) -> Arc:
    """The arc of a text."""
    duration_s = times.duration.at_s if times.duration else None
    stages = [stage for stage in _stages(text, times, duration_s) if stage.feeling.evidence]
    prior = _prior(text, use, styles, tempo_bpm)
    if not stages:
        point = ArcPoint(0.0, prior[0] or 0.0, prior[1] or 0.0)
        return Arc((point,), (Evidence("arc", "", assumed=True, confidence=0.2),), spoken=False)
    whole = feel(text, Piece(0, len(text.plain)))
    placed = _placed(stages)
    points = [_point(at, feeling, whole, prior, ordered=ordered) for at, feeling, ordered in placed]
    evidence = tuple(item for stage in stages for item in stage.feeling.evidence)
    return Arc(_tidy(points), evidence, spoken=True)


def _stages(text: Text, times: Times, duration_s: float | None) -> list[_Stage]:
    """The text cut at sentences and at stage words, each stretch with its place where the words give one."""
    cuts = {0, len(text.plain)}
    cuts |= {piece.start for piece in text.clauses}
    markers = text.find("stage")
    cuts |= {marker.start for marker in markers if marker.value != "to_end"}
    ordered = sorted(cuts)
    stages: list[_Stage] = []
    current: float | None = None
    previous_sentence: Piece | None = None
    for start, end in zip(ordered, ordered[1:], strict=False):
        piece = Piece(start, end)
        sentence = text.sentence(start)
        marked = [marker for marker in markers if marker.start in piece]
        if sentence != previous_sentence and not marked and current is not None and current < END:
            current = None
        previous_sentence = sentence
        if marked:
            current = _place_of(marked[-1].value, current)
        at = current
        for moment in times.moments:
            if moment.start in piece and duration_s and not marked:
                at = current = min(moment.at_s / duration_s, 1.0)
        stages.append(_Stage(piece, at, feel(text, piece)))
    return stages


def _place_of(value: str, current: float | None) -> float:
    """Where a stage word puts what follows it."""
    places = {"start": START, "middle": MIDDLE, "end": END}
    if value in places:
        return places[value]
    if current is None or current < MIDDLE:
        return 0.6
    return min(current + 0.2, END)


def _placed(stages: list[_Stage]) -> list[tuple[float, Feeling, bool]]:
    """Feelings with their places; those without one are spread between their neighbours in the order of telling."""
    anchors = [stage.at for stage in stages]
    if all(at is None for at in anchors):
        last = max(len(stages) - 1, 1)
        return [(index / last, stage.feeling, True) for index, stage in enumerate(stages)]
    placed: list[tuple[float, Feeling, bool]] = []
    for index, stage in enumerate(stages):
        if stage.at is not None:
            placed.append((stage.at, stage.feeling, False))
            continue
        later = [at for at in anchors[index + 1 :] if at is not None]
        placed.append((START if later else -1.0, stage.feeling, True))
    return _merge(placed)


def _merge(placed: list[tuple[float, Feeling, bool]]) -> list[tuple[float, Feeling, bool]]:
    """Feelings of the same place as one; those after the last marked stage belong to the whole and are left out."""
    merged: list[tuple[float, Feeling, bool]] = []
    for at in sorted({place for place, _, _ in placed if place >= 0}):
        same = [feeling for place, feeling, _ in placed if place == at]
        merged.append((at, _blend(same), False))
    return merged


def _blend(feelings: list[Feeling]) -> Feeling:
    def mean(values: list[float]) -> float | None:
        weight = sum(abs(value) for value in values)
        return sum(value * abs(value) for value in values) / weight if weight else None

    valence = mean([feeling.valence for feeling in feelings if feeling.valence is not None])
    arousal = mean([feeling.arousal for feeling in feelings if feeling.arousal is not None])
    return replace(feelings[0], valence=valence, arousal=arousal)


def _point(
    at: float, feeling: Feeling, whole: Feeling, prior: tuple[float | None, float | None], *, ordered: bool
) -> ArcPoint:
    """A point of the arc: its own feeling, what it leaves open filled from the whole, then from the prior."""
    share = SCENE_BLEND if ordered else 0.0

    def value(own: float | None, all_: float | None, assumed: float | None) -> float:
        if own is None:
            return all_ if all_ is not None else assumed or 0.0
        return own * (1 - share) + (all_ or 0.0) * share

    return ArcPoint(
        at,
        round(max(-1.0, min(1.0, value(feeling.valence, whole.valence, prior[0]))), 3),
        round(max(-1.0, min(1.0, value(feeling.arousal, whole.arousal, prior[1]))), 3),
    )


def _tidy(points: list[ArcPoint]) -> tuple[ArcPoint, ...]:
    """The points sorted, a single one standing for the whole length, the last one reaching the end."""
    ordered = sorted(points, key=lambda point: point.at)
    if len(ordered) == 1:
        return (replace(ordered[0], at=0.0),)
    if ordered[0].at > 0:
        ordered.insert(0, ArcPoint(0.0, 0.0, 0.0)) if ordered[0].at > 0.5 else ordered.insert(0, replace(ordered[0], at=0.0))
    if ordered[-1].at < 1:
        ordered.append(replace(ordered[-1], at=1.0))
    return tuple(ordered)


def _prior(
    text: Text, use: str | None, styles: tuple[str, ...], tempo_bpm: tuple[float, float] | None
) -> tuple[float | None, float | None]:
    """Valence and arousal that style, use and tempo suggest when no word of emotion speaks."""
    priors = table("priors", text.prompts_dir)
    said = [priors["styles"][style] for style in styles[:2] if style in priors["styles"]]
    if use in priors["uses"]:
        said.append(priors["uses"][use])
    valence = sum(pair[0] for pair in said) / len(said) if said else None
    arousal = sum(pair[1] for pair in said) / len(said) if said else None
    if tempo_bpm:
        arousal = max(-0.7, min(0.8, (sum(tempo_bpm) / 2 - 100) / 70))
    return valence, arousal
