"""Loops for games: how smooth the seam is, how far two passes are from music that plays on, and what Chromium plays.

Conventions: shares compare the seam with the inside of the same loop: 1 is the roughest place inside; levels in dB
below the loop. Two columns play three passes in one go and subtract the loop, repeated, from the last two, part by
part; the worst part counts: what is left is faders and limiters, which are set by all that is played. Chromium plays
the kit's own page (`models.evaluation.in_browser`). For the scene's file noise is put in place of the stems, one for
each seat and without walls; it is read back and each seat found in it (`models.evaluation.ambix`).
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from assistant.audio.waveform import Samples
from assistant.errors import InputError
from assistant.settings import RATE_HZ
from models.evaluation.ambix import norm, read_scene, shares, turned_deg
from models.evaluation.in_browser import PROGRAM, Played, played
from models.evaluation.missed import Bound, bounded, printed

if TYPE_CHECKING:
    from assistant.deliver.cue import Cue
    from assistant.deliver.games import Kit, Workshop

QUIET_DB, TURNED_DEG, NORM_OFF = -90.0, 0.5, 0.005
_CORNER_FRAMES = 48
_WINDOW = 2048


@dataclass(frozen=True)
class Seam:
    """A seam against the inside: the sharpest corner, the jump in level and in spectrum, 1 as the most inside."""

    corner_share: float
    level_share: float
    spectrum_share: float


def level_db(sound: Samples) -> float:
    """Mean power in dB."""
    return float(10 * np.log10(np.mean(np.square(sound, dtype=np.float64)) + 1e-20))


def seam_of(loop: Samples, every: int) -> Seam:
    """How the seam of a loop compares with places inside it, ``every`` so many frames: a downbeat with beats."""
    around = 4 * _WINDOW
    joined = np.concatenate((loop[:, -around:], loop[:, :around]), axis=1)
    inside = [place for place in range(every, loop.shape[1], every) if around <= place <= loop.shape[1] - around]
    rows = np.array([_jumps(loop[:, place - around : place + around]) for place in inside])
    inside_most = np.maximum(rows.max(axis=0), 1e-9)
    strongest = np.abs(np.diff(loop, n=2, axis=1)).max()
    corner, level, spectrum = _jumps(joined)
    shares = (corner / max(float(strongest), 1e-9), level / inside_most[1], spectrum / inside_most[2])
    return Seam(*(round(float(share), 3) for share in shares))


def _jumps(stretch: Samples) -> tuple[float, float, float]:
    """What changes in the middle of a stretch: sharpest corner, level in dB, distance of spectra in dB."""
    middle = stretch.shape[1] // 2
    corner = np.abs(np.diff(stretch[:, middle - _CORNER_FRAMES : middle + _CORNER_FRAMES], n=2, axis=1)).max()
    before, after = (
        stretch[:, middle - _WINDOW : middle].mean(axis=0),
        stretch[:, middle : middle + _WINDOW].mean(axis=0),
    )
    window = np.hanning(_WINDOW)
    spectra = [np.abs(np.fft.rfft(part * window))[: _WINDOW // 4] + 1e-4 for part in (before, after)]
    bands = [np.add.reduceat(spectrum, np.arange(0, len(spectrum), 16)) for spectrum in spectra]
    distance = float(np.sqrt(np.mean((20 * np.log10(bands[1] / bands[0])) ** 2)))
    return float(corner), abs(level_db(after) - level_db(before)), distance


@dataclass(frozen=True)
class Onward:
    """A loop against music that plays on: how far two passes of it are off, and one pass from the next, in dB."""

    twice_db: float
    pass_db: float
    fader_db: float


def playing_on(cue: Cue, shop: Workshop, part_id: str) -> Onward:
    """One part's loop, twice, against the second and third of three passes played in one go.

    A fader moves in steps and is set by all that a part plays, the third pass among it; so that step is undone first.
    """
    from assistant.deliver.games.grid import choose_body
    from assistant.deliver.games.kit import strip_of
    from assistant.render.mixdown import Studio

    body = choose_body(cue.plan)
    stems, starts = [], []
    for passes in (2, 3):
        strip = strip_of(cue, shop, body, passes=passes)
        part = strip.score.part(part_id)
        if part is None:
            raise InputError(f"part {part_id!r}", "a part of the cue", "name one")
        stems.append(Studio(strip.score, strip.plan, shop.library, shop.craft, shop.band).stem(part))
        starts.append(strip.pass_start(1))
    loop = stems[0][:, starts[0] : starts[0] + body.frames]
    onward = stems[1][:, starts[1] : starts[1] + 2 * body.frames]
    if not onward.any():
        return Onward(-np.inf, -np.inf, 0.0)
    twice = np.tile(loop, 2)
    gain = float(np.vdot(twice, onward) / np.vdot(twice, twice))
    level, second, third = level_db(onward), onward[:, : body.frames], onward[:, body.frames :]
    return Onward(
        level_db(gain * twice - onward) - level,
        level_db(second - third) - level,
        20 * float(np.log10(abs(gain) + 1e-12)),
    )


@dataclass(frozen=True)
class Row:
    """One loop: its seam, two passes of it, what Chromium plays of it, and its scene."""

    name: str
    kit: Kit
    seam: Seam
    twice_db: float
    pass_db: float
    played: Played | None
    turned_deg: float
    norms: tuple[float, ...]

    @property
    def line(self) -> str:
        """A row of the table."""
        seam, body = self.seam, self.kit.body
        heard = f"{self.played.off_db:.0f} dB, {self.played.late} samples" if self.played else "not there"
        return (
            f"| {self.name} | {body.bars} | {body.frames / RATE_HZ:.2f} | {seam.corner_share} | {seam.level_share} "
            f"| {seam.spectrum_share} | {self.twice_db:.1f} dB | {self.pass_db:.1f} dB | {heard} "
            f"| {self.turned_deg:.2f}, {min(self.norms):.3f} to {max(self.norms):.3f} |"
        )


def measured(name: str, cue: Cue, shop: Workshop) -> Row:
    """A cue's kit made, written, played and read back."""
    from assistant.deliver.games import make_kit, write_kit
    from assistant.deliver.games.ambisonics import scene

    kit = make_kit(cue, shop)
    found = [playing_on(cue, shop, part) for layer in kit.layers for part in layer.parts]
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "game"
        rng = np.random.default_rng(0)
        planted = {
            seat.part: np.tile(rng.normal(0, 0.02, kit.body.frames).astype(np.float32), (2, 1)) for seat in kit.seats
        }
        write_kit(folder, replace(kit, scene=scene(planted, kit.seats, shop.games.seats)))
        heard = played(folder) if PROGRAM else None
        share = shares(read_scene(folder / "audio" / "ambisonics.wav"), planted)
    turned = [turned_deg(share[seat.part], seat.azimuth_deg, seat.elevation_deg) for seat in kit.seats]
    return Row(
        name, kit, seam_of(kit.loop, kit.body.grid.pulse_frames),
        max(each.twice_db for each in found), max(each.pass_db for each in found),
        heard, max(turned), tuple(norm(each) for each in share.values()),
    )  # fmt: skip


