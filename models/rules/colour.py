"""Colour: a harp's sweep into a new section, bells where a phrase begins, a swell that grows into a moment.

Conventions: colour is seasoning - it speaks at phrase ends, section starts and before hits, and is silent between,
more often where the plan's density is higher.
"""

from __future__ import annotations

from assistant.plan import PlannedPart
from assistant.score import Bar
from models.rules.context import Context, Tone, melodic_classes
from models.rules.player import stretches
from models.rules.themes import motifs
from models.rules.voicing import voicings


def gliss(context: Context, part: PlannedPart) -> list[Tone]:
    """A run up the scale through the last beat or two before a section, a phrase or a hit; it arrives on the beat."""
    tones: list[Tone] = []
    for bar in context.playing(part):
        target_q = bar.end_q
        hit = next((hit for hit in context.hits if bar.start_q + 1 < hit.at_q <= bar.end_q + 1e-6), None)
        if hit is not None:
            target_q = hit.at_q
        elif not _turns(context, bar):
            tones += _soft_chord(context, part, bar)
            continue
        tones += _soft_chord(context, part, bar)
        tones += _run(context, part, bar, target_q)
    return tones


def _turns(context: Context, bar: Bar) -> bool:
    """Whether a phrase ends with this bar."""
    phrase = context.phrase(bar.index)
    return bar.index == phrase.start_bar + phrase.bars - 1


def _soft_chord(context: Context, part: PlannedPart, bar: Bar) -> list[Tone]:
    """A rolled chord where a phrase begins, so that the player is there before the sweep."""
    density = part.bars[bar.index].density
    if context.phrase(bar.index).start_bar != bar.index and not (density > 0.6 and bar.index % 2 == 0):
        return []
    chord = context.chord(bar.start_q).pitch_classes
    centre = (part.low + part.high) // 2
    found = [pitch for pitch in range(max(part.low, centre - 10), part.high + 1) if pitch % 12 in chord][:4]
    return [
        Tone(bar.start_q, min(3.0, bar.length_q), pitch, -0.2, "ring", 0.03 * place)
        for place, pitch in enumerate(found)
    ]


def _run(context: Context, part: PlannedPart, bar: Bar, target_q: float) -> list[Tone]:
    """Scale notes upwards, quicker and louder towards the target."""
    room = min(1.0 if context.seconds(1.0, bar.start_q) > 0.45 else 2.0, target_q - bar.start_q)
    chord = context.chord(max(bar.start_q, target_q - 0.01))
    usable = melodic_classes(context.key(bar.start_q), chord)
    centre = (part.low + part.high) // 2
    ladder = [pitch for pitch in range(max(part.low, centre - 9), part.high + 1) if pitch % 12 in usable][:12]
    count = min(len(ladder), max(4, int(context.seconds(room, bar.start_q) / 0.055)))
    step = room / count
    return [
        Tone(round(target_q - room + index * step, 6), step * 2, ladder[index], -0.6 + 0.6 * index / count, "ring")
        for index in range(count)
    ]


def bells(context: Context, part: PlannedPart) -> list[Tone]:
    """One bright note where a phrase begins, the motif's head where a section does, an echo in between if dense."""
    motif, _ = motifs(context)
    tones: list[Tone] = []
    for bar in context.playing(part):
        phrase, section = context.phrase(bar.index), context.section(bar.index)
        chord = context.chord(bar.start_q).pitch_classes
        ladder = [pitch for pitch in range(part.low, part.high + 1) if pitch % 12 in chord]
        if not ladder:
            continue
        middle = min(range(len(ladder)), key=lambda place: abs(ladder[place] - (part.low + part.high) / 2))
        if bar.index == section.start_bar:
            for figure in motif.bars[0][:3]:
                place = min(max(middle + round(figure.step * 0.6), 0), len(ladder) - 1)
                if figure.offset_q < bar.length_q - 0.2:
                    tones.append(Tone(bar.start_q + figure.offset_q, 1.5, ladder[place], 0.0, "ring"))
        elif bar.index == phrase.start_bar or part.bars[bar.index].density > 0.6:
            tones.append(Tone(bar.start_q, min(2.0, bar.length_q), ladder[middle], -0.2, "ring"))
        if _turns(context, bar) and bar.length_q >= 2:
            tones.append(Tone(bar.end_q - 1.0, 1.0, ladder[min(middle + 1, len(ladder) - 1)], -0.4, "ring"))
    return tones


def swell(context: Context, part: PlannedPart) -> list[Tone]:
    """A chord that begins in the second half of a phrase and grows to its end or to a hit."""
    chords = voicings(context, part, 3 if context.library.instrument(part.instrument).polyphonic else 1)
    tones: list[Tone] = []
    for stretch in stretches(context.playing(part)):
        for bar in stretch:
            phrase = context.phrase(bar.index)
            late = bar.index - phrase.start_bar >= phrase.bars // 2
            leads = any(bar.start_q < hit.at_q <= bar.end_q + bar.length_q for hit in context.hits)
            if not (late or leads or bar.index == context.section(bar.index).start_bar):
                continue
            at_q = bar.start_q
            while at_q < bar.end_q - 1e-6:
                index = context.chord_index(at_q)
                end_q = min(context.plan.chords[index].end_q, bar.end_q)
                end_q = end_q if end_q > at_q + 1e-6 else bar.end_q
                tones += [Tone(at_q, end_q - at_q, pitch, -0.1, "legato") for pitch in chords[index]]
                at_q = end_q
    return tones
