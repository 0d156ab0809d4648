"""Finds what in a brief is no wish: markup, code, paths, and orders to the machine instead of to the composer.

Conventions: stretches are raw characters. Nothing of it is ever run or obeyed; it is only not read as music. Patterns
stand in ``prompts/lexicon/hostile.toml``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from assistant.interpret.lexicon import table

_SENTENCE = re.compile(r"[^.!?\n。！？；;]+[.!?\n。！？；;]*")

Stretch = tuple[int, int]


@dataclass(frozen=True)
class Noise:
    """Stretches of code, and stretches that give orders to the machine."""

    code: tuple[Stretch, ...]
    orders: tuple[Stretch, ...]


def find_noise(raw: str, prompts_dir: Path) -> Noise:
    """What in ``raw`` is no wish."""
    code = tuple(match.span() for match in _pattern("code", prompts_dir).finditer(raw))
    order = _pattern("orders", prompts_dir)
    orders = tuple(match.span() for match in _SENTENCE.finditer(raw) if order.search(match[0]))
    return Noise(code, orders)


@cache
def _pattern(name: str, prompts_dir: Path) -> re.Pattern[str]:
    patterns = table("hostile", prompts_dir)[name]["patterns"]
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns), re.IGNORECASE)


def is_off_topic(raw: str, prompts_dir: Path) -> bool:
    """Whether the words ask for something that is no music: a translation, the weather, a program."""
    return bool(_pattern("off_topic", prompts_dir).search(raw))
