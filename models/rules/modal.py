"""A phrase of the tune in a mode: where its motif begins, and the tones that it closes or rests on.

Conventions: events, units and slots as in `models.rules.phrases` and `models.rules.search`; references are positions of
the scale, one a unit. ``reach`` is the lowest and the highest pitch of the tune. What the part cannot reach stays free.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from assistant.plan import Phrase
from models.rules.context import Context, Tone, pitch_at
from models.rules.modes import REACHED, Mode, close_of, mode_of, tonic_near
from models.rules.phrases import Event, Unit
from models.rules.search import Slot

BELOW = 3.0
"""A close lies so many semitones below the middle of the tune's window."""


def seeds(phrase: Phrase, units: Sequence[Unit]) -> frozenset[int]:
    """The units that say a motif whose motion is the mode's, as it is."""
    if phrase.motif == "vary":
        return frozenset()
    return frozenset(
        index for index, unit in enumerate(units) if unit.motif.degree is not None and unit.kind == "state"
    )


def at_home(
    mode: Mode, phrase: Phrase, events: Sequence[Event], units: Sequence[Unit], reach: tuple[int, int]
) -> dict[int, int]:
    """References of the units that say the motif itself, from the degree of the mode where it begins."""
    out: dict[int, int] = {}
    for index in seeds(phrase, units):
        steps = [event.step for event in events if event.unit == index and event.pitch < 0]
        degree = units[index].motif.degree
        if steps and degree is not None:
            degrees = [degree + step for step in steps]
            tonic = tonic_near(mode, degrees, sum(reach) / 2, *reach, inside=REACHED)
            out |= {} if tonic is None else {index: tonic + degree - 1}
    return out


def begun(
    mode: Mode, events: Sequence[Event], references: Sequence[int], fixed: Mapping[int, int], reach: tuple[int, int]
) -> list[Event]:
    """The events, the first of each ``fixed`` unit on the degree where the motif begins."""
    out, seen = [], set[int]()
    for event in events:
        first = event.unit in fixed and event.unit not in seen and event.step == 0 and event.pitch < 0
        seen |= {event.unit} if first else set()
        pitch = pitch_at(mode.key, references[event.unit])
        out.append(replace(event, pitch=pitch) if first and reach[0] <= pitch <= reach[1] else event)
    return out


def closed(
    context: Context, mode: Mode, phrase: Phrase, events: list[Event], references: Sequence[int], reach: tuple[int, int]
) -> list[Event]:
    """The events with the last of a phrase on the tones with which the mode closes."""
    at = landing(events)
    degrees = close_of(context, mode, phrase, context.chord(events[at].start_q))[-(at + 1) :]
    first = at - len(degrees) + 1
    if len(degrees) < 2 or any(event.pitch >= 0 for event in events[first : at + 1]):
        return events
    here = events[max(0, first - 1)]
    near = pitch_at(mode.key, references[here.unit] + here.step) if here.pitch < 0 else here.pitch
    tonic = tonic_near(mode, degrees, (near + sum(reach) / 2) / 2 - BELOW, *reach)
    if tonic is None:
        return events
    closing = [
        replace(event, pitch=mode.pitch(tonic, degree), lean=False)
        for event, degree in zip(events[first : at + 1], degrees, strict=True)
    ]
    return [*events[:first], *closing, *events[at + 1 :]]


def resting(context: Context, mode: Mode, phrase: Phrase, slots: list[Slot]) -> list[Slot]:
    """The slots with the tone of rest of the mode as their target, where a phrase stops on the way."""
    at = landing(slots)
    degrees = close_of(context, mode, phrase, context.chord(slots[at].start_q))
    if len(degrees) != 1:
        return slots
    return [*slots[:at], replace(slots[at], target=frozenset({mode.pitch_class(degrees[0])})), *slots[at + 1 :]]


def turned(context: Context, tones: Sequence[Tone]) -> list[Tone]:
    """A tune's tones with the steps that a mode has otherwise on the way up or down, where the chord allows it.

    What states a motif that the person gave stays.
    """
    statements = context.plan.motif.statements if context.plan.motif is not None else ()
    given = {(round(note.start_q, 3), note.pitch) for statement in statements for note in statement.notes}
    out = list(tones)
    for index in range(1, len(tones) - 1):
        before, tone, following = tones[index - 1 : index + 2]
        mode = mode_of(context, context.key(tone.start_q))
        if mode is None or tone.manner in ("strike", "final") or (round(tone.start_q, 3), tone.pitch) in given:
            continue
        way = "down" if before.pitch > tone.pitch > following.pitch else ""
        way = "up" if before.pitch < tone.pitch < following.pitch else way
        chord = context.chord(tone.start_q).pitch_classes
        for each in mode.turning:
            fits = (
                each.going == way and (tone.pitch - mode.key.tonic) % 12 == each.step and tone.pitch % 12 not in chord
            )
            out[index] = replace(tone, pitch=tone.pitch + each.becomes - each.step) if fits else out[index]
    return out


def landing(events: Sequence[Event] | Sequence[Slot]) -> int:
    """Where a phrase lands: the last event that is meant to, or the last of all."""
    return next((place for place in range(len(events) - 1, -1, -1) if events[place].target), len(events) - 1)
