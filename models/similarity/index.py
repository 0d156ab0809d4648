"""The index: every line of the training pieces, and a filter that says which runs need not be looked for.

Conventions: four files stand beside ``index.toml``, which has their SHA-256. ``intervals.xz`` and ``times.xz`` are the
moves of all lines, one byte each, end to end; ``lines.xz`` says whose they are (JSON); ``filter.bin`` is a Bloom
filter. The lines make a find exact and give it a name: nothing is claimed that does not stand there note for note. They
are unpacked (24 MB) when the filter first finds something, once a process. They are in the public domain or under
licences that let them be handed on with their sources' names, which ``index.toml`` gives (``collections``).

Winnowing: of the four runs of `GRAM` notes within each varied run of twelve, the one with the smallest hash is in the
filter, together with the number of the block of the text (`BLOCKS`) in which the twelve begin. A run that stands in the
lines has the same smallest one, so it is never missed; one that does not is looked for, in vain, only where a run of
nine is shared, or by the filter's own error (``filter_error`` in ``index.toml``, for each block).

Sources: Schleimer, Wilkerson and Aiken 2003 (winnowing); Bloom 1970.
"""

from __future__ import annotations

import hashlib
import json
import lzma
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from assistant.errors import EngineError
from models.similarity.melody import REST, RUN, Array, Hashes, Ints, Line, hash_runs, is_varied, within

FOLDER = Path(__file__).parent / "data"
HEAD = "index.toml"
FILES = ("filter.bin", "intervals.xz", "times.xz", "lines.xz")
GRAM = 9
"""Notes of the runs that are in the filter."""
PROBES = 5
"""Bits that each of them sets."""
BLOCKS = 32
"""Stretches of the text that the filter tells apart, so that a look-up reads few of them."""
_BLOCK_KEYS = (np.arange(BLOCKS, dtype=np.uint64) * np.uint64(0xA24BAED4963EE407))[None, :]
_FILTERS = [{"id": lzma.FILTER_LZMA2, "preset": 6, "dict_size": 1 << 24, "lc": 3, "lp": 0, "pb": 0}]


@dataclass(frozen=True)
class Origin:
    """Where a line is from: the piece's file, its collection with its licence, the role that it plays there."""

    piece: str
    collection: str
    role: str


@dataclass(frozen=True)
class Text:
    """The lines, unpacked: moves end to end, where each line begins, and whose it is."""

    intervals: bytes
    times: npt.NDArray[np.uint8]
    starts: Ints
    origins: tuple[Origin, ...]

    def line_at(self, move: int) -> int:
        """The number of the line that a move stands in."""
        return int(np.searchsorted(self.starts, move, side="right")) - 1

    def bounds(self, line: int) -> tuple[int, int]:
        """First move of a line and the one after its last."""
        end = int(self.starts[line + 1]) if line + 1 < len(self.starts) else len(self.intervals)
        return int(self.starts[line]), end


