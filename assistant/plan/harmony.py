"""Harmony: a chord for every moment, phrase by phrase, from the palette and the sections.

*Conventions*: a *slot* is a place for one chord in quarter notes; slots follow the bars (two in a bar, one, or one in
two or four bars). Progressions carry letters: the theme's is A and returns, contrast brings B, breakdown C. Every
choice draws from its own stream of chance, named by letter and phrase, never by instruments. Chords borrowed from minor
are colour: where the joy is plain, progressions do without them (cadences may have them: bVI bVII I is a triumph).

Sources: Huron, *Sweet Anticipation* (what follows what); Kostka and Payne, *Tonal Harmony* (cadences); the second-order
walk counts successions in the palette's own progressions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from random import Random

from assistant.plan.craft import stream
from assistant.plan.defaults import Frame
from assistant.plan.form import Block
from assistant.plan.keys import PLAIN, PLAINLY, mood_of
from assistant.plan.palette import MoodPalette, is_borrowed, read_numeral, to_chord
from assistant.plan.spotting import Spotting
from assistant.plan.values import Chord, Key, Phrase
from assistant.plan.weaving import weaves_of
from assistant.score import Bar

DRONE = "I5"
"""The one chord of music that stands on a drone."""
LETTERS = {"contrast": "B", "breakdown": "C"}
"""Sections that bring a progression of their own; all others share A, with a bridge D in every third phrase of four."""


@dataclass(frozen=True)
class Slot:
    """Room for one chord."""

    bar: int
    start_q: float
    length_q: float


@dataclass(frozen=True)
class _Task:
    """One phrase to harmonise: where, in which key and mood, and what it must reach."""

    block: Block
    phrase: Phrase
    key: Key
    mood: str
    letter: str
    nth: int
    place: int
    is_section_end: bool
    ends_on_next: bool
    strikes: bool

    @property
    def is_joy(self) -> bool:
        """Whether the phrase is so happy that no chord may cloud it."""
        return self.mood == "bright" and self.block.valence > PLAINLY


def harmonise(frame: Frame, spotting: Spotting, blocks: Sequence[Block], keys: Sequence[Key]) -> tuple[Chord, ...]:
    """Chords from 0 to the end of the last bar, without a gap."""
    chords: list[Chord] = []
    counts: dict[str, int] = {}
    hit_bars = set(spotting.hit_bars())
    flat = [(block, key, phrase) for block, key in zip(blocks, keys, strict=True) for phrase in block.phrases]
    for index, (block, key, phrase) in enumerate(flat):
        place = block.phrases.index(phrase)
        letter = _letter(block, place, len(blocks), frame)
        mood = mood_of(key, block.valence)
        nth = counts.get(letter, 0)
        counts[letter] = nth + 1
        last = index == len(flat) - 1
        following = None if last else flat[index + 1][2]
        follows_hit = following is not None and (
            following.start_bar in hit_bars or (flat[index + 1][0].name == "ending" and following.bars == 1)
        )
        task = _Task(
            block=block,
            phrase=phrase,
            key=key,
            mood=mood,
            letter=letter,
            nth=nth,
            place=place,
            is_section_end=phrase is block.phrases[-1],
            ends_on_next=follows_hit,
            strikes=phrase.start_bar in hit_bars,
        )
        next_key = key if last else flat[index + 1][1]
        chords.extend(_phrase_chords(task, next_key, frame, spotting, is_last=last))
    return tuple(chords)


def _letter(block: Block, place: int, sections: int, frame: Frame) -> str:
    """Which progression a phrase draws on; in a cue of five sections the climax may have a chorus of its own."""
    if block.name == "climax" and sections >= 5 and stream(frame.seed, "chorus").random() < 0.6:
        return "E"
    return LETTERS.get(block.name, "D" if place % 4 == 2 and len(block.phrases) > 3 else "A")


def _phrase_chords(task: _Task, next_key: Key, frame: Frame, spotting: Spotting, *, is_last: bool) -> list[Chord]:
    """The chords of one phrase."""
    bars = spotting.bars[task.phrase.start_bar : task.phrase.start_bar + task.phrase.bars]
    ends = is_last and not frame.asked.loop
    palette = frame.palette.mood(task.mood)
    palette = _unclouded(palette) if task.is_joy else palette
    base = _progression(task, palette, frame)
    sounding = bars[:-1] if ends else bars
    slots = phrase_slots(sounding, frame.chords_a_bar, dense_end=False)
    arrives = ends or task.ends_on_next or next_key != task.key
    comes_home = frame.is_regional_harmony and task.phrase.cadence in ("full", "plagal")  # where its mode closes
    closes = task.phrase.cadence != "none" and (arrives or task.is_section_end or len(base) <= len(slots) or comes_home)
    offset = task.place * len(slots) if len(base) > len(slots) else 0
    if closes:
        slots = phrase_slots(sounding, frame.chords_a_bar, dense_end=True)
    slots = _split(slots, [spotting.bars[bar].start_q for bar in spotting.hit_bars()])
    numerals = _numerals(task, len(slots), (base, offset), palette, frame)
    if closes:
        numerals = _closed(numerals, _formula(task, palette, frame, ends=ends), arrives=arrives)
    keys = [task.key] * len(slots)
    if slots and next_key != task.key and task.phrase.cadence != "deceptive":
        numerals[-1], keys[-1] = palette.half[0].split()[-1], next_key
    pedal = _pedal(task, frame, len(slots))
    if _stands(frame):
        numerals = [DRONE] * len(numerals)
    chords = [
        _chord(numeral, key, slot, frame, dark=task.mood == "dark", pedal=pedal and place < len(slots) - 1)
        for place, (numeral, key, slot) in enumerate(zip(numerals, keys, slots, strict=True))
    ]
    if ends:
        final = _final_numeral(palette, task.phrase.cadence)
        if task.key.mode == "minor" and frame.asked.key and frame.asked.arc[-1].valence > 0.3 and "5" not in final:
            final = "I"
        chords.append(
            _chord(
                final,
                task.key,
                Slot(bars[-1].index, bars[-1].start_q, bars[-1].length_q),
                frame,
                dark=task.mood == "dark",
            )
        )
    return chords


def _split(slots: Sequence[Slot], places_q: Sequence[float]) -> list[Slot]:
    """The same slots, with a new one wherever a hit falls inside of one: a hit brings its own chord."""
    pieces: list[Slot] = []
    for slot in slots:
        end_q = slot.start_q + slot.length_q
        inside = sorted(place for place in places_q if slot.start_q + 1e-6 < place < end_q - 1e-6)
        edges = [slot.start_q, *inside, end_q]
        pieces += [Slot(slot.bar, start_q, stop_q - start_q) for start_q, stop_q in pairwise(edges)]
    return pieces


def phrase_slots(bars: Sequence[Bar], chords_a_bar: float, *, dense_end: bool) -> list[Slot]:
    """Room for chords in the bars of a phrase; the last two bars have one each at least, for the cadence.

    Examples
    --------
    >>> from assistant.score import Meter, TempoMap
    >>> bars = TempoMap.steady(120, Meter(4, 4)).bars_until(16)
    >>> [slot.length_q for slot in phrase_slots(bars, 0.5, dense_end=False)]
    [8.0, 8.0]
    """
    slots: list[Slot] = []
    group = 4 if chords_a_bar < 0.36 else 2 if chords_a_bar < 0.72 else 1
    index = 0
    while index < len(bars):
        left = len(bars) - index
        size = min(group, left)
        if dense_end and len(bars) > 1:
            size = 1 if left <= 2 and group < 4 else min(size, left - 1) or 1
        piece = bars[index : index + size]
        length_q = sum(bar.length_q for bar in piece)
        halves = _halves(piece[0]) if size == 1 and chords_a_bar >= 1.5 else ()
        if halves:
            slots.append(Slot(piece[0].index, piece[0].start_q, halves[0]))
            slots.append(Slot(piece[0].index, piece[0].start_q + halves[0], halves[1]))
        else:
            slots.append(Slot(piece[0].index, piece[0].start_q, length_q))
        index += size
    return slots


def _halves(bar: Bar) -> tuple[float, ...]:
    """A bar in two parts on a beat, the longer first; none when it has one beat only."""
    beats = round(bar.length_q / bar.meter.beat_q, 6)
    if beats != int(beats) or beats < 2:
        return ()
    first = -(-int(beats) // 2) * bar.meter.beat_q
    return first, bar.length_q - first


def _numerals(
    task: _Task, count: int, source: tuple[Sequence[str], int], palette: MoodPalette, frame: Frame
) -> list[str]:
    """The numerals of a phrase's slots, from the progression at an offset, varied as the phrase wants."""
    if not count:
        return []
    base, offset = source
    rng = stream(frame.seed, "harmony", task.mood, task.letter, task.phrase.motif, task.nth)
    fresh = task.nth >= 3 and task.phrase.motif in ("vary", "contrast")
    numerals = walk(palette, count, rng) if fresh else [base[(offset + slot) % len(base)] for slot in range(count)]
    if task.phrase.motif in ("vary", "contrast") or (task.nth > 2 and task.nth % 2):
        numerals = _turned(numerals, task, frame, rng)
    if task.strikes and task.phrase.motif != "rest":
        numerals[0] = _tonic(base, palette)
    return numerals


