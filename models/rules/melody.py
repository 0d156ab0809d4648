"""The tune: every phrase of the lead, pitched by search over named costs.

Conventions: costs as in `models.rules.search`. Costs: steps before leaps, leaps recovered, chord notes on
strong beats, dissonance resolved by step, one summit, a landing on the chord (Huron 2006; MUSIC.md, Writing).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from assistant.plan import Phrase, PlannedPart, Section
from assistant.score import Bar
from models.rules import modal
from models.rules.context import (
    Context,
    Tone,
    chord_classes,
    melodic_classes,
    pitch_at,
    position,
    strength,
)
from models.rules.costs import (
    avoid_clashes,
    avoid_ugly_leaps,
    follow_contour,
    idiomatic,
    land,
    no_hammering,
    no_wild_leaps,
    one_summit,
    prefer_steps,
    recover_leaps,
    resolve_dissonance,
    rest_on_the_chord,
    stay_in_register,
)
from models.rules.modes import before_the_end, mode_of, sung
from models.rules.phrases import Event, breathing, denser, events_of, sparser, units_of
from models.rules.search import Cost, Slot, best_line
from models.rules.shapes import shape_of
from models.rules.themes import is_called, motifs, running, usual_density

TWELFTH = 19
"""Widest range of a tune, in semitones."""
LEAST_WINDOW = 12
"""A tune that is asked higher or lower than its instrument goes keeps this much room."""


MODAL = 5.0
"""How much the intervals of a mode's motion matter where the motif is stated (1 those of any other motif)."""
LIFT = {"climax": 2, "build": 1, "breakdown": -1, "release": -1}
"""How much higher the tune lies in a section, in scale steps."""


COSTS: tuple[Cost, ...] = (
    avoid_clashes,
    follow_contour, stay_in_register, rest_on_the_chord, resolve_dissonance, prefer_steps, avoid_ugly_leaps,
    recover_leaps, one_summit, no_hammering, land,
)  # fmt: skip

SPOKEN_COSTS: tuple[Cost, ...] = (
    avoid_clashes,
    follow_contour, stay_in_register, rest_on_the_chord, resolve_dissonance, no_wild_leaps, one_summit, no_hammering,
    land,
)  # fmt: skip
"""Where a region's habits are known, they say which steps and leaps are usual."""


def window(context: Context, part: PlannedPart, bar: Bar, *, width: int = TWELFTH) -> tuple[int, int]:
    """Lowest and highest pitch of a bar's tune: ``width`` around the middle of the part's range, less at its edge."""
    shift = part.bars[bar.index].register_shift
    low, high = part.low, part.high
    if high - low <= LEAST_WINDOW:
        return low, high
    centre = (low + high) / 2 + shift + 1.5 * context.section(bar.index).arousal
    low = round(max(low, min(centre - width / 2, high - LEAST_WINDOW)))
    high = round(min(high, max(centre + width / 2, part.low + LEAST_WINDOW)))
    return low, high


def write_phrase(
    context: Context, part: PlannedPart, section: Section, phrase: Phrase, before: Sequence[Tone]
) -> list[Tone]:
    """The tune of one phrase, for one player's range; ``before`` is what that player sang last."""
    bars = context.plan.bars
    chance = context.stream("tune", phrase.start_bar, phrase.motif)
    first, other = motifs(context)
    mode = mode_of(context, section.key)
    phrase = sung(part, phrase) if mode is not None else phrase
    rising = 1 if section.name in ("build", "climax", "theme", "intro") or chance.random() < 0.3 else -1
    earlier = [each for _, each in context.phrases if each.start_bar < phrase.start_bar and each.motif == phrase.motif]
    alike = [each for _, each in context.phrases if each.start_bar < phrase.start_bar and each.bars == phrase.bars]
    style = context.library.styles.get(context.plan.style)
    steps = shape_of(
        phrase.bars,
        phrase.motif,
        before=len(alike),
        time=len(earlier),
        turn=context.stream("shapes").randrange(2) if first.degree is None else 0,  # a motion is said whole
        called=is_called(context),
    )
    units = units_of(phrase, first, other, time=len(earlier), rising=rising, chance=chance, steps=steps)
    sigh = min(0.8, 0.25 + 0.5 * (style.tension if style else 0.2) - 0.4 * min(0.0, section.valence))
    free_q = max(
        (tone.end_q for tone in before), default=bars[phrase.start_bar].start_q - bars[phrase.start_bar].length_q
    )
    every = 4 if running(context) else 2
    events = events_of(units, bars, phrase, free_q=free_q, sigh=sigh, chance=chance, every=every,
        runs=every > 2 and context.speech is not None)  # fmt: skip
    events = breathing(_at_density(context, part, phrase, events), bars, phrase, every)
    events = _anchored(context, part, phrase, _struck(context, events))
    if not events:
        return []
    if mode is not None and before_the_end(context, phrase, here=True):  # nothing comes between a close and its end
        events = [event for event in events if event.start_q >= bars[phrase.start_bar].start_q - 1e-6]
    reach = window(context, part, bars[phrase.start_bar])
    fixed = modal.at_home(mode, phrase, events, units, reach) if mode is not None else {}
    references = _references(context, part, section, phrase, events, [unit.shift for unit in units], fixed)
    if mode is not None:
        end = window(context, part, context.bar(events[modal.landing(events)].start_q))
        events = modal.closed(context, mode, phrase, events, references, end)
        events = modal.begun(mode, events, references, fixed, reach)
    slots = _slots(context, part, section, phrase, events, references, frozenset(fixed))
    if mode is not None:
        slots = modal.resting(context, mode, phrase, slots)
    costs = COSTS if context.speech is None else (*SPOKEN_COSTS, idiomatic(context.speech))
    line = best_line(slots, costs, tuple(tone.pitch for tone in before))
    return [
        Tone(event.start_q, event.length_q, pitch, 0.25 if slot.summit else 0.0, "ring" if event.target else "")
        for event, slot, pitch in zip(events, slots, line, strict=True)
    ]


