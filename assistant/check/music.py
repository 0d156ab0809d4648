"""Measures of the music itself, on the score and its plan: pure functions, one number each.

Conventions: lengths and positions are quarter notes, intervals semitones, shares 0..1. A *line* is one note at a time:
of notes written on the same position the longest counts, so that graces and the strings of a chord do not. A *strong*
beat is a downbeat or the start of a group of beats. What a good value is stands in `BOUNDS`.

Sources: Huron, *Sweet Anticipation* (2006), for steps, leaps and range; Temperley, *Music and Probability* (2007), for
key and metre.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from assistant.plan import Key, Phrase, Plan
from assistant.score import Bar, Meter, Note, Part, Score

BOUNDS: dict[str, tuple[float, float]] = {
    "in_key": (0.93, 1.0),
    "chord_tones": (0.70, 1.0),
    "steps": (0.55, 0.85),
    "range": (5, 24),
    "identical_bars": (0, 3),
    "motif_return": (0.6, 1.0),
    "parallels": (0, 2),
    "clashes": (0.0, 0.25),
    "wide_leaps": (0, 0),
    "unbroken_bars": (0, 4.5),
}
"""Lowest and highest value of each measure that a listener lets pass."""


def line_of(part: Part) -> tuple[Note, ...]:
    """One note at a time: the longest of those on the same position, the highest of equals."""
    by_start: dict[float, Note] = {}
    for note in part.notes:
        start = round(note.start_q, 3)
        other = by_start.get(start)
        if other is None or (note.length_q, note.pitch) > (other.length_q, other.pitch):
            by_start[start] = note
    return tuple(by_start[start] for start in sorted(by_start))


def is_strong(bar: Bar, at_q: float) -> bool:
    """Whether a position is a downbeat or the start of a group of beats (the third beat of four, each of 6/8)."""
    offset = at_q - bar.start_q
    if abs(offset) < 1e-3:
        return True
    return _near_multiple(offset, _group_q(bar.meter))


def _group_q(meter: Meter) -> float:
    if meter.is_compound:
        return meter.beat_q
    return 2 * meter.beat_q if meter.beats % 2 == 0 else meter.bar_q


def _near_multiple(value: float, unit: float) -> bool:
    return abs(value / unit - round(value / unit)) < 1e-3


def in_key_ratio(score: Score, plan: Plan) -> float:
    """Share of sounding time whose pitch belongs to the section's scale or to the chord of the moment."""
    inside = total = 0.0
    for part in score.parts:
        if part.is_drums:
            continue
        for note in part.notes:
            key = _key_at(plan, note.start_q)
            total += note.length_q
            if note.pitch % 12 in key.pitch_classes or note.pitch % 12 in plan.chord_at(note.start_q).pitch_classes:
                inside += note.length_q
    return inside / total if total else 1.0


def _key_at(plan: Plan, at_q: float) -> Key:
    return plan.section_of(_bar_index(plan, at_q)).key


def _bar_index(plan: Plan, at_q: float) -> int:
    found = 0
    for bar in plan.bars:
        if bar.start_q <= at_q + 1e-6:
            found = bar.index
    return found


def chord_tone_ratio(part: Part, plan: Plan) -> float:
    """Share of a line's notes on strong beats that belong to the chord of the moment."""
    strong = [note for note in line_of(part) if is_strong(plan.bars[_bar_index(plan, note.start_q)], note.start_q)]
    if not strong:
        return 1.0
    return sum(note.pitch % 12 in _chord_classes(plan, note.start_q) for note in strong) / len(strong)


def _chord_classes(plan: Plan, at_q: float) -> set[int]:
    """The chord of the moment; a bare fifth takes the thirds of the scale."""
    chord = plan.chord_at(at_q)
    classes = set(chord.pitch_classes)
    if len(classes) < 3:
        classes |= {each for each in _key_at(plan, at_q).pitch_classes if (each - chord.root) % 12 in (3, 4)}
    return classes


def step_ratio(part: Part, plan: Plan) -> float:
    """Share of a line's moves that are a scale step or a repetition."""
    moves = [abs(_place(plan, after) - _place(plan, before)) <= 1 for before, after in pairwise(line_of(part))]
    return sum(moves) / len(moves) if moves else 1.0


