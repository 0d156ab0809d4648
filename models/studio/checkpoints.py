"""The weights of others: which there are, where they lie here, and what is missing.

Conventions: nothing here loads a model, and nothing but `fetch` uses the network. A checkpoint is known by
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
import re
import sys
from collections.abc import Sequence
from pathlib import Path

from assistant.errors import AssistantError
from models.studio.catalogue import (
    RECORD,
    VARIABLE,
    Checkpoint,
    checkpoint,
    checkpoints,
    kept_offline,
    own_folder,
)
from models.studio.fetching import fetch, how_to_convert
from models.studio.wholeness import fault_in

__all__ = ["Checkpoint", "checkpoint", "checkpoints", "commit", "fault_in", "fetch", "folder", "missing", "own_folder"]


def folder(name: str) -> Path | None:
    """Where a checkpoint lies here, complete or not; None where there is nothing of it."""
    known = checkpoint(name)
    own = own_folder(name)
    if own is not None and own.is_dir():
        return own
    from huggingface_hub import try_to_load_from_cache

    found = try_to_load_from_cache(known.repository, known.files[0], revision=known.revision)
    return Path(found).parents[known.files[0].count("/")] if isinstance(found, str) else None


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
    try:
        chosen = [checkpoint(name) for name in options.names or (checkpoints() if options.what == "list" else ())]
        for known in chosen:
            if options.what == "list":
                sys.stdout.write(_listed(known))
                continue
            sys.stderr.write(f"{known.title}: about {known.gigabytes:.1f} GB, {known.licence} ({known.licence_url})\n")
            path = fetch(known.name)
            sys.stdout.write(f"{path}\n")
            sys.stderr.write(how_to_convert(known.name, path) + "\n" if known.convert else "")
    except AssistantError as error:
        sys.stderr.write(f"error: {error}\n")
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
