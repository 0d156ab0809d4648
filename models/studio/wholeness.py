"""Whether the files of a checkpoint are whole, without loading it.

Conventions: a file is named relative to its folder, with slashes. Weights may be split into parts, with an index beside
them. A file of safetensors is whole when its header can be read and its size is what that says: a download that broke
off is found, other damage is not (that would need sums of whole gigabytes).

Sources: the format of safetensors (github.com/huggingface/safetensors): eight bytes of length, a header of JSON, data.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

_INDEX = ".index.json"
_LONGEST_HEADER = 100_000_000
"""Bytes; the format allows no more."""


def fault_in(where: Path, files: Sequence[str]) -> str:
    """The first thing that is wrong with the files of a folder; empty when all are there and can be read."""
    for file in files:
        if fault := _fault_of(where, file):
            return fault
    return ""


def _fault_of(where: Path, file: str) -> str:
    """What is wrong with one file, or with the parts that it is split into."""
    path, index = where / file, where / (file + _INDEX)
    if not path.is_file() and file.endswith(".safetensors") and index.is_file():
        return _fault_of_parts(where, file, index)
    if not path.is_file():
        return f"{file} is not there"
    if path.stat().st_size == 0:
        return f"{file} is empty"
    if file.endswith(".safetensors") and not _readable(path):
        return f"{file} is damaged"
    if file.endswith(".json") and _read_json(path) is None:
        return f"{file} is damaged"
    return ""


def _fault_of_parts(where: Path, file: str, index: Path) -> str:
    read = _read_json(index)
    named = read.get("weight_map") if isinstance(read, dict) else None
    if not isinstance(named, dict) or not named:
        return f"{file + _INDEX} is damaged"
    beside = file.rpartition("/")[0]
    parts = [f"{beside}/{part}" if beside else part for part in sorted(set(named.values()))]
    return next((fault for part in parts if (fault := _fault_of(where, part))), "")


def _readable(path: Path) -> bool:
    """Whether a file of safetensors is whole: its header can be read, and its size is what that says."""
    size = path.stat().st_size
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        if not 2 <= length <= min(size - 8, _LONGEST_HEADER):
            return False
        try:
            header = json.loads(file.read(length))
            last = max((each["data_offsets"][1] for key, each in header.items() if key != "__metadata__"), default=0)
        except (ValueError, TypeError, KeyError, AttributeError):
            return False
    return bool(8 + length + last == size)


def _read_json(path: Path) -> Any:
    """What a file of JSON holds; None where it can't be read."""
    try:
        return json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return None