def _place(plan: Plan, note: Note) -> int:
    """Scale steps above MIDI 0."""
    key = _key_at(plan, note.start_q)
    octave, step = divmod(note.pitch - key.tonic, 12)
    return octave * len(key.scale) + sum(degree <= step for degree in key.scale) - 1


def pitch_range(part: Part) -> int:
    """Semitones from a line's lowest note to its highest."""
    pitches = [note.pitch for note in line_of(part)]
    return max(pitches) - min(pitches) if pitches else 0


def wide_leaps(part: Part) -> int:
    """Moves of a line by more than an octave, within a phrase (no rest of two quarters between)."""
    return sum(
        abs(after.pitch - before.pitch) > 12 and after.start_q - before.start_q - before.length_q < 2
        for before, after in pairwise(line_of(part))
    )


def longest_identical_run(part: Part, plan: Plan) -> int:
    """How many bars in a row have the same notes on the same places (1: no bar repeats; silent bars do not count)."""
    longest = run = 0
    before: tuple[tuple[float, int], ...] = ()
    for bar in plan.bars:
        here = tuple(
            (round(note.start_q - bar.start_q, 3), note.pitch) for note in part.between(bar.start_q, bar.end_q)
        )
        run = run + 1 if here and here == before else int(bool(here))
        before = here
        longest = max(longest, run)
    return longest


def longest_unbroken_bars(part: Part, plan: Plan) -> float:
    """The longest stretch of a line without a rest of a beat, in bars."""
    longest, start = 0.0, 0.0
    line = line_of(part)
    for index, note in enumerate(line):
        bar = plan.bars[_bar_index(plan, note.start_q)]
        rested = index == 0 or note.start_q - line[index - 1].start_q - line[index - 1].length_q >= (
            0.65 * bar.meter.beat_q
        )
        start = note.start_q if rested else start
        longest = max(longest, (note.start_q + note.length_q - start) / bar.length_q)
    return longest


def rest_ratio(part: Part, plan: Plan) -> float:
    """Share of the cue's length during which a part is silent."""
    spans = sorted((note.start_q, note.start_q + note.length_q) for note in part.notes)
    sounding, until = 0.0, 0.0
    for start, end in spans:
        sounding += max(0.0, end - max(start, until))
        until = max(until, end)
    return max(0.0, 1.0 - sounding / plan.bars[-1].end_q)


def parallel_count(upper: Part, lower: Part) -> int:
    """How often two lines move together from a fifth to a fifth or an octave to an octave."""
    pairs = _sounding_together(line_of(upper), line_of(lower))
    if sum((a - b) % 12 == 0 for a, b in pairs) > 0.6 * len(pairs):
        return 0  # one line doubles the other: heterophony, not bad counterpoint
    return sum(
        (a - b) % 12 == (c - d) % 12 and (a - b) % 12 in (0, 7) and a != c and b != d
        for (a, b), (c, d) in pairwise(pairs)
    )


def _sounding_together(upper: Sequence[Note], lower: Sequence[Note]) -> list[tuple[int, int]]:
    """Pitches of both lines wherever both begin a note."""
    below = {round(note.start_q, 2): note.pitch for note in lower}
    return [(note.pitch, below[round(note.start_q, 2)]) for note in upper if round(note.start_q, 2) in below]


def clash_ratio(score: Score, part_id: str) -> float:
    """Share of a line's time during which another part holds a semitone against it for half a quarter or more.

    Semitones, sevenths and minor ninths up to two octaves apart count; a suspension or a major seventh chord makes a
    few, a wrong note many.
    """
    part = score.part(part_id)
    line = line_of(part) if part is not None else ()
    others = [note for other in score.parts if other.id != part_id and not other.is_drums for note in other.notes]
    harsh = 0.0
    for note in line:
        end = note.start_q + note.length_q
        shares = [
            min(end, other.start_q + other.length_q) - max(note.start_q, other.start_q)
            for other in others
            if abs(note.pitch - other.pitch) % 12 in (1, 11) and abs(note.pitch - other.pitch) < 26
        ]
        harsh += max((share for share in shares if share >= 0.5), default=0.0)
    total = sum(note.length_q for note in line)
    return harsh / total if total else 0.0


