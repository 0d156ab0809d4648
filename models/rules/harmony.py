"""Chords as textures: pad, block, stabs, strum, arpeggio, ostinato, tremolo, pulse, drone.

Conventions: a texture is a function of one stretch of bars that a part plays without a pause; it returns tones. What a
section repeats (a comping rhythm, an arpeggio's order) is drawn once for that section, so that it is a figure and not
noise; the last bar of a phrase varies it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import product

from assistant.errors import DataError
from assistant.plan import PlannedPart
from assistant.score import Bar
from models.rules.context import Context, Tone, groups, position, strength
from models.rules.figures import STRUM_S, chord_pattern, comp, running
from models.rules.modes import is_modal
from models.rules.motif import cells_for
from models.rules.player import Player, stretches
from models.rules.running import arpeggio, ladder_at, ostinato, pulse, tremolo
from models.rules.voicing import voicings
from models.rules.weaves import weaves_of

PLUCKS, RING_PLUCKS = 4, 2
"""Plucks in a bar of a plucked drone, and for how many of them each rings."""


def write_chords(context: Context, part: PlannedPart) -> list[Tone]:
    """The tones of a chord player, before hits and ending."""
    if part.texture not in TEXTURES:
        raise DataError(f"part {part.id} with texture {part.texture!r}", f"use one of {', '.join(TEXTURES)}")
    instrument = context.library.instrument(part.instrument)
    playing = context.playing(part)
    mean = sum(part.bars[bar.index].density for bar in playing) / max(1, len(playing))
    voices = (4 if mean > 0.4 else 3) if instrument.polyphonic else 1
    player = Player(context, part, voicings(context, part, voices), instrument.polyphonic)
    tones: list[Tone] = []
    pattern = chord_pattern(context, part)
    if pattern and part.role == "harmony":
        return [tone for stretch in stretches(playing) for tone in comp(player, stretch, pattern)]
    if pattern:
        ladders = [ladder_at(player, chord.start_q) for chord in context.plan.chords]
        return [tone for stretch in stretches(playing) for tone in running(player, stretch, pattern, ladders)]
    for stretch in stretches(playing):
        tones += TEXTURES[part.texture](player, stretch)
    return tones


def pad(player: Player, bars: Sequence[Bar]) -> list[Tone]:
    """Held chords; common notes are held over, at most four bars, and struck anew where a phrase begins."""
    sounding: dict[int, list[float]] = {}
    tones: list[Tone] = []
    for bar in bars:
        anew = player.context.phrase(bar.index).start_bar == bar.index
        for start_q, end_q in player.spans(bar):
            chord = set(player.voicing(start_q))
            fresh = anew and start_q == bar.start_q
            for pitch in list(sounding):
                held = sounding[pitch]
                if pitch not in chord or fresh or start_q - held[0] >= 4 * bar.length_q:
                    tones.append(Tone(held[0], held[1] - held[0], pitch))
                    del sounding[pitch]
            for pitch in chord:
                sounding.setdefault(pitch, [start_q, end_q])[1] = end_q
    tones += [Tone(start, end - start, pitch) for pitch, (start, end) in sounding.items()]
    return _suspended(player, bars, tones)


def _suspended(player: Player, bars: Sequence[Bar], tones: Sequence[Tone]) -> list[Tone]:
    """Where a phrase ends, the note above the chord's third is held for a beat, then resolves."""
    style = player.context.library.styles.get(player.context.plan.style)
    out = list(tones)
    for bar in bars:
        if not player.ends_phrase(bar) or style is None or style.tension < 0.2 or bar.length_q < 3:
            continue
        third = player.context.chord(bar.start_q).pitch_classes[1]
        late = next((t for t in out if abs(t.start_q - bar.start_q) < 1e-6 and t.pitch % 12 == third), None)
        held = late and next(
            (t for t in out if abs(t.end_q - bar.start_q) < 1e-6 and t.pitch - late.pitch in (1, 2)), None
        )
        if late is None or held is None or late.length_q < 2:
            continue
        beat = bar.meter.beat_q
        out = [t for t in out if t not in (late, held)]
        out.append(replace(held, length_q=held.length_q + beat, manner="legato"))
        out.append(replace(late, start_q=late.start_q + beat, length_q=late.length_q - beat))
    return out


