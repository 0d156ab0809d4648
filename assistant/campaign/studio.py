"""What a worker loads once and keeps: the library, the settings, and the engine that composes.

Conventions: the core doesn't know the engines; what does is a module whose name comes with the job (`Shared.registry`,
the outer ring writes ``"models.registry"``) and which answers `Registry`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Protocol, cast

from assistant import __version__, library
from assistant.campaign.values import Versions
from assistant.deliver.values import EngineCard, Similarity
from assistant.errors import EngineError, InputError
from assistant.generator import Generator
from assistant.library import Library
from assistant.render.craft import load_craft
from assistant.render.soundfonts import find_soundfont
from assistant.render.spoken import fingerprint
from assistant.score import Score
from assistant.settings import Settings, from_environment
from assistant.tuned import in_tune


class Registry(Protocol):
    """What a module that knows the engines can be asked."""

    def get_engine(self, name: str) -> Generator:
        """The engine of that name; raises `EngineError` where it cannot run."""

    def engine_card(self, name: str) -> EngineCard:
        """What papers say of it."""

    def compare_with_training(self, score: Score) -> Similarity | None:
        """What a score has in common with known melodies."""


@dataclass(frozen=True)
class Studio:
    """Everything that making a variant needs besides its job."""

    library: Library
    settings: Settings
    generator: Generator
    card: EngineCard
    registry: Registry


@cache
def studio_for(engine: str, registry: str) -> Studio:
    """The studio of an engine, loaded once a process.

    Raises
    ------
    EngineError
        If the engine cannot run here.
    """
    asked = registry_of(registry)
    loaded = library.load()
    generator = in_tune(asked.get_engine(engine), loaded)
    return Studio(loaded, from_environment(), generator, asked.engine_card(engine), asked)


def versions_here(engine: str, registry: str) -> Versions:
    """What a campaign is begun with on this machine; without a SoundFont here, that is left to those who make it."""
    settings = from_environment()
    try:
        font = find_soundfont(load_craft(settings.prompts_dir).soundfonts, settings.soundfont)
    except EngineError:
        soundfont = ""
    else:
        soundfont = f"{font.name} {fingerprint(font.path)}"
    return Versions(__version__, registry_of(registry).engine_card(engine).weights, soundfont)


def registry_of(name: str) -> Registry:
    """The module of that name; raises `InputError` where there is none."""
    try:
        return cast("Registry", import_module(name))
    except ImportError as error:
        raise InputError(f"registry {name!r:.60}", "a module that knows the engines", "name one") from error
