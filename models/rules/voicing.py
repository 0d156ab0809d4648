"""Voicing chords: which notes of the chord, where, so that the voices move little.

Conventions: a voicing is a rising tuple of MIDI pitches. Low interval limits: nothing closer than a fifth below C3
(48), no third below E3 (52) between the two lowest voices (Adler, *The Study of Orchestration*).
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from assistant.plan import Chord, PlannedPart
from models.rules.context import Context, chord_classes

COMFORT_TOP = 71
"""Chords stay below this pitch where they can: the tune lives above."""


def voicings(context: Context, part: PlannedPart, voices: int) -> list[tuple[int, ...]]:
    """One voicing for each chord of the plan, each led from the one before."""
    wide = {context.chord_index(hit.at_q) for hit in context.hits if hit.kind == "reveal"}
    before: tuple[int, ...] = ()
    out = []
    for index, chord in enumerate(context.plan.chords):
        shift = part.bars[min(context.bar(chord.start_q).index, context.plan.bar_count - 1)].register_shift
        classes = _classes(context, chord, part)
        choices = _choices(classes, part, voices, wide=index in wide)
        best = min(choices, key=lambda choice: (_price(choice, before, classes, part, shift, index in wide), choice))
        out.append(best)
        before = best
    return out


def _classes(context: Context, chord: Chord, part: PlannedPart) -> tuple[int, ...]:
    """The chord's notes; running figures on a gapped scale also take the scale's third over a bare fifth."""
    key = context.key(chord.start_q)
    if len(key.scale) >= 7 or part.texture not in ("arpeggio", "ostinato", "strum"):
        return chord.pitch_classes
    more = sorted(chord_classes(key, chord) - set(chord.pitch_classes))
    return (*chord.pitch_classes, *more)


def _choices(pitch_classes: Sequence[int], part: PlannedPart, voices: int, *, wide: bool) -> list[tuple[int, ...]]:
    """Close and open positions of a chord within a part's range."""
    classes = _chosen(pitch_classes, voices)
    ladder = [pitch for pitch in range(part.low, part.high + 1) if pitch % 12 in classes]
    if len(ladder) <= voices:
        return [tuple(ladder) or (part.low,)]
    found = []
    for first in range(len(ladder) - voices + 1):
        close = tuple(ladder[first : first + voices])
        found.append(close)
        if voices >= 3:
            for raised in range(1, voices - 1):
                opened = tuple(sorted((*close[:raised], *close[raised + 1 :], close[raised] + 12)))
                if opened[-1] <= part.high:
                    found.append(opened)
        if voices >= 4 or wide:
            spread = tuple(sorted({pitch + (12 if place % 2 else 0) for place, pitch in enumerate(close)}))
            if len(spread) == voices and spread[-1] <= part.high:
                found.append(spread)
    return found


def _chosen(classes: Sequence[int], voices: int) -> set[int]:
    """The notes of a chord that matter most: third and seventh before root, root before fifth."""
    order = [classes[place] for place in (1, 3, 0, 4, 2) if place < len(classes)]
    return set(order[: max(voices, 1)]) if voices < len(classes) else set(classes)


def _price(
    choice: tuple[int, ...],
    before: tuple[int, ...],
    pitch_classes: Sequence[int],
    part: PlannedPart,
    shift: int,
    wide: bool,
) -> float:
    """Movement, spacing, completeness, register."""
    price = _movement(choice, before)
    price += _spacing(choice, wide=wide)
    classes = {pitch % 12 for pitch in choice}
    price += sum(2.5 for needed in _chosen(pitch_classes, len(choice)) if needed not in classes)
    centre = min((part.low + part.high) / 2, COMFORT_TOP - 7 if part.low < COMFORT_TOP - 14 else part.high) + shift
    mean = sum(choice) / len(choice)
    price += 0.22 * abs(mean - centre)
    price += 0.5 * max(0, choice[-1] - max(COMFORT_TOP + shift, part.low + 14))
    return price


def _movement(choice: tuple[int, ...], before: tuple[int, ...]) -> float:
    """Semitones that the voices move, common notes free, parallel fifths and octaves of the outer voices dear."""
    if len(choice) != len(before):
        return 0.0
    price = sum(0.35 * abs(now - then) for now, then in zip(choice, before, strict=True))
    outer, was = choice[-1] - choice[0], before[-1] - before[0]
    if outer % 12 == was % 12 and outer % 12 in (0, 7) and choice[0] != before[0] and len(choice) > 1:
        price += 2.0
    return price


def _spacing(choice: tuple[int, ...], *, wide: bool) -> float:
    """Low interval limits, no semitone clusters on top, no holes in the middle."""
    price = 0.0
    for below, above in pairwise(choice):
        gap = above - below
        if below < 48 and gap < 7:
            price += 4.0
        elif below < 52 and gap < 5:
            price += 2.0
        price += 1.5 if gap == 1 else 0.0
        price += 0.4 * max(0, gap - (12 if wide else 9))
    if wide:
        price += 0.25 * max(0, 19 - (choice[-1] - choice[0]))
    return price
