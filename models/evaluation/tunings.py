"""Are regional tunings heard? ``python -m models.evaluation.tunings`` plays every step of every tuned scale.

Conventions: the first two lead players of each region hold each step of each of its tuned scales, as a cue does, and
once in equal steps. *Moved* is how far the difference of both lies from what the profile asks; it is where both
spectra, on an axis of cents, lie on each other best. *Off* is how far the note that is heard lies from the profile's
own pitch, the samples' faults included: the mean advance of the fundamental's phase from `FROM_S` to `UNTIL_S`, that is
its number of periods over time, a vibrato's mean; where two layers beat, the stronger one's; each channel by itself, by
its energy. *Apart* is how far all players of the ensemble that follow the tuning lie from each other on one step of the
first scale (`middle_cents`); as each may be 5 cents off, it is bounded at twice that. All three are bounded. For a
second opinion *by YIN* is the mean of another follower of pitch, which hears periods (`assistant.clip.pitch`); its own
grid makes it 2 to 4 cents coarse above C6, so it is told. Cents. Scales in twelve equal steps are left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from assistant.clip.pitch import HOP_S, follow_pitch
from assistant.library import Instrument, Library, Region, load
from assistant.plan import Key
from assistant.render.craft import load_craft
from assistant.render.performance import perform
from assistant.render.player import Player
from assistant.render.players import choose_player
from assistant.score import Meter, Note, Part, Score, TempoMap
from assistant.score.tuning import tuning_controls
from assistant.settings import RATE_HZ, from_environment
from assistant.tuned import can_follow, deviations
from models.evaluation import tones
from models.evaluation.missed import Bound, bounded, printed

BOUND_CENTS = 5.0
SPACING_S, HELD_S = 1.75, 1.5
FROM_S, UNTIL_S, RINGS_DB = 0.15, 1.4, 30.0
TONIC = 2
MOST_CENTS = 90
Notes = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Step:
    """One step of a scale as one player plays it: cents beside the profile."""

    region: str
    scale: str
    player: str
    pitch: int
    moved: float
    off: float
    by_yin: float


def followers(region: Region, library: Library, roles: Sequence[str]) -> list[Instrument]:
    """The players of some roles who follow the region's tuning."""
    names = {name: seat.role for seat in region.ensemble if seat.role in roles for name in seat.instruments}
    return [
        player for name, role in names.items() if can_follow(player := library.instrument(name), role, region)
    ]  # fmt: skip


def shift_cents(before: tones.Real, now: tones.Real, hertz: float) -> float:
    """By how much a tone was moved, from all of its partials between 0.9 and 8 times a frequency."""
    grid_hz = hertz * 2 ** (np.arange(round(1200 * np.log2(0.9)), 3600) / 1200)
    axes = []
    for sound in (before, now):
        size = 1 << int(np.ceil(np.log2(8 * len(sound))))
        spectrum = np.abs(np.fft.rfft(sound * np.blackman(len(sound)), size))
        axis = np.interp(grid_hz, np.arange(len(spectrum)) * RATE_HZ / size, spectrum) ** 0.5
        axes.append(axis - axis.mean())
    steps = np.arange(-MOST_CENTS, MOST_CENTS + 1)
    likeness = np.array([np.dot(axes[1], np.roll(axes[0], step)) for step in steps])
    best = int(np.clip(np.argmax(likeness), 1, len(steps) - 2))
    left, here, right = likeness[best - 1 : best + 2]
    bend = left - 2 * here + right
    return float(steps[best] + (0.5 * (left - right) / bend if bend < 0 else 0.0))


