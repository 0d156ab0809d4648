"""One preset of a SoundFont, taken out of its file: what its zones are, which samples they play, and how they loop.

Conventions: samples are 16-bit integers as in the file; a loop is a pair of frames (first, end) counted from the start
of its sample, the end being played no more. Files that are compressed (sf3), that carry 24 bits or whose samples lie
in a ROM are not read.

Sources: E-mu Systems, SoundFont Technical Specification 2.04 (1998), sections 4 to 8 (chunks, bags, generators).
"""

from __future__ import annotations

import itertools
import mmap
import struct
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

Table = npt.NDArray[Any]
Pcm = npt.NDArray[np.int16]
Loop = tuple[int, int]

_BAG = [("generator", "<u2"), ("modulator", "<u2")]
_GENERATOR = [("kind", "<u2"), ("amount", "<i2")]
_TABLES: dict[str, Any] = {
    "phdr": [("name", "S20"), ("preset", "<u2"), ("bank", "<u2"), ("bag", "<u2"), ("rest", "<u4", 3)],
    "pbag": _BAG,
    "pmod": "V10",
    "pgen": _GENERATOR,
    "inst": [("name", "S20"), ("bag", "<u2")],
    "ibag": _BAG,
    "imod": "V10",
    "igen": _GENERATOR,
    "shdr": [
        ("name", "S20"), ("start", "<u4"), ("end", "<u4"), ("first", "<u4"), ("last", "<u4"), ("rate", "<u4"),
        ("key", "u1"), ("correction", "i1"), ("link", "<u2"), ("type", "<u2"),
    ],
}  # fmt: skip
"""The tables of a file, each with a last row that only ends it."""
_LOOP_STARTS, _LOOP_ENDS = (2, 45), (3, 50)
"""Generators that move a loop: by samples, and by 32768 samples."""
_INSTRUMENT, _COARSE, _SAMPLE, _MODES, _ROOT = 41, 51, 53, 54, 58
_PLAIN, _LOOPS = (1, 2, 4, 8), 1
"""Kinds of samples that lie in the file as they are: one channel, right, left, linked; and the bit of a loop."""
_HIGHEST_KEY = 127
_SILENT_FRAMES = 46
"""Zeros after every sample, as the standard asks."""


