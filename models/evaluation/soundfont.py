"""The SoundFont's own faults, instrument by instrument: how far out of tune, how uneven from low to high.

``python -m models.evaluation.soundfont`` measures the SoundFont that plays, through FluidSynth.

Conventions: nine notes over each instrument's range, velocity 90, held for a second; cents at each, and the level of
its loudest twentieth of a second against the mean of the nine, in dB. Struck kits are left out; a program that stands
for several instruments is measured over the range of the first. Bells have no fundamental to be in tune with: their
cents say nothing; vibrato and beating in the samples of bowed and sung tones move theirs. Nothing is corrected by
this; it says where a correction, or a voice of our own, would pay.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass

import numpy as np

from assistant.library import Instrument, load
from assistant.render import fluid
from assistant.render.craft import load_craft
from assistant.render.performance import Performance, Stroke
from assistant.render.player import Player
from assistant.render.soundfonts import find_soundfont
from assistant.settings import RATE_HZ, from_environment
from models.evaluation import tones

NOTES, SPACING_S, HELD_S = 9, 1.2, 1.0
CENTS, LEVEL_DB = 10.0, 12.0
"""From here on a fault is marked: twice what is noticed; a note that far below the others drowns."""


@dataclass(frozen=True)
class Row:
    """One instrument: cents and levels of its notes from low to high."""

    name: str
    cents: tones.Real
    level_db: tones.Real

    @property
    def marks(self) -> str:
        """What is wrong."""
        out_of_tune = "tuning " if np.abs(self.cents).max() >= CENTS else ""
        return (out_of_tune + ("level" if np.ptp(self.level_db) >= LEVEL_DB else "")).strip()


def measured(instrument: Instrument, player: Player) -> Row:
    """The notes of one instrument."""
    pitches = np.linspace(instrument.low, instrument.high, NOTES).round().astype(int)
    strokes = tuple(
        Stroke(SPACING_S * index, SPACING_S * index + HELD_S, int(pitch), 90) for index, pitch in enumerate(pitches)
    )
    frames = round(SPACING_S * RATE_HZ)
    sound = tones.mono(player.play(Performance(instrument.program, False, strokes), frames * NOTES))
    from_s = 0.25 if instrument.sustained else 0.08
    cents, level = [], []
    for pitch, note in zip(pitches, sound.reshape(NOTES, frames)[:, : round(HELD_S * RATE_HZ)], strict=True):
        cents.append(tones.cents_off(note, RATE_HZ, 440.0 * 2 ** ((pitch - 69) / 12), from_s=from_s))
        loudest = np.mean(note.reshape(round(20 * HELD_S), -1) ** 2, axis=1).max()
        level.append(10 * np.log10(loudest + 1e-12))
    return Row(instrument.id, np.array(cents), np.array(level) - float(np.mean(level)))


def rows(player: Player) -> list[Row]:
    """Every program once."""
    first = {instrument.program: instrument for instrument in reversed(load().instruments.values())
             if not instrument.is_struck}  # fmt: skip
    return [measured(instrument, player) for instrument in reversed(first.values())]


def report(*, corpus: object = None, engines: object = (), seeds: int = 1) -> str:
    """The section of ``make eval``; it needs no corpus and no engine."""
    del corpus, engines, seeds
    settings = from_environment()
    font = find_soundfont(load_craft(settings.prompts_dir).soundfonts, settings.soundfont)
    about = (
        f"no bound is asked; marked from {CENTS:g} cents, or {LEVEL_DB:g} dB between the loudest and the faintest, on."
    )
    lines = [f"{font.name}, notes from low to high; {about}", "", "| instrument | cents | level, dB | marked |",
             "|---|---|---|---|"]  # fmt: skip
    for row in rows(fluid.FluidSynth(font.path, RATE_HZ)):
        cents, level = (" ".join(f"{value:.0f}" for value in values) for values in (row.cents, row.level_db))
        lines.append(f"| {row.name} | {cents} | {level} | {row.marks} |")
    return "\n".join(lines)


def main() -> int:
    """Print the table."""
    sys.stdout.write(report() + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
