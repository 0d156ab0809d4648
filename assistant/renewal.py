"""Which bars of a take sound otherwise than those of the take before: all that must be painted anew.

Conventions: spans in seconds, in order, from bar line to bar line; the last one goes to the end of the cue. A bar is
another one where a note that sounds in it, a controller, a player, a level or a hit is another; a note that rings over
the bar line counts in every bar that it is heard in. Takes of other lengths or tempo maps have no bars in common.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from assistant.plan import Plan, PlannedPart
from assistant.score import Control, Note, Part, Score
from assistant.score.tempo import EPSILON_Q
from assistant.session import TakeRecord
from assistant.settings import RATE_HZ

Spans = tuple[tuple[float, float], ...]


def have_bars_in_common(before: TakeRecord, score: Score) -> bool:
    """Whether two takes lie on the same bars: as long as each other to the sample, on the same tempo map."""
    same_length = round(before.score.length_s * RATE_HZ) == round(score.length_s * RATE_HZ)
    return same_length and before.score.tempo_map == score.tempo_map


def renewed_s(before: TakeRecord, score: Score, plan: Plan) -> Spans:
    """The spans of a take that sound otherwise than in the take before; both lie on the same bars.

    Parameters
    ----------
    before : TakeRecord
    score : Score
    plan : Plan
    """
    count = len(score.bars)
    if (before.plan.style, before.plan.reverb, before.plan.loop) != (plan.style, plan.reverb, plan.loop):
        return ((0.0, score.length_s),)
    starts_q = np.array([bar.start_q for bar in score.bars])
    dirty = np.zeros(count, bool)
    for start_q, end_q in _changes(before, score, plan):
        first = np.searchsorted(starts_q, start_q + EPSILON_Q, side="right") - 1
        last = np.searchsorted(starts_q, end_q - EPSILON_Q, side="right")
        dirty[max(0, first) : max(first + 1, last)] = True
    if plan.loop and count and (dirty[0] or dirty[-1]):
        dirty[[0, -1]] = True  # its end leads into its beginning
    return tuple(_spans(dirty, score))


def _spans(dirty: np.typing.NDArray[np.bool_], score: Score) -> Iterator[tuple[float, float]]:
    """Runs of bars, in seconds."""
    edges = np.flatnonzero(np.diff(np.concatenate(([0], dirty.astype(np.int8), [0]))))
    for first, last in edges.reshape(-1, 2):
        start_s = score.tempo_map.seconds_at(score.bars[first].start_q)
        is_last = last == len(score.bars)
        yield start_s, score.length_s if is_last else score.tempo_map.seconds_at(score.bars[last].start_q)


def _changes(before: TakeRecord, score: Score, plan: Plan) -> Iterator[tuple[float, float]]:
    """Everything that changed: from where to where it is heard, in quarter notes."""
    end_q = score.tempo_map.quarters_at(score.length_s)
    for part_id in dict.fromkeys(part.id for part in (*before.score.parts, *score.parts)):
        old, new = before.score.part(part_id), score.part(part_id)
        seats = before.plan.part(part_id), plan.part(part_id)
        if old is None or new is None or _player(old, seats[0]) != _player(new, seats[1]):
            yield from _heard(note for part in (old, new) if part for note in part.notes)
            continue
        yield from _heard(set(old.notes) ^ set(new.notes))
        yield from _steered(old.controls, new.controls, end_q)
        yield from _faded(seats, plan)
    yield from _struck(before.plan, plan)
    if before.plan.final_q != plan.final_q:
        yield min(before.plan.final_q, plan.final_q), end_q


def _player(part: Part, seat: PlannedPart | None) -> tuple[object, ...]:
    """Who plays, how loud and where."""
    return part.instrument, part.program, part.is_drums, part.role, seat and (seat.level_lu, seat.pan)


def _heard(notes: Iterable[Note]) -> Iterator[tuple[float, float]]:
    return ((note.played_q, note.played_q + note.length_q) for note in notes)


def _steered(old: tuple[Control, ...], new: tuple[Control, ...], end_q: float) -> Iterator[tuple[float, float]]:
    """A controller that is set otherwise holds until it is set again."""
    changed = set(old) ^ set(new)
    for control in changed:
        later = (each.at_q for each in (*old, *new) if each.number == control.number and each.at_q > control.at_q)
        yield control.at_q, min(later, default=end_q)


def _faded(seats: tuple[PlannedPart | None, PlannedPart | None], plan: Plan) -> Iterator[tuple[float, float]]:
    """The bars in which a fader stands elsewhere."""
    old, new = seats
    if old is None or new is None:
        return
    for bar, was, intent in zip(plan.bars, old.bars, new.bars, strict=False):
        if was.gain_db != intent.gain_db:
            yield bar.start_q, bar.end_q


def _struck(old: Plan, new: Plan) -> Iterator[tuple[float, float]]:
    """The bars of hits that came or went, and what leads up to them: players prepare them and breathe before."""
    hits = ({(hit.at_q, hit.kind) for hit in plan.hits if hit.feasible} for plan in (old, new))
    before, after = hits
    for at_q, _ in before ^ after:
        yield max(0.0, at_q - 1.0), at_q + 1.0
