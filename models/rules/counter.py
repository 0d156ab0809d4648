"""The counter-line: speaks when the tune is silent, holds thirds and sixths against it when it moves.

Conventions: it hears the lead's notes as they stand (kept ones too). Costs as in `models.rules.search`. Where the
region's texture is heterophony it follows the tune instead, simplified, as the other players of an ensemble do.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from assistant.plan import PlannedPart
from assistant.score import Bar, Note
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
    no_hammering,
    prefer_steps,
    recover_leaps,
    resolve_dissonance,
)
from models.rules.motif import Motif
from models.rules.player import stretches
from models.rules.search import Cost, Move, Slot, best_line
from models.rules.themes import motifs
from models.rules.weaves import weaves_of

LONG_Q, OWN_WAY = 1.0, 0.5
"""From this length on a tone of the tune may get a step of the follower's own behind it, and how often it does."""
TOGETHER_S = 0.012
"""How far two who play one tune are apart."""
CLASH = (0.7, 2.0, 1.0, 0.0, 0.0, 0.5, 1.0, 0.4, 0.0, 0.0, 0.7, 2.0)
"""What an interval with the lead costs, by semitones within the octave."""


@dataclass(frozen=True)
class Span:
    """A note to be pitched, and whether it answers in a silence of the lead."""

    start_q: float
    length_q: float
    answers: bool
    step: int = 0


def rest_on_the_chord(move: Move) -> float:
    """Chord notes on strong beats; what is not in the chord passes by step."""
    if move.pitch % 12 in move.here.chord:
        return 0.0
    return 2.2 * move.here.strength * min(2.0, max(0.7, move.here.length_q)) + (1.0 if abs(move.steps) > 1 else 0.0)


def sound_with_the_lead(move: Move) -> float:
    """Thirds and sixths, then octaves and fifths; seconds and sevenths only in passing."""
    if move.here.against < 0:
        return 0.0
    apart = abs(move.here.against - move.pitch)
    if apart < 3:
        return 1.6 if apart else 1.2
    return CLASH[apart % 12]


def no_parallels(move: Move) -> float:
    """No two fifths or octaves in a row with the lead."""
    if move.last is None or move.here.against < 0 or move.last.against < 0:
        return 0.0
    now = abs(move.here.against - move.pitch) % 12
    then = abs(move.last.against - move.before[-1]) % 12
    moved = move.here.against != move.last.against and move.interval != 0
    return 3.0 if moved and now == then and now in (0, 7) else 0.0


def contrary_motion(move: Move) -> float:
    """Where the lead rises, fall."""
    if move.last is None or move.here.against < 0 or move.last.against < 0:
        return 0.0
    return 0.35 if (move.here.against - move.last.against) * move.interval > 0 else 0.0


def stay_in_register(move: Move) -> float:
    """Near the wanted position."""
    return 0.14 * abs(move.here.places[move.pitch] - move.here.want)


def follow_echo(move: Move) -> float:
    """Where it answers, the interval of the motif."""
    if move.last is None or move.here.fidelity == 0:
        return 0.0
    return move.here.fidelity * 0.5 * abs(move.steps - (move.here.want - move.last.want))


def keep_moving(move: Move) -> float:
    """An inner voice that repeats itself is no line."""
    return 0.5 if move.before and move.interval == 0 else 0.0


COSTS: tuple[Cost, ...] = (
    avoid_clashes,
    rest_on_the_chord, keep_moving, sound_with_the_lead, no_parallels, contrary_motion, stay_in_register, follow_echo,
    prefer_steps, avoid_ugly_leaps, recover_leaps, resolve_dissonance, no_hammering,
)  # fmt: skip


def write_counter(context: Context, part: PlannedPart, lead: Sequence[Note]) -> list[Tone]:
    """The tones of a counter-line against a lead's notes, before hits and ending."""
    region = context.library.regions.get(context.plan.region or "")
    weave = weaves_of(context).get("heterophony")
    follows = weave is not None or (region is not None and region.texture == "heterophony")
    late_s = max(TOGETHER_S, weave.late_s) if weave is not None else TOGETHER_S
    tones: list[Tone] = []
    for stretch in stretches(context.playing(part)):
        for bars in _together(context, stretch, lead):
            heard = [note for note in lead if bars[0].start_q - 1 <= note.start_q < bars[-1].end_q]
            if follows and heard:
                tones += _heterophony(context, part, bars, heard, late_s)
            else:
                tones += _line(context, part, bars, heard)
    return tones


