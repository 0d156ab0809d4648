"""Which weights of others there are: whose, at which commit, what they need and allow.

Conventions: a checkpoint is known by the name of its engine, a smaller one of it as ``<engine>-small``. Bytes in files,
GiB on devices; both are about right. Whether its files are here, `models.studio.checkpoints` knows.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from typing import Any

from assistant.datafile import read_data
from assistant.errors import DataError, EngineError
from assistant.settings import ROOT

VARIABLE = "CUEWRIGHT_WEIGHTS"
"""Names a folder with a folder for each checkpoint."""
RECORD = "cuewright.json"
"""What is left in such a folder when it was fetched: whose weights, at which commit."""
DATA = ROOT / "prompts" / "studio" / "checkpoints.toml"


@dataclass(frozen=True)
class Checkpoint:
    """One set of weights; the fields are explained in ``prompts/studio/checkpoints.toml``.

    Parameters
    ----------
    name, title : str
    repository, revision : str
        On the hub; the revision is a commit.
    files : tuple of str
        What must be there, relative to its folder.
    bytes : int
        About what is downloaded.
    memory_gib, offload_gib : float
        What a device needs, whole and part by part.
    rate_hz : int
    longest_s : float
    licence, licence_url : str
    commercial_use : bool
        Whether what it makes may be used in an advert.
    commercial_note : str
        Under which condition.
    gated : bool
        Whether the hub wants a person's consent to the licence first.
    smaller : str
        The name of a smaller checkpoint of the same engine; empty for none.
    originals : tuple of str
        What is downloaded where it must be converted.
    convert : str
        The script of diffusers that converts it; empty when it is published as it is loaded.
    """

    name: str
    title: str
    repository: str
    revision: str
    files: tuple[str, ...]
    bytes: int
    memory_gib: float
    offload_gib: float
    rate_hz: int
    longest_s: float
    licence: str
    licence_url: str
    commercial_use: bool
    commercial_note: str = ""
    gated: bool = False
    smaller: str = ""
    originals: tuple[str, ...] = ()
    convert: str = ""

    @property
    def gigabytes(self) -> float:
        """About what is downloaded, in units of 10^9 bytes."""
        return self.bytes / 1e9


@cache
def checkpoints() -> Mapping[str, Checkpoint]:
    """Every checkpoint by its name.

    Examples
    --------
    >>> checkpoints()["ace-step"].commercial_use, checkpoints()["musicgen"].licence
    (True, 'CC-BY-NC-4.0')
    """
    tables = {name: table for name, table in read_data(DATA).items() if name != "sources"}
    made = {name: _checked(name, table) for name, table in tables.items()}
    for each in made.values():
        if each.smaller and each.smaller not in made:
            raise DataError(f"{DATA}: {each.name} names {each.smaller!r} as smaller", "name one of the tables")
    return made


def checkpoint(name: str) -> Checkpoint:
    """The checkpoint of that name; raises `EngineError` where there is none."""
    known = checkpoints()
    if name not in known:
        raise EngineError(f"weights {name!r}", f"one of {', '.join(known)}", "choose one of these")
    return known[name]


def own_folder(name: str) -> Path | None:
    """Its folder within ``CUEWRIGHT_WEIGHTS``, there or not; None where that is not set."""
    root = os.environ.get(VARIABLE, "")
    return Path(root) / name if root else None


def kept_offline() -> bool:
    """Whether the environment forbids the hub's client to use the network."""
    return os.environ.get("HF_HUB_OFFLINE", "").upper() in ("1", "ON", "YES", "TRUE")


def _checked(name: str, table: Any) -> Checkpoint:
    """A table of the data file as a checkpoint."""
    known = {each.name: each for each in fields(Checkpoint)}
    if not isinstance(table, dict) or (extra := set(table) - set(known)):
        raise DataError(f"{DATA}: table {name!r} has fields {sorted(extra)}", f"use {', '.join(known)}")
    values: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in table.items()}
    try:
        made = Checkpoint(name=name, **values)
    except TypeError as error:
        raise DataError(f"{DATA}: table {name!r}: {error}", "give every field") from error
    sound = made.bytes > 0 and made.memory_gib >= made.offload_gib > 0 and made.longest_s > 0 and made.files
    if not sound or not re.fullmatch(r"[0-9a-f]{40}", made.revision):
        raise DataError(f"{DATA}: table {name!r} is out of range", "give sizes above 0 and a commit")
    return made