def _closed(numerals: list[str], formula: list[str], *, arrives: bool) -> list[str]:
    """The numerals with the cadence at their end."""
    count = len(numerals)
    if not formula or not count or (count == 1 and not arrives):
        return numerals
    room = 1 if count < 3 else 2 if count < 6 else 3
    kept = formula[-room:]
    if len(kept) > 1 and count > len(kept) and numerals[-len(kept) - 1] == kept[0]:
        kept = kept[1:]
    return [*numerals[: count - len(kept)], *kept]


def _progression(task: _Task, palette: MoodPalette, frame: Frame) -> list[str]:
    """The progression of a letter, the first ones most often; a new B each time contrast comes back."""
    again = task.nth // 4 if task.letter != "A" else 0
    rng = stream(frame.seed, "progression", task.mood, task.letter, again)
    choices = list(palette.progressions)
    if task.letter != "A" and len(choices) > 1:
        theme = stream(frame.seed, "progression", task.mood, "A", 0)
        choices.remove(theme.choices(choices, [0.8**place for place in range(len(choices))])[0])
    return rng.choices(choices, [0.8**place for place in range(len(choices))])[0].split()


def walk(palette: MoodPalette, count: int, rng: Random) -> list[str]:
    """A second-order walk over the successions of a palette's progressions, from the start of one of them."""
    pairs: dict[tuple[str, str], list[str]] = {}
    singles: dict[str, list[str]] = {}
    for text in palette.progressions:
        chain = text.split()
        chain = chain + chain[:2]
        for first, second in pairwise(chain):
            singles.setdefault(first, []).append(second)
        for first, second, third in zip(chain, chain[1:], chain[2:], strict=False):
            pairs.setdefault((first, second), []).append(third)
    path = rng.choice(palette.progressions).split()[:2]
    while len(path) < count:
        options = pairs.get((path[-2], path[-1]), []) if len(path) > 1 else []
        path.append(rng.choice([*options, *options, *singles.get(path[-1], [palette.progressions[0].split()[0]])]))
    return path[:count]


