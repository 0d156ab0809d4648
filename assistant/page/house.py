"""What every visitor of the page shares.

Conventions: none of it changes while the page runs but whose turn it is; a visitor's own things are in his `Session`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from assistant.deliver import EngineCard, ReferenceCheck, SimilarityCheck
from assistant.errors import EngineError
from assistant.generator import Generator
from assistant.interpret import NOBODY, Advisers
from assistant.library import Library
from assistant.page.lines import Lines
from assistant.page.stops import Stops
from assistant.page.storage import Storage
from assistant.page.turns import Turns
from assistant.painting import Absent
from assistant.session import TakeRecord
from assistant.settings import Settings
from assistant.store import Store


@dataclass(frozen=True)
class House:
    """Data, settings, the engines that can run and the one of them that composes unless asked, and the storage.

    ``engine_names`` write scores, ``sounds`` paint over them, ``not_here`` are those that cannot run and why.
    """

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
    stops: Stops = field(default_factory=Stops)
    campaigns: Lines = field(default_factory=Lines)
    sounds: tuple[str, ...] = ()
    not_here: tuple[tuple[str, str], ...] = ()

    @property
    def offered(self) -> tuple[str, ...]:
        """Every engine that a visitor may choose."""
        return (*self.engine_names, *self.sounds)

    def players(self, name: str) -> dict[str, Any]:
        """What a `Line` takes for an engine that was chosen: who composes, and who paints where it is one of sound."""
        paints = name in self.sounds
        composes = self.default_engine if paints else name
        return {
            "generator": self.engine(composes),
            "card": self.card(composes),
            "studio": self.engine(name) if paints else None,
            "studio_card": self.card,
        }

    def players_of(self, take: TakeRecord) -> dict[str, Any]:
        """The same for a take that is gone on with; what cannot run here any more says so."""
        skin, found = take.skin, self.players(take.engine)
        if skin is None:
            return found
        try:
            return found | {"studio": self.engine(skin.engine)}
        except EngineError as error:
            return found | {"studio": Absent(skin.engine, error)}