def heard(region: Region, scale: str, instrument: Instrument, library: Library, player: Player) -> list[Step]:
    """How each step of a scale is played."""
    cents = deviations(region, Key(TONIC, scale, dict(region.scales)[scale]))
    pitches = _pitches(region, scale, instrument)
    part = _part(region, pitches, instrument, cents, library)
    tuned, equal = (held_notes(each, player) for each in (part, replace(part, controls=())))
    first, found = round((0.25 if instrument.sustained else 0.08) * RATE_HZ), []
    for pitch, now, before in zip(pitches, tuned, equal, strict=True):
        want, hertz = cents.get(pitch % 12, 0.0), 440 * 2 ** ((pitch - 69) / 12)
        moved = shift_cents(before.sum(axis=0)[first:], now.sum(axis=0)[first:], hertz) - want
        exact_hz = hertz * 2 ** (want / 1200)
        by_yin = yin_cents(now, exact_hz) if scale == _first(region) else None
        found.append(Step(region.id, scale, instrument.id, pitch, moved, off_cents(now, exact_hz)[0], by_yin))
    return found


def _first(region: Region) -> str | None:
    """The first of the region's scales that has a tuning."""
    return next((name for tuning in region.profile.tunings if tuning.cents for name in tuning.scales), None)


def apart(region: Region, scale: str, library: Library, player: Player) -> tuple[float, int]:
    """How far the tuned players of an ensemble lie from each other at most on a step, and how many they are."""
    cents = deviations(region, Key(TONIC, scale, dict(region.scales)[scale]))
    players = followers(region, library, [seat.role for seat in region.ensemble])
    rows = []
    for one in players:
        pitches = _pitches(region, scale, one)
        notes = held_notes(_part(region, pitches, one, cents, library), player)
        wanted = (440 * 2 ** ((pitch - 69 + cents.get(pitch % 12, 0.0) / 100) / 12) for pitch in pitches)
        rows.append([middle_cents(note, hertz) for note, hertz in zip(notes, wanted, strict=True)])
    return (float(np.ptp(np.array(rows), axis=0).max()) if rows else 0.0), len(players)


def _pitches(region: Region, scale: str, instrument: Instrument) -> list[int]:
    """A scale in the middle of an instrument's range."""
    lowest = (instrument.low + instrument.high) // 2 - 6
    home = lowest + (TONIC - lowest) % 12
    return [home + step for step in dict(region.scales)[scale]]


def _part(
    region: Region, pitches: list[int], instrument: Instrument, cents: dict[int, float], library: Library
) -> Part:
    """These notes, each held."""
    notes = tuple(Note(SPACING_S * index, pitch, HELD_S, 90) for index, pitch in enumerate(pitches))
    program = library.program(instrument.id, region=region.id)
    return Part("lead", "lead", instrument.id, program, False, notes, tuning_controls(0.0, cents))


def held_notes(part: Part, player: Player) -> Notes:
    """Each note of a part, shape (notes, 2, frames)."""
    score = Score(TempoMap.steady(60, Meter.parse("4/4")), (), SPACING_S * len(part.notes))
    sound = player.play(perform(score, part), round(score.length_s * RATE_HZ)).astype(np.float64)
    return sound.reshape(2, len(part.notes), -1)[:, :, : round(HELD_S * RATE_HZ)].transpose(1, 0, 2)


def off_cents(note: Notes, hertz: float, *, partial: int = 1) -> tuple[float, float]:
    """How far a partial of a note lies from where it should, and its energy.

    The mean over `FROM_S` to `UNTIL_S`, the ends weighing less, while it is within `RINGS_DB` of its loudest.
    """
    span = slice(round(FROM_S * RATE_HZ), round(UNTIL_S * RATE_HZ))
    total, weight = 0.0, 1e-20
    for channel in note:
        found, level = (each[span] for each in tones.phase_hz(channel, RATE_HZ, partial * hertz, apart_hz=hertz))
        window = np.hanning(len(found)) * (level > level.max() * 10 ** (-RINGS_DB / 20))
        mean_hz = float(np.average(found, weights=window)) if window.sum() > 0 else partial * hertz
        energy = float(np.square(level).sum())
        total, weight = total + energy * 1200 * np.log2(max(mean_hz, 1.0) / (partial * hertz)), weight + energy
    return total / weight, weight


