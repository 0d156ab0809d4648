"""From tones to a performance: velocity, timing, articulation, and controllers.

Conventions: everything random is drawn per part and beat, so that one bar's performance never depends on another's
notes. A nudge is kept in quarter notes at the local tempo; strikes and the final chord have none. Rules after Friberg,
Bresin and Sundberg, *Overview of the KTH rule system* (2006); numbers from MUSIC.md, Performance.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from assistant.library import Instrument
from assistant.plan import PlannedPart
from assistant.score import Bar, Control, Note
from models.rules.context import Context, Tone, strength
from models.rules.hands import Hands, hands_of, on_the_grid

SOFTEST, LOUDEST = 32, 108
"""Velocities at dynamics 0 and 1, before accents."""
ARCH = 8.0
"""A phrase grows and falls by this much velocity."""
DEEPEST_NUDGE_S = 0.025
LOOSE_S = (0.0125, 0.0135)
"""How far a hand may wander in a strict style, and how much further in a loose one."""
QUICK = 0.35
"""The share of a wandering that changes from beat to beat; the rest turns once in four beats."""
FINGER_S = 0.003
"""The spread of fingers that strike together, in a style of looseness 0.5."""
LEGATO_S = 0.035
ROLLS_S = {"harp": 0.03, "acoustic-guitar": 0.018, "piano": 0.014, "electric-piano": 0.01, "vibraphone": 0.012,
           "koto": 0.025, "guzheng": 0.025, "kora": 0.025, "ukulele": 0.012}  # fmt: skip
"""From note to note of a rolled chord when it is calmest; who is not named strikes chords together."""
PEDALLED = ("piano", "electric-piano", "harp", "vibraphone", "celesta")
SINGLE = ("lead", "counter", "bass")


@dataclass(frozen=True)
class Performer:
    """One player performing."""

    context: Context
    part: PlannedPart
    instrument: Instrument
    drift: dict[tuple[str, int], float]

    @cached_property
    def human(self) -> float:
        """How loosely the style is played, 0..1."""
        style = self.context.library.styles.get(self.context.plan.style)
        return style.human if style else 0.5

    @cached_property
    def hands(self) -> Hands | None:
        """The hands of a drummer whose style has a feel."""
        return hands_of(self.context, self.part, self.human) if self.is_drummer else None

    @cached_property
    def is_machine(self) -> bool:
        """Whether a sequencer plays it: all but the singer in the styles that want the grid."""
        return on_the_grid(self.context) and self.part.role not in ("lead", "counter")

    @property
    def is_drummer(self) -> bool:
        """Whether it plays a groove."""
        return self.part.role in ("drums", "percussion")

    def wander(self, what: str, at_q: float) -> float:
        """A slow random curve, -1..1: anchors every four beats and, with less weight, every beat, joined by lines."""
        return (1 - QUICK) * self._curve(f"slow {what}", at_q / 4) + QUICK * self._curve(what, at_q)

    def own(self, tone: Tone) -> float:
        """What one finger does beside the others, of spread 1."""
        return self.context.stream(self.part.id, "own", round(tone.start_q * 24), tone.pitch).gauss(0, 1)

    def _curve(self, what: str, at: float) -> float:
        place, share = divmod(at, 1.0)
        return (1 - share) * self._anchor(what, int(place)) + share * self._anchor(what, int(place) + 1)

    def _anchor(self, what: str, place: int) -> float:
        if (what, place) not in self.drift:
            self.drift[what, place] = self.context.stream(self.part.id, what, place).uniform(-1, 1)
        return self.drift[what, place]


def perform(context: Context, part: PlannedPart, tones: Sequence[Tone]) -> tuple[tuple[Note, ...], tuple[Control, ...]]:
    """The notes and controls of a part."""
    performer = Performer(context, part, context.library.instrument(part.instrument), {})
    ordered = sorted(_rolled(performer, tones), key=lambda tone: (tone.start_q, tone.late_s, tone.pitch))
    played = (_note(performer, tone, _following(ordered, index)) for index, tone in enumerate(ordered))
    notes = _untangled(context, [note for note in played if note is not None])
    return tuple(sorted(notes)), tuple(_controls(performer, notes))


def _rolled(performer: Performer, tones: Sequence[Tone]) -> list[Tone]:
    """Held chords of plucked and keyed instruments rolled from below: slowly when calm, hardly when excited."""
    step_s = ROLLS_S.get(performer.instrument.id, 0.0) if performer.part.texture in ("block", "pad", "melody") else 0.0
    if not step_s or performer.is_machine:
        return list(tones)
    chords: dict[float, list[Tone]] = {}
    for tone in tones:
        if not tone.late_s and tone.manner in ("", "legato", "ring") and tone.length_q >= 1.0:
            chords.setdefault(tone.start_q, []).append(tone)
    late: dict[tuple[float, int], float] = {}
    for start_q, chord in chords.items():
        arousal = performer.context.section(performer.context.bar(start_q).index).arousal
        calm = max(0.0, min(1.0, (0.5 - arousal) / 0.8))
        if len(chord) >= 3:
            pitches = sorted(tone.pitch for tone in chord)
            late |= {(start_q, pitch): calm * step_s * place for place, pitch in enumerate(pitches)}
    return [replace(tone, late_s=tone.late_s + late.get((tone.start_q, tone.pitch), 0.0)) for tone in tones]


def _following(ordered: Sequence[Tone], index: int) -> Tone | None:
    """The next tone that begins later."""
    here = ordered[index].start_q + 1e-6
    return next((tone for tone in ordered[index + 1 :] if tone.start_q > here), None)


def _note(performer: Performer, tone: Tone, following: Tone | None) -> Note | None:
    """A tone as it is played; None for what has become too short to sound."""
    length = _length(performer, tone, following)
    if length < 0.03:
        return None
    velocity = max(1, min(127, round(_velocity(performer, tone))))
    return Note(round(tone.start_q, 6), tone.pitch, round(length, 6), velocity, round(_nudge(performer, tone), 6))


def _velocity(performer: Performer, tone: Tone) -> float:
    """Dynamics, metre, phrase, the tone's own weight, and a little chance."""
    context = performer.context
    bar = context.bar(tone.start_q)
    dynamics = performer.part.bars[bar.index].dynamics
    base = SOFTEST + (LOUDEST - SOFTEST) * dynamics
    if tone.manner == "strike":
        return max(base + 16, 100 if not performer.is_drummer else 112)
    if tone.manner == "final":
        return base + 4 + 10 * max(0.0, context.plan.sections[-1].arousal)
    if performer.is_drummer:
        hands = performer.hands
        chance = hands.level(bar, tone.start_q, tone.pitch) if hands else 3 * performer.wander("strength", tone.start_q)
        return base + 30 * tone.weight + (0.0 if performer.is_machine else chance)
    accent = 7 * strength(bar, tone.start_q) - 2
    arch = ARCH * (math.sin(math.pi * _share_of_phrase(context, tone.start_q)) - 0.5)
    return base + accent + arch + 18 * tone.weight + 3 * performer.wander("strength", tone.start_q)


