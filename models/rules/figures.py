"""Bass lines, comping and running figures that a groove brings with it, played on the plan's chords.

Conventions: patterns are those of `assistant.library.Groove`: a mark is struck, ``-`` goes on sounding, ``.`` is
silence. A tone that sounds over a bar line belongs to the chord after it (an anticipation), as does ``A``'s goal. When
a bar is thin, small and soft marks are left out; at the end of a phrase a player may leave the last beat free. A bar of
another metre is filled from the pattern's beginning, as the drums do.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from assistant.library import Groove
from assistant.plan import Chord, PlannedPart
from assistant.score import Bar
from models.rules.context import Context, Tone, strength
from models.rules.player import Player

THIN = 0.35
"""Below this density soft marks are left out."""
STRUM_S = 0.014
"""Time from one string to the next, in seconds."""
SHORT = 0.8
"""How much of its step a mark sounds that is not held on."""
STACCATO = 0.55
"""How much of the way to the next note a bouncing one sounds."""
BASS_TEXTURES = ("roots", "ostinato", "pulse")
COMP_TEXTURES = ("stabs", "strum", "block")
FIGURE_TEXTURES = ("ostinato", "stabs", "arpeggio")
"""The textures in place of which a groove's own patterns are played, in bass, harmony and pulse."""
COMP_WEIGHTS = {"g": -0.75, "o": -0.4, "x": -0.1, "X": 0.25}


@dataclass(frozen=True)
class Mark:
    """One mark of a pattern in a bar.

    ``gap_q`` is the way to the next mark; ``is_held`` if the pattern holds it on, ``over`` if over the bar line.
    """

    at_q: float
    mark: str
    length_q: float
    gap_q: float
    is_held: bool = False
    over: bool = False


def own_groove(context: Context) -> Groove | None:
    """The groove of the plan."""
    return context.library.grooves.get(context.plan.groove)


def bass_patterns(context: Context, part: PlannedPart) -> tuple[str, ...]:
    """The bass figures of the plan's groove, none for textures that have a way of their own."""
    groove = own_groove(context)
    return groove.bass if groove is not None and part.texture in BASS_TEXTURES else ()


def chord_pattern(context: Context, part: PlannedPart) -> str:
    """The pattern of a chord player: the groove's first for the first of them, and so on; empty if it has none."""
    groove = own_groove(context)
    if groove is None or part.role not in ("harmony", "pulse"):
        return ""
    patterns, textures = (groove.comp, COMP_TEXTURES) if part.role == "harmony" else (groove.figure, FIGURE_TEXTURES)
    if part.texture not in textures:
        return ""
    beside = [other.id for other in context.plan.parts if other.role == part.role and other.texture in textures]
    place = beside.index(part.id)
    return patterns[place] if place < len(patterns) else ""


def marks(groove: Groove, pattern: str, bar: Bar) -> Iterator[Mark]:
    """The marks of a pattern in a bar."""
    step_q = 1 / groove.steps_per_q
    first = (bar.index % groove.bars) * groove.bar_steps
    steps = int(bar.length_q * groove.steps_per_q + 1e-6)
    for step in range(steps):
        place = first + step % groove.bar_steps
        if pattern[place] in ".-":
            continue
        held = 1
        while held < len(pattern) and pattern[(place + held) % len(pattern)] == "-":
            held += 1
        gap = held
        while gap < len(pattern) and pattern[(place + gap) % len(pattern)] in ".-":
            gap += 1
        length_q = held * step_q if held > 1 else SHORT * step_q
        yield Mark(bar.start_q + step * step_q, pattern[place], length_q, gap * step_q, held > 1, step + held > steps)


def comp(player: Player, bars: Sequence[Bar], pattern: str) -> list[Tone]:
    """Chords in the groove's rhythm, string by string where they are strummed."""
    groove = own_groove(player.context)
    assert groove is not None
    tones: list[Tone] = []
    for bar in bars:
        last = _last_q(player, bar)
        for mark in marks(groove, pattern, bar):
            thin = mark.mark in "go" and player.density(bar) < THIN
            if not thin and mark.at_q < last:
                tones += _chord(player, bar, mark)
    return tones


