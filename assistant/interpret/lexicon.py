"""Tables of ``prompts/lexicon/``: what words mean in numbers, whatever the language."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from assistant.datafile import read_data


@cache
def table(name: str, prompts_dir: Path) -> dict[str, Any]:
    """One table of the lexicon; raises `DataError` when its file is damaged or names no sources."""
    return read_data(prompts_dir / "lexicon" / f"{name}.toml")