def _share_of_phrase(context: Context, at_q: float) -> float:
    """Where in its phrase a position lies, 0..1, bent so that the top comes after the middle."""
    phrase = context.phrase(context.bar(at_q).index)
    bars = context.plan.bars
    start_q = bars[phrase.start_bar].start_q
    end_q = bars[min(phrase.start_bar + phrase.bars, len(bars)) - 1].end_q
    share: float = max(0.0, min(1.0, (at_q - start_q) / (end_q - start_q))) ** 1.3
    return share


def _nudge(performer: Performer, tone: Tone) -> float:
    """Swing, a wandering hand, and wanted delays, in quarter notes."""
    context = performer.context
    if tone.manner == "strike":
        return 0.0
    late = context.quarters(tone.late_s, tone.start_q)
    if tone.manner == "final":
        return late
    return late + context.quarters(_loose_s(performer, tone), tone.start_q) + swing(context, tone.start_q)


def _loose_s(performer: Performer, tone: Tone) -> float:
    """How far a hand strays from the beat, in seconds: by its feel, by a wandering curve, or not at all."""
    if performer.is_machine:
        return 0.0
    if performer.hands is not None:
        return performer.hands.late_s(performer.context.bar(tone.start_q), tone.start_q, tone.pitch)
    wander_s = (LOOSE_S[0] + LOOSE_S[1] * performer.human) * performer.wander("time", tone.start_q)
    wander_s += 2 * FINGER_S * performer.human * performer.own(tone)
    return max(-DEEPEST_NUDGE_S, min(DEEPEST_NUDGE_S, wander_s))


