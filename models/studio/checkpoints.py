"""The weights of others: which there are, where they lie here, and what is missing.

Conventions: nothing here loads a model or uses the network (`models.studio.fetching` does). A checkpoint is known by
the name of its engine, a smaller one of it as ``<engine>-small``. It lies in the folder of that name within
``CUEWRIGHT_WEIGHTS``, where that is set and has one, else in the hub's cache (``HF_HOME``). Bytes in files, GiB on
devices.

::

    python -m models.studio.checkpoints                     # what is here, what is not, and why
    python -m models.studio.checkpoints fetch ace-step      # says how much, then downloads

It does not know whether a device is large enough (`models.studio.dispatch`), nor how an engine loads what it finds.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from typing import Any

from assistant.datafile import read_data
from assistant.errors import AssistantError, DataError, EngineError
from assistant.settings import ROOT
from models.studio.wholeness import fault_in

VARIABLE = "CUEWRIGHT_WEIGHTS"
DATA = ROOT / "prompts" / "studio" / "checkpoints.toml"
RECORD = "cuewright.json"
"""What `fetch` leaves in a folder of ours: whose weights, at which commit."""


@dataclass(frozen=True)
class Checkpoint:
    """One set of weights; the fields are explained in ``prompts/studio/checkpoints.toml``.

    Parameters
    ----------
    name, title : str
    repository, revision : str
        On the hub; the revision is a commit, or ``main``.
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


def folder(name: str) -> Path | None:
    """Where a checkpoint lies here, complete or not; None where there is nothing of it."""
    known = checkpoint(name)
    own = own_folder(name)
    if own is not None and own.is_dir():
        return own
    from huggingface_hub import try_to_load_from_cache

    found = try_to_load_from_cache(known.repository, known.files[0], revision=known.revision)
    return Path(found).parents[known.files[0].count("/")] if isinstance(found, str) else None


def own_folder(name: str) -> Path | None:
    """Its folder within ``CUEWRIGHT_WEIGHTS``, there or not; None where that is not set."""
    root = os.environ.get(VARIABLE, "")
    return Path(root) / name if root else None


def commit(name: str) -> str:
    """The commit of what lies here, as far as it is known: as fetched, as the hub's cache names it; else empty."""
    where = folder(name)
    if where is None:
        return ""
    try:
        return str(json.loads((where / RECORD).read_text("utf-8")).get("commit", ""))
    except (OSError, ValueError, AttributeError):
        return where.name if re.fullmatch(r"[0-9a-f]{40}", where.name) else ""


def missing(name: str) -> str:
    """Why a checkpoint can't be loaded, in a sentence that ends with what to do; empty when it can be."""
    known = checkpoint(name)
    where = folder(name)
    if where is None:
        return f"its weights (about {known.gigabytes:.1f} GB) are not on this machine: {_how(known)}"
    fault = fault_in(where, known.files)
    return f"its weights in {where} are incomplete, {fault}: {_how(known)}" if fault else ""


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
    if not sound or not re.fullmatch(r"main|[0-9a-f]{40}", made.revision):
        raise DataError(f"{DATA}: table {name!r} is out of range", "give sizes above 0 and a commit, or main")
    return made


def _how(known: Checkpoint) -> str:
    """What to do to have a checkpoint."""
    words = f"python -m models.studio.checkpoints fetch {known.name}"
    if kept_offline():
        words = f"unset HF_HUB_OFFLINE, which keeps this machine offline, then {words}"
    if known.convert:
        words += f", convert it as that says, and let {VARIABLE} name the folder above {known.name}/"
    return f"{words}{_consent(known)}"


def _consent(known: Checkpoint) -> str:
    return f" (agree to its licence at huggingface.co/{known.repository} first)" if known.gated else ""


def kept_offline() -> bool:
    """Whether the environment forbids the hub's client to use the network."""
    return os.environ.get("HF_HUB_OFFLINE", "").upper() in ("1", "ON", "YES", "TRUE")


def _listed(known: Checkpoint) -> str:
    """A line about one checkpoint for people."""
    use = "commercial use" if known.commercial_use else "no commercial use"
    what = f"{known.title}: {known.gigabytes:.1f} GB, {known.memory_gib:g} GiB on the device, {known.licence}, {use}"
    return f"{known.name}: {what}\n    {missing(known.name) or f'ready in {folder(known.name)}'}\n"


def main(words: Sequence[str] | None = None) -> int:
    """The command: list what there is, or fetch one."""
    parser = argparse.ArgumentParser(prog="python -m models.studio.checkpoints", description=__doc__.splitlines()[0])
    parser.add_argument("what", nargs="?", choices=("list", "fetch"), default="list")
    parser.add_argument("names", nargs="*", help="of checkpoints; all of them for list")
    options = parser.parse_args(words)
    from models.studio import fetching

    try:
        chosen = [checkpoint(name) for name in options.names or (checkpoints() if options.what == "list" else ())]
        for known in chosen:
            if options.what == "list":
                sys.stdout.write(_listed(known))
                continue
            sys.stderr.write(f"{known.title}: about {known.gigabytes:.1f} GB, {known.licence} ({known.licence_url})\n")
            path = fetching.fetch(known.name)
            sys.stdout.write(f"{path}\n")
            sys.stderr.write(fetching.how_to_convert(known.name, path) + "\n" if known.convert else "")
    except AssistantError as error:
        sys.stderr.write(f"error: {error}\n")
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
