"""``make space``: write the folder for a Hugging Face Space, look at it, and take it there when asked.

::

    make space                                         writes build/space/ and says what is in it
    make space ARGS="--dry-run OWNER/NAME"             lists what would go, and how
    make space ARGS="--upload OWNER/NAME"              takes it there; HF_TOKEN holds the token, never written
    make space ARGS="--hardware zero-a10g ..."         for a GPU that is lent (the only Space of a free account)

Exit 0 done, 2 what was given cannot be used (a secret found, no token, no such hardware), 1 the Hub refused it.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from assistant.errors import AssistantError, InputError
from assistant.settings import ROOT
from tests.space.contents import LARGEST_REGULAR, by_lfs, read_settings, write_folder
from tests.space.inspection import is_binary, secrets_in

MOST_SHOWN = 20


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.space", description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=ROOT / "build" / "space", help="the folder to write")
    parser.add_argument("--hardware", default="cpu-basic", help="cpu-basic or zero-a10g")
    parser.add_argument("--public", action="store_true", help="a Space that is new is private unless you say this")
    way = parser.add_mutually_exclusive_group()
    way.add_argument("--upload", metavar="OWNER/NAME", help="take the folder to this Space")
    way.add_argument("--dry-run", metavar="OWNER/NAME", help="only list what would go there, and how")
    given = parser.parse_args(arguments)
    try:
        _run(given)
    except AssistantError as error:
        print(f"error: {error}", file=sys.stderr)
        return error.exit_code
    return 0


def _run(given: argparse.Namespace) -> None:
    settings = read_settings()
    hardware = settings.on(given.hardware)
    files = write_folder(given.out, settings, hardware)
    check(given.out, files)
    heavy = [name for name in files if by_lfs((given.out / ".gitattributes").read_text("utf-8"), name)]
    sizes = {name: (given.out / name).stat().st_size for name in files}
    print(f"{given.out}: {len(files)} files, {sum(sizes.values()) / 1e6:.1f} MB, for {hardware.name}; no secret found")
    print(f"{len(heavy)} through LFS or Xet ({sum(sizes[name] for name in heavy) / 1e6:.1f} MB), the rest as text:")
    for name in heavy:
        print(f"  {sizes[name]:>12,}  {name}")
    if given.dry_run:
        print(f"would go to {given.dry_run}, {'' if given.public else 'private, '}if it is new:")
        for name in files:
            print(f"  {'lfs' if name in heavy else 'text':5}{sizes[name]:>12,}  {name}")
    elif given.upload:
        from tests.space.upload import upload

        token = os.environ.get("HF_TOKEN", "")
        if not token:
            raise InputError("no token", "a token that may write, in HF_TOKEN", "make one at huggingface.co/settings")
        where = upload(given.out, files, given.upload, hardware.name, token=token, is_private=not given.public)
        print(f"there, and the same there as here: {where}")


def check(folder: Path, files: Sequence[Path]) -> None:
    """Raise `InputError` where the Hub would refuse the folder, or where a secret would leave with it."""
    found = list(secrets_in(folder, files))
    if found:
        more = f" and {len(found) - MOST_SHOWN} more" if len(found) > MOST_SHOWN else ""
        raise InputError("; ".join(found[:MOST_SHOWN]) + more, "no secret in any file", "take it out, and revoke it")
    attributes = (folder / ".gitattributes").read_text("utf-8")
    for name in files:
        heavy = is_binary(folder / name) or (folder / name).stat().st_size > LARGEST_REGULAR
        if heavy and not by_lfs(attributes, name):
            raise InputError(f"file {str(name)!r}", "every binary through LFS or Xet", "see tests/space/contents.py")


if __name__ == "__main__":
    sys.exit(main())
