"""Learns how drummers play from the Groove MIDI Dataset: ``python -m models.rules.learn_feel --music FOLDER``.

Writes ``prompts/feel.toml``. Only beats (no fills) in 4/4 of the train split are read.

Conventions: a stroke belongs to the nearest sixteenth (or triplet, whichever grid the whole performance lies nearer
to); strokes further than `FAR` of a step from it (rolls, flams) are left out. Delays are less the performance's own
mean, so that neither the recording chain nor a hand that runs ahead of the click is learned; in swung families the
place of the off-beat eighth is also less its own mean delay, which is told apart as ``swing``. Means are over
performances, each counting once; places that few performances have are drawn to the piece's mean. Spread is what is
left within a performance. It does not know dynamics of phrases: only of bars. The hat's pedal is late between the
beats (25 to 40 ms) because the set's trigger also sounds when a foot comes back after an open hat.

Source: Gillick, Roberts, Engel, Eck and Bamman, *Learning to Groove with Inverse Sequence Transformations*, ICML 2019.
"""

from __future__ import annotations

import argparse
import csv
import math
import sys
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

from assistant.settings import ROOT

KEYS = {
    "kick": (36,), "snare": (37, 38, 40), "hat": (42, 22), "openhat": (46, 26), "pedalhat": (44,), "ride": (51, 53, 59),
    "tom": (48, 50, 45, 47, 43, 58), "crash": (49, 55, 57, 52),
}  # fmt: skip
"""Drum keys of the set's electronic kit, by piece."""
FAMILIES = {
    "rock": ("rock", "rock/folk", "rock/groove8", "rock/halftime", "rock/indie", "rock/prog", "rock/rockabilly"),
    "punk": ("punk",),
    "funk": ("funk", "funk/fast", "funk/groove1", "funk/groove2", "funk/groove5", "funk/rock", "jazz/funk"),
    "soul": ("soul", "soul/groove10", "soul/groove3", "soul/groove4", "soul/groove9", "soul/motown", "gospel"),
    "hip-hop": ("hiphop", "hiphop/groove6"),
    "pop": ("pop", "pop/groove7", "pop/soft"),
    "disco": ("dance/disco",),
    "breakbeat": ("dance/breakbeat",),
    "country": ("country",),
    "latin": ("latin", "latin/bounce", "latin/dominican-merengue", "latin/merengue", "latin/reggaeton",
              "latin/venezuelan-sangueo", "latin/venezuelan-merengue", "funk/latin"),
    "brazilian": ("latin/brazilian", "latin/brazilian-baiao", "latin/brazilian-bossa", "latin/brazilian-frevo",
                  "latin/brazilian-ijexa", "latin/brazilian-maracatu", "latin/brazilian-samba",
                  "latin/brazilian-sambareggae", "latin/brazilian-songo"),
    "afrocuban": ("afrocuban", "afrocuban/calypso", "afrocuban/rhumba"),
    "afrobeat": ("afrobeat", "highlife"),
    "reggae": ("reggae", "reggae/slow"),
    "second-line": ("neworleans/funk", "neworleans/secondline", "neworleans/chacha"),
    "march": ("jazz/march",),
    "swing": ("jazz", "jazz/swing", "jazz/fast", "jazz/mediumfast"),
    "shuffle": ("blues/shuffle", "rock/shuffle", "funk/purdieshuffle"),
    "six-eight": ("latin/chacarera", "latin/venezuelan-joropo", "afrocuban/bembe"),
}  # fmt: skip
"""Which styles of the set make a family; the last three are played in triplets."""
TRIPLETS = ("swing", "shuffle", "six-eight")
FAR = 0.38
LEAST_STROKES, LEAST_PERFORMANCE = 40, 32
"""A piece, and a performance, with fewer strokes teaches nothing."""
PULL = 2.0
"""So many performances weigh as much as the piece's mean when a place is estimated."""
GHOST = 0.4
"""A snare stroke softer than this share of the performance's loud ones (their ninth decile) is a ghost."""
LAGS = (1, 2, 4, 8)
SOURCES = (
    "Gillick, Roberts, Engel, Eck and Bamman, Learning to Groove with Inverse Sequence Transformations, ICML 2019: the "
    "Groove MIDI Dataset v1.0.0, CC BY 4.0 (copy zharry29/drums-with-llm 476adbc9); measured, train split only",
)


@dataclass(frozen=True)
class Hit:
    """One stroke on the grid: which place since the beginning, how late, how loud."""

    place: int
    piece: str
    late_ms: float
    velocity: float


@dataclass(frozen=True)
class Performance:
    """One performance on its grid; ``off`` is the mean delay of its off-beat eighths in beats, in triplets."""

    style: str
    bpm: float
    places: int
    hits: tuple[Hit, ...]
    error_ms: float
    off: float = 0.0


