"""Do hits land? ``python -m models.evaluation.hits [--cues N] [--engines NAMES] [--seed N]``.

Random briefs with one to five hits at random times, in many styles, tempi and castings, some to a picture of a frame
rate. The striking parts are played dry (no room) and added up; where they set in is found by a detector of our own
(`models.evaluation.rises`), not by the findings' one. The detector proves itself twice: on made sounds, and on the very
strikes that it measures, moved by a known offset against what comes before them.

Conventions: errors in milliseconds, late is positive; the bound is one frame of the picture, 40 ms without one. A bound
is missed where a feasible hit is off or too faint, a hit is refused though there is room, or the nearest place is not
said or cannot be struck (`models.evaluation.hits_wanted`).
"""

from __future__ import annotations

import argparse
import statistics
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from assistant.check.sound import check_hit
from assistant.clip import NO_PICTURE_FRAME_S
from assistant.library import load
from assistant.plan import Plan, PlannedHit
from assistant.render import render
from assistant.render.craft import load_craft
from assistant.render.mixdown import Studio
from assistant.render.performance import Performance
from assistant.render.player import Player
from assistant.render.players import choose_player
from assistant.render.voiced import voice_of
from assistant.render.voices import Voice
from assistant.score import Score
from assistant.settings import RATE_HZ, from_environment
from models.evaluation import rises
from models.evaluation.hits_wanted import (
    FIRST_S,
    Wish,
    first_wishes,
    hard_wishes,
    plan_of,
    refusals,
    wishes,
    wrongly_refused,
)  # fmt: skip
from models.evaluation.missed import Bound, bounded, printed
from models.registry import get_engine

Samples = npt.NDArray[np.float64]

CUES = 40
PLANTED = 60
"""Made sounds of each kind."""
MOVES_S = (-0.08, -0.04, -0.02, 0.02, 0.04, 0.08)
AROUND_S = 1.5
"""So much of a sound on either side is enough to see a moved strike in."""
LEAST_RISE_DB = 1.0


@dataclass(frozen=True)
class Struck:
    """One hit as it was measured: by our detector on dry stems, and by the findings on the delivered ones."""

    wish: Wish
    engine: str
    hit: PlannedHit
    bound_ms: float
    error_ms: float | None
    rise_db: float
    found_ms: float | None
    found_met: bool
    moved_ms: tuple[float, ...]
    parts: tuple[str, ...]

    @property
    def met(self) -> bool:
        """Whether it lands, as our detector has it."""
        return self.error_ms is not None and abs(self.error_ms) <= self.bound_ms and self.rise_db >= LEAST_RISE_DB


class Once:
    """A player that plays the same thing only once; see `assistant.render.player.Player`."""

    def __init__(self, player: Player) -> None:
        self._player = player
        self._played: dict[Performance, npt.NDArray[Any]] = {}
        self.name, self.soundfont, self.rate_hz = player.name, player.soundfont, player.rate_hz

    def voice(self, instrument: str) -> Voice | None:
        """The voice that it has for an instrument."""
        return voice_of(self._player, instrument)

    def play(self, performance: Performance, frames: int) -> npt.NDArray[Any]:
        """The performance from its start, ``frames`` long, shape (2, frames)."""
        if performance not in self._played or self._played[performance].shape[1] < frames:
            self._played[performance] = self._player.play(performance, frames)
        return np.array(self._played[performance][:, :frames])


def struck(wish: Wish, engine: str, *, planned: Plan | None = None) -> Iterator[Struck]:
    """Every feasible hit of a brief, played and measured."""
    library, settings = load(), from_environment()
    plan = planned or plan_of(wish)
    score = get_engine(engine).generate(plan, seed=wish.number)
    assert isinstance(score, Score)
    craft = load_craft(settings.prompts_dir)
    band = choose_player(settings, craft.in_style(plan.style), rate_hz=RATE_HZ)
    band = replace(band, player=Once(band.player))
    mixdown = render(score, plan, library=library, settings=settings, band=band)
    studio = Studio(score, replace(plan, reverb="dry"), library, craft, band)
    dry = {part.id: studio.stem(part).mean(axis=0) for part in score.parts if part.notes}
    bound_s = wish.clip.frame_s if wish.clip else NO_PICTURE_FRAME_S
    for hit in plan.hits:
        if hit.feasible:
            striking = tuple(part.id for part in score.parts if any(_strikes(note, hit) for note in part.notes))
            found = check_hit(hit, score, mixdown, bound_s)
            found_ms = 1000 * found.error if isinstance(found.achieved, float) else None
            yield _measured(wish, engine, hit, bound_s, [dry[name] for name in striking], found_ms, found.met, striking)


