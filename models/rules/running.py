"""Chords in motion: arpeggio, ostinato, tremolo, pulse.

Conventions: as in `models.rules.harmony`: a texture is a function of one stretch of bars and returns tones. A figure
answers itself every other bar and turns in the second half of a phrase, so that no bar is copied all through.
"""

from __future__ import annotations

from collections.abc import Sequence

from assistant.score import Bar
from models.rules.context import Tone, chord_classes, strength
from models.rules.player import Player
from models.rules.themes import motifs

ORDERS: dict[str, tuple[int, ...]] = {
    "up": (0, 1, 2, 3),
    "wave": (0, 1, 2, 3, 2, 1),
    "alberti": (0, 2, 1, 2),
    "broken": (0, 2, 3, 1),
    "rolling": (0, 1, 2, 1, 3, 1, 2, 1),
}
"""Orders of an arpeggio, as places in the chord from below (3 is the first note an octave up)."""


def step_of(player: Player, bar: Bar) -> float:
    """The unit of a running figure: at most nine notes a second, at least as many as the density wants."""
    per_s = 1.2 + 5.5 * player.density(bar)
    options = (1.5, 0.5, 0.25) if bar.meter.is_compound else (1.0, 0.5, 0.25)
    return min(options, key=lambda step: abs(1 / player.context.seconds(step, bar.start_q) - per_s))


def arpeggio(player: Player, bars: Sequence[Bar]) -> list[Tone]:
    """The chord note by note; the end of a phrase lets the last note ring."""
    tones: list[Tone] = []
    for bar in bars:
        names = (player.draw("order", bar, tuple(ORDERS)), player.draw("answer", bar, tuple(ORDERS)))
        inside = bar.index - player.context.phrase(bar.index).start_bar
        name = names[inside % 2 if inside % 4 != 2 else 1]
        step = step_of(player, bar)
        for start_q, end_q in player.spans(bar):
            ladder = player.voicing(start_q)
            ladder = ladder if len(ladder) >= 3 else ladder_at(player, start_q)
            ladder = _turned(player, ladder, inside)
            count = max(1, int((end_q - start_q) / step + 1e-6))
            for index in range(count):
                at_q = start_q + index * step
                place = ORDERS[name][index % len(ORDERS[name])]
                pitch = ladder[place % len(ladder)] + 12 * (place // len(ladder))
                last = player.ends_phrase(bar) and at_q >= bar.end_q - bar.meter.beat_q
                if last and at_q > bar.end_q - bar.meter.beat_q + 1e-6:
                    continue
                length = bar.end_q - at_q if last else min(2 * step, end_q - at_q)
                tones.append(Tone(at_q, length, min(pitch, player.part.high), 0.6 * strength(bar, at_q) - 0.35))
    return tones


def _turned(player: Player, ladder: tuple[int, ...], inside: int) -> tuple[int, ...]:
    """The chord turned one note up in the second half of a phrase, where there is room for it."""
    raised = ladder[0] + 12 * (1 + (ladder[-1] - ladder[0]) // 12)
    return (*ladder[1:], raised) if inside % 4 >= 2 and raised <= player.part.high else ladder


def ladder_at(player: Player, at_q: float) -> tuple[int, ...]:
    """Four chord notes upwards from the one voice that a single-line player has."""
    classes = player.context.chord(at_q).pitch_classes
    first = player.voicing(at_q)[0]
    key = player.context.key(at_q)
    wanted = chord_classes(key, player.context.chord(at_q)) if len(key.scale) < 7 else set(classes)
    found = [pitch for pitch in range(player.part.low, player.part.high + 1) if pitch % 12 in wanted]
    start = min(range(len(found)), key=lambda place: abs(found[place] - first)) if found else 0
    return tuple(found[max(0, min(start, len(found) - 4)) :][:4]) or (first,)


def ostinato(player: Player, bars: Sequence[Bar]) -> list[Tone]:
    """The motif's first bar, its rhythm made even and its contour drawn on the chord, over and over."""
    motif, _ = motifs(player.context)
    figures = motif.bars[0]
    tones: list[Tone] = []
    for bar in bars:
        step = step_of(player, bar)
        accents = {round(figure.offset_q / step) for figure in figures}
        answer = (bar.index - bars[0].index) % 2 and player.ends_phrase(bar)
        for index in range(int(bar.length_q / step + 1e-6)):
            at_q = bar.start_q + index * step
            ladder = ladder_at(player, at_q)
            figure = max((each for each in figures if each.offset_q <= index * step + 1e-6),
                         key=lambda each: each.offset_q, default=figures[0])  # fmt: skip
            place = round(figure.step * 0.6) % len(ladder)
            place = place if index in accents else (0 if not answer else len(ladder) - 1)
            tones.append(Tone(at_q, step, ladder[place], 0.35 if index in accents else -0.35, "staccato"))
    return tones


def tremolo(player: Player, bars: Sequence[Bar]) -> list[Tone]:
    """The chord repeated as fast as a bow or mallet shakes."""
    tones: list[Tone] = []
    for bar in bars:
        fast = 0.125 if player.context.seconds(0.125, bar.start_q) >= 0.075 else 0.25
        count = int(bar.length_q / fast + 1e-6)
        for index in range(count):
            at_q = bar.start_q + index * fast
            for pitch in player.voicing(at_q)[-2:]:
                tones.append(Tone(at_q, fast, pitch, -0.35 + 0.3 * (index % 2 == 0), "ring"))
    return tones


def pulse(player: Player, bars: Sequence[Bar]) -> list[Tone]:
    """One or two notes of the chord on every step, breathing with the metre."""
    tones: list[Tone] = []
    for bar in bars:
        step = step_of(player, bar)
        for index in range(int(bar.length_q / step + 1e-6)):
            at_q = bar.start_q + index * step
            chord = player.voicing(at_q)
            picked = chord[:2] if player.polyphonic and strength(bar, at_q) >= 0.7 else chord[:1]
            for pitch in picked:
                tones.append(Tone(at_q, step, pitch, 0.7 * strength(bar, at_q) - 0.4, "staccato"))
    return tones