def comping(player: Player, bar: Bar, *, per_bar: float) -> list[tuple[float, float]]:
    """A rhythm of (offset, length) that a section keeps; it is simplified at the end of a phrase."""
    style = player.context.library.styles.get(player.context.plan.style)
    wanted = style.syncopation if style else 0.2
    level = round(2 * player.density(bar))
    chance = player.context.stream(player.part.id, "comp", player.context.section(bar.index).start_bar, level)
    spans = groups(bar.meter)
    options = [tuple(parts) for parts in product(*(cells_for(span) for span in spans))]

    def price(parts: tuple[tuple[float, ...], ...]) -> float:
        lengths = [length for cell in parts for length in cell]
        off = sum(1 for cell in parts if len(cell) > 1 and cell[0] < cell[1]) / len(parts)
        busy = sum(1 for length in lengths if length < 0.5)
        return abs(len(lengths) - per_bar) + abs(off - wanted) + 0.8 * busy + 1.0 * chance.random()

    best = min(options, key=price)
    if player.ends_phrase(bar) and len(best) > 1:
        best = (*best[:-1], (spans[-1],))
    out, at = [], 0.0
    for length in (length for cell in best for length in cell):
        out.append((at, length))
        at += length
    return out


def _chords_on(player: Player, bar: Bar, rhythm: Sequence[tuple[float, float]], manner: str) -> Iterator[Tone]:
    """The chord of the moment on each onset of a rhythm."""
    for offset, length in rhythm:
        at_q = bar.start_q + offset
        for pitch in player.voicing(at_q):
            yield Tone(at_q, min(length, bar.end_q - at_q), pitch, 0.5 * strength(bar, at_q) - 0.3, manner)


def block(player: Player, bars: Sequence[Bar]) -> list[Tone]:
    """Chords together, in the section's rhythm."""
    tones: list[Tone] = []
    for bar in bars:
        density = player.density(bar)
        if density < 0.3:
            rhythm = [(start - bar.start_q, end - start) for start, end in player.spans(bar)]
        else:
            rhythm = comping(player, bar, per_bar=bar.length_q * (0.3 + 0.9 * density))
        tones += _chords_on(player, bar, rhythm, "")
    return tones


