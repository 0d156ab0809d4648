"""A counted move of pitch: "two octaves up for the violin", "transpose down 3 semitones".

Conventions: semitones, up above zero. The whole cue moves to another key where its key is known and the step is less
than an octave; else, and for single parts, the register moves, by an octave at most, which is said.
"""

from __future__ import annotations

from assistant.constraints import Where
from assistant.feedback.apply import PART_STEP
from assistant.feedback.clauses import Clause
from assistant.feedback.context import ALL, Context
from assistant.feedback.values import Change
from assistant.interpret.numbers import find_numbers
from assistant.remark import Remark
from assistant.score.keys import key_name, key_signature, pitch_class

OCTAVE = 12
UNITS = {"semitone": 1, "octave": OCTAVE}
BESIDE = 3
"""Characters between a number and the unit that it counts: "两个八度"."""
TOPICS = frozenset({"tempo_bpm", "duration_s", "key", "loudness", "register", "arousal", "valence"})
"""Fields that the words of a counted move may be taken for."""


def steps_in(clause: Clause) -> int | None:
    """How many semitones a clause moves something by; None where it counts none."""
    counted = [
        round(number.value) * UNITS[unit.value]
        for unit in clause.find("steps")
        for number in find_numbers(clause.text)
        if 0 <= unit.start - number.end <= BESIDE and number.value >= 1
    ]
    pushes = [*clause.find("direction", "up", "down"), *clause.find("register", "higher", "lower")]
    pushes += clause.find("loudness", "higher", "lower")
    if not counted or not pushes:
        return None
    return -counted[0] if any(mark.value in ("down", "lower") for mark in pushes) else counted[0]


def moved_by(
    semitones: int, clause: Clause, context: Context, parts: tuple[str, ...], where: Where | None
) -> tuple[list[Change], list[Remark]]:
    """A counted move as changes, and what must be said of its bounds."""
    words, size = clause.text.raw.strip(), abs(semitones)
    key = context.constraints.key
    if not set(parts) - {ALL} and size < OCTAVE and key is not None and (moved := key_moved(key, semitones)):
        return [Change("key", value=moved, words=words)], []
    changes = [
        Change(
            "register",
            "higher" if semitones > 0 else "lower",
            part=part,
            where=None if where == ALL else where,
            amount=min(size, OCTAVE) / OCTAVE / PART_STEP,
            members=context.members(part),
            words=words,
        )
        for part in parts or (ALL,)
    ]
    return changes, [Remark.of("feedback_register_clamped", asked=size)] if size > OCTAVE else []


def key_moved(key: str, semitones: int) -> str | None:
    """The key that so many semitones lead to; None where the name has no tonic of ours.

    Examples
    --------
    >>> key_moved("D minor", 3), key_moved("C major", -1)
    ('F minor', 'B major')
    """
    tonic, _, mode = key.partition(" ")
    place = pitch_class(tonic)
    if place is None:
        return None
    is_minor = (key_signature(key) or "").endswith("m")
    return key_name((place + semitones) % OCTAVE, mode or "major", is_minor=is_minor)
