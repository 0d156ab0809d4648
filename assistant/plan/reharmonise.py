"""Chords under a motif: those that do not carry it give way to triads of the key that do.

*Conventions*: a chord carries the notes over it by the share of their time that belongs to it, notes on downbeats
counting more. Keys that have not seven steps keep the chords that they have.
"""

from __future__ import annotations

from collections.abc import Sequence

from assistant.plan.values import QUALITIES, Chord, Key, Plan, Statement
from assistant.score.motif import MotifNote

FITS = 0.5
"""Share of the motif's time over a chord that must belong to it."""
STRONG = 1.6
"""How much more a note on a downbeat tells of the chord."""
NUMERALS = ("I", "bII", "II", "bIII", "III", "IV", "#IV", "V", "bVI", "VI", "bVII", "VII")
LIKED = {0: 0.12, 5: 0.06, 7: 0.08, 9: 0.03, 8: 0.03}
"""What a root so many semitones above the tonic is liked beside its fit."""


def harmonised(plan: Plan, statements: Sequence[Statement]) -> tuple[Chord, ...]:
    """The chords, those that a statement does not fit replaced."""
    notes = [note for statement in statements for note in statement.notes]
    return tuple(_fitting(chord, plan, notes) for chord in plan.chords)


def _fitting(chord: Chord, plan: Plan, notes: Sequence[MotifNote]) -> Chord:
    """The chord itself where it carries the notes over it, else the triad of its key that does so best."""
    key = plan.section_of(plan.tempo_map.bar_at(chord.start_q).index).key
    weights = _weights(chord, plan, notes)
    total = sum(weights.values())
    if total < 0.4 * chord.length_q or len(key.scale) != 7 or _share(chord.pitch_classes, weights) >= FITS:
        return chord

    def worth(triad: Chord) -> float:
        return _share(triad.pitch_classes, weights) + LIKED.get((triad.root - key.tonic) % 12, 0.0)

    best = max(_triads(chord, key), key=worth)
    return best if worth(best) > _share(chord.pitch_classes, weights) + 0.15 else chord


def _weights(chord: Chord, plan: Plan, notes: Sequence[MotifNote]) -> dict[int, float]:
    """How long each pitch class of the motif sounds over a chord, notes on downbeats counting more."""
    weights: dict[int, float] = {}
    for note in notes:
        over_q = min(note.end_q, chord.end_q) - max(note.start_q, chord.start_q)
        if over_q > 1e-6:
            strong = abs(plan.tempo_map.bar_at(note.start_q).start_q - note.start_q) < 1e-6
            weights[note.pitch % 12] = weights.get(note.pitch % 12, 0.0) + over_q * (STRONG if strong else 1.0)
    return weights


def _share(classes: Sequence[int], weights: dict[int, float]) -> float:
    total = sum(weights.values())
    return sum(weight for pitch, weight in weights.items() if pitch in classes) / total if total else 1.0


def _triads(chord: Chord, key: Key) -> list[Chord]:
    """The major and minor triads of a key of seven degrees, at a chord's place; in minor also the major dominant."""
    found = []
    for index, step in enumerate(key.scale):
        third, fifth = ((key.scale[(index + 2 * k) % 7] - step) % 12 for k in (1, 2))
        quality = next((name for name in ("maj", "min") if QUALITIES[name] == (0, third, fifth)), None)
        if quality is not None:
            found.append((step, quality))
    if key.is_minor and (7, "maj") not in found:
        found.append((7, "maj"))
    return [
        Chord(chord.start_q, chord.length_q, (key.tonic + step) % 12, quality,
              degree=NUMERALS[step] if quality == "maj" else NUMERALS[step].lower())
        for step, quality in found
    ]  # fmt: skip
