"""A folder of a person's MIDI files as a table that the composer learns from, and why a file is not in it.

Conventions: files are read exactly as the composer's own corpus was (`models.transformer.corpus`). A piece belongs to
no collection (`vocabulary.SOURCES`). Pieces that share a melody, or are the same file twice, are one group; whole
groups are held out, so that what is measured was never learned.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from assistant.errors import InputError
from models.published import digest_of
from models.transformer import vocabulary as v
from models.transformer.corpus import Piece, arrays_of, group, read_or_say_why
from models.transformer.windows import Corpus

ENDINGS = (".mid", ".midi")
LEAST_BARS, LEAST_PIECES, SHORTEST = 64, 2, 4
"""Bars in all and different pieces below which nothing is learned, and bars of the shortest piece."""
HELD_OUT = 0.2
"""Share of the bars that are held out, as nearly as whole pieces allow."""
NAMED = 12
"""Refused files that an error names; the log names all."""


@dataclass(frozen=True)
class Own:
    """What a folder came to.

    Parameters
    ----------
    corpus : Corpus
        Split 0 to learn from, split 1 held out.
    files : tuple of str
        SHA-256 of every file that is used, sorted.
    bars : (int, int)
        To learn from, and held out.
    refused : tuple of str
        A line for each file that is not used.
    """

    corpus: Corpus
    files: tuple[str, ...]
    bars: tuple[int, int]
    refused: tuple[str, ...]


def read_folder(folder: Path, *, seed: int = 1) -> Own:
    """Every MIDI file at or below a folder, read and split.

    Parameters
    ----------
    folder : Path
    seed : int
        Which pieces are held out; the same seed and files hold out the same ones.

    Raises
    ------
    InputError
        If there are none, too few that can be used, or all are one piece; it says what is wrong with which.
    """
    if not folder.is_dir():
        raise InputError(f"folder {str(folder)!r}, which is not there", "a folder of MIDI files", "correct it")
    paths = sorted(path for path in folder.rglob("*") if path.suffix.lower() in ENDINGS and path.is_file())
    if not paths:
        raise InputError(f"folder {str(folder)!r} without MIDI files", "files that end in .mid or .midi", "correct it")
    pieces: list[Piece] = []
    refused: list[str] = []
    for path in paths:
        piece = read_or_say_why((v.SOURCES, path))
        if isinstance(piece, Piece) and len(piece.bars) < SHORTEST:
            piece = f"has fewer than {SHORTEST} bars"
        if isinstance(piece, str):
            refused.append(f"{path.relative_to(folder)} {piece}")
        else:
            pieces.append(replace(piece, name=digest_of(path)))
    splits = _split(folder, pieces, refused, seed)
    learned, held = (sum(len(piece.bars) for piece, at in zip(pieces, splits, strict=True) if at == k) for k in (0, 1))
    names = tuple(sorted({piece.name for piece in pieces}))
    return Own(Corpus.of(arrays_of(pieces, splits)), names, (learned, held), tuple(refused))


def _split(folder: Path, pieces: Sequence[Piece], refused: Sequence[str], seed: int) -> list[int]:
    """0 to learn from or 1 held out, for each piece."""
    bars = sum(len(piece.bars) for piece in pieces)
    groups = defaultdict[int, list[int]](list)
    for index, number in enumerate(group(list(pieces))):
        groups[number].append(index)
    if bars < LEAST_BARS or len(groups) < LEAST_PIECES:
        raise InputError(
            f"folder {str(folder)!r} with {bars} bars in {len(groups)} different piece{'s' * (len(groups) != 1)} that "
            f"can be learned from{_named(refused)}",
            f"at least {LEAST_BARS} bars in {LEAST_PIECES} pieces that share no melody (one is held out to measure on)",
            "add pieces",
        )
    splits = [0] * len(pieces)
    held = 0
    for members in sorted(groups.values(), key=lambda each: _lot(pieces[each[0]].name, seed))[:-1]:
        size = sum(len(pieces[index].bars) for index in members)
        if held and held + size > HELD_OUT * bars:
            continue
        held += size
        for index in members:
            splits[index] = 1
    return splits


def _lot(name: str, seed: int) -> str:
    """Where a piece stands when lots are drawn."""
    return hashlib.sha256(f"{seed} {name}".encode()).hexdigest()


def _named(refused: Sequence[str]) -> str:
    """What was refused, in brackets."""
    if not refused:
        return ""
    more = f", and {len(refused) - NAMED} more" if len(refused) > NAMED else ""
    return f" ({'; '.join(refused[:NAMED])}{more})"