def middle_cents(note: Notes, hertz: float) -> float:
    """`off_cents`; where the fundamental is beyond the bound, the middle of the three lowest partials that are strong.

    In one channel of a bowed sample the fundamental may die away at every turn of the loop and lose a period: no ear
    follows it then.
    """
    first = off_cents(note, hertz)
    if abs(first[0]) <= BOUND_CENTS:
        return first[0]
    each = [first, *(off_cents(note, hertz, partial=partial) for partial in (2, 3))]
    strongest = max(energy for _, energy in each)
    return float(np.median([cents for cents, energy in each if energy > strongest / 100]))


def yin_cents(note: Notes, hertz: float) -> float:
    """The same by the follower of hummed tunes; 0 where it hears no pitch within a semitone."""
    track = follow_pitch(note.sum(axis=0).astype(np.float32)).pitch
    piece = 100 * (track[round(FROM_S / HOP_S) : round(UNTIL_S / HOP_S)] - 69 - 12 * np.log2(hertz / 440))
    weights = np.hanning(len(piece)) * (np.abs(np.nan_to_num(piece, nan=999.0)) < 100)
    return float(np.average(np.nan_to_num(piece), weights=weights)) if weights.sum() > 0 else 0.0


def _figures(cents: Sequence[float]) -> str:
    """Median, 95 % and worst of the absolute values."""
    return " | ".join(f"{value:.1f}" for value in (np.quantile(np.abs(cents), share) for share in (0.5, 0.95, 1.0)))


def report(*, corpus: object = None, engines: object = (), seeds: int = 1) -> str:
    """The section of ``make eval``; it needs no corpus and no engine."""
    del corpus, engines, seeds
    library, settings = load(), from_environment()
    player = choose_player(settings, load_craft(settings.prompts_dir), rate_hz=RATE_HZ).player
    lines = ["| region | scales | players | off, median | 95 % | worst | tuned players | apart |"]
    lines.append("|---|---|---|---|---|---|---|---|")
    steps: list[Step] = []
    farthest = 0.0
    for region in library.regions.values():
        scales = [name for tuning in region.profile.tunings if tuning.cents for name in tuning.scales]
        players = followers(region, library, ("lead",))[:2]
        found = [each for scale in scales for one in players for each in heard(region, scale, one, library, player)]
        if found:
            spread, count = apart(region, scales[0], library, player)
            steps, farthest = [*steps, *found], max(farthest, spread)
            names, figures = ", ".join(one.id for one in players), _figures([step.off for step in found])
            lines.append(f"| {region.id} | {len(scales)} | {names} | {figures} | {count} | {spread:.1f} |")
    off, moved = (np.abs([getattr(step, name) for step in steps]) for name in ("off", "moved"))
    over = [step for step in steps if abs(step.off) > BOUND_CENTS]
    by_yin = [step.by_yin for step in steps if step.by_yin is not None]
    lines += ["", f"By YIN, the first scale of each: median, 95 % and worst {_figures(by_yin)}.", ""]
    lines += [f"- {step.region}, {step.scale}: {step.player} on {step.pitch}: {step.off:+.1f}" for step in over]
    within = f"within {BOUND_CENTS:g} cents"
    bounds = [
        Bound(
            "held notes beside the profile", within,
            f"worst {off.max():.1f}, 95 % {np.quantile(off, 0.95):.1f}, {len(over)} of {len(steps)} over", not over,
        ),
        Bound("steps moved as asked", within, f"worst {moved.max():.1f}", bool(moved.max() <= BOUND_CENTS)),
        Bound("players of one ensemble", f"{2 * BOUND_CENTS:g} cents apart", f"{farthest:.1f}",
              farthest <= 2 * BOUND_CENTS),
    ]  # fmt: skip
    return bounded(bounds, "\n".join(lines))


def main() -> int:
    """Print the table."""
    return printed(report)


if __name__ == "__main__":
    raise SystemExit(main())