def read(folder: Path) -> list[list[Performance]]:
    """Every beat of the train split in 4/4, on sixteenths and on triplets."""
    with (folder / "info.csv").open(newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["split"] == "train" and row["beat_type"] == "beat"]
    found = []
    for row in sorted(rows, key=lambda row: row["midi_filename"]):
        strokes = _strokes(folder / row["midi_filename"]) if row["time_signature"] == "4-4" else []
        if len(strokes) >= LEAST_PERFORMANCE:
            found.append([_on_grid(row["style"], float(row["bpm"]), strokes, places) for places in (16, 12)])
    return found


def _strokes(path: Path) -> list[tuple[float, str, int]]:
    """(beat, piece, velocity) of every stroke of a file."""
    import mido

    pieces = {key: piece for piece, keys in KEYS.items() for key in keys}
    file = mido.MidiFile(path)
    ticks, out = 0, []
    for message in mido.merge_tracks(file.tracks):
        ticks += message.time
        if message.type == "note_on" and message.velocity and message.note in pieces:
            out.append((ticks / file.ticks_per_beat, pieces[message.note], message.velocity))
    return out


def _on_grid(style: str, bpm: float, strokes: Sequence[tuple[float, str, int]], places: int) -> Performance:
    """A performance on a grid of so many places a bar, delays less their mean."""
    steps = places // 4
    step_ms = 60000 / bpm / steps
    near = [(round(beat * steps), beat * steps - round(beat * steps), piece, level) for beat, piece, level in strokes]
    error = fmean(abs(away) for _, away, _, _ in near) * step_ms
    close = [each for each in near if abs(each[1]) <= FAR]
    swung = [away for place, away, _, _ in close if places == 12 and place % 3 == 2]
    off = fmean(swung) if swung else 0.0
    less = [(place, away - (off if places == 12 and place % 3 == 2 else 0.0), piece, level)
            for place, away, piece, level in close]  # fmt: skip
    mean = fmean(away for _, away, _, _ in less)
    hits = tuple(Hit(place, piece, (away - mean) * step_ms, float(level)) for place, away, piece, level in less)
    return Performance(style, bpm, places, hits, error, (off - mean) / steps)


def chosen(family: str, performances: Iterable[Sequence[Performance]]) -> list[Performance]:
    """The performances of a family, each on the grid that it lies nearer to, if that is the family's.

    Swing lies between both grids at most tempos, so its performances are always read as triplets.
    """
    out = []
    for sixteenths, triplets in performances:
        straight = sixteenths.error_ms <= triplets.error_ms
        name = sixteenths.style
        if family in TRIPLETS:
            mine = name in FAMILIES[family] and (family == "swing" or not straight)
            borrowed = family == "six-eight" and name.startswith(("latin", "afrocuban")) and not straight
            out += [triplets] if mine or borrowed else []
        elif name in FAMILIES[family] and straight:
            out.append(sixteenths)
    return out


Cells = Mapping[tuple[str, int], list[Hit]]


def _cells(performance: Performance) -> Cells:
    """The strokes of each piece at each place of the bar."""
    cells: dict[tuple[str, int], list[Hit]] = defaultdict(list)
    for hit in performance.hits:
        cells[hit.piece, hit.place % performance.places].append(hit)
    return cells


def _residues(cells: Cells) -> list[tuple[int, str, float, float]]:
    """(place since the beginning, piece, delay, velocity) less the means of their cells of four strokes or more."""
    out = []
    for (piece, _), hits in sorted(cells.items()):
        if len(hits) >= 4:
            late, level = fmean(hit.late_ms for hit in hits), fmean(hit.velocity for hit in hits)
            out += [(hit.place, piece, hit.late_ms - late, hit.velocity - level) for hit in hits]
    return out


def _drift(rows: Iterable[Sequence[tuple[int, float]]]) -> tuple[float, float]:
    """(share, correlation from place to place) of what neighbours share: a geometric law through `LAGS`."""
    products: dict[int, list[float]] = defaultdict(list)
    for row in rows:
        by_place: dict[int, list[float]] = defaultdict(list)
        for place, value in row:
            by_place[place].append(value)
            products[0].append(value * value)
        for place, values in by_place.items():
            for lag in LAGS:
                products[lag] += [one * other for one in values for other in by_place.get(place + lag, ())]
    variance = (fmean(products[0]) if products[0] else 0.0) or 1.0
    shares = [(lag, fmean(products[lag]) / variance) for lag in LAGS if products[lag]]
    points = [(lag, math.log(share)) for lag, share in shares if share > 0.02]
    if len(points) < 2:
        return 0.0, 0.0
    middle, height = fmean(lag for lag, _ in points), fmean(value for _, value in points)
    slope = sum((lag - middle) * (value - height) for lag, value in points) / sum(
        (lag - middle) ** 2 for lag, _ in points
    )
    slope = min(slope, math.log(0.98))
    return round(min(0.95, math.exp(height - slope * middle)), 3), round(max(0.0, math.exp(slope)), 3)