def motif_similarity(score: Score, plan: Plan, part_id: str) -> float:
    """How alike the first statement of the motif and its later repeats and returns are: mean of rhythm and contour.

    1 is a literal (or transposed) repetition; unrelated bars lie around 0.3. Counted over the first two bars of each
    phrase; 1.0 where nothing returns.
    """
    part = score.part(part_id)
    phrases = [phrase for section in plan.sections for phrase in section.phrases]
    stated = next((phrase for phrase in phrases if phrase.motif == "state"), None)
    if part is None or stated is None:
        return 1.0
    model = _opening(part, plan, stated)
    later = [
        _opening(part, plan, phrase)
        for phrase in phrases
        if phrase.motif in ("repeat", "return") and phrase.bars >= min(2, stated.bars)
    ]
    marks = [_likeness(model, other, plan) for other in later if model and other]
    return sum(marks) / len(marks) if marks else 1.0


def _opening(part: Part, plan: Plan, phrase: Phrase) -> list[Note]:
    """The line of a phrase's first two bars, counted from its start."""
    start = plan.bars[phrase.start_bar]
    end = plan.bars[min(phrase.start_bar + min(2, phrase.bars) - 1, len(plan.bars) - 1)]
    line = Part(part.id, part.role, part.instrument, part.program, notes=part.between(start.start_q, end.end_q))
    return [Note(note.start_q - start.start_q, note.pitch, note.length_q, note.velocity) for note in line_of(line)]


def _likeness(model: Sequence[Note], other: Sequence[Note], plan: Plan) -> float:
    """Mean of the overlap of onsets and the agreement of contours at shared onsets."""
    ours = {round(note.start_q, 2): note.pitch for note in model}
    theirs = {round(note.start_q, 2): note.pitch for note in other}
    shared = sorted(set(ours) & set(theirs))
    rhythm = len(shared) / max(1, len(set(ours) | set(theirs)))
    if len(shared) < 2:
        return rhythm / 2
    moves = [(ours[b] - ours[a], theirs[b] - theirs[a]) for a, b in pairwise(shared)]
    contour = sum(1.0 if abs(x - y) <= 2 else (0.5 if x * y > 0 else 0.0) for x, y in moves) / len(moves)
    return (rhythm + contour) / 2


@dataclass(frozen=True)
class Portrait:
    """The measures of one score in a row: see the functions of the same names."""

    in_key: float
    chord_tones: float
    steps: float
    range: int
    wide_leaps: int
    identical_bars: int
    unbroken_bars: float
    rest: float
    motif_return: float
    parallels: int
    clashes: float

    def outside(self) -> tuple[str, ...]:
        """Names of the measures that lie outside `BOUNDS`."""
        return tuple(
            name for name, (low, high) in BOUNDS.items() if not low - 1e-9 <= float(getattr(self, name)) <= high + 1e-9
        )


def portrait(score: Score, plan: Plan) -> Portrait | None:
    """The measures of a score, of its first lead where they are about a line; None without a lead that plays."""
    lead = next((part for part in score.parts if part.role == "lead" and part.notes), None)
    if lead is None:
        return None
    counters = [part for part in score.parts if part.role == "counter"]
    melodic = [part for part in score.parts if not part.is_drums and part.role in ("lead", "counter")]
    return Portrait(
        in_key=in_key_ratio(score, plan),
        chord_tones=chord_tone_ratio(lead, plan),
        steps=step_ratio(lead, plan),
        range=pitch_range(lead),
        wide_leaps=wide_leaps(lead),
        identical_bars=max(longest_identical_run(part, plan) for part in melodic),
        unbroken_bars=longest_unbroken_bars(lead, plan),
        rest=rest_ratio(lead, plan),
        motif_return=motif_similarity(score, plan, lead.id),
        parallels=sum(parallel_count(lead, counter) for counter in counters),
        clashes=clash_ratio(score, lead.id),
    )