def stabs(player: Player, bars: Sequence[Bar]) -> list[Tone]:
    """Short chords, most of them off the beat."""
    tones: list[Tone] = []
    for bar in bars:
        beat = bar.meter.beat_q
        figure = player.draw("stabs", bar, ("offbeats", "two-four", "push", "charleston"))
        figure = "after" if bar.meter.beats == 3 else figure
        back = {
            "offbeats": [beat * (index + 0.5) for index in range(int(bar.length_q / beat))],
            "two-four": [beat * index for index in range(1, int(bar.length_q / beat), 2)] or [beat / 2],
            "after": [beat * index for index in range(1, bar.meter.beats)],
            "push": [0.0, *([1.5 * beat, 3.5 * beat] if bar.length_q >= 4 * beat else [1.5 * beat])],
            "charleston": [0.0, 1.5 * beat],
        }[figure]
        if player.density(bar) < 0.35:
            back = back[: max(1, len(back) // 2)]
        elif player.ends_phrase(bar):
            back = [*back[:-1], bar.length_q - beat / 2]
        rhythm = [(offset, 0.45 * beat) for offset in sorted(set(back)) if offset < bar.length_q - 0.1]
        tones += _chords_on(player, bar, rhythm, "staccato")
    return tones


def strum(player: Player, bars: Sequence[Bar]) -> list[Tone]:
    """Chords string by string: down on the beat, up and lighter off it."""
    tones: list[Tone] = []
    for bar in bars:
        rhythm = comping(player, bar, per_bar=bar.length_q * (0.4 + 1.2 * player.density(bar)))
        for offset, length in rhythm:
            at_q = bar.start_q + offset
            down = strength(bar, at_q) >= 0.4
            strings = player.voicing(at_q) if down else tuple(reversed(player.voicing(at_q)[-3:]))
            for place, pitch in enumerate(strings):
                weight = (0.1 if down else -0.35) - 0.05 * place
                tones.append(Tone(at_q, min(length, bar.end_q - at_q), pitch, weight, "ring", place * STRUM_S))
    return tones


def drone(player: Player, bars: Sequence[Bar]) -> list[Tone]:
    """Tonic and fifth, held for a phrase at a time; strings that are plucked are plucked anew in every bar."""
    instrument = player.context.library.instrument(player.part.instrument)
    sustains = instrument.sustained
    if instrument.family == "plucked" and "drone" in weaves_of(player.context) and is_modal(player.context):
        return _plucked_drone(player, bars)
    tones: list[Tone] = []
    start = bars[0]
    for bar in bars:
        ends = player.ends_phrase(bar) or bar is bars[-1] or bar.index - start.index >= 3 or not sustains
        if not ends:
            continue
        key = player.context.key(start.start_q)
        low = next(pitch for pitch in range(player.part.low, player.part.low + 12) if pitch % 12 == key.tonic)
        low = low if low <= player.part.high else player.part.low
        pitches = [low]
        if player.polyphonic and 7 in key.scale and low + 7 <= player.part.high:
            pitches.append(low + 7)
        tones += [Tone(start.start_q, bar.end_q - start.start_q, pitch) for pitch in pitches]
        start = next((other for other in bars if other.index == bar.index + 1), bar)
    return tones


def _plucked_drone(player: Player, bars: Sequence[Bar]) -> list[Tone]:
    """Open strings in the tanpura's way: fifth (else fourth, else tonic), upper tonic twice, low tonic, ringing on.

    The cycle of four plucks goes round evenly and pays no heed to what the others play.
    """
    tones: list[Tone] = []
    for bar in bars:
        key, step = player.context.key(bar.start_q), bar.length_q / PLUCKS
        high = player.part.high
        low = next(pitch for pitch in range(player.part.low, player.part.low + 12) if pitch % 12 == key.tonic)
        low = low if low <= high else player.part.low
        upper = low + 12 if low + 12 <= high else low
        open_step = next((each for each in (7, 5) if each in key.scale), 0)
        first = low + open_step if low + open_step <= high else low
        for place, pitch in enumerate((first, upper, upper, low)):
            length = min(RING_PLUCKS * step, bars[-1].end_q - bar.start_q - place * step)
            tones.append(Tone(bar.start_q + place * step, length, pitch, 0.1 if place == PLUCKS - 1 else -0.1, "ring"))
    return tones


def melody_in_chords(player: Player, bars: Sequence[Bar]) -> list[Tone]:
    """A second voice in chords: the top of the voicing moves by step where the chord allows it."""
    tones: list[Tone] = []
    for bar in bars:
        for start_q, end_q in player.spans(bar):
            top = player.voicing(start_q)[-1]
            tones.append(Tone(start_q, end_q - start_q, top))
            key = player.context.key(start_q)
            near = position(key, top)
            if end_q - start_q >= 2 and near:
                tones[-1] = Tone(start_q, (end_q - start_q) / 2, top)
                tones.append(Tone(start_q + (end_q - start_q) / 2, (end_q - start_q) / 2, player.voicing(start_q)[0]))
    return tones


TEXTURES: dict[str, Callable[[Player, Sequence[Bar]], list[Tone]]] = {
    "pad": pad,
    "block": block,
    "stabs": stabs,
    "strum": strum,
    "arpeggio": arpeggio,
    "ostinato": ostinato,
    "tremolo": tremolo,
    "pulse": pulse,
    "drone": drone,
    "melody": melody_in_chords,
    "countermelody": melody_in_chords,
}
