"""The bass: roots that move with the harmony, walking, pulsing, or a figure that locks with the kick.

Conventions: one note at a time; the root (or the chord's own bass) on every change of chord; the note before a change
leads into it by step. The kick is that of the plan's groove, whether or not a drummer plays it.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from assistant.errors import DataError
from assistant.plan import Chord, PlannedPart
from assistant.score import Bar
from models.rules.context import Context, Tone, melodic_classes, strength
from models.rules.drums import kicks
from models.rules.figures import THIN, bass_patterns, marks, own_groove, seventh, third

SPAN = 17
"""A bass keeps to an octave and a fourth."""


@dataclass(frozen=True)
class Bassist:
    """The bass player at work."""

    context: Context
    part: PlannedPart

    @property
    def top(self) -> int:
        """Highest note used."""
        return min(self.part.high, self.part.low + SPAN)

    def root(self, chord: Chord, near: int) -> int:
        """The chord's bass note nearest to where the hand is."""
        options = [pitch for pitch in range(self.part.low, self.top + 1) if pitch % 12 == chord.bass_class]
        comfort = self.part.low + 12
        return min(
            options, key=lambda pitch: (abs(pitch - near) + 0.5 * max(0, pitch - comfort), pitch), default=self.part.low
        )

    def fifth(self, root: int, chord: Chord) -> int:
        """The chord's fifth nearest to a root, below it where there is room; the root where the chord has none."""
        fifth = next((pitch for pitch in chord.pitch_classes if (pitch - chord.root) % 12 in (6, 7, 8)), None)
        options = [pitch for pitch in range(self.part.low, self.top + 1) if fifth is not None and pitch % 12 == fifth]
        return min(options, key=lambda pitch: (abs(pitch - root), pitch), default=root)

    def approach(self, target: int, here: int, at_q: float) -> int:
        """A scale note a step from the next root, from the side where the hand is."""
        context = self.context
        usable = melodic_classes(context.key(at_q), context.chord(at_q))
        side = (-1, -2, 1, 2) if here <= target else (1, 2, -1, -2)
        for step in sorted(side, key=lambda step: (step * side[0] < 0, abs(step) != 2)):
            pitch = target + step
            if pitch % 12 in usable and self.part.low <= pitch <= self.top:
                return pitch
        return here

    def stands(self, bar: Bar) -> bool:
        """Whether the bass note does not change into this bar, the second, fourth ... of its phrase: time to move."""
        inside = bar.index - self.context.phrase(bar.index).start_bar
        before = self.context.chord(max(0.0, bar.start_q - 0.01))
        return inside % 2 == 1 and before.bass_class == self.context.chord(bar.start_q).bass_class

    def chords(self, bar: Bar) -> list[tuple[float, float, Chord]]:
        """(start, end, chord) of a bar."""
        out, at_q = [], bar.start_q
        while at_q < bar.end_q - 1e-6:
            chord = self.context.chord(at_q)
            end_q = min(chord.end_q, bar.end_q) if chord.end_q > at_q + 1e-6 else bar.end_q
            out.append((at_q, end_q, chord))
            at_q = end_q
        return out


Writer = Callable[[Bassist, Bar, int, "int | None", random.Random], list[Tone]]


def write_bass(context: Context, part: PlannedPart) -> list[Tone]:
    """The tones of the bass, before hits and ending."""
    if part.texture not in WRITERS:
        raise DataError(f"part {part.id} with texture {part.texture!r}", f"use one of {', '.join(WRITERS)}")
    bassist = Bassist(context, part)
    here = (part.low + bassist.top) // 2 - 2
    tones: list[Tone] = []
    for bar in context.playing(part):
        chance = context.stream(part.id, "bass", bar.index)
        target = _next_root(bassist, bar, here)
        pattern = _pattern(bassist, bar)
        if pattern:
            tones = _until(tones, made := figured(bassist, bar, here, target, pattern))
            tones += made
            here = made[-1].pitch if made else here
            continue
        made = WRITERS[part.texture](bassist, bar, here, target, chance)
        tones += made
        here = made[-1].pitch if made else here
    return _held_over(tones, part.texture) if context.library.instrument(part.instrument).sustained else tones


