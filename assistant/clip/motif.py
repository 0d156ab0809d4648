"""Reads a motif from whatever a person gives: a sound file in which somebody hums or plays, MIDI, or note names.

Conventions: see `assistant.score.motif`. Lengths in quarters. What is hummed is fitted to the beat that explains the
gaps between its onsets best, near the tempo that was asked where one was; MIDI keeps its notes exactly. Only the first
four bars are taken.

It does not hear an upbeat: the first note is taken for the first beat. A polyphonic MIDI file gives its highest line.

Source: gaps rather than places are fitted, since people hum with a beat that wanders (Desain and Honing 1989).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from assistant.clip.music import find_key
from assistant.clip.notes import SungNote, hear_notes
from assistant.clip.reading import LEGAL, Damage, describe, find_sound, open_media
from assistant.clip.sound import iterate_stretches
from assistant.errors import ClipError
from assistant.score.midi import is_midi, read_midi
from assistant.score.motif import MOST_NOTES, MOST_Q, Motif, MotifNote, is_motif, parse_motif
from assistant.score.values import Part

Numbers = npt.NDArray[np.float64]

LISTEN_S = 30.0
"""More than this of a hummed file is not looked at."""
FEWEST = 2
DUPLE: dict[float, float] = {
    0.25: 0.5, 0.5: 0.1, 0.75: 0.6, 1.0: 0.0, 1.5: 0.3, 2.0: 0.1, 2.5: 1.0, 3.0: 0.3, 4.0: 0.2, 6.0: 0.6, 8.0: 0.6,
}  # fmt: skip
TRIPLE: dict[float, float] = {1 / 3: 0.3, 2 / 3: 0.4, 1.0: 0.1, 4 / 3: 0.9, 5 / 3: 0.9, 2.0: 0.2, 3.0: 0.3, 4.0: 0.4}
"""Gaps between onsets in quarters, and what each costs beside how far it is off; one melody keeps to one table."""
TRIPLE_COST = 0.35
OFF = 0.17
"""How far people are off a gap, in octaves of time."""
SLOWEST_BPM, FASTEST_BPM, PREFERRED_BPM, SPREAD = 50.0, 170.0, 92.0, 0.5
NEAR_ASKED = 0.12
"""A beat this near to the asked tempo, its half or its double is taken for it."""
LEGATO = 0.3
"""A pause of less than this share of a gap belongs to the note before it."""
LAST_WEIGHT = 2.0
"""How much more the first and the last note tell of the key."""
CLEAR_KEY, FEWEST_CLASSES = 0.6, 3


def read_motif(given: str, *, tempo_bpm: float | None = None) -> Motif:
    """The motif in a file, or in note names.

    Parameters
    ----------
    given : str
        The path of a sound or MIDI file, or notes such as ``"C4 D4:0.5 E4"``.
    tempo_bpm : float or None
        The tempo that was asked, felt beats a minute; what is hummed near it is fitted to it.

    Raises
    ------
    ClipError
        If the file can't be read, or no melody is heard in it.
    InputError
        If the notes can't be read.
    """
    if is_motif(given) and not _is_there(given):
        return with_key(parse_motif(given))
    path = Path(given)
    if is_midi(path):
        return _from_midi(path)
    sung = _listen(path)
    if len(sung) < FEWEST:
        raise ClipError(f"{describe(path)} without a melody that can be followed",
                        "one voice, humming or playing one note at a time",
                        "hum it again, closer to the microphone, or type the notes (C4 D4 E4)")  # fmt: skip
    return with_key(quantise(sung, tempo_bpm=tempo_bpm))


def _is_there(given: str | Path) -> bool:
    """Whether it names a file; words too long for a name do not."""
    try:
        return Path(given).exists()
    except (OSError, ValueError):
        return False


def quantise(sung: Sequence[SungNote], *, tempo_bpm: float | None = None) -> Motif:
    """Notes in seconds as a motif on a beat.

    Examples
    --------
    >>> sung = [SungNote(0.0, 0.45, 60), SungNote(0.52, 0.2, 62), SungNote(0.77, 0.7, 64), SungNote(1.51, 0.9, 60)]
    >>> quantise(sung).text
    'C4 D4:0.5 E4:1.5 C4:2'
    """
    gaps_s = np.diff([note.start_s for note in sung])
    bpm, lengths = _beat(gaps_s, tempo_bpm) if len(gaps_s) else (tempo_bpm or PREFERRED_BPM, DUPLE)
    beat_s = 60 / bpm
    starts_q = np.concatenate([[0.0], np.cumsum([_nearest(gap / beat_s, lengths)[0] for gap in gaps_s])])
    notes: list[MotifNote] = []
    for index, note in enumerate(sung[:MOST_NOTES]):
        start_q = round(float(starts_q[index]), 6)
        own_q = note.length_s / beat_s
        if index + 1 < len(sung):
            gap_q = float(starts_q[index + 1]) - start_q
            length_q = gap_q if own_q > (1 - LEGATO) * gap_q else min(gap_q, max(0.25, round(own_q * 4) / 4))
        else:
            length_q = max(0.5, _nearest(own_q, lengths)[0])
        if start_q >= MOST_Q:
            break
        notes.append(MotifNote(start_q, round(min(length_q, MOST_Q - start_q), 6), note.pitch))
    return Motif(tuple(notes), tempo_bpm=round(bpm, 1))


def with_key(motif: Motif) -> Motif:
    """The motif with the key that its notes suggest, None where they leave it open."""
    weights = np.zeros(12)
    for index, note in enumerate(motif.notes):
        ends = index in (0, len(motif.notes) - 1)
        weights[note.pitch % 12] += min(note.length_q, 2.0) * (LAST_WEIGHT if ends else 1.0)
    if np.count_nonzero(weights) < FEWEST_CLASSES:
        return motif
    key, likeness, _ = find_key(weights)
    return replace(motif, key=key) if likeness >= CLEAR_KEY else motif


def _nearest(gap_q: float, lengths: Mapping[float, float]) -> tuple[float, float]:
    """The length that a gap means, and what that costs."""
    return min(
        ((length_q, price + (np.log2(max(gap_q, 1e-3) / length_q) / OFF) ** 2) for length_q, price in lengths.items()),
        key=lambda pair: pair[1],
    )


def _beat(gaps_s: Numbers, tempo_bpm: float | None) -> tuple[float, Mapping[float, float]]:
    """The tempo and the table whose lengths explain the gaps best; the tempo that was asked where it explains them."""
    middle = PREFERRED_BPM if tempo_bpm is None else tempo_bpm
    choices = [(bpm, lengths) for bpm in np.geomspace(SLOWEST_BPM, FASTEST_BPM, 120) for lengths in (DUPLE, TRIPLE)]

    def cost(choice: tuple[float, Mapping[float, float]]) -> float:
        bpm, lengths = choice
        known = np.array(list(lengths))
        away = np.square(np.log2(gaps_s[:, None] * bpm / 60 / known[None, :]) / OFF) + np.array(list(lengths.values()))
        prior = 0.3 * (np.log2(bpm / middle) / SPREAD) ** 2
        return float(np.minimum(away.min(axis=1), 6.0).mean() + prior + TRIPLE_COST * (lengths is TRIPLE))

    best, lengths = min(choices, key=cost)
    meant_q = np.array([_nearest(gap_s * best / 60, lengths)[0] for gap_s in gaps_s])
    exact = float(60 * meant_q.sum() / max(1e-6, float(gaps_s.sum())))
    for factor in (0.5, 2.0) if tempo_bpm else ():
        assert tempo_bpm is not None
        if abs(exact / (tempo_bpm * factor) - 1) < NEAR_ASKED:
            return exact / factor, DUPLE
    return exact, lengths


def _listen(path: Path) -> tuple[SungNote, ...]:
    """The notes in a sound file."""
    damage = Damage()
    with open_media(path) as container:
        stream = find_sound(container)
        if stream is None:
            raise ClipError(f"{describe(path)} without sound", LEGAL, "give a recording of the melody")
        stretches = [
            stretch.mean(axis=0, dtype=np.float32)
            for stretch in iterate_stretches(container, stream, damage, max_s=LISTEN_S)
        ]
    return hear_notes(np.concatenate(stretches)).notes if stretches else ()


def _from_midi(path: Path) -> Motif:
    """The first bars of the melody in a MIDI file, its notes as they are."""
    score = read_midi(path)
    part = _melody_of(path, [part for part in score.parts if part.notes and not part.is_drums])
    first = score.tempo_map.bar_at(part.notes[0].start_q).start_q
    line: list[MotifNote] = []
    for note in sorted(part.notes, key=lambda note: (note.start_q, -note.pitch)):
        start_q = round(note.start_q - first, 6)
        if start_q >= MOST_Q or len(line) == MOST_NOTES:
            break
        if line and start_q - line[-1].start_q < 1e-3:
            continue  # under the highest note of a chord
        if line and line[-1].end_q > start_q:
            line[-1] = replace(line[-1], length_q=round(start_q - line[-1].start_q, 6))
        line.append(MotifNote(start_q, min(note.length_q, MOST_Q - start_q), note.pitch))
    meter = score.tempo_map.meter_at(part.notes[0].start_q)
    bpm = score.tempo_map.tempo_at(part.notes[0].start_q) / meter.count_q
    return with_key(Motif(tuple(line), tempo_bpm=round(bpm, 1)))


def _melody_of(path: Path, parts: Sequence[Part]) -> Part:
    """Who has the melody: the lead, else the first."""
    if not parts:
        raise ClipError(
            f"{describe(path)} without notes of a pitch", "a MIDI file with a melody", "choose another file"
        )
    return next((part for part in parts if part.role == "lead"), parts[0])
