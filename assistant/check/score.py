"""Promises that the score can be held to: tempo, metre, key, instruments, arc, kept material.

Conventions: only what was asked for is judged; defaults of ours are no promises. Tempo is in felt beats a minute.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import numpy as np

from assistant.check.emotion import hear_sections
from assistant.check.keyfinder import find_key, parse_key
from assistant.check.values import Finding
from assistant.constraints import Constraints
from assistant.library import Library
from assistant.plan import Plan, Section
from assistant.plan.chairs import excluded_by
from assistant.plan.values import Statement
from assistant.score import Cell, Meter, Score
from assistant.score.motif import Motif

NOBODY = "-"

TEMPO_SHARE = 0.02
"""Tempi up to this share outside the asked range count as met: below what listeners notice."""

SIGN = 0.05
EMOTION_BOUND = 0.5
"""Largest difference of a section's valence or arousal from the asked one, where the signs differ."""

HIT_LIFT = 0.3
"""A hit that was asked for lifts the energy of its section by this much without breaking the arc."""

ARC_RANGES = {"arousal": 0.3, "valence": 0.6}
"""An arc that spans less has no shape to correlate with; valence, which hangs on the mode, moves in large steps."""

ARC_CORRELATION = 0.5


def check_score(asked: Constraints, plan: Plan, score: Score, library: Library) -> Iterator[Finding]:
    """Every promise that was made about the notes."""
    yield from check_tempo(asked, score)
    yield from check_meter(asked, score)
    yield from check_key(asked, score)
    yield from check_instruments(asked, score, library)
    yield from check_arc(asked, plan, score)
    yield from check_motif(asked, plan, score)


def check_tempo(asked: Constraints, score: Score) -> Iterator[Finding]:
    """Every tempo of the map against the asked range; the mean over time is what is told."""
    if asked.tempo_bpm is None:
        return
    low, high = asked.tempo_bpm
    tempi, _ = _felt_tempi(score)
    outside = max(0.0, low - min(tempi), max(tempi) - high)
    mean = mean_tempo_bpm(score)
    wanted = f"{low:g}" if low == high else f"{low:g}-{high:g}"
    bound = TEMPO_SHARE * high
    yield Finding("tempo", wanted, round(mean, 2), "bpm", outside, bound, outside <= bound, "score")


def mean_tempo_bpm(score: Score) -> float:
    """Felt beats a minute of a whole score, on average over its seconds."""
    tempi, seconds = _felt_tempi(score)
    return float(np.average(tempi, weights=seconds))


def _felt_tempi(score: Score) -> tuple[list[float], list[float]]:
    """Felt beats a minute of every stretch of one tempo, in the metre that lasts longest, and its seconds."""
    tempo_map = score.tempo_map
    end_q = tempo_map.quarters_at(score.length_s)
    places = sorted({change.at_q for change in tempo_map.tempos if change.at_q < end_q})
    lasting: Counter[Meter] = Counter()
    for bar in score.bars:
        lasting[bar.meter] += round(1000 * bar.length_q)
    count_q = lasting.most_common(1)[0][0].count_q if lasting else 1.0
    tempi, seconds = [], []
    for start_q, stop_q in zip(places, [*places[1:], end_q], strict=True):
        tempi.append(tempo_map.tempo_at(start_q) / count_q)
        seconds.append(tempo_map.seconds_at(stop_q) - tempo_map.seconds_at(start_q))
    return tempi, seconds


def check_meter(asked: Constraints, score: Score) -> Iterator[Finding]:
    """The metre that most bars have."""
    if asked.meter is None or not score.bars:
        return
    commonest = Counter(str(bar.meter) for bar in score.bars).most_common(1)[0][0]
    yield Finding("meter", asked.meter, commonest, "", 0.0, 0.0, commonest == asked.meter, "score")


def check_key(asked: Constraints, score: Score) -> Iterator[Finding]:
    """The key that is heard, tonic and major or minor.

    A key that was only heard in a motif was not asked, and a region's colour may change its mode.
    """
    said = asked.evidence_for("key")
    if asked.key is None or (asked.region is not None and said is not None and said.words.startswith("motif:")):
        return
    found = find_key(score)
    met = (found.tonic, found.mode) == parse_key(asked.key)
    yield Finding("key", asked.key, asked.key if met else found.name, "", 0.0, 0.0, met, "score")


def check_instruments(asked: Constraints, score: Score, library: Library) -> Iterator[Finding]:
    """Wanted instruments play, unwanted ones do not; a family stands for its members."""
    playing = sorted({part.instrument for part in score.parts if part.notes})
    for name, ids in (("instrument", asked.instruments.include), ("no_instrument", asked.instruments.exclude)):
        for wanted in ids:
            members = {wanted, *library.families.get(wanted, ())}
            if name == "no_instrument":
                members &= excluded_by(ids, library, asked.instruments.include)
            heard = ", ".join(instrument for instrument in playing if instrument in members)
            met = bool(heard) == (name == "instrument")
            wish = wanted if name == "instrument" else NOBODY
            yield Finding(name, wish, heard or NOBODY, "", 0.0, 0.0, met, "score", wanted)
    if asked.instruments.alone:
        allowed = {member for name in asked.instruments.include for member in (name, *library.families.get(name, ()))}
        others = ", ".join(instrument for instrument in playing if instrument not in allowed)
        yield Finding("no_instrument", NOBODY, others or NOBODY, "", 0.0, 0.0, not others, "score", "others")


