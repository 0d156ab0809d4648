"""Ornaments of a region's melodies: grace, mordent, turn, slide, trill, tremolo.

Conventions: an ornament stays in its note's place: all of its notes are written where the note is and played one after
another (``late_s``), so that a cell still holds what belongs to it. Times are seconds, because a hand has a speed of
its own. A bend is played as a slide: notes alone cannot bend. The notes of a motif that a person gave carry the
ornaments that the plan names for them, and no others (`adorned`).
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import replace

from assistant.library.profiles import OrnamentName
from assistant.plan import Key, PlannedPart
from assistant.plan.regional.ornaments import playable
from assistant.plan.values import Statement
from assistant.score import Note, Part
from assistant.tuned import tuning_region
from models.rules.context import Context, Tone, pitch_at, position, strength

QUICK_S = 0.06
LONG_S, LEAP = 0.7, 5
"""A long tone lasts so many seconds; a leap is so many semitones."""
PLACED = 1.6
"""How much likelier an ornament is on a tone where one belongs."""

Shape = Callable[[Key, int], tuple[int, ...]]

SHAPES: dict[str, Shape] = {
    "grace": lambda key, pitch: (_step(key, pitch, 1),),
    "mordent": lambda key, pitch: (pitch, _step(key, pitch, 1)),
    "turn": lambda key, pitch: (_step(key, pitch, 1), pitch, _step(key, pitch, -1)),
    "slide": lambda key, pitch: (_step(key, pitch, -2), _step(key, pitch, -1)),
    "bend": lambda key, pitch: (_step(key, pitch, -1),),
}
"""The quick notes before the note itself."""


def _step(key: Key, pitch: int, by: int) -> int:
    return pitch_at(key, position(key, pitch) + by)


def ornament(context: Context, part: PlannedPart, tones: Sequence[Tone]) -> list[Tone]:
    """The tones of a lead with its region's ornaments on some of the longer and stronger notes."""
    if context.plan.region not in context.library.regions:
        return list(tones)
    family = context.library.instrument(part.instrument).family
    named = [one for one in _of_region(context) if playable((one.plays,), family)]
    out: list[Tone] = []
    for index, tone in enumerate(tones):
        bar = context.bar(tone.start_q)
        region = context.library.regions[context.plan.region_at(bar.index) or ""]
        able = playable(region.ornaments, family)
        if not able:
            out.append(tone)
            continue
        chance = context.stream(part.id, "ornament", round(tone.start_q, 3))
        long_s = context.seconds(tone.length_q, tone.start_q)
        weight = strength(bar, tone.start_q)
        likely = 0.10 + 0.22 * part.bars[bar.index].density + (0.12 if weight >= 0.7 else 0.0)
        plain = tone.manner in ("strike", "final", "grace") or long_s < 0.3 or index == 0
        fitting = [] if plain else _fitting(context, part, named, tones, index)
        if any(one.is_placed for one in fitting):
            likely *= PLACED
        if plain or chance.random() > likely or (named and not fitting):
            out.append(tone)
            continue
        kind = chance.choice(fitting).plays if fitting else chance.choice(able)
        out += _decorated(context, part, tone, kind, long_s, chance)
    return out


def _of_region(context: Context) -> list[OrnamentName]:
    """The ornaments of the region by name, where it plays its own music."""
    region = tuning_region(context.plan, context.library)
    return [one for one in region.profile.ornamentation if one.plays] if region is not None else []


def _fitting(
    context: Context, part: PlannedPart, named: Sequence[OrnamentName], tones: Sequence[Tone], index: int
) -> list[OrnamentName]:
    """The ornaments that a tone may bear: those that belong on such a tone, now and then one of those that say nothing.

    A tone bears what belongs on it twice as often as what may stand anywhere.
    """
    places = places_of(context, part, tones, index)
    step = (tones[index].pitch - context.key(tones[index].start_q).tonic) % 12
    placed = [one for one in named if set(one.on) & places or step in one.tones]
    return [*placed, *placed, *(one for one in named if not one.is_placed)]


