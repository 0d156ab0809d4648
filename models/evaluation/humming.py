"""How many notes of a hummed melody are heard right? Known melodies, hummed by a synthesiser with a person's faults.

``python -m models.evaluation.humming [--melodies N]`` prints it; ``CUEWRIGHT_DATA`` names the folder of melodies
(default ``../shared/data``): Irish dance tunes and the voices of songs, each its first `LENGTH_S` from the first note.

Conventions: hummed with vibrato of 5 Hz and 40 cents to either side on every note, a tuning that drifts by 30 cents to
either side and lies up to 45 cents off, glides of 60 ms into every note that follows closely, attack and decay, pink
noise 20 dB below; the pace is such that nine notes of ten last 0.2 s and more, as people hum. A note is right when its
pitch in semitones is, after the whole melody is moved by one interval, and its onset within 80 ms; each known note
answers for one found note. Extra notes are counted beside (precision).
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from assistant.clip.notes import SungNote, hear_notes
from assistant.errors import AssistantError
from assistant.score.midi import read_midi
from assistant.settings import RATE_HZ, ROOT
from models.evaluation.sounds import pink

Mono = npt.NDArray[np.float32]

TARGET, NEAR_S = 0.9, 0.08
VIBRATO_HZ, VIBRATO, DRIFT, OFF, GLIDE_S, NOISE_DB = 5.0, 0.4, 0.3, 0.45, 0.06, -20.0
"""Pitch in semitones."""
LENGTH_S, FEWEST = 10.0, 8
PACE_S = 0.2
"""Nine gaps of ten between onsets are at least this long."""
TIMBRES = {"hum": (1.0, 0.35, 0.12, 0.05), "reed": (1.0, 0.8, 0.7, 0.55, 0.4, 0.3, 0.2, 0.15)}
"""Strength of the harmonics."""
HEIGHTS = {"hum": 52, "reed": 67}
"""Where the middle of the melody is sung, as a MIDI number."""


@dataclass(frozen=True)
class Row:
    """One melody in one timbre: notes known, found, and right."""

    name: str
    timbre: str
    known: int
    found: int
    right: int


def melodies(folder: Path, count: int) -> Iterator[tuple[str, tuple[SungNote, ...]]]:
    """The first seconds of evenly chosen melodies of both sets, by name."""
    for pattern in ("music/cre_irish/MIDI/*.mid", "music/openscore_lieder/mid/**/*.mid"):
        paths = sorted(folder.glob(pattern))
        given = 0
        for path in paths[:: max(1, len(paths) // (2 * count))]:
            tune = _tune(path)
            if len(tune) >= FEWEST and given < count:
                given += 1
                yield path.stem, tune


def _tune(path: Path) -> tuple[SungNote, ...]:
    """One voice of a file: its first part that sings one note at a time, at a pace at which people hum."""
    try:
        score = read_midi(path)
    except AssistantError:
        return ()
    part = next((each for each in score.parts if each.notes and not each.is_drums), None)
    if part is None:
        return ()
    rows = sorted((score.start_s(note), score.end_s(note), note.pitch) for note in part.notes)
    if any(rows[i][0] - rows[i - 1][0] < 0.02 for i in range(1, min(len(rows), 60))):
        return ()
    gaps = np.diff([row[0] for row in rows[:60]])
    pace = max(1.0, PACE_S / float(np.quantile(gaps, 0.1))) if len(gaps) else 1.0
    first_s = rows[0][0]
    out = []
    for index, (start_s, end_s, pitch) in enumerate(rows):
        next_s = rows[index + 1][0] if index + 1 < len(rows) else end_s
        start, length = (start_s - first_s) * pace, (min(end_s, next_s) - start_s) * pace
        if start + min(length, 1.0) > LENGTH_S:
            break
        out.append(SungNote(start + 0.3, max(0.1, length), pitch))
    return tuple(out)


def hum(notes: Sequence[SungNote], timbre: str, *, seed: int) -> Mono:
    """A melody as the conventions describe it."""
    chance = np.random.default_rng(seed)
    count = round((max(note.end_s for note in notes) + 0.4) * RATE_HZ)
    t = np.arange(count) / RATE_HZ
    moved = HEIGHTS[timbre] - round(float(np.median([note.pitch for note in notes])))
    pitch, level = np.full(count, float(notes[0].pitch)), np.zeros(count)
    for index, note in enumerate(notes):
        start, end = round(note.start_s * RATE_HZ), round(note.end_s * RATE_HZ)
        until = round(notes[index + 1].start_s * RATE_HZ) if index + 1 < len(notes) else count
        pitch[start:until] = note.pitch
        before = notes[index - 1] if index else None
        if before is not None and note.start_s - before.end_s < 0.05:
            size = min(round(GLIDE_S * RATE_HZ), until - start)
            pitch[start : start + size] = before.pitch + (note.pitch - before.pitch) * np.linspace(0, 1, size)
        shape = np.ones(end - start)
        attack, decay = (min(round(length_s * RATE_HZ), (end - start) // 3) for length_s in (0.03, 0.06))
        shape[:attack] = np.linspace(0.05, 1, attack)
        shape[len(shape) - decay :] *= np.linspace(1, 0.05, decay)
        level[start:end] = shape * chance.uniform(0.7, 1.0) * np.exp(-0.5 * np.linspace(0, note.length_s, end - start))
    wave = np.sin(2 * np.pi * VIBRATO_HZ * t + chance.uniform(0, 6))
    drift = np.sin(2 * np.pi * t / chance.uniform(5, 11) + chance.uniform(0, 6))
    sung = pitch + moved + VIBRATO * wave + DRIFT * drift + chance.uniform(-OFF, OFF)
    phase = 2 * np.pi * np.cumsum(440 * 2 ** ((sung - 69) / 12)) / RATE_HZ
    voice = sum(strength * np.sin(order * phase) for order, strength in enumerate(TIMBRES[timbre], 1)) * level
    voice = 0.2 * voice / np.sqrt(np.square(voice[level > 0]).mean())
    noise = pink(count, seed=seed) / 0.1 * 0.2 * 10 ** (NOISE_DB / 20)
    return np.asarray(voice + noise, np.float32)


def right(known: Sequence[SungNote], found: Sequence[SungNote]) -> int:
    """How many known notes were found, after the interval that fits best."""
    moves = {
        note.pitch - other.pitch for note in known for other in found if abs(note.start_s - other.start_s) < NEAR_S
    }
    return max((_matched(known, found, move) for move in moves), default=0)


def _matched(known: Sequence[SungNote], found: Sequence[SungNote], move: int) -> int:
    """Known notes with a found one of their own, in order of time."""
    left = list(found)
    count = 0
    for note in known:
        near = [other for other in left
                if abs(other.start_s - note.start_s) <= NEAR_S and other.pitch + move == note.pitch]  # fmt: skip
        if near:
            left.remove(min(near, key=lambda other, note=note: abs(other.start_s - note.start_s)))  # type: ignore[misc]
            count += 1
    return count


def measure(folder: Path, count: int) -> list[Row]:
    """Every melody in every timbre."""
    rows = []
    for index, (name, tune) in enumerate(melodies(folder, count)):
        for timbre in TIMBRES:
            found = hear_notes(hum(tune, timbre, seed=index)).notes
            rows.append(Row(name, timbre, len(tune), len(found), right(tune, found)))
    return rows


def table(rows: Sequence[Row]) -> str:
    """Shares of notes by timbre, and of all."""
    lines = ["| timbre | melodies | notes | right | precision | worst melody |", "|---|---|---|---|---|---|"]
    for timbre in (*TIMBRES, "all"):
        mine = [row for row in rows if timbre in (row.timbre, "all")]
        known, found, good = (sum(getattr(row, name) for row in mine) for name in ("known", "found", "right"))
        worst = min(mine, key=lambda row: row.right / row.known)
        lines.append(f"| {timbre} | {len(mine)} | {known} | {good / known:.3f} | {good / max(1, found):.3f} "
                     f"| {worst.right / worst.known:.2f} ({worst.name}) |")  # fmt: skip
    return "\n".join(lines)


def main() -> int:
    """Print the table; 1 where the target is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--melodies", type=int, default=20, help="of each set")
    options = parser.parse_args()
    folder = Path(os.environ.get("CUEWRIGHT_DATA", ROOT.parent / "shared" / "data"))
    rows = measure(folder, options.melodies)
    if not rows:
        sys.stderr.write(f"error: no melodies in {folder}; set CUEWRIGHT_DATA\n")
        return 2
    sys.stdout.write(table(rows) + f"\n\nTarget: {TARGET} of the notes right.\n")
    return int(sum(row.right for row in rows) < TARGET * sum(row.known for row in rows))


if __name__ == "__main__":
    raise SystemExit(main())
