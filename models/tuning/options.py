"""What the commands of this package have in common: what they are told, and how their file is written."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from torch import Tensor

from assistant.errors import OutputError
from models.tuning.course import Course
from models.tuning.provenance import Provenance


def add_options(parser: argparse.ArgumentParser, **defaults: Any) -> None:
    """Folder, file, rights and the course."""
    parser.add_argument("folder", type=Path)
    parser.add_argument("--out", type=Path, required=True, help="the file that is written, .safetensors")
    parser.add_argument("--licence", default="", help="required: with what right these files may be learned from")
    kinds = {"steps": int, "every": int, "patience": int, "rate": float, "rank": int, "batch": int}
    for name, kind in kinds.items():
        parser.add_argument(f"--{name}", type=kind, default=defaults[name])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--precision", choices=("bf16", "no"), default="bf16")


def course_of(options: argparse.Namespace) -> Course:
    """The course that a command line asks for."""
    return Course(options.steps, options.every, options.patience, options.rate, seed=options.seed)


def write(path: Path, tensors: Mapping[str, Tensor], provenance: Provenance) -> None:
    """What was learned, in half precision, with where it comes from in the head; never half written.

    Raises
    ------
    OutputError
        If the place cannot be written.
    """
    from safetensors.torch import save_file

    unfinished = path.with_name(path.name + ".tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        save_file({name: value.half().contiguous() for name, value in tensors.items()}, unfinished, provenance.head())
        unfinished.replace(path)
    except OSError as error:
        raise OutputError(f"file {str(path)!r}", "a place that can be written", "choose another --out") from error