def _last_q(player: Player, bar: Bar) -> float:
    """Up to where a bar is played: at the end of some phrases the last beat is left free."""
    if not player.ends_phrase(bar) or player.context.stream(player.part.id, "breath", bar.index).random() < 0.5:
        return bar.end_q
    return bar.end_q - bar.meter.beat_q - 1e-6


def _chord(player: Player, bar: Bar, mark: Mark) -> Iterator[Tone]:
    """The tones of one mark."""
    end_q = bar.end_q if not mark.over or not _plays(player, bar.index + 1) else mark.at_q + mark.length_q
    voicing = player.voicing(bar.end_q if end_q > bar.end_q + 1e-6 else mark.at_q)
    length_q = max(0.05, min(mark.length_q, end_q - mark.at_q))
    weight = COMP_WEIGHTS[mark.mark] + 0.15 * strength(bar, mark.at_q)
    if mark.mark == "g":
        voicing = voicing[-2:]
    if player.part.texture != "strum":
        yield from (Tone(mark.at_q, length_q, pitch, weight, "ring") for pitch in voicing)
        return
    down = abs((mark.at_q - bar.start_q) * 2 % 1) < 1e-3
    strings = voicing if down else tuple(reversed(voicing[-3:]))
    for place, pitch in enumerate(strings):
        yield Tone(mark.at_q, length_q, pitch, weight - 0.05 * place, "ring", place * STRUM_S)


def _plays(player: Player, bar: int) -> bool:
    """Whether a part plays a bar that is not the last chord's."""
    plan = player.context.plan
    return bar < plan.bar_count and player.part.bars[bar].active and not player.context.is_final(plan.bars[bar])


def running(player: Player, bars: Sequence[Bar], pattern: str, ladders: Sequence[tuple[int, ...]]) -> list[Tone]:
    """A running figure on the ladder of each chord; ``x`` is the whole chord."""
    context, groove = player.context, own_groove(player.context)
    assert groove is not None
    tones: list[Tone] = []
    for bar in bars:
        last = _last_q(player, bar)
        for mark in marks(groove, pattern, bar):
            if mark.at_q >= last:
                continue
            goes_on = mark.over and _plays(player, bar.index + 1)
            at_q = bar.end_q if goes_on else mark.at_q
            ladder = ladders[context.chord_index(at_q)]
            length_q = mark.length_q if goes_on else min(_sounding_q(player, mark), bar.end_q - mark.at_q)
            pitches = player.voicing(at_q) if mark.mark == "x" else (_rung(ladder, int(mark.mark), player.part.high),)
            weight = 0.5 * strength(bar, mark.at_q) - 0.3
            tones += [Tone(mark.at_q, max(0.05, length_q), pitch, weight, "ring") for pitch in pitches]
    return tones


def _sounding_q(player: Player, mark: Mark) -> float:
    """How long a mark of a figure sounds: an ostinato bounces, an arpeggio rings into its next note."""
    if mark.is_held:
        return mark.length_q
    return STACCATO * min(mark.gap_q, 0.5) if player.part.texture == "ostinato" else min(mark.gap_q, 1.0)


def _rung(ladder: tuple[int, ...], place: int, high: int) -> int:
    """The rung of a ladder, octaves up beyond its top, octaves down where that is too high."""
    pitch = ladder[place % len(ladder)] + 12 * (place // len(ladder))
    while pitch > high and pitch - 12 >= ladder[0]:
        pitch -= 12
    return min(pitch, high)


def seventh(chord: Chord, scale: frozenset[int]) -> int:
    """The pitch class of a chord's seventh: its own, else the scale's, else the minor one."""
    for classes in (frozenset(chord.pitch_classes), scale):
        for step in (10, 11, 9):
            if (chord.root + step) % 12 in classes:
                return (chord.root + step) % 12
    return (chord.root + 10) % 12


def third(chord: Chord) -> int:
    """The pitch class of a chord's third, or of what stands in for it."""
    found = [step for step in (3, 4, 5, 2) if (chord.root + step) % 12 in chord.pitch_classes]
    return (chord.root + found[0]) % 12 if found else chord.root
