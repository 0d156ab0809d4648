"""What every visitor of the page shares.

Conventions: none of it changes while the page runs but whose turn it is; a visitor's own things are in his `Session`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from assistant.brief import Brief
from assistant.deliver import EngineCard, ReferenceCheck, SimilarityCheck
from assistant.errors import EngineError
from assistant.feedback import skin_wish_in
from assistant.generator import Generator
from assistant.interpret import NOBODY, Advisers, read_brief
from assistant.library import Library
from assistant.page.lines import Lines
from assistant.page.stops import Stops
from assistant.page.storage import Storage
from assistant.page.turns import Turns
from assistant.painting import Absent
from assistant.session import TakeRecord
from assistant.settings import Settings
from assistant.store import Store

FINAL = "final"
"""The effort that a visitor may choose in place of an engine."""


@dataclass(frozen=True)
class House:
    """Data, settings, the engines that can run and the one of them that composes unless asked, and the storage.

    ``engine_names`` write scores, ``sounds`` paint over them, ``not_here`` are those that cannot run and why. ``final``
    gives the best engine of this machine for a use, and whether the person insists; it is offered as `FINAL` where that
    is one of ``sounds``.
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
    final: Callable[[str, bool], str] | None = None

    @cached_property
    def offered(self) -> tuple[str, ...]:
        """Every engine that a visitor may choose, and the effort `FINAL` where it is more than composing."""
        has_final = bool(self.sounds) and self.final is not None and self.final("other", False) in self.sounds
        return (*self.engine_names, *((FINAL,) if has_final else ()), *self.sounds)

    def players(self, name: str, words: str = "", before: TakeRecord | None = None) -> dict[str, Any]:
        """What a `Line` takes for an engine that was chosen: who composes, and who paints where it is one of sound.

        Parameters
        ----------
        name : str
            Of `offered`.
        words : str
            What the visitor says: for `FINAL` it matters what the music is for.
        before : TakeRecord, optional
            The take that they may be about.
        """
        if name == FINAL and FINAL in self.offered:
            name = self._best(words, before)
        paints = name in self.sounds
        composes = self.default_engine if paints else name
        return {
            "generator": self.engine(composes),
            "card": self.card(composes),
            "studio": self.engine(name) if paints else None,
            "studio_card": self.card,
        }

    def _best(self, words: str, before: TakeRecord | None) -> str:
        """The engine of sound for what was said; where none is for that use, the one that waits for the word."""
        wish = skin_wish_in(words)
        use = read_brief(Brief(wish.rest or words), library=self.library).constraints.use
        insists = wish.insists
        if before is not None:
            use = before.constraints.use if use == "other" else use
            insists = insists or bool(before.skin and before.skin.insisted)
        best = self.final(use, insists) if self.final is not None else ""
        return best if best in self.sounds else self.sounds[0]

    def players_of(self, take: TakeRecord) -> dict[str, Any]:
        """The same for a take that is gone on with; what cannot run here any more says so."""
        skin, found = take.skin, self.players(take.engine)
        if skin is None:
            return found
        try:
            return found | {"studio": self.engine(skin.engine)}
        except EngineError as error:
            return found | {"studio": Absent(skin.engine, error)}