@dataclass(frozen=True)
class Index:
    """An index on disk; nothing is read before it is needed.

    Parameters
    ----------
    folder : Path
        Where ``index.toml`` and its files lie.
    """

    folder: Path

    @cached_property
    def head(self) -> dict[str, Any]:
        """What ``index.toml`` says: pieces, lines, notes, corpus, hashes of the files."""
        path = self.folder / HEAD
        try:
            return tomllib.loads(path.read_text("utf-8"))
        except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise _damaged(path, str(error)) from error

    @cached_property
    def filter(self) -> Array:
        """The Bloom filter, bytes."""
        return np.frombuffer(self._read("filter.bin"), np.uint8)

    @cached_property
    def text(self) -> Text:
        """All lines."""
        intervals, times = self._unpacked("intervals.xz"), self._unpacked("times.xz")
        table = json.loads(self._unpacked("lines.xz"))
        moves = np.array(table["moves"], np.int64)
        if len(intervals) != len(times) or len(intervals) != moves.sum():
            raise _damaged(self.folder / "lines.xz", "lengths that do not agree")
        pieces, collections = table["pieces"], table["collections"]
        origins = tuple(
            Origin(pieces[piece][0], collections[pieces[piece][1]], table["roles"][role])
            for piece, role in zip(table["piece"], table["role"], strict=True)
        )
        starts = np.concatenate([[0], np.cumsum(moves)[:-1]])
        return Text(intervals, np.frombuffer(times, np.uint8), starts, origins)

    def candidates(self, line: Line) -> dict[int, list[range]]:
        """Where the varied runs of a line may stand: first move of the run, first moves in the text.

        No place where a run stands is missing.
        """
        at = np.flatnonzero(within(line.times, RUN) & is_varied(line.intervals, line.times))
        if not len(at):
            return {}
        found: dict[int, list[range]] = {}
        for run, block in np.argwhere(self._holds(winnowed(line)[at])).tolist():
            found.setdefault(int(at[run]), []).append(_block(block, int(self.head["moves"])))
        return found

    def _holds(self, hashes: Hashes) -> npt.NDArray[np.bool_]:
        """Which blocks may have which runs, shape (hashes, BLOCKS)."""
        pairs = hashes[:, None] + _BLOCK_KEYS
        bits = _probes(pairs.ravel(), len(self.filter) * 8)
        found = ((self.filter[bits >> 3] >> (bits & 7).astype(np.uint8)) & 1).all(axis=1)
        return np.asarray(found.reshape(pairs.shape), bool)

    def _read(self, name: str) -> bytes:
        wanted, path = self.head.get("sha256", {}).get(name), self.folder / name
        try:
            content = path.read_bytes()
        except OSError as error:
            raise _damaged(path, error.strerror or type(error).__name__) from error
        found = hashlib.sha256(content).hexdigest()
        if found != wanted:
            raise _damaged(path, f"SHA-256 {found[:12]}")
        return content

    def _unpacked(self, name: str) -> bytes:
        try:
            return lzma.decompress(self._read(name), lzma.FORMAT_RAW, filters=_FILTERS)
        except lzma.LZMAError as error:
            raise _damaged(self.folder / name, str(error)) from error


def missing() -> str:
    """Why the published index cannot be used; empty when it can."""
    return "" if (FOLDER / HEAD).is_file() else "the index of training melodies is not part of this copy"


@lru_cache(maxsize=2)
def load_index(folder: Path = FOLDER) -> Index:
    """The index of a folder, the same object each time.

    Raises
    ------
    EngineError
        Here or at the first look-up, if a file is absent or is not the one that was published.
    """
    return Index(folder)


def winnowed(line: Line) -> Hashes:
    """For every run of `RUN` notes the smallest hash of the runs of `GRAM` notes within it."""
    grams = hash_runs(line.intervals, line.times, GRAM)
    count = max(0, len(line) - RUN + 2)
    least = grams[:count].copy()
    for at in range(1, RUN - GRAM + 1):
        least = np.minimum(least, grams[at : at + count])
    return least