def _strikes(note: Any, hit: PlannedHit) -> bool:
    return abs(note.start_q - hit.at_q) < 0.02


def _measured(
    wish: Wish, engine: str, hit: PlannedHit, bound_s: float, dry: Sequence[npt.NDArray[Any]],
    found_ms: float | None, found_met: bool, parts: tuple[str, ...],
) -> Struck:  # fmt: skip
    """Our detector on the sum of the dry stems."""
    bound_ms = 1000 * bound_s
    if not dry:
        return Struck(wish, engine, hit, bound_ms, None, 0.0, found_ms, found_met, (), parts)
    total = np.sum(dry, axis=0)
    found = rises.onset(total, RATE_HZ, hit.at_s)
    error_ms = 1000 * (found.at_s - hit.at_s)
    near_s = min(AROUND_S, hit.at_s)
    near = total[round((hit.at_s - near_s) * RATE_HZ) : round((hit.at_s + AROUND_S) * RATE_HZ)]
    here_s = rises.onset(near, RATE_HZ, near_s).at_s
    moves = [
        1000 * (rises.onset(moved(near, near_s, move_s), RATE_HZ, near_s).at_s - here_s - move_s)
        for move_s in MOVES_S
        if abs(error_ms / 1000 + move_s) < rises.SEARCH_S and hit.at_s > 0.3
    ]
    return Struck(wish, engine, hit, bound_ms, error_ms, found.rise_db, found_ms, found_met, tuple(moves), parts)


def moved(sound: npt.NDArray[Any], at_s: float, by_s: float, *, before_s: float = 0.06) -> Samples:
    """A sound whose strike at ``at_s`` comes later by ``by_s`` against what sounds before it."""
    by, seam = round(by_s * RATE_HZ), round((at_s - before_s) * RATE_HZ)
    later = np.roll(sound, by)
    fade = np.clip((np.arange(len(sound)) - seam - max(0, by)) / (0.01 * RATE_HZ), 0, 1)
    start = np.clip((np.arange(len(sound)) - seam - by) / (0.01 * RATE_HZ), 0, 1)
    return np.asarray((1 - np.minimum(fade, start)) * sound * (1 - start) + start * later)


def report(
    *, corpus: Path | None = None, engines: Sequence[str] = ("rules", "composer"), seeds: int = 1,
    cues: int = CUES, seed: int = 6,
) -> str:  # fmt: skip
    """All tables, as Markdown; ``corpus`` is not needed, ``seeds`` times as many cues are made."""
    briefs = wishes(cues * seeds, seed=seed)
    rows = []
    for engine in engines:
        for wish in briefs:
            rows += list(struck(wish, engine))
            sys.stderr.write(f"\r{engine} {wish.number + 1}/{len(briefs)} ")
    first = [row for wish in first_wishes() for row in struck(wish, engines[0])]
    refused, said = _refused(briefs, seed)
    bounds = [_bound(f"hits of {len(briefs)} random cues, {name}", [row for row in rows if row.engine == name])
              for name in engines]  # fmt: skip
    places = ", ".join(f"{at_s:g}" for at_s in FIRST_S)
    bounds.append(_bound(f"slow castings alone, hits at {places} s and at 5 s, {engines[0]}", first))
    text = (_detector(rows, seed), _summary(rows, len(briefs), engines), _worst([*rows, *first]), refused)
    return bounded([*bounds, said], "\n\n".join(text))


def _bound(what: str, rows: Sequence[Struck]) -> Bound:
    """How many of these hits land."""
    met = sum(row.met for row in rows)
    worst = max((abs(row.error_ms) for row in rows if row.error_ms is not None), default=0.0)
    asked = f"all within one frame of the clip, {1000 * NO_PICTURE_FRAME_S:.0f} ms without one"
    return Bound(what, asked, f"{met} of {len(rows)}, worst {worst:.1f} ms", met == len(rows))


def _detector(rows: Sequence[Struck], seed: int) -> str:
    own = rises.Planted("the strikes below, moved by 20 to 80 ms", tuple(each for row in rows for each in row.moved_ms))
    table = [each.row() for each in (*rises.planted(PLANTED, seed=seed), *([own] if own.errors_ms else []))]
    return "The detector, on onsets that are known (found less true):\n\n" + "\n".join((rises.HEADER, *table))


