"""Are regional tunings heard? ``python -m models.evaluation.tunings`` plays every step of every tuned scale.

Conventions: two lead players of each region hold each step for a second, tuned by the profile as a cue is and once in
equal steps. *Moved* is how far the difference of both lies from the profile's; its bound is 5 cents. It is where both
spectra, on an axis of cents, lie on each other best: samples that beat (the fiddle's) have no one peak. *Off* is how
far the tuned note's fundamental lies from the profile's pitch, the SoundFont's own faults and vibrato included; it is
told, not bounded. Cents. Scales in twelve equal steps are left out.
"""

from __future__ import annotations

import sys
from dataclasses import replace

import numpy as np

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
from models.evaluation.missed import held

BOUND_CENTS = 5.0
SPACING_S, HELD_S = 1.25, 1.0
TONIC = 2
MOST_CENTS = 90
Moved = tuple[float, float]


def leads(region: Region, library: Library) -> list[Instrument]:
    """The first two lead players who follow the region's tuning."""
    names = dict.fromkeys(name for seat in region.ensemble if seat.role == "lead" for name in seat.instruments)
    players = [library.instrument(name) for name in names]
    return [player for player in players if can_follow(player, "lead", region)][:2]


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


def heard(region: Region, scale: str, instrument: Instrument, library: Library, player: Player) -> list[Moved]:
    """For each step of a scale, how far it was moved beside what the profile asks, and how far off it is."""
    key = Key(TONIC, scale, dict(region.scales)[scale])
    cents = deviations(region, key)
    lowest = (instrument.low + instrument.high) // 2 - 6
    home = lowest + (TONIC - lowest) % 12
    pitches = [home + step for step in key.scale]
    notes = tuple(Note(SPACING_S * index, pitch, HELD_S, 90) for index, pitch in enumerate(pitches))
    program = library.program(instrument.id, region=region.id)
    part = Part("lead", "lead", instrument.id, program, False, notes, tuning_controls(0.0, cents))
    score = Score(TempoMap.steady(60, Meter.parse("4/4")), (), SPACING_S * len(notes))
    tuned, equal = (held_notes(score, each, player) for each in (part, replace(part, controls=())))
    from_s = 0.25 if instrument.sustained else 0.08
    first, found = round(from_s * RATE_HZ), []
    for pitch, now, before in zip(pitches, tuned, equal, strict=True):
        want, hertz = cents.get(pitch % 12, 0.0), 440 * 2 ** ((pitch - 69) / 12)
        moved = shift_cents(before[first:], now[first:], hertz) - want
        found.append((moved, tones.cents_off(now, RATE_HZ, hertz * 2 ** (want / 1200), from_s=from_s)))
    return found


def held_notes(score: Score, part: Part, player: Player) -> tones.Real:
    """Each note of a part, shape (notes, frames)."""
    sound = tones.mono(player.play(perform(score, part), round(score.length_s * RATE_HZ)))
    return sound.reshape(len(part.notes), -1)[:, : round(HELD_S * RATE_HZ)]


def report(*, corpus: object = None, engines: object = (), seeds: int = 1) -> str:
    """The section of ``make eval``; it needs no corpus and no engine."""
    del corpus, engines, seeds
    library, settings = load(), from_environment()
    player = choose_player(settings, load_craft(settings.prompts_dir), rate_hz=RATE_HZ).player
    lines = ["| region | scales | players | moved, worst | off, median | off, worst |", "|---|---|---|---|---|---|"]
    worst = 0.0
    for region in library.regions.values():
        scales = [name for tuning in region.profile.tunings if tuning.cents for name in tuning.scales]
        players = leads(region, library)
        found = [each for scale in scales for one in players for each in heard(region, scale, one, library, player)]
        if found:
            moved, off = np.abs(np.array(found)).T
            worst = max(worst, float(moved.max()))
            names = ", ".join(one.id for one in players)
            figures = f"{moved.max():.1f} | {np.median(off):.1f} | {off.max():.1f}"
            lines.append(f"| {region.id} | {len(scales)} | {names} | {figures} |")
    lines += [
        "",
        f"Worst of all: moved {worst:.1f} cents beside the profile; the bound is {BOUND_CENTS:.0f}.",
    ]
    return held("\n".join(lines), met=worst <= BOUND_CENTS)


def main() -> int:
    """Print the table."""
    sys.stdout.write(report() + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
