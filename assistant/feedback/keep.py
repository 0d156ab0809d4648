"""Which cells of the earlier score come back: what a reply does not name stays.

Conventions: a cell is what one part plays in one bar; bars count from 0 and are compared by number, metre and length.
Where wishes collide: length, then hits, then what is kept, then tempo, then metre. So

- a change of instruments or of loudness touches no other part's notes;
- a change of tempo, length or loop keeps every bar that both takes have, but the closing two, where the ending is;
- a change of density or register frees the cells of that part in that place, a local change of emotion frees all parts
  in that place (every bar that the place overlaps in either take);
- a change of hits frees the bars within one bar of a hit that came or went;
- an arc drawn by hand frees the bars where it is another, and those whose chords did not come along; so does a new use;
- a new key transposes: a cell comes back, moved, where its chords came back moved by the same step;
- a change of emotion, mode, metre, style, region or its strength of the whole cue frees everything, but what the person
  keeps. "The rest" is then the melody: with new harmony or rhythm no other line can stay as it was.

A kept melody is moved with the key when the reply names a key or a mode, by degrees of the scale, and stays as it is
otherwise. When an instrument is replaced, the new one plays what the old one played, in its own range.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

from assistant.constraints import Span
from assistant.feedback.values import Change, KeepWish, Reply, fields_of, span_of
from assistant.generator import NOTHING_KEPT, Keep
from assistant.plan import Key, Plan, PlannedPart
from assistant.score import Bar, Cell, Note, Part, Score, TempoMap
from assistant.score.tempo import EPSILON_Q
from assistant.session import TakeRecord

TIMING = frozenset({"tempo_bpm", "duration_s", "loop", "use"})
"""Fields that move the ending."""

FREEING = frozenset({"mode", "meter", "styles", "region", "colour"})
"""Fields whose change leaves no cell as it was."""

CLOSING_BARS = 2

HEARD = 0.03
"""How far valence or arousal must move for a bar to be another one: a pixel of a drawn arc is less."""

ROLES_OF: dict[str, tuple[str, ...]] = {
    "melody": ("lead",),
    "chords": ("harmony", "pulse"),
    "bass": ("bass",),
    "drums": ("drums", "percussion"),
    "percussion": ("drums", "percussion"),
}
"""What people call a layer, as roles of parts."""


def cells_to_keep(reply: Reply, before: TakeRecord, plan: Plan) -> Keep:
    """The cells of the earlier score that must come back in a take of the new plan.

    Parameters
    ----------
    reply : Reply
    before : TakeRecord
        The take that the reply is about.
    plan : Plan
        The plan of the next take.

    Returns
    -------
    Keep
        Its score is the earlier one, with parts renamed where another instrument takes over, and moved where the
        reply names a key.
    """
    revision = Revision(reply, before, plan)
    cells = tuple(
        Cell(part.id, bar.index)
        for old, part in revision.partners
        for bar in revision.common_bars
        if revision.is_kept(old, part, bar)
    )
    return Keep(revision.carried, cells) if cells else NOTHING_KEPT


def is_called(part: Part, name: str, members: tuple[str, ...] = ()) -> bool:
    """Whether a person who says ``name`` (an instrument id, melody, chords, bass, drums, all) means this part."""
    roles = ROLES_OF.get(name, ())
    return name == "all" or part.instrument == name or part.instrument in members or part.role in roles


@dataclass(frozen=True)
class Revision:
    """A reply between two plans: which parts and bars correspond, and which cells are free."""

    reply: Reply
    before: TakeRecord
    plan: Plan

    @cached_property
    def fields(self) -> frozenset[str]:
        """The fields that change."""
        return fields_of(self.reply.changes)

    @cached_property
    def partners(self) -> tuple[tuple[Part, PlannedPart], ...]:
        """Each earlier part with the planned part that goes on with it: the same id, else a newcomer in its role."""
        old_ids = {part.id for part in self.before.score.parts}
        new_ids = {part.id for part in self.plan.parts}
        newcomers = [part for part in self.plan.parts if part.id not in old_ids]
        removed = {name for change in self.reply.changes for name in (*change.remove, *change.members)}
        pairs: list[tuple[Part, PlannedPart]] = []
        for part in self.before.score.parts:
            if part.id in new_ids:
                pairs += [(part, planned) for planned in self.plan.parts if planned.id == part.id]
            elif part.instrument in removed:
                heir = next((item for item in newcomers if item.role == part.role), None)
                if heir is not None and (fitted(part, heir) is not None):
                    newcomers.remove(heir)
                    pairs.append((part, heir))
        return tuple(pairs)

    @cached_property
    def common_bars(self) -> tuple[Bar, ...]:
        """The bars that both takes have with the same metre, without the closing ones when the ending moves."""
        old, new = self.before.plan.bars, self.plan.bars
        count = min(len(old), len(new))
        if self.fields & TIMING or len(old) != len(new):
            count -= CLOSING_BARS
        return tuple(
            after
            for bar, after in zip(old[: max(0, count)], new, strict=False)
            if bar.meter == after.meter and abs(bar.length_q - after.length_q) < EPSILON_Q
        )

    @cached_property
    def carried(self) -> Score:
        """The earlier score as it is to come back: renamed, and moved to a key that was named."""
        parts = []
        for old, planned in self.partners:
            moved = self._in_new_key(old)
            part = replace(moved, id=planned.id, instrument=planned.instrument)
            parts.append(part if old.id == planned.id else (fitted(part, planned) or part))
        return replace(self.before.score, parts=tuple(parts), key=self.plan.key.name)

    def is_kept(self, old: Part, planned: PlannedPart, bar: Bar) -> bool:
        """Whether one part comes back in one bar."""
        if any(self._asks_to_stay(wish, old, bar) for wish in self.reply.keep):
            return True
        return not any(self._frees(change, old, bar) for change in self.reply.changes)

    def _asks_to_stay(self, wish: KeepWish, part: Part, bar: Bar) -> bool:
        if isinstance(wish.what, Span):
            return self._is_within(wish.what, bar)
        if wish.what == "everything":
            local = any(self._frees(change, part, bar) for change in self.reply.changes if not self._is_global(change))
            return part.role == "lead" and not local and "meter" not in self.fields and not self._is_recoloured
        return wish.what != "tempo" and is_called(part, wish.what, wish.members)

    @property
    def _is_recoloured(self) -> bool:
        """Whether the emotion of the whole cue changes: then even the melody must be free to."""
        return any(change.field in ("valence", "arousal") and self._is_global(change) for change in self.reply.changes)

    def _is_global(self, change: Change) -> bool:
        emotion = change.field in ("valence", "arousal") and change.where in (None, "all")
        return emotion or change.field in FREEING or change.field == "key"

    def _frees(self, change: Change, part: Part, bar: Bar) -> bool:
        """Whether a change lets one part play something else in one bar."""
        if change.field in FREEING:
            return True
        if change.field == "key":
            return not self._chords_came_along(bar)
        if change.field in ("valence", "arousal"):
            return change.where in (None, "all") or self._overlaps(change, bar)
        if change.field in ("density", "register"):
            return is_called(part, change.part or "all", change.members) and self._overlaps(change, bar)
        if change.field == "hits":
            return self._is_near_changed_hit(change, bar)
        if change.field in ("arc", "use"):
            redrawn = change.field == "arc" and self._is_redrawn(change, bar)
            return redrawn or not self._chords_came_along(bar)
        return False

    def _times(self, bar: Bar) -> Iterator[tuple[float, float, float]]:
        """From and to in seconds, and length of the cue, of a bar in the earlier take and in the next."""
        for bars, tempo_map, length_s in (
            (self.before.plan.bars, self.before.plan.tempo_map, self.before.plan.length_s),
            (self.plan.bars, self.plan.tempo_map, self.plan.length_s),
        ):
            yield (*_seconds(bars[bar.index], tempo_map), length_s)

    def _overlaps(self, change: Change, bar: Bar) -> bool:
        """Whether a bar of either take lies at least partly in the place of a change."""
        for from_s, to_s, length_s in self._times(bar):
            low, high = span_of(change.where, length_s)
            if from_s < high - 1e-6 and to_s > low + 1e-6:
                return True
        return False

    def _is_within(self, span: Span, bar: Bar) -> bool:
        """Whether a bar begins within a stretch in both takes; its last note may ring beyond."""
        return all(span.from_s - 1e-6 <= from_s < span.to_s - 1e-6 for from_s, _, _ in self._times(bar))

    def _is_near_changed_hit(self, change: Change, bar: Bar) -> bool:
        asked = set(change.value) if isinstance(change.value, tuple) else set()
        moved_s = asked.symmetric_difference(hit.at_s for hit in self.before.constraints.hits)
        return any(
            from_s - (to_s - from_s) <= at_s < to_s + (to_s - from_s)
            for from_s, to_s, _ in self._times(bar)
            for at_s in moved_s
        )

    def _is_redrawn(self, change: Change, bar: Bar) -> bool:
        """Whether a drawn arc asks for another emotion where a bar of either take begins, is halfway or ends."""
        asked = self.before.constraints
        drawn = replace(asked, arc=change.arc or asked.arc)
        for from_s, to_s, length_s in self._times(bar):
            for at_s in (from_s, (from_s + to_s) / 2, to_s):
                old, new = asked.emotion_at(at_s / length_s), drawn.emotion_at(at_s / length_s)
                if max(abs(old.valence - new.valence), abs(old.arousal - new.arousal)) > HEARD:
                    return True
        return False

    def _chords_came_along(self, bar: Bar) -> bool:
        """Whether the chords of a bar are the earlier ones, moved by the step between the keys."""
        step = self.plan.key.tonic - self.before.plan.key.tonic
        old = _chords_in(self.before.plan, self.before.plan.bars[bar.index])
        new = _chords_in(self.plan, bar)
        return [(at, (root + step) % 12, quality) for at, root, quality in old] == new

    def _in_new_key(self, part: Part) -> Part:
        """A part moved to the new key, when the reply names one; drums stay."""
        if part.is_drums or part.role in ("drums", "percussion") or not self.fields & {"key", "mode"}:
            return part
        return moved_to_key(part, self.before.plan.key, self.plan.key)


def _seconds(bar: Bar, tempo_map: TempoMap) -> tuple[float, float]:
    return tempo_map.seconds_at(bar.start_q), tempo_map.seconds_at(bar.end_q)


def _chords_in(plan: Plan, bar: Bar) -> list[tuple[float, int, str]]:
    """Chords that sound in a bar as (start from the bar line, root, quality)."""
    return [
        (round(max(0.0, chord.start_q - bar.start_q), 4), chord.root, chord.quality)
        for chord in plan.chords
        if chord.start_q < bar.end_q - EPSILON_Q and chord.end_q > bar.start_q + EPSILON_Q
    ]


def fitted(part: Part, planned: PlannedPart) -> Part | None:
    """A part moved by octaves into the range of another player; None when it does not fit, or only one is struck."""
    struck = planned.role in ("drums", "percussion")
    if struck or part.is_drums:
        return None
    if not part.notes:
        return part
    lowest, highest = min(note.pitch for note in part.notes), max(note.pitch for note in part.notes)
    for step in (0, 12, -12, 24, -24):
        if planned.low <= lowest + step and highest + step <= planned.high:
            return replace(part, notes=tuple(replace(note, pitch=note.pitch + step) for note in part.notes))
    return None


def moved_to_key(part: Part, old: Key, new: Key) -> Part:
    """A part in another key by degrees of the scale; notes outside the scale move with the tonic.

    Examples
    --------
    >>> part = Part("lead", "lead", "flute", 73, notes=(Note(0.0, 64, 1.0, 80),))
    >>> major, minor = Key(0, "major", (0, 2, 4, 5, 7, 9, 11)), Key(2, "minor", (0, 2, 3, 5, 7, 8, 10))
    >>> moved_to_key(part, major, minor).notes[0].pitch
    65
    """
    step = (new.tonic - old.tonic + 6) % 12 - 6

    def pitch(before: int) -> int:
        octave, above = divmod(before - old.tonic, 12)
        if above in old.scale and len(old.scale) == len(new.scale):
            above = new.scale[old.scale.index(above)]
        after = old.tonic + step + 12 * octave + above
        return after if 0 <= after <= 127 else after - 12 * (1 if after > 127 else -1)

    notes: tuple[Note, ...] = tuple(replace(note, pitch=pitch(note.pitch)) for note in part.notes)
    return replace(part, notes=notes)
