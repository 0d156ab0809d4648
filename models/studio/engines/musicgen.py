"""MusicGen (Meta), through transformers; `models.studio.engines.codes` says how it writes.

Conventions: 30 s at most, mono at 32 kHz. Its weights may not be used for what earns money (CC-BY-NC).

Source: Copet et al. 2023, Simple and Controllable Music Generation; huggingface.co/facebook/musicgen-small.
"""

from __future__ import annotations

from typing import Any

from models.studio.engines.codes import CodeEngine
from models.studio.values import GUIDE, REPAINT, TEXT


class MusicGen(CodeEngine):
    """The engine."""

    name = "musicgen"
    can = frozenset({TEXT, GUIDE, REPAINT})
    kind = "MusicgenForConditionalGeneration"


def load(weights: str = "", **how: Any) -> MusicGen:
    """The engine with some weights; `engines.base.Engine` says how."""
    return MusicGen(weights, **how)