def _together(context: Context, bars: Sequence[Bar], lead: Sequence[Note]) -> list[list[Bar]]:
    """The bars of a stretch, divided where the lead falls silent for a phrase or comes back."""
    out: list[list[Bar]] = []
    before = None
    for bar in bars:
        phrase = context.phrase(bar.index)
        start_q = context.plan.bars[phrase.start_bar].start_q
        end_q = context.plan.bars[min(phrase.start_bar + phrase.bars, context.plan.bar_count) - 1].end_q
        sings = any(start_q - 1e-6 <= note.start_q < end_q for note in lead)
        if sings == before:
            out[-1].append(bar)
        else:
            out.append([bar])
        before = sings
    return out


def _heterophony(
    context: Context, part: PlannedPart, bars: Sequence[Bar], lead: Sequence[Note], late_s: float
) -> list[Tone]:
    """The tune's main notes at this player's octave, the quick ones left out, ``late_s`` behind it."""
    main: list[Note] = []
    for note in lead:
        if note.length_q < 0.2:
            continue
        strong = strength(context.bar(note.start_q), note.start_q) >= 0.4
        if strong or note.length_q >= 1.0 or part.bars[context.bar(note.start_q).index].density > 0.6:
            main.append(note)
    shift = _octave(part, main)
    out = []
    for index, note in enumerate(main):
        if not part.bars[context.bar(note.start_q).index].active:
            continue
        until = main[index + 1].start_q if index + 1 < len(main) else note.start_q + note.length_q
        length = min(until - note.start_q, note.length_q + 1.0)
        pitch = note.pitch + shift
        if part.low <= pitch <= part.high and length > 0.1:
            out.append(Tone(note.start_q, length, pitch, -0.2, "", late_s))
    return _in_own_way(context, part, out)


def _in_own_way(context: Context, part: PlannedPart, tones: Sequence[Tone]) -> list[Tone]:
    """The tune's tones with a step of this player's own between some: through a leap, around a tone that stays."""
    out: list[Tone] = []
    for tone, following in zip(tones, (*tones, None)[1:], strict=True):
        out.append(tone)
        chance = context.stream(part.id, "own way", round(tone.start_q, 3))
        joined = following is not None and abs(following.start_q - tone.end_q) < 0.3
        if following is None or not joined or tone.length_q < LONG_Q or chance.random() > OWN_WAY:
            continue
        key = context.key(tone.start_q)
        here, there = position(key, tone.pitch), position(key, following.pitch)
        side = 1 if there > here else -1 if there < here else chance.choice((1, -1))
        pitch = pitch_at(key, here + side if abs(there - here) != 1 else here - side)
        quick = 0.5 if tone.length_q < 2 * LONG_Q or abs(there - here) != 1 else 1.0
        if part.low <= pitch <= part.high:
            out[-1] = replace(tone, length_q=tone.length_q - quick)
            out.append(Tone(tone.end_q - quick, quick, pitch, -0.35, "", tone.late_s))
    return out


def _octave(part: PlannedPart, notes: Sequence[Note]) -> int:
    """The octave shift that brings most notes into a part's range."""
    return min((-12, 0, -24, 12, 24), key=lambda shift: sum(
        not part.low <= note.pitch + shift <= part.high for note in notes))  # fmt: skip


def _line(context: Context, part: PlannedPart, bars: Sequence[Bar], lead: Sequence[Note]) -> list[Tone]:
    """A line of its own: answers in the silences, long notes otherwise."""
    motif, _ = motifs(context)
    spans = [span for bar in bars for span in _spans(context, part, bar, lead, motif)]
    if not spans:
        return []
    slots = [_slot(context, part, span, lead) for span in spans]
    line = best_line(slots, COSTS)
    return [
        Tone(span.start_q, span.length_q, pitch, 0.0 if span.answers else -0.25, "" if span.answers else "legato")
        for span, pitch in zip(spans, line, strict=True)
    ]


