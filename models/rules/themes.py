"""The two motifs of a cue, from its plan and seed.

Conventions: every player asks here for the same motif; it depends on the seed, the metre, the tempo, the style and the
mood of the theme, and on no part.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from random import Random

from assistant.plan import Key
from assistant.score import Meter
from models.idiom.speaking import Speech
from models.rules.context import Context, chord_classes, groups, pitch_at, position
from models.rules.modes import Mode, mode_of, motion_of
from models.rules.motif import Figure, Mood, Motif, invent

FASTEST = 6.5
"""Notes a second that a running tune has at most."""
CLASH = 1.5
"""What a strong note of a mode's motif costs that is not of the chord under it."""
CALLING = 0.4
"""From this syncopation on, a style with drums has hooks rather than songs."""


def running(context: Context) -> float:
    """Share of the eighths that the tune of a dance fills, 0 where it sings; calm moods sing."""
    plan = context.plan
    theme = next((each for each in plan.sections if each.name == "theme"), plan.sections[0])
    data = context.library.regions.get(plan.region or "") or context.library.styles.get(plan.style)
    if theme.arousal <= 0.05:
        return 0.0
    told = data.running if data is not None else 0.0
    return told or (context.speech.fill(groups(context.home_meter)) if context.speech is not None else 0.0)


def is_called(context: Context) -> bool:
    """Whether the tune calls and the band answers: a syncopated style that seats drums, whoever plays today."""
    style = context.library.styles.get(context.plan.style)
    if style is None or style.syncopation < CALLING or context.plan.region is not None:
        return False
    return any(seat.role in ("drums", "percussion") and seat.enters <= 0 for seat in style.ensemble)


def motifs(context: Context) -> tuple[Motif, Motif]:
    """The motif of the cue, and the one that contrasts with it."""
    theme = next((each for each in context.plan.sections if each.name == "theme"), context.plan.sections[0])
    meter = context.home_meter
    given = _given(context)
    style = context.library.styles.get(context.plan.style)
    bar_s = context.seconds(meter.bar_q, context.plan.bars[theme.start_bar].start_q)
    bars = 1 if bar_s > 3.4 else 2
    fewest = 6 / bars if bar_s < 1.6 else 2.0  # with fewer than six notes in short bars there is nothing to remember
    notes = max(fewest, min((1.75 + 1.1 * theme.arousal) * bar_s, 2.2 * meter.bar_q, 7.0))
    flows = running(context)
    if flows:
        notes = max(notes, min(flows * meter.bar_q / 0.5, FASTEST * bar_s))
    mood = Mood(theme.valence, theme.arousal, notes, style.syncopation if style else 0.2, flows > 0)
    first = _invented(meter, bars, mood, f"{context.seed}:motif", context.speech)
    busy = replace(mood, notes_per_bar=max(2.0, notes + (1.5 if notes < 4 else -1.5)), valence=-mood.valence)
    other = _invented(meter, bars, busy, f"{context.seed}:contrast", context.speech)
    mode = mode_of(context, context.plan.key)
    if mode is not None and mode.motions and context.speech is None:  # learned habits move by themselves
        first = first if given else _in_mode(context, mode, bars, mood, contrast=False)
        other = _in_mode(context, mode, bars, busy, contrast=True)
    return given or first, other


def _in_mode(context: Context, mode: Mode, bars: int, mood: Mood, *, contrast: bool) -> Motif:
    """A motif that moves as the mode does, fitted to the chords over which it is first said."""
    motion = motion_of(context, mode, contrast=contrast)
    use = "contrast" if contrast else "state"
    phrase = next((each for _, each in context.phrases if each.motif == use), context.phrases[0][1])
    start_q, meter = context.plan.bars[phrase.start_bar].start_q, context.home_meter
    end_q = context.plan.bars[min(phrase.start_bar + bars, context.plan.bar_count) - 1].end_q
    chords = tuple((chord.start_q - start_q, tuple(sorted(chord_classes(mode.key, chord))))
                   for chord in context.plan.chords
                   if chord.start_q < end_q - 1e-6 and chord.end_q > start_q + 1e-6)  # fmt: skip
    enough = replace(mood, notes_per_bar=max(mood.notes_per_bar, (len(motion) + 2) / bars))
    return _moved(meter, bars, enough, f"{context.seed}:{use}", mode.key, motion, chords)


@lru_cache(maxsize=64)
def _moved(
    meter: Meter, bars: int, mood: Mood, stream: str, key: Key, motion: tuple[int, ...],
    chords: tuple[tuple[float, tuple[int, ...]], ...],
) -> Motif:  # fmt: skip
    """`invent`, remembered, of a motion over chords: where each begins, and its pitch classes."""
    home = position(key, key.tonic + 60) + motion[0] - 1

    def fit(at_q: float, step: int) -> float:
        tones = [classes for from_q, classes in chords if from_q <= at_q + 1e-6][-1:]
        return CLASH * any(pitch_at(key, home + step) % 12 not in classes for classes in tones)

    return invent(meter, bars, mood, Random(stream), motion, fit)


def _given(context: Context) -> Motif | None:
    """The first two bars of a motif that a person gave, in scale steps, for everything that varies it."""
    planned = context.plan.motif
    if planned is None or not planned.motif.notes:
        return None
    meter, notes = context.home_meter, planned.motif.notes
    first = position(context.plan.key, notes[0].pitch)
    bars = [
        tuple(
            Figure(note.start_q - index * meter.bar_q, note.length_q, position(context.plan.key, note.pitch) - first)
            for note in notes
            if index * meter.bar_q - 1e-6 <= note.start_q < (index + 1) * meter.bar_q - 1e-6
        )
        for index in range(2)
    ]
    return Motif(meter, tuple(bar for bar in bars if bar)) if bars[0] else None


@lru_cache(maxsize=64)
def _invented(meter: Meter, bars: int, mood: Mood, stream: str, speech: Speech | None) -> Motif:
    """`invent`, remembered: several players ask for the same motif."""
    return invent(meter, bars, mood, Random(stream), speech=speech)


def usual_density(context: Context) -> float:
    """The density that the motif was invented for."""
    theme = next((each for each in context.plan.sections if each.name == "theme"), context.plan.sections[0])
    return max(0.2, min(0.8, 0.45 + 0.35 * theme.arousal))