def _block(number: int, moves: int) -> range:
    """The moves of a block of the text."""
    size = -(-moves // BLOCKS)
    return range(number * size, min(moves, (number + 1) * size))


def _probes(hashes: Hashes, size: int) -> Ints:
    """The bits of each hash, shape (hashes, PROBES): double hashing after a last mixing."""
    mixed = hashes ^ (hashes >> np.uint64(32))
    mixed = mixed * np.uint64(0xD6E8FEB86659FD93)
    step = (mixed >> np.uint64(33)) | np.uint64(1)
    places = (mixed & np.uint64(0xFFFFFFFF))[:, None] + step[:, None] * np.arange(PROBES, dtype=np.uint64)
    return (places % np.uint64(size)).astype(np.int64)


def write_index(
    folder: Path, lines: Iterable[tuple[Origin, Line]], *, filter_bytes: int, about: Mapping[str, str]
) -> None:
    """Write an index of these lines, the same bytes for the same lines.

    Parameters
    ----------
    folder : Path
        Made when absent; its index is replaced.
    lines : iterable of (Origin, Line)
    filter_bytes : int
        Size of the filter: nine bits for each of what it holds keep its error near 1 %.
    about : mapping of str to str
        More that ``index.toml`` shall say.
    """
    folder.mkdir(parents=True, exist_ok=True)
    cut = [(origin, piece) for origin, line in lines for piece in _at_rests(line)]
    intervals = np.concatenate([line.intervals for _, line in cut]).astype(np.int8)
    times = np.concatenate([line.times for _, line in cut]).astype(np.uint8)
    grams = _grams([line for _, line in cut])
    contents = {
        "filter.bin": _bloom(grams, filter_bytes),
        "intervals.xz": _packed(intervals.tobytes()),
        "times.xz": _packed(times.tobytes()),
        "lines.xz": _packed(_table(cut)),
    }
    share = np.unpackbits(np.frombuffer(contents["filter.bin"], np.uint8)).mean()
    figures = {
        "collections": sorted({origin.collection for origin, _ in cut}),
        "pieces": len({origin.piece for origin, _ in cut}),
        "lines": len(cut),
        "notes": len(intervals) + len(cut),
        "moves": len(intervals),
        "grams": len(grams),
        "filter_error": round(float(share) ** PROBES, 6),
    }
    head = [f"{name} = {json.dumps(value)}" for name, value in ({**about, **figures}).items()]
    hashes = [f'"{name}" = "{hashlib.sha256(content).hexdigest()}"' for name, content in contents.items()]
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    opening = "# The index of training melodies, written by `python -m models.similarity.build`."
    (folder / HEAD).write_text("\n".join([opening, *head, "", "[sha256]", *hashes]) + "\n", "utf-8")


def _at_rests(line: Line) -> list[Line]:
    """A line parted at its long rests; what is shorter than a run is left out."""
    ends = [*np.flatnonzero(line.times >= REST).tolist(), len(line)]
    begins = [0, *(end + 1 for end in ends[:-1])]
    spans = [(first, last) for first, last in zip(begins, ends, strict=True) if last - first >= RUN - 1]
    return [Line(line.intervals[first:last], line.times[first:last]) for first, last in spans]


def _grams(lines: list[Line]) -> Hashes:
    """What the filter holds: the smallest hash of every varied run, with the block that it begins in."""
    size = _block(0, sum(len(line) for line in lines)).stop
    found, begins = [], 0
    for line in lines:
        at = np.flatnonzero(is_varied(line.intervals, line.times))
        found.append(winnowed(line)[at] + _BLOCK_KEYS[0, (begins + at) // size])
        begins += len(line)
    return np.unique(np.concatenate(found))


def _bloom(grams: Hashes, size: int) -> bytes:
    bits = np.zeros(size * 8, bool)
    for start in range(0, len(grams), 1 << 18):
        bits[_probes(grams[start : start + (1 << 18)], size * 8)] = True
    return np.packbits(bits, bitorder="little").tobytes()


def _table(lines: list[tuple[Origin, Line]]) -> bytes:
    """Whose lines they are: JSON with every name once."""
    collections = sorted({origin.collection for origin, _ in lines})
    roles = sorted({origin.role for origin, _ in lines})
    pieces = {(origin.piece, collections.index(origin.collection)): 0 for origin, _ in lines}
    pieces = {name: number for number, name in enumerate(pieces)}
    table = {
        "collections": collections,
        "roles": roles,
        "pieces": list(pieces),
        "piece": [pieces[origin.piece, collections.index(origin.collection)] for origin, _ in lines],
        "role": [roles.index(origin.role) for origin, _ in lines],
        "moves": [len(line) for _, line in lines],
    }
    return json.dumps(table, ensure_ascii=False, separators=(",", ":")).encode()


def _packed(content: bytes) -> bytes:
    return lzma.compress(content, lzma.FORMAT_RAW, filters=_FILTERS)


def _damaged(path: Path, found: str) -> EngineError:
    return EngineError(
        f"{path.name}: {found}", "the index that this copy was published with", "fetch this copy's own file again"
    )
