"""How fast the programs of known SoundFonts speak, and which of their loops have corners: ``prompts/soundfonts/``.

It was measured once. Measuring a program takes a tenth of a second (`assistant.render.attack`), and the first cue of a
process would wait for that with every part. A table holds the very same figures for one SoundFont, so a cue sounds the
same with and without it. It is known again by its size, its beginning and its end, never by its name.

Conventions: milliseconds, whole ones, as they are measured; pitches are MIDI numbers.
"""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from typing import Any

from assistant.datafile import read_data
from assistant.errors import DataError
from assistant.settings import ROOT

FOLDER = ROOT / "prompts" / "soundfonts"
_LOOKED_AT_BYTES = 65536


def known_speech(
    player: str, soundfont: Path, rate_hz: int, program: int, velocity: int, pitches: tuple[int, ...]
) -> tuple[tuple[float, ...], tuple[float, ...]] | None:
    """Seconds to half and to nearly full level at each pitch; None where no table was measured that way."""
    table = _tables().get((player, fingerprint(soundfont), rate_hz, velocity, pitches))
    found = table.get(program) if table else None
    return found if found is None else (found[0], found[1])


def known_corners(soundfont: Path, program: int) -> tuple[str, ...] | None:
    """The samples of a program whose loops turn with a corner (`assistant.render.loops`); None where nobody looked."""
    return _corners().get(fingerprint(soundfont), {}).get(program)


@cache
def fingerprint(path: Path) -> str:
    """What a SoundFont file is known by: 16 hex digits; nothing where it can't be read."""
    try:
        with path.open("rb") as file:
            size = path.stat().st_size
            digest = hashlib.sha256(str(size).encode())
            digest.update(file.read(_LOOKED_AT_BYTES))
            file.seek(max(0, size - _LOOKED_AT_BYTES))
            digest.update(file.read(_LOOKED_AT_BYTES))
    except OSError:
        return ""
    return digest.hexdigest()[:16]


Table = dict[int, tuple[tuple[float, ...], tuple[float, ...]]]


@cache
def _tables() -> dict[tuple[str, str, int, int, tuple[int, ...]], Table]:
    """Every table, by how it was measured."""
    found = {}
    for path in sorted(FOLDER.glob("*.toml")):
        data = read_data(path)
        try:
            pitches = tuple(data["pitches"])
            made = (data["player"], data["fingerprint"], data["rate_hz"], data["velocity"], pitches)
            found[made] = {int(name): _times(row, len(pitches)) for name, row in data["programs"].items()}
        except (KeyError, TypeError, ValueError) as error:
            raise DataError(f"{path}: {error!r}", "measure it again: python -m models.evaluation.speaking") from error
    return found


@cache
def _corners() -> dict[str, dict[int, tuple[str, ...]]]:
    """By SoundFont and program."""
    found: dict[str, dict[int, tuple[str, ...]]] = {}
    for path in sorted(FOLDER.glob("*.toml")):
        data = read_data(path)
        rows = {int(name): tuple(row["corners"]) for name, row in data["programs"].items() if "corners" in row}
        found.setdefault(str(data["fingerprint"]), {}).update(rows)
    return found


def _times(row: dict[str, Any], count: int) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Both rows of a program in seconds."""
    half, full = (tuple(int(each) / 1000 for each in row[name]) for name in ("half_ms", "full_ms"))
    if not len(half) == len(full) == count:
        raise ValueError(f"{len(half)} and {len(full)} figures for {count} pitches")
    return half, full