@dataclass(frozen=True)
class Preset:
    """One preset with all that it needs.

    Parameters
    ----------
    tables : dict
        The tables of the file, for this preset alone.
    samples : tuple of array
        By row of ``shdr``.
    """

    tables: dict[str, Table]
    samples: tuple[Pcm, ...]

    def name_of(self, sample: int) -> str:
        """The sample's name."""
        return bytes(self.tables["shdr"]["name"][sample]).split(b"\0")[0].decode("latin-1")

    def rate_hz(self, sample: int) -> int:
        """Samples a second."""
        return int(self.tables["shdr"]["rate"][sample])

    def loops(self) -> list[tuple[int, Loop]]:
        """Every loop that a zone plays, with its sample, each once."""
        found = dict.fromkeys(loop for zone in self.zones() if (loop := self._loop(zone)) is not None)
        return [(sample, loop) for sample, loop in found if 0 < loop[0] < loop[1] <= len(self.samples[sample])]

    def with_sample(self, sample: int, samples: Pcm) -> Preset:
        """The same with another sound, as long."""
        changed = list(self.samples)
        changed[sample] = samples
        return replace(self, samples=tuple(changed))

    def with_heads(self, heads: Table) -> Preset:
        """The same with other rows of ``shdr``."""
        return replace(self, tables={**self.tables, "shdr": heads})

    def with_longer(self, sample: int, samples: Pcm) -> Preset:
        """The same with a sound that is longer or shorter before its loop; loop and end move with it."""
        later = len(samples) - len(self.samples[sample])
        heads = self.tables["shdr"].copy()
        for row, names in ((slice(sample, sample + 1), ("end", "first", "last")),
                           (slice(sample + 1, -1), ("start", "end", "first", "last"))):  # fmt: skip
            for name in names:
                heads[name][row] = (heads[name][row].astype(np.int64) + later).clip(0)
        return self.with_heads(heads).with_sample(sample, samples)

    def rooted(self) -> Preset:
        """The same, every zone with a sample of its own whose head has the key and semitones of the zone's generators.

        Readers that know no such generators (symusic 0.5.8) play it in tune then.
        """
        generators = self.tables["igen"].copy()
        heads: list[Any] = []
        samples: list[Pcm] = []
        zones = self.zones()
        for row in np.flatnonzero(generators["kind"][:-1] == _SAMPLE):
            zone, sample = next(zones), int(generators["amount"][row]) & 0xFFFF
            head = self.tables["shdr"][sample].copy()
            root = zone[_ROOT] if 0 <= zone.get(_ROOT, -1) <= _HIGHEST_KEY else int(head["key"])
            head["key"] = min(max(root - zone.get(_COARSE, 0), 0), _HIGHEST_KEY)
            generators["amount"][row] = len(heads)
            heads.append(head)
            samples.append(self.samples[sample])
        generators["amount"][generators["kind"] == _COARSE] = 0
        starts = np.cumsum([0, *(len(sample) + _SILENT_FRAMES for sample in samples)])[:-1]
        rows = np.array([*heads, self.tables["shdr"][-1]], self.tables["shdr"].dtype)
        for place, start in enumerate(starts):
            moved = int(start) - int(rows["start"][place])
            for name in ("start", "end", "first", "last"):
                rows[name][place] = int(rows[name][place]) + moved
            rows["link"][place], rows["type"][place] = 0, _PLAIN[0]
        return Preset({**self.tables, "igen": generators, "shdr": rows}, tuple(samples))

    def save(self, path: Path) -> Path:
        """Write it as a SoundFont of its own."""
        silence = np.zeros(_SILENT_FRAMES, np.int16)
        sound = np.concatenate([part for sample in self.samples for part in (sample, silence)]).astype("<i2").tobytes()
        info = (
            _chunk(b"ifil", struct.pack("<HH", 2, 1)) + _chunk(b"isng", b"EMU8000\0") + _chunk(b"INAM", b"preset\0\0")
        )
        rows = b"".join(_chunk(name.encode(), table.tobytes()) for name, table in self.tables.items())
        lists = ((b"INFO", info), (b"sdta", _chunk(b"smpl", sound)), (b"pdta", rows))
        path.write_bytes(_chunk(b"RIFF", b"sfbk" + b"".join(_chunk(b"LIST", kind + data) for kind, data in lists)))
        return path

    def zones(self) -> Iterator[dict[int, int]]:
        """The generators of every zone that plays a sample, with those that its whole instrument has."""
        tables = self.tables
        bags = tables["inst"]["bag"].astype(int)
        for first, end in itertools.pairwise(bags):
            common: dict[int, int] = {}
            for bag in range(first, end):
                rows = tables["igen"][tables["ibag"]["generator"][bag] : tables["ibag"]["generator"][bag + 1]]
                zone = {int(row["kind"]): int(row["amount"]) for row in rows}
                if _SAMPLE in zone:
                    yield {**common, **zone}
                elif bag == first:
                    common = zone

    def _loop(self, zone: dict[int, int]) -> tuple[int, Loop] | None:
        """The sample of a zone and its loop, None where it does not loop."""
        if not zone.get(_MODES, 0) & _LOOPS:
            return None
        row = self.tables["shdr"][zone[_SAMPLE]]
        first, end = (
            int(row[name]) - int(row["start"]) + zone.get(fine, 0) + 32768 * zone.get(coarse, 0)
            for name, (fine, coarse) in (("first", _LOOP_STARTS), ("last", _LOOP_ENDS))
        )
        return zone[_SAMPLE], (first, end)


