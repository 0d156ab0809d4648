"""Revision: what no change touched comes back from the plan before, bar for bar.

*Conventions*: bars are compared by their number, and only where the new one is no shorter. The closing two bars belong
to the ending and are always new. A new length or tempo keeps chords, keys, sections, phrases and parts of every bar
that both plans have; a new key transposes them; a new arc keeps the chords of phrases that it left alone. Where an arc
moved in one place, every bar outside that place is as it was, and so is the home key: the mode may change there only.
Bars next to a hit that moved are planned anew.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from itertools import groupby

from assistant.constraints import Constraints
from assistant.plan.arcs import emotion_moved
from assistant.plan.keys import mood_of
from assistant.plan.values import BarIntent, Chord, Key, Phrase, Plan, PlannedPart, Section

CLOSING_BARS = 2
LONGEST_PHRASE = 8
SAME_AROUSAL = 0.01
DEEP = frozenset({"arc", "styles", "region", "colour", "fusion", "use", "loop"})
"""Changes of these make a different form; all others leave it."""


@dataclass(frozen=True)
class _Piece:
    """What sounds of a chord within one bar; ``joined`` when the chord began in an earlier bar."""

    offset_q: float
    length_q: float
    chord: Chord
    joined: bool


def changed_fields(before: Constraints, after: Constraints) -> frozenset[str]:
    """Names of the wishes that differ; where they came from does not count."""
    names = (item.name for item in fields(Constraints) if item.name not in ("evidence", "language"))
    return frozenset(name for name in names if getattr(before, name) != getattr(after, name))


def graft(fresh: Plan, previous: Plan, intents: Mapping[str, Sequence[BarIntent]]) -> Plan:
    """The fresh plan with everything of the previous one that no change touched.

    Parameters
    ----------
    fresh, previous : Plan
        Both know what was asked of them.
    intents : mapping of str to sequence of BarIntent
        The previous plan's intents by part, with adjustments that are new already made, as many as fresh has bars.
    """
    if fresh.asked is None or previous.asked is None:
        return fresh
    changed = changed_fields(previous.asked, fresh.asked)
    previous = _transposed(previous, fresh) if "key" in changed else previous
    remodelled = "key" in changed and (previous.key.mode, previous.key.scale) != (fresh.key.mode, fresh.key.scale)
    if DEEP & changed or remodelled:
        common = _common(fresh, previous)
        same = {bar for bar in common if _same_phrase(fresh, previous, bar)}
        parts = fresh.parts
        if DEEP & changed == {"arc"} and _is_as_lively(fresh.asked, previous.asked):
            parts = tuple(_as_lively(part, intents.get(part.id, ()), common) for part in parts)
        made = replace(fresh, chords=_joined(fresh, previous, same), parts=parts)
        outside = _outside(fresh, previous) if DEEP & changed == {"arc"} and not remodelled else set()
        return _local(made, previous, intents, outside) if outside else made
    common = _common(fresh, previous)
    calm = common - _moved_hits(fresh, previous)
    sections = fresh.sections if "hits" in changed else _sections(fresh, previous)
    return replace(
        fresh,
        key=previous.key,
        sections=sections,
        chords=_joined(fresh, previous, calm if "hits" in changed else common),
        parts=tuple(_part(part, previous, fresh, intents, calm) for part in fresh.parts),
    )


def _outside(fresh: Plan, previous: Plan) -> set[int]:
    """Bars in which the arc is as it was, where both plans lie on the same bars; none where time or hits moved."""
    before, asked = previous.asked, fresh.asked
    if before is None or asked is None or _head_bars(fresh, previous) < fresh.bar_count or fresh.hits != previous.hits:
        return set()
    return {
        bar.index
        for bar in fresh.bars
        for start_s, end_s in [(fresh.tempo_map.seconds_at(bar.start_q), fresh.tempo_map.seconds_at(bar.end_q))]
        if not emotion_moved(before, asked, start_s / fresh.length_s, end_s / fresh.length_s)
    }


def _local(fresh: Plan, previous: Plan, intents: Mapping[str, Sequence[BarIntent]], outside: set[int]) -> Plan:
    """The fresh plan inside a place, the previous one in every bar outside; who is new plays in the place only."""
    spans = [
        (is_outside, [bar.index for bar in bars])
        for is_outside, bars in groupby(fresh.bars, lambda bar: bar.index in outside)
    ]
    sections = [
        piece
        for is_outside, bars in spans
        for section in (previous if is_outside else fresh).sections
        for piece in _cut(section, bars[0], bars[-1] + 1)
    ]
    return replace(
        fresh,
        key=previous.key,
        sections=_one_theme(sections),
        chords=_joined(fresh, previous, outside),
        parts=tuple(_local_part(part, previous, fresh, intents, outside) for part in fresh.parts),
    )


def _one_theme(sections: Sequence[Section]) -> tuple[Section, ...]:
    """The sections with the first statement of the motif as the only one."""
    stated, told = False, []
    for section in sections:
        phrases = tuple(_restated(phrase) if stated else phrase for phrase in section.phrases)
        stated = stated or any(phrase.motif == "state" for phrase in section.phrases)
        told.append(replace(section, phrases=phrases))
    return tuple(told)


def _local_part(
    part: PlannedPart, previous: Plan, fresh: Plan, intents: Mapping[str, Sequence[BarIntent]], outside: set[int]
) -> PlannedPart:
    """A part as it was outside a place; silent there where it is new."""
    if previous.part(part.id) is not None:
        return _part(part, previous, fresh, intents, outside)
    bars = tuple(replace(item, active=item.active and bar not in outside) for bar, item in enumerate(part.bars))
    return replace(part, bars=bars)


def _is_as_lively(fresh: Constraints | None, previous: Constraints | None) -> bool:
    """Whether two arcs differ in valence alone: "sadder in the second half" makes no climax of it."""
    if fresh is None or previous is None or not fresh.arc or not previous.arc:
        return False
    places = {point.at for asked in (fresh, previous) for point in asked.arc}
    return all(abs(fresh.emotion_at(at).arousal - previous.emotion_at(at).arousal) <= SAME_AROUSAL for at in places)


def _as_lively(part: PlannedPart, before: Sequence[BarIntent], common: set[int]) -> PlannedPart:
    """A part that plays, rests and is as full and loud in every bar as it was."""
    bars = tuple(
        replace(intent, active=old.active, density=old.density, dynamics=old.dynamics)
        if bar in common and (old := before[bar] if bar < len(before) else None) is not None
        else intent
        for bar, intent in enumerate(part.bars)
    )
    return replace(part, bars=bars)


def _common(fresh: Plan, previous: Plan) -> set[int]:
    """Bars that both plans have, no shorter than before; without the closing ones, unless nothing moved in time."""
    count = _head_bars(fresh, previous)
    return {bar for bar in range(count) if fresh.bars[bar].length_q >= previous.bars[bar].length_q - 1e-9}


def _head_bars(fresh: Plan, previous: Plan) -> int:
    """How many bars both plans begin with."""
    if fresh.tempo_map == previous.tempo_map and fresh.bar_count == previous.bar_count:
        return fresh.bar_count
    return max(0, min(fresh.bar_count, previous.bar_count) - CLOSING_BARS)


def _moved_hits(fresh: Plan, previous: Plan) -> set[int]:
    """Bars near hits that the plans do not share."""
    ours, theirs = (
        {(_bar_of(plan, hit.at_q), hit.kind) for hit in plan.hits if hit.feasible} for plan in (fresh, previous)
    )
    return {bar + offset for bar, _ in ours ^ theirs for offset in (-2, -1, 0, 1)}


def _bar_of(plan: Plan, at_q: float) -> int:
    return next((bar.index for bar in plan.bars if at_q < bar.end_q - 1e-6), plan.bar_count - 1)


def _transposed(plan: Plan, fresh: Plan) -> Plan:
    """The plan in the fresh one's home key, when only the tonic is another."""
    if (plan.key.mode, plan.key.scale) != (fresh.key.mode, fresh.key.scale):
        return plan
    up = fresh.key.tonic - plan.key.tonic
    chords = tuple(
        replace(chord, root=(chord.root + up) % 12, bass=None if chord.bass is None else (chord.bass + up) % 12)
        for chord in plan.chords
    )
    sections = tuple(replace(section, key=_moved(section.key, up)) for section in plan.sections)
    return replace(plan, key=_moved(plan.key, up), chords=chords, sections=sections)