def check_arc(asked: Constraints, plan: Plan, score: Score) -> Iterator[Finding]:
    """Valence and arousal of every section, and whether they rise and fall as asked."""
    source = asked.evidence_for("arc")
    if (source is not None and source.assumed) or not plan.sections or not score.parts:
        return
    if source is None and asked.arc == Constraints().arc:
        return
    middles = [_middle(plan, index) for index in range(len(plan.sections))]
    wanted = [asked.emotion_at(min(1.0, middle / plan.length_s)) for middle in middles]
    heard = hear_sections(score, plan)
    for name in ("valence", "arousal"):
        wishes = [getattr(point, name) for point in wanted]
        results = [getattr(point, name) for point in heard]
        for section, wish, result in zip(plan.sections, wishes, results, strict=True):
            error = round(result - wish, 3)
            bound = EMOTION_BOUND + (HIT_LIFT if name == "arousal" and error > 0 and _has_hit(plan, section) else 0)
            met = abs(error) <= bound or _same_sign(wish, result)
            yield Finding(name, round(wish, 2), round(result, 2), "", error, bound, met, "score", section.name)
        yield from _shape(name, wishes, results)


def _has_hit(plan: Plan, section: Section) -> bool:
    """Whether a hit is struck in a section or on its first beat after."""
    bars = plan.bars
    start_q, end_q = bars[section.start_bar].start_q, bars[section.end_bar - 1].end_q
    return any(hit.feasible and start_q - 1e-6 <= hit.at_q <= end_q + 1e-6 for hit in plan.hits)


def _same_sign(wish: float, result: float) -> bool:
    """Whether both lean the same way."""
    return wish * result > 0 and abs(wish) > SIGN and abs(result) > SIGN


def _shape(name: str, wishes: list[float], results: list[float]) -> Iterator[Finding]:
    """The correlation of asked and achieved over the sections, where the arc has a shape."""
    if len(wishes) < 3 or max(wishes) - min(wishes) < ARC_RANGES[name]:
        return
    flat = float(np.std(results)) < 1e-9
    correlation = 0.0 if flat else float(np.corrcoef(wishes, results)[0, 1])
    met = correlation >= ARC_CORRELATION
    yield Finding("arc", 1.0, round(correlation, 2), "", correlation - 1, 1 - ARC_CORRELATION, met, "score", name)


def _middle(plan: Plan, index: int) -> float:
    """The middle of a section in seconds."""
    bars, section = plan.bars, plan.sections[index]
    start_s = plan.tempo_map.seconds_at(bars[section.start_bar].start_q)
    return (start_s + min(plan.length_s, plan.tempo_map.seconds_at(bars[section.end_bar - 1].end_q))) / 2


def check_motif(asked: Constraints, plan: Plan, score: Score) -> Iterator[Finding]:
    """A motif that was given, said with its own rhythm and intervals; the first statement is the promise.

    In a region's colour it is the motif as the plan mapped it; a note with an ornament may begin late in its place.
    """
    if asked.motif is None:
        return
    if asked.region is not None and plan.motif is not None and plan.motif.statements:
        yield _stated(plan.motif.statements[0], asked.motif, score)
        return
    wanted = asked.motif.notes
    said = 0
    for statement in plan.motif.statements[:1] if plan.motif is not None else ():
        part, start_q = score.part(statement.part_id), plan.bars[statement.start_bar].start_q
        played = part.between(start_q, start_q + asked.motif.length_q) if part is not None else ()
        heard = {(round(note.start_q - start_q, 4), round(note.length_q, 4)): note.pitch for note in played}
        pitches = [heard.get((round(note.start_q, 4), round(note.length_q, 4))) for note in wanted]
        ups = Counter(found - note.pitch for found, note in zip(pitches, wanted, strict=True) if found is not None)
        said = max(ups.values(), default=0)
    error = float(said - len(wanted))
    yield Finding("motif", float(len(wanted)), float(said), "", error, 0.0, error == 0, "score")


def _stated(statement: Statement, given: Motif, score: Score) -> Finding:
    """How many notes of a mapped motif are where its first statement has them."""
    part = score.part(statement.part_id)
    heard = {(round(note.start_q, 4), note.pitch) for note in (part.notes if part is not None else ())}
    said = sum((round(note.start_q, 4), note.pitch) in heard for note in statement.notes)
    wanted = len(given.notes)
    return Finding("motif", float(wanted), float(said), "", float(said - wanted), 0.0, said == wanted, "score")


def check_kept(before: Score, score: Score, cells: tuple[Cell, ...]) -> Iterator[Finding]:
    """Kept cells come back note for note; one finding for each part."""
    for part_id in dict.fromkeys(cell.part_id for cell in cells):
        of_part = [cell for cell in cells if cell.part_id == part_id]
        same = sum(before.cell(cell) == score.cell(cell) for cell in of_part)
        error = float(same - len(of_part))
        yield Finding("kept", float(len(of_part)), float(same), "", error, 0.0, error == 0, "score", part_id)
