"""Are tunes recognised, and only they? ``python -m models.evaluation.recognised [--seeds N]``.

Conventions: cues are the rules engine's, of the twenty wishes of `models.evaluation.controls`; those here have other
seeds and motifs than the ones on which the thresholds were set. *Recognised* is a likeness of 1 or more by any way of
`models.similarity.reference`. Planted copies are stretches of training melodies, changed as people change them, put
into the lead of a cue that is compared with the melody's piece; the look-up in the index of training melodies is timed
in processor time, warm. Real music is compared, piece with next piece, where its folder is there (``CUEWRIGHT_DATA``).
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np

from assistant.deliver.values import Likeness
from assistant.errors import AssistantError
from assistant.library import load
from assistant.plan import Plan, make_plan
from assistant.score import Note, Part, Score, TempoChange, TempoMap
from assistant.score.motif import Motif, MotifNote
from assistant.settings import ROOT
from models.evaluation.controls import CUES, WISHES
from models.evaluation.missed import Bound, bounded, printed
from models.registry import get_engine
from models.similarity import find_copies
from models.similarity.index import Index, load_index, missing
from models.similarity.melody import Line, is_varied
from models.similarity.reference import compare, piece_of_file, piece_of_score

UNRELATED, MOTIFS, PLANTED, SOUNDED = 200, 12, 20, 4
FIRST_SEED = 5000
STEPS_PER_Q = 12
SCALE = (0, 2, 4, 5, 7, 9, 11)
SETS = {"Irish dance tunes": "music/cre_irish/MIDI/*.mid", "songs": "music/openscore_lieder/mid/**/*.mid"}
REAL = 100
FOUND_MS = 50.0
PLANTED_TUNE = "a copy of 16 notes of a training melody, planted in a cue and looked up in the index"

Change = Callable[[np.random.Generator, Line], Line]
Table = list[tuple[str, str, str]]


def wish(number: int, motif: Motif | None = None) -> tuple[Plan, Score]:
    """A cue of one of the twenty wishes, of its own seed, with a motif where one is given."""
    asked = list({**CUES, **WISHES}.values())[number % 20]
    seed = FIRST_SEED + number
    plan = make_plan(replace(asked, motif=motif), library=load(), seed=seed)
    score = get_engine("rules").generate(plan, seed=seed)
    assert isinstance(score, Score)
    return plan, score


def motif_of(seed: int) -> Motif:
    """A tune of eight to eleven notes on a scale."""
    chance = np.random.default_rng(seed)
    count = int(chance.integers(8, 12))
    degrees = 7 + np.cumsum(chance.choice([-3, -2, -1, 1, 2, 4], count))
    lengths = chance.choice([0.5, 1.0, 1.5], count, p=[0.5, 0.35, 0.15])
    starts = np.concatenate([[0.0], np.cumsum(lengths)[:-1]])
    pitches = [55 + 12 * (int(each) // 7) + SCALE[int(each) % 7] for each in degrees]
    return Motif(
        tuple(MotifNote(*map(float, pair), pitch) for *pair, pitch in zip(starts, lengths, pitches, strict=True))
    )


def transposed(chance: np.random.Generator, line: Line) -> Line:
    """The same intervals: the key is chosen when it is planted."""
    return line


def slower(chance: np.random.Generator, line: Line) -> Line:
    """Written in doubled values."""
    return Line(line.intervals, line.times * 2)


def uneven(chance: np.random.Generator, line: Line) -> Line:
    """In a tempo of its own, off the grid by a sixth."""
    return Line(line.intervals, np.maximum(1, np.rint(line.times * chance.choice([0.83, 1.17]))).astype(np.int64))


def ornamented(chance: np.random.Generator, line: Line) -> Line:
    """A neighbour note put into every fourth move, within its time."""
    intervals, times = [], []
    for interval, length in zip(line.intervals.tolist(), line.times.tolist(), strict=True):
        if length >= 4 and chance.random() < 0.25:
            step, short = int(chance.choice([-2, -1, 1, 2])), max(1, length // 4)
            intervals += [step, interval - step]
            times += [length - short, short]
        else:
            intervals.append(interval)
            times.append(length)
    return Line(np.array(intervals), np.array(times))


def simplified(chance: np.random.Generator, line: Line) -> Line:
    """One note of eight left out."""
    keep = np.concatenate([[True], chance.random(len(line) - 1) > 0.125, [True]])
    pitches, onsets = (np.concatenate([[0], np.cumsum(each)])[keep] for each in (line.intervals, line.times))
    return Line(np.diff(pitches), np.diff(onsets))


CHANGES: dict[str, Change] = {
    "another key": transposed, "doubled values": slower, "another tempo, off the grid": uneven,
    "ornamented": ornamented, "notes left out": simplified,
}  # fmt: skip


def planted(score: Score, line: Line, *, first_pitch: int = 62, keep: bool = True) -> Score:
    """The score with a melody after the second bar of its lead; ``keep`` False leaves nothing else of it."""
    lead = next(part for part in score.parts if part.role == "lead" and part.notes)
    begin_q = score.bars[min(2, len(score.bars) - 1)].start_q
    onsets = begin_q + np.concatenate([[0], np.cumsum(line.times)]) / STEPS_PER_Q
    pitches = first_pitch + np.concatenate([[0], np.cumsum(line.intervals)])
    pitches -= 12 * round((float(np.median(pitches)) - first_pitch) / 12)
    notes = [Note(float(at), int(np.clip(pitch, 20, 110)), 0.2, 80) for at, pitch in zip(onsets, pitches, strict=True)]
    others = [note for note in lead.notes if not begin_q - 1 < note.start_q < onsets[-1] + 1] if keep else []
    part = replace(lead, notes=tuple(sorted([*others, *notes], key=lambda note: note.start_q)))
    parts = tuple(part if each.id == lead.id else each for each in score.parts) if keep else (part,)
    return replace(score, parts=parts)


def stretches(index: Index, notes: int, count: int) -> Iterator[Line]:
    """Varied stretches of training melodies."""
    chance = np.random.default_rng(notes)
    text, given = index.text, 0
    while given < count:
        first, end = text.bounds(int(chance.integers(len(text.starts))))
        if end - first < notes - 1:
            continue
        at = int(chance.integers(first, end - notes + 2))
        intervals = np.frombuffer(text.intervals, np.int8)[at : at + notes - 1].astype(np.int64)
        line = Line(intervals, text.times[at : at + notes - 1].astype(np.int64))
        if is_varied(line.intervals, line.times).all():
            given += 1
            yield line


def _rate(found: Sequence[bool]) -> str:
    """A share with the ends of its 95 % interval (Wilson)."""
    count, share, z = len(found), sum(found) / max(1, len(found)), 1.96
    middle = (share + z * z / (2 * count)) / (1 + z * z / count)
    reach = z / (1 + z * z / count) * (share * (1 - share) / count + z * z / (4 * count * count)) ** 0.5
    return f"{sum(found)} of {count} ({100 * max(0, middle - reach):.1f} to {100 * min(1, middle + reach):.1f} %)"


def _row(name: str, found: Sequence[Likeness]) -> tuple[str, str, str]:
    values = np.array([each.likeness for each in found])
    low, middle, high = np.quantile(values, [0.0, 0.5, 1.0])
    return name, _rate([each.recognised for each in found]), f"{low:.2f}, {middle:.2f}, {high:.2f}"


def unrelated(count: int) -> list[Likeness]:
    """Cues of other wishes and seeds, each compared with another."""
    pieces = [piece_of_score(wish(number)[1], str(number)) for number in range(count)]
    pairs = ((pieces[at], pieces[(7 * at + 33) % count]) for at in range(count))
    return [compare(own, other) for own, other in pairs if own is not other]


def same_motif(count: int) -> list[Likeness]:
    """Two cues of different wishes with the same given tune."""
    found = []
    for number in range(count):
        motif = motif_of(number)
        pair = [piece_of_score(wish(number * 3 + 7 * at, motif)[1], str(at)) for at in range(2)]
        found.append(compare(*pair))
    return found


def copies(count: int) -> Table:
    """Planted copies, by length and by change."""
    if missing():
        return []
    host, blank = wish(300)[1], wish(301)[1]
    chance, rows = np.random.default_rng(3), []
    for notes in (12, 16, 24):
        lines = list(stretches(load_index(), notes, count))
        for name, change in CHANGES.items():
            found = []
            for line in lines:
                whole = piece_of_score(planted(blank, line, keep=False), "the melody")
                mine = planted(host, change(chance, line), first_pitch=int(chance.integers(58, 74)))
                found.append(compare(piece_of_score(mine, ""), whole))
            rows.append(_row(f"{notes} notes planted, {name}", found))
    return rows


def index_found(count: int) -> list[Bound]:
    """Planted copies looked up in the index of training melodies, and how long that takes."""
    asked = f"all found, in {FOUND_MS:g} ms of processor time"
    if missing():
        return [Bound(PLANTED_TUNE, asked, "not measured: the index is not part of this copy", False)]
    host, took, found = wish(302)[1], [], []
    for number, line in enumerate(stretches(load_index(), 16, count + 1)):
        score = planted(host, line)
        began = time.process_time()
        copied = find_copies(score)
        if number:  # the first one reads the index
            took.append(1000 * (time.process_time() - began))
            found.append(any(each.notes >= 16 for each in copied))
    measured = f"{_rate(found)}, median {statistics.median(took):.1f} ms, longest {max(took):.1f} ms"
    return [Bound(PLANTED_TUNE, asked, measured, all(found) and max(took) <= FOUND_MS)]


def sounded(count: int) -> Table:
    """Finished sound against the notes, in another key and tempo, and against other notes."""
    from assistant.render import render
    from assistant.settings import from_environment
    from models.similarity.chroma import chroma_of_sound
    from models.similarity.reference import Piece

    made = [wish(400 + number) for number in range(count)]
    heard = []
    for plan, score in made:
        mix = render(score, plan, library=load(), settings=from_environment()).mix
        heard.append(Piece("sound", (), chroma_of_sound(mix.mono(), mix.rate_hz)))
    moved = [piece_of_score(_moved(score), "moved") for _, score in made]
    same = [compare(own, other) for own, other in zip(heard, moved, strict=True)]
    apart = [compare(heard[at], moved[at - 1]) for at in range(count)]
    return [
        _row("sound against its notes, three semitones up and 15 % faster", same),
        _row("sound against other notes", apart),
    ]


def _moved(score: Score) -> Score:
    """Three semitones up, 15 % faster."""
    tempi = tuple(TempoChange(each.at_q, each.quarter_bpm * 1.15) for each in score.tempo_map.tempos)
    parts = tuple(_up(part) for part in score.parts)
    return replace(score, tempo_map=TempoMap(tempi, score.tempo_map.meters), parts=parts)


def _up(part: Part) -> Part:
    notes = tuple(replace(note, pitch=min(127, note.pitch + 3)) for note in part.notes)
    return part if part.is_drums else replace(part, notes=notes)


def real(count: int) -> Table:
    """Real pieces, each compared with the next; some of them do share tunes."""
    folder = Path(os.environ.get("CUEWRIGHT_DATA", ROOT.parent / "shared" / "data"))
    rows = []
    for name, pattern in SETS.items():
        paths = sorted(folder.glob(pattern))
        pieces = []
        for at in np.random.default_rng(11).permutation(len(paths))[: count + 1].tolist():
            try:
                pieces.append(piece_of_file(paths[at]))
            except AssistantError:
                continue
        pairs = pairwise(pieces)
        if len(pieces) > 1:
            rows.append(_row(f"{name}, not chosen to be alike", [compare(own, other) for own, other in pairs]))
    return rows


def report(*, corpus: Path | None = None, engines: Sequence[str] = (), seeds: int = 1) -> str:
    """The table; ``corpus`` and ``engines`` are not looked at, ``seeds`` makes every set so many times larger."""
    del corpus, engines
    same, apart = same_motif(MOTIFS * seeds), unrelated(UNRELATED * seeds)
    known, alike = [each.recognised for each in same], [each.recognised for each in apart]
    bounds = [
        Bound("two cues with the same motif", "all recognised", _rate(known), all(known)),
        Bound("unrelated cues", "none recognised", _rate(alike), not any(alike)),
        *index_found(PLANTED * seeds),
    ]
    rows = [_row("two cues with the same motif", same), _row("unrelated cues", apart)]
    rows += [*copies(PLANTED * seeds), *sounded(SOUNDED * seeds), *real(REAL)]
    head = ("| pairs | recognised (95 % interval) | likeness: least, median, most |", "|---|---|---|")
    table = [f"| {' | '.join(row)} |" for row in rows]
    about = (
        "Recognised is a likeness of 1 or more. Real pieces are neighbours in their sets, of which some do share tunes."
    )
    return bounded(bounds, "\n".join([*head, *table, "", about]))


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=1)
    seeds = parser.parse_args().seeds
    return printed(lambda: report(seeds=seeds))


if __name__ == "__main__":
    raise SystemExit(main())