def _next_root(bassist: Bassist, bar: Bar, here: int) -> int | None:
    """The root of the next bar, None where the cue ends or the part falls silent."""
    following = bar.index + 1
    count = bassist.context.plan.bar_count
    if following >= count:
        return bassist.root(bassist.context.plan.chords[0], here) if bassist.context.plan.loop else None
    if not bassist.part.bars[following].active:
        return None
    return bassist.root(bassist.context.chord(bar.end_q), here)


def _pattern(bassist: Bassist, bar: Bar) -> str:
    """The figure of the groove that the section has drawn, empty if the groove has none."""
    context = bassist.context
    patterns = bass_patterns(context, bassist.part)
    if not patterns:
        return ""
    return context.stream(bassist.part.id, "line", context.section(bar.index).start_bar).choice(patterns)


def _until(tones: list[Tone], following: Sequence[Tone]) -> list[Tone]:
    """A tone held over the bar line ends where the next begins."""
    if not tones or not following or tones[-1].end_q <= following[0].start_q:
        return tones
    last = tones[-1]
    return [*tones[:-1], replace(last, length_q=following[0].start_q - last.start_q)]


def figured(bassist: Bassist, bar: Bar, here: int, target: int | None, pattern: str) -> list[Tone]:
    """The groove's figure on the chords of a bar; the first tone of a chord is its root, unless it leads elsewhere."""
    context, groove = bassist.context, own_groove(bassist.context)
    assert groove is not None
    density = bassist.part.bars[bar.index].density
    tones: list[Tone] = []
    sounding = context.chord(max(0.0, bar.start_q - 0.01)) if bar.index else None
    for mark in marks(groove, pattern, bar):
        if mark.mark.islower() and density < THIN:
            continue
        chord = context.chord(mark.at_q)
        name = mark.mark.upper()
        if name not in "AN" and chord is not sounding and (sounding is None or chord.bass_class != sounding.bass_class):
            name = "R"
        if name != "A":
            sounding = chord
        pitch = _figured_pitch(bassist, name, chord, here, target, mark.at_q)
        over = mark.over and target is not None
        length_q = mark.length_q if over else min(mark.length_q, bar.end_q - mark.at_q)
        weight = 0.4 * strength(bar, mark.at_q) - (0.35 if mark.mark.islower() else 0.0)
        tones.append(Tone(mark.at_q, max(0.05, length_q), pitch, weight, "ring"))
        here = pitch if name in "RN" else here
    return tones


def _figured_pitch(
    bassist: Bassist, name: str, chord: Chord, here: int, target: int | None, at_q: float
) -> int:  # fmt: skip
    """The pitch of a mark: a note of the chord near its root, or one that leads to the next root."""
    root = bassist.root(chord, here)
    if name == "N":
        return target if target is not None else root
    if name == "A":
        return bassist.approach(target, here, at_q) if target is not None else root
    if name == "F":
        return bassist.fifth(root, chord)
    if name == "O":
        return root + 12 if root + 12 <= bassist.part.high else root
    if name == "R":
        return root
    scale = melodic_classes(bassist.context.key(at_q), chord)
    wanted = third(chord) if name == "T" else seventh(chord, scale)
    options = [pitch for pitch in range(bassist.part.low, bassist.top + 1) if pitch % 12 == wanted]
    return min(options, key=lambda pitch: (abs(pitch - root), pitch), default=root)


def _held_over(tones: Sequence[Tone], texture: str) -> list[Tone]:
    """A drone does not repeat what it already holds."""
    if texture not in ("drone", "pad"):
        return list(tones)
    out: list[Tone] = []
    for tone in tones:
        if out and out[-1].pitch == tone.pitch and abs(out[-1].end_q - tone.start_q) < 1e-6 and out[-1].length_q < 12:
            out[-1] = Tone(out[-1].start_q, out[-1].length_q + tone.length_q, tone.pitch, out[-1].weight, "legato")
        else:
            out.append(tone)
    return out


