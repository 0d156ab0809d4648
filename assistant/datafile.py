"""One data file of ``prompts/``: TOML that names its sources.

Conventions: whatever is wrong with a file is a `DataError` that names it; what its tables mean, each station checks.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from assistant.errors import DataError


def read_data(path: Path) -> dict[str, Any]:
    """The tables of a data file.

    Raises
    ------
    DataError
        If it cannot be read, is no TOML, or does not say where its contents come from.
    """
    try:
        with path.open("rb") as file:
            data = tomllib.load(file)
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror})", "restore the file") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise DataError(f"{path}: {error}", "correct the TOML") from error
    sources = data.get("sources")
    named = isinstance(sources, list) and all(isinstance(item, str) and item.strip() for item in sources)
    if not (named and sources):
        raise DataError(f"{path}: field 'sources' is {sources!r}", "name at least one source, as a list of texts")
    return data