def _summary(rows: Sequence[Struck], cues: int, engines: Sequence[str]) -> str:
    lines = [
        f"{cues} random cues with one to five hits, the parts that strike played dry:",
        "",
        "| engine, who plays | hits | within a frame | median size ms | 95 % within ms | worst ms | findings met |",
        "|---|---|---|---|---|---|---|",
    ]
    for engine in engines:
        for name, alone in (("all", None), ("casting of its own", True), ("style's casting", False)):
            chosen = [
                row
                for row in rows
                if row.engine == engine and (alone is None or alone == row.wish.asked.instruments.alone)
            ]
            if chosen:
                lines.append(_line(f"{engine}, {name}", chosen))
    return "\n".join(lines)


def _line(name: str, rows: Sequence[Struck]) -> str:
    sizes = [abs(row.error_ms) for row in rows if row.error_ms is not None] or [0.0]
    met = sum(row.met for row in rows)
    figures = (statistics.median(sizes), float(np.percentile(sizes, 95)), max(sizes))
    errors = " | ".join(f"{value:.1f}" for value in figures)
    return f"| {name} | {len(rows)} | {met} of {len(rows)} | {errors} | {sum(row.found_met for row in rows)} |"


def _worst(rows: Sequence[Struck]) -> str:
    """Those that miss, or nearly."""

    def size(row: Struck) -> float:
        return abs(row.error_ms) / row.bound_ms if row.error_ms is not None else 99.0

    shown = sorted(rows, key=lambda row: (row.met, -size(row)))
    shown = [row for row in shown if not row.met or not row.found_met] + [row for row in shown if row.met][:5]
    lines = ["Those that miss for either detector, and the five that come nearest to missing:", "",
             "| cue | engine | who | kind | at s | bound ms | error ms | rise dB | findings ms | strikes |",
             "|---|---|---|---|---|---|---|---|---|---|"]  # fmt: skip
    for row in dict.fromkeys(shown):
        error, found = ("-" if each is None else f"{each:+.1f}" for each in (row.error_ms, row.found_ms))
        mark = "" if row.met else " **misses**"
        lines.append(
            f"| {row.wish.number} | {row.engine} | {row.wish.casting} | {row.hit.kind} | {row.hit.at_s:g} "
            f"| {row.bound_ms:.0f} | {error}{mark} | {row.rise_db:.1f} | {found} | {' '.join(row.parts) or 'nobody'} |"
        )
    return "\n".join(lines)


def _refused(briefs: Sequence[Wish], seed: int) -> tuple[str, Bound]:
    """What became of infeasible hits."""
    wrong = [(wish, hit) for wish in briefs for hit in wrongly_refused(plan_of(wish))]
    hard = hard_wishes(len(briefs), seed=seed)
    wrong += [(wish, hit) for wish in hard for hit in wrongly_refused(plan_of(wish))]
    rows = [(wish, row) for wish in (*briefs, *hard) for row in refusals(wish)]
    said, good = sum(row[1] is not None for _, row in rows), sum(row[2] for _, row in rows)
    lines = [
        f"Infeasible hits of these and of {len(hard)} more cues with close pairs and hits at or behind the end: "
        f"{len(rows)}; said {said}; the nearest that is said can be struck {good}; refused though there is room "
        f"{len(wrong)}."
    ]  # fmt: skip
    for wish, (at_s, nearest_s, lands) in rows:
        if not lands:
            lines.append(f"- cue {wish.number}, {wish.asked.duration_s:g} s: {at_s:g} s, said {nearest_s}")
    lines += [f"- cue {wish.number}: {hit.at_s:g} s has room" for wish, hit in wrong]
    measured = f"{good} of {len(rows)}; {len(wrong)} refused though there is room"
    asked = "said with the nearest place, which can be struck; none that has room is refused"
    return "\n".join(lines), Bound("infeasible hits", asked, measured, said == good == len(rows) and not wrong)


def main(arguments: Sequence[str] | None = None) -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cues", type=int, default=CUES)
    parser.add_argument("--engines", default="rules,composer")
    parser.add_argument("--seed", type=int, default=6)
    options = parser.parse_args(arguments)
    return printed(lambda: report(engines=options.engines.split(","), cues=options.cues, seed=options.seed))


if __name__ == "__main__":
    raise SystemExit(main())
