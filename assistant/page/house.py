"""What every visitor of the page shares.

Conventions: none of it changes while the page runs but whose turn it is; a visitor's own things are in his `Session`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from assistant.deliver import EngineCard, ReferenceCheck, SimilarityCheck
from assistant.generator import Generator
from assistant.interpret import NOBODY, Advisers
from assistant.library import Library
from assistant.page.lines import Lines
from assistant.page.storage import Storage
from assistant.page.turns import Turns
from assistant.settings import Settings
from assistant.store import Store


@dataclass(frozen=True)
class House:
    """Data, settings, the engines that can run and the one of them that composes unless asked, and the storage."""

    library: Library
    settings: Settings
    engine: Callable[[str], Generator]
    card: Callable[[str], EngineCard]
    engine_names: tuple[str, ...]
    default_engine: str
    storage: Storage
    similarity: SimilarityCheck | None = None
    reference: ReferenceCheck | None = None
    advisers: Advisers = NOBODY
    store: Store | None = None
    turns: Turns = field(default_factory=Turns)
    campaigns: Lines = field(default_factory=Lines)
