"""The tune of an earlier take, as a motif for another cue.

Conventions: a tune that a person gave for that take is given on as it was given, not as a region had it; else it is the
head of the theme as the lead sings it, without its ornaments.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from assistant.clip import read_motif
from assistant.cutdowns import motif_of
from assistant.deliver import load_cue
from assistant.errors import InputError
from assistant.library import Library
from assistant.score import Note, Score
from assistant.score.keys import key_name
from assistant.score.motif import Motif
from assistant.session import TakeRecord

SAME_Q = 1e-4
"""Notes that are written this near to each other are one note and its ornaments."""


def read_theme(given: str, library: Library, *, tempo_bpm: float | None = None) -> Motif:
    """A motif from what a person named: the folder of a take, a sound or MIDI file, or notes.

    Raises
    ------
    ClipError
        If the file can't be read, or no melody is heard in it.
    InputError
        If the folder holds no take, the take no tune, or the notes can't be read.
    """
    folder = Path(given)
    if not _is_folder(folder):
        return read_motif(given, tempo_bpm=tempo_bpm)
    motif = theme_of(load_cue(folder).take(folder), library)
    if motif is None:
        raise InputError(f"take in {given!r} without a tune", "a take in which somebody has the melody", "name another")
    return motif


def theme_of(take: TakeRecord, library: Library) -> Motif | None:
    """The motif of a take: the given one, else the head of its theme; None where nobody has a tune."""
    if take.constraints.motif is not None:
        return take.constraints.motif
    plain = replace(take, score=_unadorned(take.score))
    motif = motif_of(plain, take.plan.length_s, library)
    if motif is None:
        return None
    if motif.key is not None:
        return motif
    home = take.plan.key  # a region's mode is nobody else's: its tonic and third tell how the tune is to be taken
    mode = "minor" if home.is_minor else "major"
    return replace(motif, key=key_name(home.tonic, mode, is_minor=home.is_minor))


def _unadorned(score: Score) -> Score:
    """The score, in its leads only the longest of the notes that are written at one place."""
    parts = tuple(replace(part, notes=_longest(part.notes)) if part.role == "lead" else part for part in score.parts)
    return replace(score, parts=parts)


def _longest(notes: tuple[Note, ...]) -> tuple[Note, ...]:
    kept: list[Note] = []
    for note in sorted(notes):
        if kept and note.start_q - kept[-1].start_q < SAME_Q:
            kept[-1] = max(kept[-1], note, key=lambda each: each.length_q)
        else:
            kept.append(note)
    return tuple(kept)


def _is_folder(path: Path) -> bool:
    """Whether it names a folder; words too long for a name do not."""
    try:
        return path.is_dir()
    except OSError:
        return False
