"""Cells to be written: what is allowed and liked in each, as tables that the sampler adds to the network's logits.

Conventions: tables are natural-log weights added to logits; `NEVER` forbids. Onset tables have a place for every step
and one for the end; pitch tables have a row for every stretch of the bar with one chord, on strong beats and off them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from assistant.plan import Chord
from assistant.score import Bar
from models.idiom.speaking import Speech
from models.rules.context import chord_classes, melodic_classes, strength
from models.transformer import vocabulary as v
from models.transformer.conditions import Conditions, steps_of
from models.transformer.manner import ORNAMENTS, Leaning

Array = npt.NDArray[Any]
Played = tuple[int, int, int, int]
"""Onset (steps), pitch, length (steps), velocity."""

NEVER = -1e9
LEANING = 0.9
"""What a note of the scale outside the chord is worth to a singing line on a strong beat. Told the plan's plain chords,
the network sings chord notes oftener than held-out leads do (0.96 against 0.88): so suspensions and appoggiaturas are
liked, in tense styles more."""
TRIPLET, MANNERED_TRIPLET = (-0.5, -2.0), (0.0, -2.0)
"""What a triplet costs in straight time, without drums and percussion and with them; the same in a cue with a manner,
which says how fond it is of them."""
SLOWLY = 0.3
"""What it is worth off the strong beats for each quarter that the chord lasts beyond two, up to `STILL` of them: told
that a chord lasts, the network breaks it, for in the corpus a chord's name comes from all that sounds with it."""
STILL = 3.0
SPARSE = 3.5
"""Onsets in four quarters up to which a tune has hardly a note off the strong beats: there it leans on these, too."""
SETTLED = -1.0
"""The same where a phrase closes, and in the bass: the chord is wanted."""
OFF_BASS, MANNERED_OFF_BASS = 3.0, 3.5
"""What another note than the chord's lowest costs a bass on the first beat; in a cue with a manner there, and where a
chord begins."""
ROOTED = 2.0
"""What a bass with a manner likes to begin where the chord does: its entry is what is heard as the chord's lowest."""
PULSE, AFTER_PULSE, BESIDE_PULSE = 3.0, -2.5, -1.5
"""In compound time: what it is worth to begin on a dotted beat, on the eighth after it, and between eighths. To the
network bars of 6/8 and of 3/4 are bars of 36 steps."""
FOREIGN = -1000.0
"""Marks a pitch outside the scale and the chord that a line may only pass through (`processors.pass_by_step`)."""
FINE = (1, 2, 5, 7, 10, 11)
"""Twelfths of a quarter that neither sixteenths nor triplets use."""
_COMPOUND = np.array(
    [{0: PULSE, 6: AFTER_PULSE, 12: 0.0}.get(step, BESIDE_PULSE) for step in range(3 * v.STEPS_PER_Q // 2)]
)
"""The places of a dotted beat."""


@dataclass
class CellTask:
    """One cell: its fields and its tables, or its given notes."""

    part: str
    bar: int
    fields: Array
    onsets: Array = field(default_factory=lambda: np.zeros(v.ONSETS))
    pitches: Array = field(default_factory=lambda: np.zeros((1, 128)))
    stretch: Array = field(default_factory=lambda: np.zeros(v.LONGEST_BAR + 1, np.int64))
    longest: Array = field(default_factory=lambda: np.full(v.LONGEST_BAR + 1, 144))
    like: Array = field(default_factory=lambda: np.full(v.LONGEST_BAR + 1, -1))
    """The class of length that a note at a step takes after, -1 for none."""
    fewest: int = 1
    most: int = 8
    polyphony: int = 1
    musts: tuple[int, ...] = ()
    given: tuple[Played, ...] | None = None
    model: tuple[str, int] | None = None
    """Part and bar of the cell that this one takes after."""
    faith: float = 0.0
    """How closely: 1 the same rhythm and contour, 0.4 a variation."""
    unit: tuple[tuple[int, int], ...] = ()
    """The bars that are moved together with this one, each with the bar that it takes after."""
    speech: Speech | None = None
    """How the region's tunes go, where that was learned."""
    leaning: Leaning | None = None
    """What the part is fond of in this cue's manner."""


def task_of(conditions: Conditions, bar: Bar, *, relation: str | None, closing: bool, breath: bool) -> CellTask:
    """The cell of one bar; ``closing`` at a phrase's end, ``breath`` where the line should rest before the bar line."""
    wanted = conditions.wanted(bar)
    fewest, most = band(wanted)
    single = conditions.polyphony == 1
    rows, stretch = pitch_table(conditions, bar, closing=closing)
    onsets = onset_table(conditions, bar, breath=breath or closing, closing=closing and single)
    musts = musts_of(conditions, bar)
    onsets[list(musts)] = np.maximum(onsets[list(musts)], 0.0)
    return CellTask(
        conditions.part.id,
        bar.index,
        conditions.fields(bar, relation=relation),
        onsets,
        rows,
        stretch,
        longest_table(conditions, bar, breath=(breath or closing) and single),
        fewest=fewest,
        most=most,
        polyphony=conditions.polyphony,
        musts=musts,
        leaning=conditions.leaning,
    )


def band(wanted: float) -> tuple[int, int]:
    """The fewest and the most onsets of a cell that wants so many.

    Examples
    --------
    >>> band(1.0), band(2.5), band(8.0)
    ((1, 1), (2, 3), (7, 10))
    """
    fewest, most = math.ceil(0.85 * wanted - 0.3), math.floor(1.2 * wanted + 0.4)
    return max(1, fewest), max(1, fewest, most)


def onset_table(conditions: Conditions, bar: Bar, *, breath: bool, closing: bool) -> Array:
    """Where notes may begin: on the grid of sixteenths or triplets, within the bar, not in the breath at its end."""
    steps = steps_of(bar)
    table = np.zeros(v.ONSETS)
    table[steps : v.LONGEST_BAR] = NEVER
    beaten = any(part.role in ("drums", "percussion") for part in conditions.context.plan.parts)
    manner = conditions.manner
    triplet = (TRIPLET if manner is None else MANNERED_TRIPLET)[beaten]
    open_ = ORNAMENTS if manner is not None and manner.is_fine else ()
    for place in range(steps):
        within = place % v.STEPS_PER_Q
        if within in FINE and within not in open_:
            table[place] = NEVER
        elif within in (4, 8) and conditions.context.plan.swing < 0.58 and not bar.meter.is_compound:
            table[place] = triplet
    if bar.meter.is_compound:
        table[:steps] += np.resize(_COMPOUND, steps)
    elif conditions.leaning is not None:
        table[:steps] += np.resize(conditions.leaning.places, steps)
    if conditions.role == "bass" and manner is not None:
        table[_chord_steps(conditions, bar)] += ROOTED
    rest = breath_steps(bar) if breath and conditions.role == "lead" else 0
    if rest and steps > 2 * rest:
        table[steps - rest : steps] = NEVER
    if closing and rest and steps >= 3 * rest:  # the last note of a phrase lasts a beat at least
        table[steps - 2 * rest + 1 : steps] = NEVER
    return table


def _chord_steps(conditions: Conditions, bar: Bar) -> list[int]:
    """Where in a bar chords begin; the bar's own beginning is one."""
    starts = (chord.start_q - bar.start_q for chord in conditions.context.plan.chords)
    within = {round(at_q * v.STEPS_PER_Q) for at_q in starts if 0.0 <= at_q < bar.length_q - 1e-6}
    return sorted({0} | within)


def breath_steps(bar: Bar) -> int:
    """How long a breath is: a beat."""
    return round(min(bar.meter.beat_q, bar.length_q / 3) * v.STEPS_PER_Q)


def longest_table(conditions: Conditions, bar: Bar, *, breath: bool) -> Array:
    """How long a note may be that begins at a step: into the next bar at most; up to the breath where there is one."""
    steps = steps_of(bar)
    places = np.arange(v.LONGEST_BAR + 1)
    until = steps - breath_steps(bar) if breath and conditions.role == "lead" else steps
    over = 0 if breath else (steps if conditions.polyphony == 1 else 0)
    return np.maximum(until + over - places, 3)


def pitch_table(conditions: Conditions, bar: Bar, *, closing: bool = False) -> tuple[Array, Array]:
    """What each pitch is worth over each chord of the bar, on strong beats and off them; and which row counts where."""
    context = conditions.context
    style = context.library.styles.get(context.plan.style)
    sings = conditions.role in ("lead", "counter") and not closing
    strong = LEANING * (0.6 + (style.tension if style else 0.2)) if sings else SETTLED
    sparse = conditions.wanted(bar) * 4 / bar.length_q <= SPARSE
    rows: list[Array] = []
    known: dict[tuple[int, float, bool], int] = {}
    stretch = np.zeros(v.LONGEST_BAR + 1, np.int64)
    low, high = conditions.range(bar)
    for place in range(steps_of(bar)):
        at_q = bar.start_q + place / v.STEPS_PER_Q
        weight = strength(bar, at_q)
        begins = conditions.role == "bass" and abs(context.chord(at_q).start_q - at_q) < 1e-6
        label = (context.chord_index(at_q), weight, begins)
        if label not in known:
            known[label] = len(rows)
            passing = weight < 0.7 and not closing and conditions.chromatic(at_q)
            over = _over(context.chord(at_q)) if sings else 0.0
            leaning = over if weight < 0.7 else max(strong, over) if sparse and weight < 1.0 else strong
            rows.append(_pitch_row(conditions, at_q, leaning, (low, high), passing=passing, begins=begins))
        stretch[place] = known[label]
    return np.stack(rows), stretch


def _over(chord: Chord) -> float:
    """What a note of the scale off the strong beats is worth over a chord."""
    return SLOWLY * min(STILL, max(0.0, chord.length_q - 2.0))


def _pitch_row(
    conditions: Conditions, at_q: float, leaning: float, reach: tuple[int, int], *, passing: bool, begins: bool
) -> Array:
    """The worth of each pitch at one place: ``leaning`` that of a note of the scale outside the chord, `FOREIGN` that
    of any other if it may be passed through; ``begins`` where a bass's chord does."""
    context, (low, high) = conditions.context, reach
    key, chord = context.key(at_q), context.chord(at_q)
    usable, tones = melodic_classes(key, chord), chord_classes(key, chord)
    row = np.full(128, NEVER)
    for pitch in range(low, high + 1):
        if pitch % 12 in tones or (conditions.role == "harmony" and pitch % 12 in chord.pitch_classes):
            row[pitch] = 0.0
        elif pitch % 12 in usable and conditions.role != "harmony":
            row[pitch] = leaning
        elif passing:
            row[pitch] = FOREIGN
    mannered = conditions.manner is not None
    if conditions.role == "bass" and (strength(context.bar(at_q), at_q) >= 1.0 or (mannered and begins)):
        row[[p for p in range(low, high + 1) if p % 12 != chord.bass_class]] -= (
            MANNERED_OFF_BASS if mannered else OFF_BASS
        )
    if not (row > FOREIGN / 2).any():
        row[low : high + 1] = 0.0
    return row


def musts_of(conditions: Conditions, bar: Bar) -> tuple[int, ...]:
    """Steps at which a note must begin: the hits of the bar."""
    hits = (hit.at_q for hit in conditions.context.hits if bar.start_q - 1e-6 <= hit.at_q < bar.end_q - 1e-6)
    return tuple(sorted({min(steps_of(bar) - 1, round((at_q - bar.start_q) * v.STEPS_PER_Q)) for at_q in hits}))