def read_preset(path: Path, bank: int, program: int) -> Preset | None:
    """One preset of a SoundFont; None where the file has none, or is of a kind that is not read.

    Raises
    ------
    OSError
        If the file can't be read.
    """
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        chunks = dict(_chunks(data))
        if not {*_TABLES, "smpl"} <= set(chunks) or "sm24" in chunks:
            return None
        tables = {name: np.frombuffer(data[_span(chunks[name], layout)], layout) for name, layout in _TABLES.items()}
        places = np.flatnonzero((tables["phdr"]["bank"][:-1] == bank) & (tables["phdr"]["preset"][:-1] == program))
        if not len(places):
            return None
        kept, old = _alone(tables, int(places[0]))
        if not np.isin(old["type"], _PLAIN).all() or (old["end"] < old["start"]).any():
            return None
        start = chunks["smpl"].start
        samples = [data[start + 2 * int(row["start"]) : start + 2 * int(row["end"])] for row in old]
        return Preset(kept, tuple(np.frombuffer(sample, "<i2").astype(np.int16) for sample in samples))


def _chunk(name: bytes, data: bytes) -> bytes:
    return name + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2)


def _chunks(data: mmap.mmap) -> Iterator[tuple[str, slice]]:
    """The chunks inside the lists of a file, and where their content lies."""
    place = 12 if data[:4] == b"RIFF" and data[8:12] == b"sfbk" else len(data)
    while place + 8 <= len(data):
        name, size = data[place : place + 4], struct.unpack("<I", data[place + 4 : place + 8])[0]
        if name == b"LIST":
            place += 12
            continue
        yield name.decode("latin-1"), slice(place + 8, place + 8 + size)
        place += 8 + size + size % 2


def _span(chunk: slice, layout: Any) -> slice:
    """Whole rows of a chunk."""
    size = np.dtype(layout).itemsize
    return slice(chunk.start, chunk.start + (chunk.stop - chunk.start) // size * size)


def _alone(tables: dict[str, Table], place: int) -> tuple[dict[str, Table], Table]:
    """The tables for one preset, and the rows of its samples as they stood."""
    preset = _bags(tables, "p", [place], tables["phdr"])
    instruments = _named(preset["pgen"], _INSTRUMENT)
    inside = _bags(tables, "i", instruments, tables["inst"])
    samples = _named(inside["igen"], _SAMPLE)
    old = tables["shdr"][samples]
    rows = np.append(old, tables["shdr"][-1:])
    lengths = (old["end"] - old["start"]).astype(np.int64)
    starts = np.cumsum(np.append(0, lengths + _SILENT_FRAMES))[:-1]
    for name in ("end", "first", "last"):
        rows[name][:-1] = (old[name].astype(np.int64) - old["start"] + starts).clip(0)
    rows["start"][:-1], rows["link"][:-1] = starts, [_place(samples, link) for link in old["link"].astype(int)]
    together = {**preset, **inside, "shdr": rows}
    return {name: together[name] for name in _TABLES}, old


def _bags(tables: dict[str, Table], letter: str, rows: list[int], heads: Table) -> dict[str, Table]:
    """The heads at these rows, with their bags, generators and modulators, counted anew."""
    bags, head = tables[f"{letter}bag"], np.append(heads[rows], heads[-1:])
    spans = [range(int(heads["bag"][row]), int(heads["bag"][row + 1])) for row in rows]
    head["bag"] = np.cumsum([0, *map(len, spans)])
    inside = [bag for span in spans for bag in span]
    kept = np.append(bags[inside], bags[-1:])
    found = {"phdr" if letter == "p" else "inst": head, f"{letter}bag": kept}
    for name, table in (("generator", f"{letter}gen"), ("modulator", f"{letter}mod")):
        pieces = [tables[table][int(bags[name][bag]) : int(bags[name][bag + 1])] for bag in inside]
        kept[name] = np.cumsum([0, *map(len, pieces)])
        found[table] = np.concatenate([*pieces, tables[table][-1:]])
    return found


def _named(generators: Table, kind: int) -> list[int]:
    """What generators of a kind name, in their order, each once; they name it by its new place from here on."""
    which = np.flatnonzero(generators["kind"][:-1] == kind)
    names = [int(amount) & 0xFFFF for amount in generators["amount"][which]]
    order = sorted(set(names))
    generators["amount"][which] = [order.index(name) for name in names]
    return order


def _place(order: list[int], name: int) -> int:
    return order.index(name) if name in order else 0
