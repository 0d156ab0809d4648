"""Tables of ``prompts/lexicon/``: what words mean in numbers, whatever the language."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

from assistant.errors import DataError


@cache
def table(name: str, prompts_dir: Path) -> dict[str, Any]:
    """One table of the lexicon.

    Raises
    ------
    DataError
        If it names no sources.
    """
    path = prompts_dir / "lexicon" / f"{name}.toml"
    data = tomllib.loads(path.read_text(encoding="utf-8"))
    if not data.get("sources"):
        raise DataError(f"{path.name} without sources", "add a list named sources")
    return data