def _at_density(context: Context, part: PlannedPart, phrase: Phrase, events: list[Event]) -> list[Event]:
    """Bar by bar more or fewer notes, as the plan asks."""
    out: list[Event] = []
    for index in range(phrase.start_bar, phrase.start_bar + phrase.bars):
        bar = context.plan.bars[index]
        here = [event for event in events if bar.start_q - 1e-6 <= event.start_q < bar.end_q - 1e-6]
        more = part.bars[index].density - usual_density(context)
        stated = phrase.motif in ("state", "return") and any(event.unit == 0 for event in here)
        if stated:  # the motif is to be recognised
            out += here
            continue
        if more > 0.25:
            here = denser(here, bar)
        elif more < -0.22:
            here = sparser(here, lambda at_q, bar=bar: strength(bar, at_q))  # type: ignore[misc]
        out += here
    first = context.plan.bars[phrase.start_bar].start_q
    return [event for event in events if event.start_q < first - 1e-6] + out


def _struck(context: Context, events: list[Event]) -> list[Event]:
    """An event exactly on each hit, nothing held into it."""
    for hit in context.hits:
        if not events or not events[0].start_q - 4 < hit.at_q < events[-1].end_q + 4:
            continue
        near = [event for event in events if abs(event.start_q - hit.at_q) < 0.3]
        kept = [event for event in events if event not in near]
        kept = [
            replace(event, length_q=hit.at_q - event.start_q) if event.start_q < hit.at_q < event.end_q else event
            for event in kept
        ]
        following = min((event.start_q for event in kept if event.start_q > hit.at_q), default=hit.at_q + 2.0)
        held = next((event for event in events if event.start_q <= hit.at_q + 0.3 and event.end_q > hit.at_q), None)
        if near or held:
            model = near[0] if near else held
            assert model is not None
            kept.append(
                replace(model, start_q=hit.at_q, length_q=max(0.25, min(following - hit.at_q, 2.0)), lean=False)
            )
        events = sorted(kept, key=lambda event: event.start_q)
    return events


def _anchored(context: Context, part: PlannedPart, phrase: Phrase, events: list[Event]) -> list[Event]:
    """The events with kept bars as they were: the search leads into them and out of them."""
    for index in range(phrase.start_bar, min(phrase.start_bar + phrase.bars, context.plan.bar_count)):
        bar = context.plan.bars[index]
        if not context.kept.holds(part.id, index):
            continue
        inside = [event for event in events if bar.start_q - 1e-6 <= event.start_q < bar.end_q - 1e-6]
        unit = inside[0].unit if inside else 0
        longest: dict[float, Event] = {}
        for note in context.kept.notes(part.id, bar):
            event = Event(note.start_q, note.length_q, 0, unit, pitch=note.pitch)
            if note.start_q not in longest or longest[note.start_q].length_q < note.length_q:
                longest[note.start_q] = event
        events = [event for event in events if event not in inside] + list(longest.values())
    return sorted(events, key=lambda event: event.start_q)