def report(*, corpus: Path | None = None, engines: Sequence[str] = (), seeds: int = 1) -> str:
    """A table of loops made from briefs, under its bounds."""
    from assistant import library as libraries
    from assistant.deliver.games import Workshop
    from assistant.settings import from_environment

    shop = Workshop.opened(libraries.load(), from_environment())
    rows = [measured(name, cue, shop) for name, cue in _cues(shop, seeds)]
    head = (
        "| loop | bars | s | corner | level | spectrum | twice against playing on | pass against pass "
        "| Chromium: off, late | scene: turned, degrees; norm |",
        "|---|---|---|---|---|---|---|---|---|---|",
    )
    about = (
        "Corner, level and spectrum are the seam's against the roughest downbeat inside. What two passes differ by is "
        "faders and limiters, set by all that is played; one pass and the next are the same render."
    )
    return bounded(_bounds(rows), "\n".join((*head, *(row.line for row in rows), "", about)))


def _bounds(rows: Sequence[Row]) -> list[Bound]:
    """No click, one sample of phase, the scene in AmbiX; said as missed where there is no browser to play in."""
    corner, apart = max(row.seam.corner_share for row in rows), max(row.pass_db for row in rows)
    heard = [row.played for row in rows if row.played is not None]
    turned, norms = max(row.turned_deg for row in rows), [each for row in rows for each in row.norms]
    off_db, late = max((each.off_db for each in heard), default=0.0), max((each.late for each in heard), default=-1)
    absent = "no Chromium on this machine"
    played_all = len(heard) == len(rows) and not any(each.faults for each in heard)
    return [
        Bound("seam: its sharpest corner against the sharpest inside", "at most 1", f"{corner:.2f}", corner <= 1),
        Bound("one pass against the next, played on", "under -90 dB", f"{apart:.0f} dB", apart < QUIET_DB),
        Bound("Chromium: live changes of layers against what they should be (no click)", "under -90 dBFS",
              f"{off_db:.0f} dBFS" if heard else absent, played_all and off_db < QUIET_DB),
        Bound("Chromium: layers against the loop's rounds", "within one sample",
              f"{late} samples" if heard else absent, played_all and late <= 1),
        Bound("Ambisonics: W Y Z X, SN3D, read back by FFmpeg", "seats within 0.5 degrees, norm 1 within 0.005",
              f"{turned:.2f} degrees, {min(norms):.3f} to {max(norms):.3f}",
              turned <= TURNED_DEG and all(abs(each - 1) <= NORM_OFF for each in norms)),
    ]  # fmt: skip


def _cues(shop: Workshop, seeds: int) -> list[tuple[str, Cue]]:
    """Loops and cues that end, of several metres and styles, composed by rule."""
    from assistant.brief import Brief
    from assistant.check import Findings
    from assistant.constraints import Constraints, arc_of
    from assistant.deliver.cue import Cue
    from assistant.deliver.values import EngineCard
    from assistant.generator import NOTHING_KEPT
    from assistant.plan import make_plan
    from models.rules import RulesGenerator

    wanted = {
        "village": Constraints(duration_s=24, use="game", styles=("folk",), loop=True, arc=arc_of([(0, 0.6, 0.0)])),
        "fight": Constraints(duration_s=20, use="game", styles=("trailer",), loop=True, arc=arc_of([(0, -0.4, 0.8)])),
        "waltz": Constraints(duration_s=20, use="game", meter="3/4", loop=True, arc=arc_of([(0, 0.3, -0.3)])),
        "cue that ends": Constraints(duration_s=30, styles=("cinematic",), arc=arc_of([(0, 0.2, 0.0), (1, 0.5, 0.6)])),
    }
    cues = []
    for name, asked in wanted.items():
        for seed in range(1, seeds + 1):
            plan = make_plan(asked, library=shop.library, seed=seed)
            score = RulesGenerator(shop.library).generate(plan, keep=NOTHING_KEPT, seed=seed)
            card, findings = EngineCard("rules"), Findings(())
            cue = Cue(1, 1, 0, Brief(name), asked, None, plan, score, findings, "rules", card, seed, "fluidsynth", "")
            cues.append((name, cue))
    return cues


def main() -> int:
    """Print the table; 1 where a bound is missed."""
    return printed(report)


if __name__ == "__main__":
    raise SystemExit(main())