def swing(context: Context, at_q: float) -> float:
    """How late an off-beat falls: the first eighth of a beat takes ``plan.swing`` of it."""
    bar = context.bar(at_q)
    share = context.plan.swing
    if share <= 0.505 or bar.meter.is_compound:
        return 0.0
    place = (at_q - bar.start_q) % 1.0
    if abs(place * 4 - round(place * 4)) > 1e-3:
        return 0.0
    bent = 2 * place * share if place <= 0.5 else share + 2 * (place - 0.5) * (1 - share)
    return bent - place


def _length(performer: Performer, tone: Tone, following: Tone | None) -> float:
    """How long a tone sounds: legato when calm, detached when excited, as its manner says else."""
    context = performer.context
    if tone.manner in ("ring", "strike", "final", "grace") or performer.is_drummer:
        return tone.length_q
    if tone.manner == "staccato":
        return 0.52 * tone.length_q
    arousal = context.section(context.bar(tone.start_q).index).arousal
    touches = following is not None and abs(following.start_q - tone.end_q) < 0.02
    tied = tone.manner == "legato" or arousal < 0.35
    if performer.part.role in SINGLE and touches and tied:
        assert following is not None
        overlap = LEGATO_S if following.pitch != tone.pitch else -LEGATO_S
        shift = swing(context, following.start_q) - swing(context, tone.start_q)
        return tone.length_q + shift + context.quarters(overlap, tone.start_q)
    if tied:
        return tone.length_q * 0.97
    return tone.length_q * (0.9 if arousal < 0.6 or tone.length_q >= 1.0 else 0.74)


def _untangled(context: Context, notes: Sequence[Note]) -> list[Note]:
    """No note is struck again while it still sounds, and none outlasts the cue."""
    limit_q = context.plan.tempo_map.quarters_at(context.plan.length_s) - 0.01
    by_pitch: dict[int, list[Note]] = {}
    for note in sorted(notes, key=lambda note: (note.played_q, note.start_q)):
        by_pitch.setdefault(note.pitch, []).append(note)
    out = []
    for row in by_pitch.values():
        for index, note in enumerate(row):
            end_q = min(note.played_q + note.length_q, limit_q)
            if index + 1 < len(row):
                end_q = min(end_q, row[index + 1].played_q - 0.01)
            if end_q - note.played_q >= 0.02:
                out.append(replace(note, length_q=round(end_q - note.played_q, 6)))
    return out


def _controls(performer: Performer, notes: Sequence[Note]) -> list[Control]:
    """Expression, vibrato and pedal, as the instrument has them."""
    out: list[Control] = []
    if performer.instrument.sustained:
        out += _expression(performer)
        if performer.part.role in ("lead", "counter"):
            out += _vibrato(performer, notes)
    if performer.instrument.id in PEDALLED and performer.part.texture not in ("stabs", "ostinato", "pulse", "walking"):
        out += _pedal(performer, notes)
    return sorted(set(out))