def _moved(key: Key, up: int) -> Key:
    return replace(key, tonic=(key.tonic + up) % 12)


def _phrase_of(plan: Plan, bar: int) -> Phrase:
    phrases = plan.section_of(bar).phrases
    return next((phrase for phrase in phrases if bar < phrase.start_bar + phrase.bars), phrases[-1])


def _same_phrase(fresh: Plan, previous: Plan, bar: int) -> bool:
    """Whether a bar lies in the same phrase of both plans, in the same key and mood."""
    ours, theirs = fresh.section_of(bar), previous.section_of(bar)
    mine, other = _phrase_of(fresh, bar), _phrase_of(previous, bar)
    return (
        ours.key == theirs.key
        and mood_of(ours.key, ours.valence) == mood_of(theirs.key, theirs.valence)
        and (mine.start_bar, mine.bars, mine.cadence) == (other.start_bar, other.bars, other.cadence)
        and (fresh.style, fresh.region, _colour(fresh)) == (previous.style, previous.region, _colour(previous))
    )


def _colour(plan: Plan) -> tuple[str, str | None]:
    """How much of its region a plan has, and which other joins it."""
    return (plan.asked.colour, plan.asked.fusion) if plan.asked is not None else ("balanced", None)


def _sections(fresh: Plan, previous: Plan) -> tuple[Section, ...]:
    """The previous sections up to the closing bars, then the fresh ones."""
    count = _head_bars(fresh, previous)
    head = [cut for section in previous.sections for cut in _cut(section, 0, count)]
    tail = [cut for section in fresh.sections for cut in _cut(section, count, fresh.bar_count)]
    if head:
        tail = [replace(section, phrases=tuple(_restated(phrase) for phrase in section.phrases)) for section in tail]
    if head and tail and _goes_on(head[-1], tail[0], fresh, previous, count):
        return (*head[:-1], _merged(head[-1], tail[0], cut=_is_cut(previous, count)), *tail[1:])
    return (*head, *tail)


