"""Weights that come with a copy: where they lie, whether they are the published ones, what they learned from.

Conventions: a folder has ``weights.toml``, which names the file, its SHA-256 and its sources; an environment variable
may name another file, which is not checked. Tensors are half precision in the file and single in memory.
"""

from __future__ import annotations

import hashlib
import os
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assistant.errors import EngineError

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class Published:
    """A network's weights.

    Parameters
    ----------
    folder : Path
        Where ``weights.toml`` lies, and the file beside it.
    variable : str
        The environment variable that may name another file.
    trainer : str
        The module that writes such files.
    """

    folder: Path
    variable: str
    trainer: str

    @property
    def record(self) -> dict[str, Any]:
        """What ``weights.toml`` says; empty where there is none."""
        table = self.folder / "weights.toml"
        return tomllib.loads(table.read_text("utf-8")) if table.is_file() else {}

    @property
    def sha256(self) -> str:
        """What the published file must hash to."""
        return str(self.record.get("sha256", ""))

    @property
    def own_path(self) -> Path:
        """The published file, there or not."""
        return self.folder / str(self.record.get("file", "weights.safetensors"))

    @property
    def other(self) -> Path | None:
        """The file that the environment names in its place."""
        named = os.environ.get(self.variable, "")
        return Path(named) if named else None

    @property
    def path(self) -> Path:
        """The file that would be loaded, there or not."""
        return self.other or self.own_path

    def missing(self) -> str:
        """Why the weights cannot be loaded; empty when they can."""
        if self.path.is_file():
            return ""
        return f"its weights are not at {self.path}" if self.other else "its weights are not part of this copy"

    def about(self) -> tuple[str, tuple[str, ...]]:
        """Name and hash of the published weights, and what they learned from, each with its licence."""
        record = self.record
        sources = tuple(f"{each['name']} ({each['licence']})" for each in record.get("learned_from", ()))
        return f"{record.get('file', '')} (SHA-256 {self.sha256[:16]})", sources

    def check(self) -> Path:
        """The published file; raises `EngineError` where its hash is another than that on record."""
        found = digest_of(self.own_path)
        if found != self.sha256:
            given = f"{self.own_path.name} with SHA-256 {found[:12]}"
            raise EngineError(given, f"{self.sha256[:12]}", "fetch this copy's own file again")
        return self.own_path

    def read(self, path: Path) -> tuple[dict[str, str], dict[str, Tensor]]:
        """Head and tensors of a file; raises `EngineError` where it is no safetensors file."""
        from safetensors import SafetensorError, safe_open

        try:
            with safe_open(str(path), "pt") as file:
                return file.metadata() or {}, {name: file.get_tensor(name).float() for name in file.keys()}  # noqa: SIM118
        except SafetensorError as error:
            raise self.unfit(path, error) from error

    def unfit(self, path: Path, error: Exception) -> EngineError:
        """That a file is none that can be loaded."""
        return EngineError(f"{path.name}: {error}", f"weights that {self.trainer} wrote", "train anew")


def digest_of(path: Path) -> str:
    """SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