def _references(
    context: Context, part: PlannedPart, section: Section, phrase: Phrase, events: Sequence[Event], shifts: list[int],
    fixed: Mapping[int, int],
) -> list[int]:  # fmt: skip
    """For each unit, the position of the motif's first note: where its strong notes meet the chords best, unless it is
    ``fixed``."""
    low, high = window(context, part, context.plan.bars[phrase.start_bar])
    centre = position(section.key, (low + high) // 2) + LIFT.get(section.name, 0)
    home = fixed[0] if 0 in fixed else _home(context, section, events, centre)
    out: list[int] = []
    for unit, shift in enumerate(shifts):
        if unit in fixed:
            out.append(fixed[unit])
            continue
        own = [event for event in events if event.unit == unit and event.pitch < 0]
        wanted = home + shift
        mean = sum(event.step for event in own) / max(1, len(own))
        wanted -= round((wanted + mean - centre) * 0.35)
        moves, last = unit > 0 and shift != shifts[unit - 1], out[-1] if out else 0  # a sequence is not a repetition
        out.append(min((wanted + nudge for nudge in (0, -1, 1, -2, 2, -3, 3)),
                       key=lambda ref, own=own, wanted=wanted, moves=moves, last=last: _misfit(
                           context, section, own, ref)
                       + 0.45 * abs(ref - wanted)
                       + (0.3 if moves and ref == last else 0.0)))  # type: ignore[misc]  # fmt: skip
    return out


def _home(context: Context, section: Section, events: Sequence[Event], centre: int) -> int:
    """Where the statement begins: the chord note that lets its contour lie around the centre."""
    own = [event for event in events if event.unit == 0 and event.pitch < 0]
    mean = sum(event.step for event in own) / max(1, len(own))
    return min(range(centre - 6, centre + 7),
               key=lambda ref: _misfit(context, section, own, ref) + 0.5 * abs(ref + mean - centre))  # fmt: skip


def _misfit(context: Context, section: Section, events: Sequence[Event], reference: int) -> float:
    """How much the strong notes of a unit miss their chords when it starts at a position."""
    total = 0.0
    for event in events:
        bar = context.bar(event.start_q)
        tones = chord_classes(section.key, context.chord(event.start_q))
        if pitch_at(section.key, reference + event.step) % 12 not in tones:
            total += strength(bar, event.start_q) * min(event.length_q, 2.0)
    return total


def _slots(
    context: Context, part: PlannedPart, section: Section, phrase: Phrase,
    events: Sequence[Event], references: Sequence[int], moved: frozenset[int],
) -> list[Slot]:  # fmt: skip
    """Events as slots for the search; units that are ``moved`` as the mode does keep to it."""
    wants = [
        references[event.unit] + event.step if event.pitch < 0 else position(section.key, event.pitch)
        for event in events
    ]
    last = next((index for index in range(len(events) - 1, -1, -1) if events[index].target), -1)
    if last > 0:  # the cadence comes down to where the ear expects it
        wants[last] = round((wants[last - 1] + wants[last]) / 2) - 1
    span = max(1e-6, events[-1].start_q - events[0].start_q)
    lift = [want - abs((event.start_q - events[0].start_q) / span - 0.62)
            for want, event in zip(wants, events, strict=True)]  # fmt: skip
    summit = max(range(len(events)), key=lambda index: lift[index]) if len(events) > 3 else -1
    fidelity = {"state": 1.0, "repeat": 1.0, "return": 1.0, "vary": 0.8, "contrast": 0.8}.get(phrase.motif, 0.8)
    slots = []
    for index, (event, want) in enumerate(zip(events, wants, strict=True)):
        bar = context.bar(event.start_q)
        chord = context.chord(event.start_q)
        low, high = window(context, part, bar) if event.pitch < 0 else (event.pitch, event.pitch)
        closing = event.target or event.lean
        slots.append(
            Slot(
                event.start_q,
                event.length_q,
                want,
                strength(bar, event.start_q),
                chord_classes(section.key, chord),
                melodic_classes(section.key, chord) | ({event.pitch % 12} if event.pitch >= 0 else set()),
                low,
                high,
                section.key,
                0.25 if closing else MODAL if event.unit in moved else fidelity,
                _target(section, phrase, context, event, index == last),
                event.lean,
                index == summit,
                clashes=context.clashes(event.start_q, event.length_q),
            )
        )
    return slots


def _target(section: Section, phrase: Phrase, context: Context, event: Event, last: bool) -> frozenset[int]:
    """Where the phrase may land: 1, 3 or 5 of the chord; the tonic chord's 1 or 3 at a full close."""
    if not (event.target and last):
        return frozenset()
    chord = context.chord(event.start_q)
    tones = tuple(pitch for pitch in chord.pitch_classes[:3] if pitch in chord_classes(section.key, chord))
    wanted = tones[:2] if phrase.cadence == "full" else tones
    return frozenset(wanted or chord_classes(section.key, chord))
