"""An engine that draws its notes from a Transformer of its own, trained on rights-clean music.

Read it in this order: `vocabulary` (the numbers that stand for music), `corpus` and `windows` (what is learned from),
`network`, `train`; then `conditions` (a plan in those numbers), `cells` and `drafts` (what is allowed and liked in a
cell), `form` (which cells there are), `manner` (a real piece's vocabulary), `decoding`, `processors` and `sampling`
(drawing), `choosing`, and `engine` (the one method).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from models.transformer.engine import TransformerGenerator

__all__ = ["TransformerGenerator"]


def __getattr__(name: str) -> Any:
    """The engine, imported when it is asked for: training and listing do without it."""
    if name == "TransformerGenerator":
        from models.transformer.engine import TransformerGenerator

        return TransformerGenerator
    raise AttributeError(name)
