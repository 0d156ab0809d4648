"""The templates of the pages that a delivery holds, and how they are read.

Conventions: an unknown name in a template is an error, and what a person wrote is escaped.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import jinja2

TEMPLATES = Path(__file__).resolve().parent / "report" / "templates"


def size_text(size_bytes: int) -> str:
    """A size as people write it.

    Examples
    --------
    >>> size_text(1_250_000), size_text(300)
    ('1.2 MB', '1 kB')
    """
    return f"{size_bytes / 1e6:.1f} MB" if size_bytes >= 1e6 else f"{max(1, round(size_bytes / 1e3))} kB"


@cache
def template(name: str) -> jinja2.Template:
    """A template, compiled once."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["size"] = size_text
    return environment.get_template(name)
