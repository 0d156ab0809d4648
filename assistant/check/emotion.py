"""Valence and arousal of a score, heard from its notes: how the arc that was asked for can be checked.

A small linear model with the weights that listeners gave in the literature, on features any score has: tempo, density,
dynamics, parts sounding and register for arousal; mode, register, tempo and dissonance for valence. It is a measure,
not a mind: it compares stretches of one cue, and cues with each other, on one scale.

Conventions: valence and arousal -1..1; a feature at the middle of its range counts 0.

Sources: Eerola, Friberg and Bresin 2013 (mode > tempo > register > dynamics > articulation, additive and nearly
linear); Temperley and Tan 2013 (modes); Gabrielsson and Lindstroem 2010; EMelodyGen 2023 (ablation: tempo, then pitch
range, mode, octave).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from assistant.check.keyfinder import pitch_classes
from assistant.plan import Plan
from assistant.score import Note, Part, Score
from assistant.score.mood import SCALES, VALENCE_WEIGHTS, brightness

AROUSAL_WEIGHTS: Mapping[str, float] = {"tempo": 0.25, "density": 0.3, "dynamics": 0.25, "parts": 0.2}

HARSH = frozenset((1, 2, 6, 10, 11))
"""Seconds, tritone and sevenths, in semitones within the octave."""

SHORTEST_BARS, AROUND_BARS = 2, 4
"""A section shorter than two bars, such as a last chord that rings, is heard with the bars before it, four in all:
one chord has no density or pace of its own."""


@dataclass(frozen=True)
class Heard:
    """What a stretch of a score sounds like, with every feature it was judged by."""

    valence: float
    arousal: float
    features: tuple[tuple[str, float], ...] = ()


def hear(score: Score, start_q: float, end_q: float, *, tonic: int) -> Heard:
    """Valence and arousal between two places of a score in which ``tonic`` (0..11) is home."""
    raw = _features(score, start_q, end_q, tonic)
    placed = {name: float(np.interp(value, *SCALES[name])) for name, value in raw.items()}
    arousal = sum(weight * placed[name] for name, weight in AROUSAL_WEIGHTS.items())
    valence = sum(weight * placed[name] for name, weight in VALENCE_WEIGHTS.items())
    features = tuple((name, round(value, 3)) for name, value in raw.items())
    return Heard(float(np.clip(valence, -1, 1)), float(np.clip(arousal, -1, 1)), features)


def hear_sections(score: Score, plan: Plan) -> tuple[Heard, ...]:
    """What every section of the plan came out as."""
    bars = plan.bars
    heard = []
    for section in plan.sections:
        first = section.start_bar if section.bars >= SHORTEST_BARS else max(0, section.end_bar - AROUND_BARS)
        heard.append(hear(score, bars[first].start_q, bars[section.end_bar - 1].end_q, tonic=section.key.tonic))
    return tuple(heard)


def _features(score: Score, start_q: float, end_q: float, tonic: int) -> dict[str, float]:
    """The raw features: bpm, onsets a beat, velocity, parts, pitch, brightness of the mode, share of consonance."""
    playing = [(part, part.between(start_q, end_q)) for part in score.parts]
    playing = [(part, notes) for part, notes in playing if notes]
    meter = score.tempo_map.counted_meter
    beats = max(1e-6, (end_q - start_q) / meter.beat_q)
    pitched = [(part, notes) for part, notes in playing if not part.is_drums]
    weights = pitch_classes(score, start_q, end_q)
    return {
        "tempo": score.tempo_map.tempo_at(start_q) / meter.count_q,
        "density": sum(len({round(note.start_q, 2) for note in notes}) for _, notes in playing) / beats,
        "dynamics": dynamics(playing),
        "parts": float(len(playing)),
        "register": _register(pitched),
        "mode": brightness(weights, tonic),
        "consonance": consonance([note for _, notes in pitched for note in notes]),
    }


def dynamics(playing: list[tuple[Part, tuple[Note, ...]]]) -> float:
    """Mean velocity of the notes, weighted towards the louder ones as the ear does; expression halves into it."""
    values = []
    for part, notes in playing:
        swells = [(control.at_q, control.value) for control in part.controls if control.number == 11]
        for note in notes:
            expression = next((value for at_q, value in reversed(swells) if at_q <= note.start_q + 1e-6), 127)
            values.append(note.velocity * (0.5 + 0.5 * expression / 127))
    return float(np.sqrt(np.mean(np.square(values)))) if values else 0.0


def _register(pitched: list[tuple[Part, tuple[Note, ...]]]) -> float:
    """Mean pitch of what is not the bass; of the bass where it plays alone."""
    upper = [note for part, notes in pitched if part.role != "bass" for note in notes]
    notes = upper or [note for _, notes in pitched for note in notes]
    lengths = [note.length_q for note in notes]
    return float(np.average([note.pitch for note in notes], weights=lengths)) if notes else 60.0


def consonance(notes: list[Note]) -> float:
    """Share of pairs that sound together and are neither second, seventh nor tritone apart."""
    notes = sorted(notes, key=lambda note: note.start_q)
    pairs = harsh = 0
    for index, note in enumerate(notes):
        for other in notes[index + 1 : index + 12]:
            if other.start_q >= note.start_q + note.length_q - 0.05:
                break
            pairs += 1
            harsh += abs(other.pitch - note.pitch) % 12 in HARSH
    return 1 - harsh / pairs if pairs else 0.9