def roots(bassist: Bassist, bar: Bar, here: int, target: int | None, chance: random.Random) -> list[Tone]:
    """Roots where the kick is, long notes where it is not; the fifth for change, a step into the next bar."""
    density = bassist.part.bars[bar.index].density
    stands = bassist.stands(bar) and density > 0.15
    onsets = [at for at in kicks(bassist.context, bar) if density >= 0.4]
    tones: list[Tone] = []
    for start_q, end_q, chord in bassist.chords(bar):
        root = bassist.root(chord, here)
        inside = [start_q, *(at for at in onsets if start_q + 0.4 < at < end_q - 0.2)]
        if density > 0.25 and len(inside) == 1 and end_q - start_q >= 4:
            inside.append(start_q + 2.0)
        elif len(inside) == 1 and end_q - start_q >= 2 and (stands or (density > 0.5 and bar.index % 2)):
            inside.append(end_q - bar.meter.beat_q)
        for index, at_q in enumerate(inside):
            until = inside[index + 1] if index + 1 < len(inside) else end_q
            away = stands or chance.random() >= 0.5
            if index == 0:  # within one chord the bass alternates, as in a waltz; a new chord begins on its root
                away = stands and chord.start_q < bar.start_q - 1e-6
            pitch = bassist.fifth(root, chord) if away and index in (0, len(inside) - 1) else root
            tones.append(Tone(at_q, until - at_q, pitch, 0.4 * strength(bar, at_q)))
        here = root
    return _led(bassist, bar, tones, target, chance, likely=0.25 + 0.5 * density)


def _led(
    bassist: Bassist, bar: Bar, tones: list[Tone], target: int | None, chance: random.Random, *, likely: float
) -> list[Tone]:
    """The last half beat or beat leads into the next root."""
    if not tones or target is None or target == tones[-1].pitch or chance.random() > likely:
        return tones
    last = tones[-1]
    beat = 1.0 if not bar.meter.is_compound else 0.5
    lead_q = beat if last.length_q >= 2 * beat else beat / 2
    if last.length_q < 2 * lead_q - 1e-6:
        return tones
    pitch = bassist.approach(target, last.pitch, last.end_q - lead_q)
    held = Tone(last.start_q, last.length_q - lead_q, last.pitch, last.weight)
    return [*tones[:-1], held, Tone(last.end_q - lead_q, lead_q, pitch, -0.2)]


def walking(bassist: Bassist, bar: Bar, here: int, target: int | None, chance: random.Random) -> list[Tone]:
    """A note on every beat: the root, then chord notes and steps, then a step into what follows."""
    beat = 1.0 if not bar.meter.is_compound else bar.meter.beat_q
    tones: list[Tone] = []
    changes = bassist.chords(bar)
    for index, (start_q, end_q, chord) in enumerate(changes):
        root = bassist.root(chord, here)
        goal = bassist.root(changes[index + 1][2], root) if index + 1 < len(changes) else target
        line = _walk(bassist, root, goal, chord, max(1, round((end_q - start_q) / beat)), start_q, chance)
        for place, pitch in enumerate(line):
            at_q = start_q + place * beat
            tones.append(Tone(at_q, min(beat, end_q - at_q), pitch, 0.25 if place % 2 else 0.0, "legato"))
        here = line[-1]
    return [tone for tone in tones if tone.length_q > 0.05]


def _walk(
    bassist: Bassist, root: int, goal: int | None, chord: Chord, count: int, at_q: float, chance: random.Random
) -> list[int]:
    """``count`` notes from a root towards the next one, by step where it can."""
    usable = melodic_classes(bassist.context.key(at_q), chord)
    goal_pitch = goal if goal is not None else root
    line = [root]
    while len(line) < count:
        left = count - len(line)
        if left == 1 and goal is not None:
            line.append(bassist.approach(goal_pitch, line[-1], at_q))
            continue
        options = [
            pitch for pitch in range(max(bassist.part.low, line[-1] - 5), min(bassist.top, line[-1] + 5) + 1)
            if pitch != line[-1] and (pitch % 12 in usable)
        ]  # fmt: skip

        def price(pitch: int, line: list[int] = line, left: int = left) -> float:
            away = abs(abs(goal_pitch - pitch) - 2 * left)
            turn = 0.8 if len(line) > 1 and (pitch - line[-1]) * (line[-1] - line[-2]) < 0 else 0.0
            off = 0.6 if pitch % 12 not in chord.pitch_classes else 0.0
            return 0.4 * away + turn + off + 0.25 * abs(abs(pitch - line[-1]) - 2) + 1.4 * chance.random()

        line.append(min(options, key=price, default=line[-1]))
    return line