def _goes_on(left: Section, right: Section, fresh: Plan, previous: Plan, bar: int) -> bool:
    """Whether a seam cuts through the same section of both plans."""
    whole = (*previous.sections, *fresh.sections)
    return (left.name, left.key) == (right.name, right.key) and not any(section.start_bar == bar for section in whole)


def _is_cut(plan: Plan, bar: int) -> bool:
    """Whether a bar lies inside a phrase of a plan, not at its start."""
    return bar < plan.bar_count and _phrase_of(plan, bar).start_bar < bar


def _merged(left: Section, right: Section, *, cut: bool) -> Section:
    """Two halves of a section as one, and the phrase that was cut between them as one."""
    last, first = left.phrases[-1], right.phrases[0]
    joined = replace(last, bars=last.bars + first.bars, cadence=first.cadence)
    if joined.bars > LONGEST_PHRASE or not cut:
        phrases = (*left.phrases, *right.phrases)
    else:
        phrases = (*left.phrases[:-1], joined, *right.phrases[1:])
    return replace(left, bars=left.bars + right.bars, phrases=phrases)


def _restated(phrase: Phrase) -> Phrase:
    return replace(phrase, motif="return") if phrase.motif == "state" else phrase


def _cut(section: Section, start: int, end: int) -> list[Section]:
    """What lies of a section within some bars; a list of one or none."""
    first, last = max(section.start_bar, start), min(section.end_bar, end)
    if first >= last:
        return []
    phrases = []
    for phrase in section.phrases:
        begin, stop = max(phrase.start_bar, first), min(phrase.start_bar + phrase.bars, last)
        if begin < stop:
            phrases.append(replace(phrase, start_bar=begin, bars=stop - begin))
    return [replace(section, start_bar=first, bars=last - first, phrases=tuple(phrases))]


def _pieces(plan: Plan) -> list[list[_Piece]]:
    """The chords of each bar."""
    found: list[list[_Piece]] = [[] for _ in plan.bars]
    index = 0
    for bar in plan.bars:
        while index and plan.chords[index - 1].end_q > bar.start_q + 1e-6:
            index -= 1
        while index < len(plan.chords) and plan.chords[index].start_q < bar.end_q - 1e-6:
            chord = plan.chords[index]
            start_q, end_q = max(chord.start_q, bar.start_q), min(chord.end_q, bar.end_q)
            if end_q - start_q > 1e-6:
                joined = chord.start_q < bar.start_q - 1e-6
                found[bar.index].append(_Piece(start_q - bar.start_q, end_q - start_q, chord, joined))
            index += 1
    return found


def _joined(fresh: Plan, previous: Plan, kept: set[int]) -> tuple[Chord, ...]:
    """Chords of the previous plan in the kept bars, fresh ones in the others, on the fresh plan's bars."""
    ours, theirs = _pieces(fresh), _pieces(previous)
    chords: list[Chord] = []
    for bar in fresh.bars:
        for piece in _stretched(theirs[bar.index], bar.length_q) if bar.index in kept else ours[bar.index]:
            last = chords[-1] if chords else None
            if piece.joined and last is not None and _alike(last, piece.chord):
                chords[-1] = replace(last, length_q=last.length_q + piece.length_q)
            else:
                chords.append(replace(piece.chord, start_q=bar.start_q + piece.offset_q, length_q=piece.length_q))
    return tuple(chords)


def _stretched(pieces: list[_Piece], bar_q: float) -> list[_Piece]:
    """The chords of a bar with the last one held to the end of a longer bar."""
    return [*pieces[:-1], replace(pieces[-1], length_q=bar_q - pieces[-1].offset_q)]


def _alike(one: Chord, other: Chord) -> bool:
    return (one.root, one.quality, one.bass, one.degree) == (other.root, other.quality, other.bass, other.degree)


def _part(
    part: PlannedPart, previous: Plan, fresh: Plan, intents: Mapping[str, Sequence[BarIntent]], kept: set[int]
) -> PlannedPart:
    """A part with the settings and bars that it had."""
    before = previous.part(part.id)
    if before is None:
        return part
    bars = tuple(intents[part.id][bar] if bar in kept else intent for bar, intent in enumerate(part.bars))
    asked = [
        [wish for wish in plan.asked.adjust if wish.field == "register"] if plan.asked is not None else []
        for plan in (previous, fresh)
    ]
    low, high = (before.low, before.high) if asked[0] == asked[1] else (part.low, part.high)
    return replace(part, low=low, high=high, texture=before.texture, pan=before.pan, bars=bars)
