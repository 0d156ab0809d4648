"""How well cuts, fades and dissolves are found in films whose joins are known: ``python -m models.evaluation.cuts``.

Conventions: a cut is right within one frame of its place; a gradual change when its kind is right and it shares at
least half of the time that the two take together. Precision, recall and F1 over all films of a half. The bounds in
`assistant.clip` were set on the development half; the held-out half has other seeds and other stretches of the sources.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from assistant.clip import Clip, measure_clip
from assistant.errors import InputError
from models.evaluation.assembled import Film, make_film
from models.evaluation.filmed import DEVELOPMENT, HELD_OUT

FILMS = 64
"""Films of each half."""
FIRST_SEED = {DEVELOPMENT: 0, HELD_OUT: 1000}
SLACK_S = 0.0015
"""Containers round their time stamps to the millisecond."""
KINDS = ("fade_out", "fade_in", "dissolve")


@dataclass
class Tally:
    """What was found rightly, wrongly and not at all."""

    right: int = 0
    wrong: int = 0
    missed: int = 0
    films: list[str] = field(default_factory=list)

    @property
    def precision(self) -> float:
        """Of what was found, the share that is there."""
        return self.right / max(1, self.right + self.wrong)

    @property
    def recall(self) -> float:
        """Of what is there, the share that was found."""
        return self.right / max(1, self.right + self.missed)

    @property
    def f1(self) -> float:
        """The harmonic mean of both."""
        return 2 * self.right / max(1, 2 * self.right + self.wrong + self.missed)


def match_cuts(found_s: Iterable[float], known_s: Iterable[float], frame_s: float) -> tuple[int, int, int]:
    """How many cuts are right, wrong and missed, each known one matched once, with the nearest.

    Examples
    --------
    >>> match_cuts([1.0, 2.04, 5.0], [1.0, 2.0, 3.0], 0.04)
    (2, 1, 1)
    """
    left, right, missed = list(found_s), 0, 0
    for known in known_s:
        near = [each for each in left if abs(each - known) <= 1.05 * frame_s + SLACK_S]
        if near:
            left.remove(min(near, key=lambda each: abs(each - known)))
            right += 1
        else:
            missed += 1
    return right, len(left), missed


def match_changes(found: Iterable[Any], known: Iterable[Any]) -> tuple[int, int, int, list[float]]:
    """The same for gradual changes of one kind, and by how many seconds the matched ends are off."""
    left, right, missed, off = list(found), 0, 0, list[float]()
    for change in known:
        best = max(left, key=lambda each: _shared(each, change), default=None)
        if best is not None and _shared(best, change) >= 0.5:
            left.remove(best)
            right += 1
            off += [abs(best.start_s - change.start_s), abs(best.end_s - change.end_s)]
        else:
            missed += 1
    return right, len(left), missed, off


def _shared(one: Any, other: Any) -> float:
    """The time that two stretches share, as a share of what they take together."""
    both = min(one.end_s, other.end_s) - max(one.start_s, other.start_s)
    return float(both / (max(one.end_s, other.end_s) - min(one.start_s, other.start_s)))


def judge_half(half: str, clips: Path, *, films: int = FILMS, folder: Path | None = None) -> dict[str, Any]:
    """Every film of a half made, measured and judged: a `Tally` by kind, ``off`` in seconds, sizes, rates, codecs."""
    tallies: dict[str, Tally] = {kind: Tally() for kind in ("cut", *KINDS)}
    off: list[float] = []
    about: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as made:
        for seed in range(FIRST_SEED[half], FIRST_SEED[half] + films):
            film = make_film(folder or Path(made), seed, half, clips)
            about.update(film.about.split()[:3])
            off += _judge(film, measure_clip(film.path), tallies)
            film.path.unlink()
    return {**tallies, "off": off, "about": about}


def _judge(film: Film, clip: Clip, tallies: dict[str, Tally]) -> list[float]:
    """Count one film in; by how much the ends of its gradual changes are off."""
    verdict = match_cuts([cut.at_s for cut in clip.cuts], film.cuts_s, 1 / film.rate_hz)
    _count(tallies["cut"], verdict, film)
    off: list[float] = []
    for kind in KINDS:
        found = [each for each in clip.transitions if each.kind == kind]
        *counts, ends = match_changes(found, [each for each in film.changes if each.kind == kind])
        _count(tallies[kind], tuple(counts), film)
        off += ends
    return off


def _count(tally: Tally, verdict: tuple[int, ...], film: Film) -> None:
    right, wrong, missed = verdict
    tally.right, tally.wrong, tally.missed = tally.right + right, tally.wrong + wrong, tally.missed + missed
    if wrong or missed:
        tally.films.append(film.path.stem)


def report(*, corpus: Path | None = None, engines: Sequence[str] = (), seeds: int = 1, films: int = FILMS) -> str:
    """Both halves as Markdown."""
    del corpus, engines, seeds
    clips = clips_folder()
    lines = ["| half | what | known | precision | recall | F1 |", "|---|---|---|---|---|---|"]
    notes = []
    for half in (DEVELOPMENT, HELD_OUT):
        found = judge_half(half, clips, films=films)
        for kind in ("cut", *KINDS):
            tally: Tally = found[kind]
            row = f"{tally.precision:.3f} | {tally.recall:.3f} | **{tally.f1:.3f}**"
            lines.append(f"| {half} | {kind.replace('_', ' ')} | {tally.right + tally.missed} | {row} |")
        ends = sorted(found["off"])
        if ends:
            middle, most = ends[len(ends) // 2], ends[int(0.9 * (len(ends) - 1))]
            notes.append(
                f"{half}: ends of gradual changes are off by {middle:.3f} s (median), {most:.3f} s (nine in ten)."
            )
        notes.append(f"{half}: cuts wrong or missed in {', '.join(found['cut'].films) or 'no film'}.")
        notes.append(f"{half}: {', '.join(f'{name} {count}' for name, count in sorted(found['about'].items()))}.")
    head = (
        f"{films} films a half, assembled from filmed shots at known frames, with flashes, lightning, switched lights, "
        "people walking through, whip pans, shaking, blended cuts, black bars and coarse compression among them. "
        "A cut is right within one frame."
    )
    return "\n".join([head, "", *lines, "", *(f"- {note}" for note in notes)])


def clips_folder() -> Path:
    """The folder of the clips that films are made of.

    Raises
    ------
    InputError
        If it is not there.
    """
    root = Path(__file__).resolve().parents[2]
    data = Path(os.environ.get("CUEWRIGHT_DATA") or root.parent / "shared" / "data")
    if not (data / "clips" / "bbb_480p_30s.mp4").exists():
        raise InputError(f"folder {str(data / 'clips')!r}", "the project's data", "set CUEWRIGHT_DATA")
    return data / "clips"


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the report."""
    parser = argparse.ArgumentParser(prog="python -m models.evaluation.cuts", description=__doc__)
    parser.add_argument("--films", type=int, default=FILMS, help="films of each half")
    options = parser.parse_args(arguments)
    sys.stdout.write(report(films=options.films) + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