def places_of(context: Context, part: PlannedPart, tones: Sequence[Tone], index: int) -> frozenset[str]:
    """What kind of tone it is, in words of `assistant.library.profiles.PLACES`."""
    tone = tones[index]
    before = tones[index - 1] if index else tone
    following = tones[index + 1] if index + 1 < len(tones) else tone
    phrase = context.phrase(context.bar(tone.start_q).index)
    last = min(phrase.start_bar + phrase.bars, context.plan.bar_count) - 1
    end_q = context.plan.bars[last].end_q
    kinds = {
        "long": context.seconds(tone.length_q, tone.start_q) >= LONG_S,
        "close": following is tone or following.start_q >= end_q - 1e-6,
        "strong": strength(context.bar(tone.start_q), tone.start_q) >= 0.7,
        "repeated": index > 0 and before.pitch == tone.pitch,
        "leap": abs(tone.pitch - before.pitch) >= LEAP,
        "fall": following.pitch < tone.pitch,
        "high": tone.pitch > max(before.pitch, following.pitch) and tone.pitch > (part.low + part.high) / 2,
        "low": tone.pitch < min(before.pitch, following.pitch) and tone.pitch < (part.low + part.high) / 2,
    }
    return frozenset(name for name, holds in kinds.items() if holds)


def _decorated(
    context: Context, part: PlannedPart, tone: Tone, kind: str, long_s: float, chance: random.Random
) -> list[Tone]:
    """One note with one ornament; a note too short for it stays plain."""
    key = context.key(tone.start_q)
    if kind in ("trill", "tremolo"):
        return _shaken(context, part, tone, kind, long_s) if long_s >= 0.7 else [tone]
    quick = list(SHAPES[kind](key, tone.pitch))
    if any(not part.low <= pitch <= part.high for pitch in quick) or long_s < QUICK_S * (len(quick) + 2):
        return [tone]
    quick_q = context.quarters(QUICK_S, tone.start_q)
    taken = quick_q * len(quick)
    graces = [Tone(tone.start_q, quick_q, pitch, -0.35, "grace", place * QUICK_S) for place, pitch in enumerate(quick)]
    return [*graces, replace(tone, length_q=tone.length_q - taken, late_s=len(quick) * QUICK_S)]


def _shaken(context: Context, part: PlannedPart, tone: Tone, kind: str, long_s: float) -> list[Tone]:
    """A long note that begins plain and then shakes, with its neighbour or with itself."""
    upper = _step(context.key(tone.start_q), tone.pitch, 1) if kind == "trill" else tone.pitch
    if upper > part.high:
        return [tone]
    pace_s = 0.085
    plain_s = long_s * 0.35
    count = int((long_s - plain_s - 0.05) / pace_s)
    pace_q = context.quarters(pace_s, tone.start_q)
    first = replace(tone, length_q=context.quarters(plain_s, tone.start_q) * 0.98)
    shakes = [
        Tone(tone.start_q, pace_q * 0.95, upper if index % 2 == 0 else tone.pitch,
             -0.45 + 0.2 * index / max(1, count), "grace", plain_s + index * pace_s)
        for index in range(count)
    ]  # fmt: skip
    return [first, *shakes]


def adorned(context: Context, part: PlannedPart, written: Part) -> Part:
    """A finished part with the ornaments of the statements that it makes; kept cells stay as they are."""
    statements = context.plan.motif.statements if context.plan.motif is not None else ()
    quick: dict[tuple[float, int], str] = {}
    for statement in statements:
        if statement.part_id == part.id:
            quick |= _named(context, part, statement)
    if not quick:
        return written
    notes = [
        played for note in written.notes
        for played in _adorned(context, part, note, quick.get((round(note.start_q, 6), note.pitch), ""))
    ]  # fmt: skip
    return replace(written, notes=tuple(sorted(notes)))


def _named(context: Context, part: PlannedPart, statement: Statement) -> dict[tuple[float, int], str]:
    """Place and pitch of the notes of a statement that carry an ornament, in bars that are not kept."""
    kept = context.kept.bars.get(part.id, frozenset())
    return {
        (round(note.start_q, 6), note.pitch): name
        for note, name in zip(statement.notes, statement.ornaments, strict=False)
        if name and context.bar(note.start_q).index not in kept
    }


def _adorned(context: Context, part: PlannedPart, note: Note, kind: str) -> list[Note]:
    """A note as its quick notes and itself; plain where no ornament is named or none has room."""
    if not kind:
        return [note]
    tone = Tone(note.start_q, note.length_q, note.pitch)
    long_s = context.seconds(note.length_q, note.start_q)
    tones = _decorated(context, part, tone, kind, long_s, random.Random(0))
    return [
        replace(
            note,
            pitch=each.pitch,
            length_q=round(each.length_q, 6),
            velocity=max(1, min(127, round(note.velocity + 18 * each.weight))),
            nudge_q=round(note.nudge_q + context.quarters(each.late_s, note.start_q), 6),
        )
        for each in tones
        if each.length_q > 0.01
    ]
