"""How like one piece is to another that a person names: by its notes, by its melody, by its sound.

Conventions: a piece is a delivery's folder, a MIDI file, or a sound or film file. Three ways, each 1 at its threshold:
the longest run of the same notes, in any key and tempo (n-grams; twelve are a copy, as for the training pieces); the
best path of a melody, ornaments passed over (`models.similarity.alignment`); the longest run of the same harmonies
(`models.similarity.chroma`). A sound file has no notes; one voice in it is followed when that is wanted, which takes
time. Of a piece of ours melodies are compared, of another's all parts of one voice or more, by their highest notes.

It says what is alike, not what is allowed: chords and a few notes are nobody's, and whether something is a copy is for
people to judge.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from assistant.deliver.values import Likeness, LikePlace
from assistant.errors import ClipError
from assistant.score import Part, Score
from assistant.score.midi import is_midi, read_midi
from models.similarity.alignment import Tune, best_path, tune_of
from models.similarity.chroma import HOP_S, MOST, best_run, chroma_of_score, chroma_of_sound
from models.similarity.lookup import MELODIES
from models.similarity.melody import RUN, VARIED, Line, hash_runs
from models.transformer import vocabulary as v

Numbers = npt.NDArray[np.float64]

GRAM = 6
"""Notes of the runs that are looked up before they are made longer."""
FEWEST = 8
"""Notes of the shortest melody that is compared."""
MOST_PARTS = 12
VOICE_S = 60.0
"""So much of a sound is followed as one voice."""


@dataclass(frozen=True)
class Voice:
    """One melody: its part, its tune in seconds, and its notes on the grid where it was written."""

    part_id: str
    tune: Tune
    line: Line | None


Way = Callable[[Voice, Voice], LikePlace | None]


@dataclass(frozen=True)
class Piece:
    """What is compared of a piece."""

    name: str
    voices: tuple[Voice, ...]
    chroma: Numbers


def piece_of_score(score: Score, name: str, *, roles: tuple[str, ...] = MELODIES) -> Piece:
    """A piece that is written; all its parts where none has one of the roles."""
    pitched = [part for part in score.parts if not part.is_drums and len(part.notes) >= FEWEST]
    parts = [part for part in pitched if part.role in roles] or pitched[:MOST_PARTS]
    voices = (_voice(score, part) for part in parts)
    return Piece(name, tuple(voice for voice in voices if len(voice.tune) >= FEWEST), chroma_of_score(score))


def piece_of_file(path: Path, *, follow_voice: bool = True) -> Piece:
    """A piece in a delivery's folder, a MIDI file, a sound or a film.

    Raises
    ------
    InputError
        If it cannot be read, or holds no music.
    """
    from assistant.deliver import load_cue

    if path.is_dir():
        return piece_of_score(load_cue(path).score, path.name)
    if is_midi(path):
        every = tuple(role for role in v.ROLES if role != "drums")
        return piece_of_score(read_midi(path), path.name, roles=every)
    return _piece_of_sound(path, follow_voice=follow_voice)


def _piece_of_sound(path: Path, *, follow_voice: bool) -> Piece:
    from assistant.clip.notes import hear_notes
    from assistant.clip.reading import LEGAL, Damage, describe, find_sound, open_media
    from assistant.clip.sound import iterate_stretches
    from assistant.settings import RATE_HZ

    with open_media(path) as container:
        stream = find_sound(container)
        if stream is None:
            raise ClipError(f"{describe(path)} without sound", f"a folder of ours, MIDI, or {LEGAL}", "choose another")
        stretches = iterate_stretches(container, stream, Damage(), max_s=MOST * HOP_S)
        mono = np.concatenate([np.zeros(0, np.float32), *(each.mean(axis=0, dtype=np.float32) for each in stretches)])
    voices: tuple[Voice, ...] = ()
    if follow_voice:
        sung = hear_notes(mono[: round(VOICE_S * RATE_HZ)]).notes
        if len(sung) >= FEWEST:
            onsets, pitches = (np.array([getattr(note, name) for note in sung]) for name in ("start_s", "pitch"))
            voices = (Voice("", tune_of(onsets, pitches), None),)
    return Piece(path.name, voices, chroma_of_sound(mono, RATE_HZ))


def compare(own: Piece, other: Piece) -> Likeness:
    """How like they are, and where."""
    found = [*_best(own, other, _same_notes), *_best(own, other, _same_melody), *_same_sound(own, other)]
    places = tuple(sorted(found, key=lambda place: -place.likeness))
    most = places[0].likeness if places else 0.0
    return Likeness(other.name, most, most >= 1.0, places)


def _best(own: Piece, other: Piece, way: Way) -> Iterator[LikePlace]:
    """The best place that a way finds among all pairs of melodies."""
    places = [place for mine in own.voices for theirs in other.voices if (place := way(mine, theirs)) is not None]
    if places:
        yield max(places, key=lambda place: place.likeness)


def _voice(score: Score, part: Part) -> Voice:
    """A part as a melody."""
    in_q = tune_of(*(np.array([getattr(note, name) for note in part.notes]) for name in ("start_q", "pitch")))
    seconds = np.array([score.tempo_map.seconds_at(at_q) for at_q in in_q.onsets.tolist()])
    steps = np.maximum(1, np.diff(np.rint(in_q.onsets * v.STEPS_PER_Q))).astype(np.int64)
    return Voice(part.id, Tune(seconds, in_q.pitches), Line(np.diff(in_q.pitches).astype(np.int64), steps))


def _same_melody(own: Voice, other: Voice) -> LikePlace | None:
    """The best path through two melodies."""
    path = best_path(own.tune, other.tune)
    if path is None:
        return None
    ends = (path.first, path.last, path.there_first, path.there_last)
    return _placed("melody", own, other, ends, path.shift, path.likeness, path.notes)


def _same_notes(own: Voice, other: Voice) -> LikePlace | None:
    """The longest run of equal intervals and proportional times."""
    if own.line is None or other.line is None or min(len(own.line), len(other.line)) < GRAM:
        return None
    mine, theirs = (hash_runs(each.intervals, each.times, GRAM) for each in (own.line, other.line))
    where = np.argwhere(mine[:, None] == theirs[None, :])
    if not len(where):
        return None
    where = where[np.lexsort((where[:, 0], where[:, 1] - where[:, 0]))]
    apart = (np.diff(where[:, 0]) != 1) | (np.diff(where[:, 1]) != 1)
    runs = np.split(where, np.flatnonzero(apart) + 1)
    run = max(runs, key=len)
    first, there, notes = int(run[0, 0]), int(run[0, 1]), len(run) + GRAM - 1
    moves = set(zip(own.line.intervals[first : first + notes - 1].tolist(),
                    own.line.times[first : first + notes - 1].tolist(), strict=True))  # fmt: skip
    likeness = round(notes / RUN * min(1.0, len(moves) / VARIED), 3)
    shift = int(own.tune.pitches[first] - other.tune.pitches[there]) % 12
    ends = (first, first + notes - 1, there, there + notes - 1)
    return _placed("notes", own, other, ends, shift, likeness, notes)


def _placed(
    way: str, own: Voice, other: Voice, ends: tuple[int, int, int, int], shift: int, likeness: float, notes: int
) -> LikePlace:
    """A place by the numbers of its first and last notes."""
    first, last, there_first, there_last = ends
    mine, theirs = own.tune.onsets, other.tune.onsets
    start_s, end_s, there_s, there_end_s = (
        round(float(at_s), 2) for at_s in (mine[first], mine[last], theirs[there_first], theirs[there_last])
    )
    return LikePlace(way, own.part_id, start_s, end_s, there_s, there_end_s, shift, likeness, notes)


def _same_sound(own: Piece, other: Piece) -> Iterator[LikePlace]:
    """The longest run of the same harmonies."""
    run = best_run(own.chroma, other.chroma)
    if run is not None:
        yield LikePlace(
            "sound", "", run.start_s, run.end_s, run.there_start_s, run.there_end_s, run.shift, run.likeness
        )