def _unclouded(palette: MoodPalette) -> MoodPalette:
    """The palette with those progressions alone that borrow nothing, where it has any."""
    clear = tuple(text for text in palette.progressions if not any(map(is_borrowed, text.split())))
    return replace(palette, progressions=clear or palette.progressions)


def _turned(numerals: Sequence[str], task: _Task, frame: Frame, rng: Random) -> list[str]:
    """The same with some chords given way to substitutes, never the first."""
    turned = list(numerals)
    for place in range(1, len(turned)):
        others = frame.palette.substitutes.get(turned[place], ())
        others = tuple(name for name in others if not (task.is_joy and is_borrowed(name)))
        if others and rng.random() < frame.palette.turns:
            turned[place] = rng.choice(others)
    return turned


def _tonic(base: Sequence[str], palette: MoodPalette) -> str:
    """The palette's own chord on the tonic."""
    own = (numeral for numeral in (*base, *" ".join(palette.full).split()) if read_numeral(numeral).root == 0)
    return next(own, "I")


def _formula(task: _Task, palette: MoodPalette, frame: Frame, *, ends: bool) -> list[str]:
    """The cadence of a phrase; where the next bar brings the arrival, only what leads there."""
    rng = stream(frame.seed, "formula", task.mood, task.letter, task.nth)
    cadence = task.phrase.cadence
    if ends:
        return rng.choice(palette.formulas(cadence if cadence != "none" else "full")).split()[:-1]
    if task.ends_on_next:
        cadence = "half"
    if cadence == "none":
        return []
    return rng.choice(palette.formulas(cadence)).split()


def _final_numeral(palette: MoodPalette, cadence: str) -> str:
    """The last chord of the cue."""
    return palette.formulas(cadence if cadence in ("full", "plagal") else "full")[0].split()[-1]


def _stands(frame: Frame) -> bool:
    """Whether no chord ever changes: music of a region that stands on a drone and knows no other harmony."""
    region = frame.region
    return region is not None and frame.is_regional_harmony and region.texture == region.harmony == "drone"


def _pedal(task: _Task, frame: Frame, count: int) -> bool:
    """Whether a phrase stands on a held tonic; intros and breakdowns do so more often."""
    share = frame.palette.pedal + (0.25 if task.block.name in ("intro", "breakdown") else 0.0)
    if frame.region is not None and frame.region.texture == "drone" and frame.asked.colour != "hint":
        share += 0.6
    elif "drone" in weaves_of(frame):
        share += 0.35
    return count > 1 and stream(frame.seed, "pedal", task.letter, task.nth).random() < share


def _chord(numeral: str, key: Key, slot: Slot, frame: Frame, *, dark: bool, pedal: bool = False) -> Chord:
    """One chord, bent to the scale where the scale rules."""
    free = key.mode in PLAIN and not frame.is_regional_harmony
    allowed = None if free else _allowed(key, frame, dark=dark)
    chord = to_chord(numeral, key, slot.start_q, slot.length_q, allowed=allowed)
    if pedal and chord.root != key.tonic:
        return replace(chord, bass=key.tonic)
    return chord


def _allowed(key: Key, frame: Frame, *, dark: bool) -> frozenset[int]:
    """Semitones above the tonic that chords may use: the scale, completed to seven notes when a style rules."""
    if len(key.scale) >= 7 or frame.is_regional_harmony:
        return frozenset(key.scale)
    major, minor = (0, 2, 4, 5, 7, 9, 11), (0, 2, 3, 5, 7, 8, 10)
    return frozenset(key.scale) | frozenset(minor if key.is_minor or (dark and 4 not in key.scale) else major)