def _spans(context: Context, part: PlannedPart, bar: Bar, lead: Sequence[Note], motif: Motif) -> list[Span]:
    """Where it sings in a bar: the motif's head in a silence of a beat or more, else one or two long notes."""
    inside = [note for note in lead if note.start_q < bar.end_q and note.start_q + note.length_q > bar.start_q]
    busy_until = max((note.start_q + note.length_q for note in inside), default=bar.start_q)
    onsets = [note.start_q for note in inside if note.start_q >= bar.start_q - 1e-6]
    density = part.bars[bar.index].density
    still_from = _on_grid(max(busy_until, bar.start_q), bar)
    held = bool(onsets) and bar.end_q - onsets[-1] >= 2.0
    free_q = bar.end_q - (onsets[-1] + 1.0 if held else still_from)
    start_q = bar.end_q - free_q
    spans: list[Span] = []
    if free_q >= 1.0 and (density > 0.2 or not inside):
        spans = _answer(bar, start_q, free_q, motif, density)
    first = spans[0].start_q if spans else bar.end_q
    body = first - bar.start_q
    if body >= 1.0:
        halves = 2 if body >= 3.0 and (density > 0.45 or _chord_changes(context, bar)) else 1
        cut = body / 2 if halves == 2 and not _odd(body) else body
        ground = [Span(bar.start_q, cut, False)]
        if cut < body:
            ground.append(Span(bar.start_q + cut, body - cut, False))
        spans = ground + spans
    return spans


def _odd(length_q: float) -> bool:
    return abs(length_q / 2 - round(length_q / 2 * 2) / 2) > 1e-6


def _on_grid(at_q: float, bar: Bar) -> float:
    """The next half beat."""
    return bar.start_q + -(-(at_q - bar.start_q - 1e-6) // 0.5) * 0.5


def _chord_changes(context: Context, bar: Bar) -> bool:
    return context.chord_index(bar.start_q) != context.chord_index(bar.end_q - 0.01)


def _answer(bar: Bar, start_q: float, free_q: float, motif: Motif, density: float) -> list[Span]:
    """The motif's head, as much of it as fits, at its own speed."""
    spans: list[Span] = []
    if free_q < 2.0:  # room for two notes of the same length at most
        half = free_q / 2
        return [Span(start_q, half, True, 0), Span(start_q + half, half, True, 1 if motif.bars[0][-1].step > 0 else -1)]
    for index, figure in enumerate(motif.bars[0]):
        at_q = start_q + figure.offset_q
        if at_q >= bar.end_q - 0.2 or (density < 0.4 and index > 1):
            break
        spans.append(Span(at_q, min(figure.length_q, bar.end_q - at_q), True, figure.step))
    if spans:  # the last note fills what is left, so that the answer does not stop short
        last = spans[-1]
        spans[-1] = Span(last.start_q, min(bar.end_q - last.start_q, 2.0), True, last.step)
    return spans


def _slot(context: Context, part: PlannedPart, span: Span, lead: Sequence[Note]) -> Slot:
    """A span as a slot for the search."""
    bar = context.bar(span.start_q)
    key, chord = context.key(span.start_q), context.chord(span.start_q)
    sounding = [note for note in lead if note.start_q <= span.start_q + 0.01 < note.start_q + note.length_q]
    shift = part.bars[bar.index].register_shift
    wave = (0, 3, 1, -3)[bar.index % 4] if not sounding else 0  # alone, it goes somewhere
    centre = min(max((part.low + part.high) // 2 + shift + wave, part.low), part.high)
    return Slot(
        span.start_q, span.length_q, position(key, centre) + (span.step if span.answers else 0),
        strength(bar, span.start_q), chord_classes(key, chord), melodic_classes(key, chord),
        max(part.low, centre - 12), min(part.high, centre + 12), key,
        fidelity=1.0 if span.answers else 0.0, against=sounding[-1].pitch if sounding else -1,
        clashes=context.clashes(span.start_q, span.length_q),
    )  # fmt: skip
