"""What may be done with the music, use by use, as it follows from the engine's licence.

Conventions: ``allowed`` is True, False, or None for "ask first"; the words for each use stand in
``prompts/papers/<language>.toml``. A use is allowed as far as *we* know; what the person brought (a clip, a tune) stays
theirs to clear, and nothing here promises that a work made by a program can be owned.
"""

from __future__ import annotations

from dataclasses import dataclass

from assistant.deliver.values import EngineCard
from assistant.records import STRICT

EARNING = ("advert", "client", "film", "game", "monetised")
"""Uses that earn money: they follow the engine's licence."""


@dataclass(frozen=True)
class Use:
    """One use: its name in the texts, and whether it is allowed."""

    __pydantic_config__ = STRICT

    use: str
    allowed: bool | None


def uses_of(card: EngineCard, *, brought: bool) -> tuple[Use, ...]:
    """Every use; ``brought`` says that the person brought a clip or a tune.

    Examples
    --------
    >>> [each.use for each in uses_of(EngineCard("rules", "Apache-2.0", True), brought=False) if each.allowed is None]
    ['exclusive']
    """
    private = Use("private", True if card.licence else None)
    earning = (Use(use, card.commercial_use) for use in EARNING)
    closing = (Use("exclusive", None), Use("unlabelled", False))
    return (private, *earning, *((Use("brought", None),) if brought else ()), *closing)
