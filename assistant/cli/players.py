"""Who composes and who paints, as the command line names them.

Conventions: an engine that is named and cannot run here is an error before anything is made; where an effort is named,
or a take that was painted is gone on with, what cannot run is said and the score's own rendering is heard.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from assistant.cli.speaking import tell
from assistant.errors import EngineError, InputError

if TYPE_CHECKING:
    from assistant.generator import Generator
    from assistant.library import Library
    from assistant.session import TakeRecord


@dataclass(frozen=True)
class Players:
    """The engine that composes and, where sound is to be painted, the one that paints it."""

    composes: str
    studio: Generator | None = None
    freedom: float | None = None

    def for_line(self) -> dict[str, Any]:
        """What a `Line` takes of them."""
        from models.registry import engine_card, get_engine

        return {
            "generator": get_engine(self.composes),
            "card": engine_card(self.composes),
            "studio": self.studio,
            "studio_card": engine_card,
            "freedom": self.freedom,
        }


def players_asked(options: argparse.Namespace, library: Library) -> Players:
    """Those of ``score``: by name, or by effort.

    Raises
    ------
    EngineError
        If the engine that is named is unknown or cannot run here.
    InputError
        If a freedom is given that no engine has.
    """
    from models.registry import chosen_engine, default_engine, get_engine, list_engines

    if options.freedom is not None and not 0 <= options.freedom <= 1:
        raise InputError(f"--freedom {options.freedom:g}", "0 (follow the score closely) to 1 (freely)", "correct it")
    name, spine = options.engine, default_engine()
    if name is None:
        name, reasons = chosen_engine(options.effort, **_use(options, library))
        if options.effort == "final" and name == spine:
            tell(f"note: no engine of sound for this here, so {spine}'s own rendering is heard: {'; '.join(reasons)}")
        elif options.effort == "draft" and reasons:
            tell(f"note: engine {reasons[0].replace(': ', ' cannot run here (', 1)}); {name} composes")
    writes = {info.name: info.writes for info in list_engines()}
    if writes.get(name) == "sound":
        return Players(spine, get_engine(name), options.freedom)
    if options.freedom is not None and (options.engine is not None or options.effort == "draft"):
        legal = ", ".join(each for each, kind in writes.items() if kind == "sound")
        raise InputError(f"--freedom with engine {name!r}", f"an engine of sound: {legal}", "leave it out, or name one")
    return Players(name)


def players_of(take: TakeRecord) -> Players:
    """Those of a take that is gone on with."""
    from assistant.painting import Absent
    from models.registry import get_engine

    if take.skin is None:
        return Players(take.engine)
    try:
        return Players(take.engine, get_engine(take.skin.engine))
    except EngineError as error:
        return Players(take.engine, Absent(take.skin.engine, error))


def _use(options: argparse.Namespace, library: Library) -> dict[str, Any]:
    """What the music is for, where the choice depends on it."""
    if options.effort != "final":
        return {}
    from assistant.brief import Brief
    from assistant.feedback import skin_wish_in
    from assistant.interpret import read_brief

    wish = skin_wish_in(options.text)
    asked = read_brief(Brief(wish.rest or options.text), library=library).constraints
    return {"use": asked.use, "insist": wish.insists}