def ostinato(bassist: Bassist, bar: Bar, here: int, target: int | None, chance: random.Random) -> list[Tone]:
    """A figure of root, fifth and octave that the section keeps, moved with the chords."""
    fixed = bassist.context.stream(bassist.part.id, "figure", bassist.context.section(bar.index).start_bar)
    figure = fixed.choice([(0, 0, 1, 0), (0, 1, 0, 2), (0, 0, 2, 1), (0, 2, 1, 2)])
    density = bassist.part.bars[bar.index].density
    step = 0.5 if density > 0.45 else 1.0
    tones: list[Tone] = []
    for start_q, end_q, chord in bassist.chords(bar):
        root = bassist.root(chord, here)
        upper = root + 12 if root + 12 <= bassist.part.high else root
        pitches = (root, bassist.fifth(root, chord), upper)
        for index in range(max(1, int((end_q - start_q) / step + 1e-6))):
            at_q = start_q + index * step
            tones.append(Tone(at_q, step, pitches[figure[index % 4]], 0.5 * strength(bar, at_q) - 0.2, "staccato"))
        here = root
    return _led(bassist, bar, tones, target, chance, likely=0.3)


def pulse(bassist: Bassist, bar: Bar, here: int, target: int | None, chance: random.Random) -> list[Tone]:
    """The root on every eighth (or quarter), accented with the metre."""
    step = 0.5 if bassist.part.bars[bar.index].density > 0.4 else 1.0
    tones: list[Tone] = []
    for start_q, end_q, chord in bassist.chords(bar):
        root = bassist.root(chord, here)
        octave = root + 12 if root + 12 <= bassist.part.high else bassist.fifth(root, chord)
        count = max(1, int((end_q - start_q) / step + 1e-6))
        turn = chance.choice((2, 3, 4)) if bassist.stands(bar) else 0
        for index in range(count):
            at_q = start_q + index * step
            pitch = octave if count - index <= turn and (count - index) % 2 == 1 else root
            tones.append(Tone(at_q, step, pitch, 0.6 * strength(bar, at_q) - 0.3, "staccato"))
        here = root
    if tones and target is not None and target != tones[-1].pitch and chance.random() < 0.35:
        last = tones[-1]
        pitch = bassist.approach(target, last.pitch, last.start_q)
        tones[-1] = Tone(last.start_q, last.length_q, pitch, -0.1, "staccato")
    return tones


def held(bassist: Bassist, bar: Bar, here: int, target: int | None, chance: random.Random) -> list[Tone]:
    """The root, as long as the chord lasts."""
    tones = []
    for start_q, end_q, chord in bassist.chords(bar):
        here = bassist.root(chord, here)
        tones.append(Tone(start_q, end_q - start_q, here, 0.0, "legato"))
    return tones


def pedal(bassist: Bassist, bar: Bar, here: int, target: int | None, chance: random.Random) -> list[Tone]:
    """The tonic, whatever the chords do."""
    tonic = bassist.context.key(bar.start_q).tonic
    options = [pitch for pitch in range(bassist.part.low, bassist.top + 1) if pitch % 12 == tonic]
    return [Tone(bar.start_q, bar.length_q, options[0] if options else bassist.part.low, 0.0, "legato")]


def arpeggio(bassist: Bassist, bar: Bar, here: int, target: int | None, chance: random.Random) -> list[Tone]:
    """Root, fifth, octave and back, an eighth each."""
    tones: list[Tone] = []
    for start_q, end_q, chord in bassist.chords(bar):
        root = bassist.root(chord, min(here, bassist.part.low + 8))
        fifth = root + 7 if root + 7 <= bassist.part.high and (chord.root + 7) % 12 in chord.pitch_classes else root
        octave = root + 12 if root + 12 <= bassist.part.high else root
        for index in range(max(1, int((end_q - start_q) / 0.5 + 1e-6))):
            at_q = start_q + index * 0.5
            pitch = (root, fifth, octave, fifth)[index % 4]
            tones.append(Tone(at_q, 0.5, pitch, 0.5 * strength(bar, at_q) - 0.2))
        here = root
    return tones


WRITERS: dict[str, Writer] = {
    "roots": roots,
    "walking": walking,
    "ostinato": ostinato,
    "pulse": pulse,
    "pad": held,
    "swell": held,
    "block": held,
    "drone": pedal,
    "tremolo": held,
    "arpeggio": arpeggio,
    "melody": roots,
    "strum": roots,
    "stabs": pulse,
}