def _expression(performer: Performer) -> list[Control]:
    """Controller 11 on every beat: the dynamics from bar to bar in straight lines, growth into hits, a dying end."""
    context, part = performer.context, performer.part
    out: list[Control] = []
    for bar in context.plan.bars:
        if not part.bars[bar.index].active:
            continue
        for index in range(max(1, int(bar.length_q))):
            at_q = bar.start_q + index
            out.append(Control(at_q, 11, _level(performer, bar, at_q)))
    if not context.plan.loop and part.bars[-1].active:
        out = [control for control in out if control.at_q < context.plan.final_q]
        out += _dying(performer)
    return out


def _level(performer: Performer, bar: Bar, at_q: float) -> int:
    """Expression at a position, 25..127."""
    context, bars = performer.context, performer.part.bars
    here = bars[bar.index].dynamics
    after = bars[min(bar.index + 1, len(bars) - 1)]
    towards = after.dynamics if after.active else here
    dynamics = here + (towards - here) * (at_q - bar.start_q) / bar.length_q
    level = 66 + 46 * dynamics + 8 * math.sin(math.pi * _share_of_phrase(context, at_q))
    for hit in context.hits:
        before = hit.at_q - at_q
        if 0 < before <= bar.length_q:
            depth = 34 if hit.kind == "swell" else 16
            level += depth * (0.45 - before / bar.length_q)
        elif -2 < before <= 0 and hit.kind != "stop":
            level += 8
    if performer.part.texture == "swell":
        phrase = _share_of_phrase(context, at_q)
        level -= 36 * (1 - phrase)
    return max(25, min(127, round(level)))


def _dying(performer: Performer) -> list[Control]:
    """The last chord: it swells a little when excited, dies away when calm."""
    context = performer.context
    start_q, end_q = context.plan.final_q, context.release_q
    calm = context.plan.sections[-1].arousal < 0.3
    top = 66 + 46 * performer.part.bars[-1].dynamics
    shape = ((0.0, 1.0), (0.25, 0.95), (0.5, 0.82), (0.75, 0.62), (1.0, 0.4)) if calm else (
        (0.0, 1.0), (0.5, 1.05), (0.8, 1.0), (1.0, 0.75))  # fmt: skip
    return [
        Control(round(start_q + share * (end_q - start_q), 6), 11, max(20, min(127, round(top * part))))
        for share, part in shape
    ]


def _vibrato(performer: Performer, notes: Sequence[Note]) -> list[Control]:
    """Controller 1 late in long notes."""
    context = performer.context
    out: list[Control] = []
    for note in notes:
        if context.seconds(note.length_q, note.start_q) < 0.8:
            continue
        out.append(Control(note.start_q, 1, 0))
        for share, depth in ((0.35, 14), (0.55, 34), (0.8, 46)):
            out.append(Control(round(note.start_q + share * note.length_q, 6), 1, depth))
    return out


def _pedal(performer: Performer, notes: Sequence[Note]) -> list[Control]:
    """Controller 64 down just after each change of chord, up just before the next, and up for rests and hits."""
    context, part = performer.context, performer.part
    hits = [hit.at_q for hit in context.hits]
    out: list[Control] = []
    for chord in context.plan.chords:
        bar = context.bar(chord.start_q)
        arousal = context.section(bar.index).arousal
        if not part.bars[bar.index].active or arousal > 0.65 or chord.start_q >= context.end_q - 0.1:
            continue
        final = context.is_final(bar) and chord.start_q >= context.plan.final_q - 1e-6
        end_q = context.release_q if final else min(chord.end_q, context.end_q)
        end_q = min([at_q for at_q in hits if chord.start_q + 0.1 < at_q < end_q], default=end_q)
        sounding = [note for note in notes if chord.start_q - 1e-6 <= note.start_q < end_q]
        if sounding:
            out += [Control(round(chord.start_q + 0.06, 6), 64, 127), Control(round(end_q - 0.12, 6), 64, 0)]
    return out
