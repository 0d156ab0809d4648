"""The difference between two takes, note by note: what stayed, what went, what came, what changed.

Conventions: notes are compared in bars and beats, never in seconds. A note is *kept* when bar, place in the bar, pitch,
length and velocity are the same, *changed* when another note stands at its place, else *removed* or *added*. Parts are
paired by id, then by role. Bars count from 1 and beats from 1 here, as people count them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from assistant.records import STRICT
from assistant.score import Note, Part, Score

Status = Literal["kept", "changed", "removed", "added"]
PLACES = 4
"""Decimals of a quarter note to which places are the same: below a MIDI tick."""


@dataclass(frozen=True)
class NoteChange:
    """One note of either take: part, bar and beat from 1, pitch, start in seconds in its own take, and its fate."""

    __pydantic_config__ = STRICT

    part_id: str
    bar: int
    beat: float
    pitch: int
    start_s: float
    status: Status


@dataclass(frozen=True)
class PartDifference:
    """One player in both takes.

    ``cells_same`` of ``cells_both`` bars that both takes have are the same note for note; ``no_room`` notes stood in
    bars that the new take does not have.
    """

    __pydantic_config__ = STRICT

    part_id: str
    instrument: str
    role: str
    status: Literal["same", "changed", "added", "removed"]
    notes_before: int
    notes_after: int
    kept: int
    changed: int
    removed: int
    added: int
    no_room: int
    cells_same: int
    cells_both: int


@dataclass(frozen=True)
class Difference:
    """Everything that differs between two takes; tempi in beats a minute as felt at the start, lengths in seconds."""

    __pydantic_config__ = STRICT

    parts: tuple[PartDifference, ...]
    notes: tuple[NoteChange, ...]
    tempo_before: float
    tempo_after: float
    length_before_s: float
    length_after_s: float
    bars_before: int
    bars_after: int
    key_before: str
    key_after: str

    def part(self, part_id: str) -> PartDifference | None:
        """The difference of one part, or None."""
        return next((part for part in self.parts if part.part_id == part_id), None)

    @cached_property
    def kept(self) -> int:
        """Notes that came back."""
        return sum(part.kept for part in self.parts)

    @cached_property
    def notes_before(self) -> int:
        """Notes of the earlier take."""
        return sum(part.notes_before for part in self.parts)


def compare_scores(before: Score, after: Score) -> Difference:
    """What became of every note.

    Parameters
    ----------
    before, after : Score
        The earlier and the later take.
    """
    parts: list[PartDifference] = []
    notes: list[NoteChange] = []
    for old, new in _pairs(before, after):
        part, changes = _compare_part(before, after, old, new)
        parts.append(part)
        notes += changes
    return Difference(
        tuple(parts),
        tuple(notes),
        tempo_before=_felt_tempo(before),
        tempo_after=_felt_tempo(after),
        length_before_s=before.length_s,
        length_after_s=after.length_s,
        bars_before=len(before.bars),
        bars_after=len(after.bars),
        key_before=before.key,
        key_after=after.key,
    )


def _felt_tempo(score: Score) -> float:
    """Beats a minute over the whole cue: its beats by its length, so that small changes of tempo even out."""
    beats = score.tempo_map.quarters_at(score.length_s) / score.tempo_map.counted_meter.count_q
    return round(beats / score.length_s * 60, 1)


def _pairs(before: Score, after: Score) -> Iterator[tuple[Part | None, Part | None]]:
    """Parts of both takes side by side: the same id, then newcomers in a role that was given up."""
    new_ids = {part.id for part in after.parts}
    newcomers = [part for part in after.parts if before.part(part.id) is None]
    for old in before.parts:
        new = after.part(old.id)
        if new is None and old.id not in new_ids:
            new = next((part for part in newcomers if part.role == old.role and not part.is_drums), None)
            if new is not None:
                newcomers.remove(new)
        yield old, new
    yield from ((None, part) for part in newcomers)


def _compare_part(
    before: Score, after: Score, old: Part | None, new: Part | None
) -> tuple[PartDifference, list[NoteChange]]:
    """One pair of parts, bar by bar."""
    some = new or old
    assert some is not None
    old_bars, new_bars = _by_bar(before, old), _by_bar(after, new)
    changes: list[NoteChange] = []
    same = both = 0
    for index in sorted({*old_bars, *new_bars} | set(range(min(len(before.bars), len(after.bars))))):
        gone, come = old_bars.get(index, []), new_bars.get(index, [])
        if index < len(before.bars) and index < len(after.bars):
            both += 1
            same += [_place(n) for n in gone] == [_place(n) for n in come]
        changes += _fates(before, after, some.id, index, gone, come)
    count = {
        status: sum(change.status == status for change in changes) for status in ("kept", "changed", "removed", "added")
    }
    no_room = sum(len(notes) for index, notes in old_bars.items() if index >= len(after.bars))
    status: Literal["same", "changed", "added", "removed"] = "changed"
    if old is None or new is None:
        status = "added" if old is None else "removed"
    elif not count["changed"] + count["removed"] + count["added"]:
        status = "same"
    part = PartDifference(
        some.id,
        some.instrument,
        some.role,
        status,
        notes_before=len(old.notes) if old else 0,
        notes_after=len(new.notes) if new else 0,
        kept=count["kept"],
        changed=count["changed"],
        removed=count["removed"],
        added=count["added"],
        no_room=no_room,
        cells_same=same if old and new else 0,
        cells_both=both if old and new else 0,
    )
    return part, changes


def _by_bar(score: Score, part: Part | None) -> dict[int, list[Note]]:
    """Notes of a part by bar, starts counted from the bar line."""
    if part is None:
        return {}
    bars: dict[int, list[Note]] = defaultdict(list)
    index = 0
    for note in part.notes:
        while index + 1 < len(score.bars) and note.start_q >= score.bars[index + 1].start_q - 1e-6:
            index += 1
        start_q = score.bars[index].start_q if score.bars else 0.0
        bars[index].append(
            Note(max(0.0, note.start_q - start_q), note.pitch, note.length_q, note.velocity, note.nudge_q)
        )
    return dict(bars)


def _place(note: Note) -> tuple[float, int, float, int]:
    return round(note.start_q, PLACES), note.pitch, round(note.length_q, PLACES), note.velocity


def _fates(
    before: Score, after: Score, part_id: str, index: int, gone: Sequence[Note], come: Sequence[Note]
) -> list[NoteChange]:
    """What became of the notes of one bar."""
    left = list(come)
    rest: list[Note] = []
    changes: list[NoteChange] = []
    for note in gone:
        twin = next((other for other in left if _place(other) == _place(note)), None)
        if twin is None:
            rest.append(note)
        else:
            left.remove(twin)
            changes.append(_change(after, part_id, index, twin, "kept"))
    for note in rest:
        other = next((item for item in left if abs(item.start_q - note.start_q) < 10**-PLACES), None)
        if other is None:
            changes.append(_change(before, part_id, index, note, "removed"))
        else:
            left.remove(other)
            changes.append(_change(after, part_id, index, other, "changed"))
    return changes + [_change(after, part_id, index, note, "added") for note in left]


def _change(score: Score, part_id: str, index: int, note: Note, status: Status) -> NoteChange:
    bar = score.bars[index]
    beat = note.start_q / bar.meter.beat_q + 1
    start_s = score.tempo_map.seconds_at(bar.start_q + note.start_q)
    return NoteChange(part_id, index + 1, round(beat, 3), note.pitch, round(start_s, 3), status)