def _column(means: Mapping[int, Sequence[float]], places: int) -> list[float]:
    """One value a place: the mean over performances, drawn to the mean of all where there are few."""
    everything = fmean(value for values in means.values() for value in values)
    return [
        (sum(means.get(place, ())) + PULL * everything) / (len(means.get(place, ())) + PULL) for place in range(places)
    ]


def learn(family: str, performances: Sequence[Performance]) -> dict[str, object]:
    """The table of one family, as `assistant.library.Feel` reads it."""
    places = performances[0].places
    cells = [_cells(performance) for performance in performances]
    residues = [_residues(each) for each in cells]
    pieces: dict[str, dict[str, list[float]]] = {}
    for piece in KEYS:
        if sum(1 for performance in performances for hit in performance.hits if hit.piece == piece) >= LEAST_STROKES:
            pieces[piece] = _piece(piece, cells, places)
    swing = 0.5
    if family in ("swing", "shuffle"):
        swing = round(2 / 3 + fmean(performance.off for performance in performances), 3)
    return {
        "places": places,
        "performances": len(performances),
        "strokes": sum(len(performance.hits) for performance in performances),
        "swing": max(0.5, min(0.75, swing)),
        "drift": list(_drift([(place, late) for place, _, late, _ in row] for row in residues)),
        "velocity_drift": list(_drift([(place, level) for place, _, _, level in row] for row in residues)),
        "ghosts": [round(value, 2) for value in _ghosts(performances, places)],
        "pieces": pieces,
    }


def _piece(piece: str, cells: Sequence[Cells], places: int) -> dict[str, list[float]]:
    """The columns of one piece."""
    rows: dict[str, dict[int, list[float]]] = {name: defaultdict(list) for name in ("late", "level", "wide", "uneven")}
    for each in cells:
        for (name, place), hits in each.items():
            if name != piece:
                continue
            late, level = fmean(hit.late_ms for hit in hits), fmean(hit.velocity for hit in hits)
            rows["late"][place].append(late)
            rows["level"][place].append(level)
            if len(hits) >= 4:
                rows["wide"][place].append(_deviation([hit.late_ms - late for hit in hits]))
                rows["uneven"][place].append(_deviation([hit.velocity - level for hit in hits]))
    columns = {"late_ms": "late", "spread_ms": "wide", "velocity": "level", "velocity_spread": "uneven"}
    return {
        title: [round(value, 1) for value in _column(rows[name] or {0: [0.0]}, places)]
        for title, name in columns.items()
    }


def _deviation(values: Sequence[float]) -> float:
    return math.sqrt(sum(value * value for value in values) / (len(values) - 1))


def _ghosts(performances: Sequence[Performance], places: int) -> list[float]:
    """How many ghosts of the snare a bar has at each place."""
    counts, bars = [0] * places, 0.0
    for performance in performances:
        snares = [hit for hit in performance.hits if hit.piece == "snare"]
        bars += (max(hit.place for hit in performance.hits) + 1) / places
        loud = sorted(hit.velocity for hit in snares)[int(0.9 * len(snares))] if snares else 0.0
        for hit in snares:
            counts[hit.place % places] += hit.velocity < GHOST * loud
    return [count / bars for count in counts]


def toml(tables: Mapping[str, Mapping[str, object]]) -> str:
    """The data file."""
    lines = [
        "# How drummers play: written by `python -m models.rules.learn_feel --music FOLDER`; not to be edited by hand.",
        "# Columns run through the bar, 16 sixteenths or 12 triplets; delays in ms against the drummer's own mean.",
        "sources = [", *(f'  "{source}",' for source in SOURCES), "]",
    ]  # fmt: skip
    for name, table in tables.items():
        lines += ["", f"[feel.{name}]"]
        lines += [f"{field} = {_text(value)}" for field, value in table.items() if field != "pieces"]
        pieces = table["pieces"]
        assert isinstance(pieces, dict)
        for piece, columns in pieces.items():
            lines += ["", f"[feel.{name}.pieces.{piece}]"]
            lines += [f"{field} = {_text(value)}" for field, value in columns.items()]
    return "\n".join(lines) + "\n"


def _text(value: object) -> str:
    """A number or a list of numbers; minus nought is nought."""
    if isinstance(value, list):
        return f"[{', '.join(_text(item) for item in value)}]"
    return str(value + 0.0) if isinstance(value, float) else str(value)


def main() -> None:
    """Read the set, write the file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--music", type=Path, required=True, help="the folder groove_midi, with info.csv")
    parser.add_argument("--out", type=Path, default=ROOT / "prompts" / "feel.toml")
    options = parser.parse_args()
    performances = read(options.music)
    families = {family: chosen(family, performances) for family in FAMILIES}
    tables = {family: learn(family, played) for family, played in families.items() if played}
    options.out.write_text(toml(tables), encoding="utf-8")
    for family, played in families.items():
        strokes = sum(len(each.hits) for each in played)
        sys.stdout.write(f"{family:12s} {len(played):4d} performances, {strokes:6d} strokes\n")


if __name__ == "__main__":
    main()
