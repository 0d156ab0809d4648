"""Which engines there are, what each needs, and whether it can run here.

Conventions: an engine is made by its factory only when asked for; its class is imported inside the factory, so that
listing engines imports none of them. A new engine is one line in `_ENGINES`.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from assistant.deliver.values import EngineCard, Likeness, Similarity
from assistant.errors import AssistantError, EngineError
from assistant.generator import Generator
from assistant.interpret import Advisers
from assistant.score import Score


@dataclass(frozen=True)
class EngineInfo:
    """What a person wants to know before choosing an engine.

    Parameters
    ----------
    name : str
        What the command line calls it.
    title : str
        One line for people.
    licence : str
        Licence of its code and weights.
    commercial_use : bool
        Whether what it makes may be used in an advert.
    needs : tuple of str
        What must be there: packages, weights, a GPU; empty when nothing.
    can_run : bool
        Whether it can run here and now.
    why_not : str
        What is missing, empty when it can run.
    """

    name: str
    title: str
    licence: str
    commercial_use: bool
    needs: tuple[str, ...]
    can_run: bool
    why_not: str = ""


def _make_rules() -> Generator:
    from models.rules import RulesGenerator

    return RulesGenerator()


def _describe_rules() -> EngineInfo:
    return EngineInfo("rules", "composes by the rules of the craft", "Apache-2.0", True, (), True)


def _make_composer() -> Generator:
    from models.transformer import TransformerGenerator

    return TransformerGenerator()


def _describe_composer() -> EngineInfo:
    from models.transformer.weights import missing

    why_not = missing()
    title = "writes tune, counter-line and bass with a network of its own, the rest by rule"
    return EngineInfo("composer", title, "Apache-2.0", True, ("weights",), not why_not, why_not)


def _make_diffusion_score() -> Generator:
    from models.diffusion_score import DiffusionGenerator

    return DiffusionGenerator()


def _describe_diffusion_score() -> EngineInfo:
    from models.diffusion_score.weights import missing

    why_not = missing()
    title = "paints tune, counter-line and bass out of noise with a network of its own, the rest by rule"
    return EngineInfo("diffusion-score", title, "Apache-2.0", True, ("weights",), not why_not, why_not)


_ENGINES: dict[str, tuple[Callable[[], EngineInfo], Callable[[], Generator]]] = {
    "composer": (_describe_composer, _make_composer),
    "rules": (_describe_rules, _make_rules),
    "diffusion-score": (_describe_diffusion_score, _make_diffusion_score),
}
"""The default first; where its weights are not part of a copy, the next that can run."""


def list_engines() -> tuple[EngineInfo, ...]:
    """Every engine, the default first.

    Examples
    --------
    >>> list_engines()[0].name
    'composer'
    """
    return tuple(describe() for describe, _ in _ENGINES.values())


def get_engine(name: str) -> Generator:
    """The engine of that name, ready to generate.

    Raises
    ------
    EngineError
        If there is no such engine, or it cannot run here.
    """
    if name not in _ENGINES:
        raise EngineError(f"engine {name!r}", f"one of {', '.join(_ENGINES)}", "choose one of these")
    describe, make = _ENGINES[name]
    info = describe()
    if not info.can_run:
        able = ", ".join(each.name for each in list_engines() if each.can_run)
        raise EngineError(f"engine {name!r}: {info.why_not}", f"here: {able}", "choose one of these")
    return make()


def warm(name: str) -> None:
    """Load what the first take of an engine would wait for, where it has a ``warm``; later ones find it loaded."""
    prepare = getattr(get_engine(name), "warm", None)
    if prepare is not None:
        prepare()


def default_engine(effort: str = "draft") -> str:
    """The engine that an effort (``draft`` or ``final``) asks for: the best that can run here."""
    del effort  # one engine so far serves both
    return next(engine.name for engine in list_engines() if engine.can_run)


def engine_card(name: str) -> EngineCard:
    """What the papers of a delivery say of an engine."""
    info = next(engine for engine in list_engines() if engine.name == name)
    weights, sources = "", tuple[str, ...]()
    if info.needs == ("weights",):
        weights, sources = _about(name)
    return EngineCard(info.name, info.licence, info.commercial_use, weights, sources)


def _about(name: str) -> tuple[str, tuple[str, ...]]:
    """Name and hash of an engine's weights, and what they learned from."""
    if name == "diffusion-score":
        from models.diffusion_score.weights import about as of_diffusion

        return of_diffusion()
    from models.transformer.weights import about

    return about()


def compare_with_training(score: Score) -> Similarity | None:
    """What a score's melodies have in common with those that the composer learned from, whichever engine wrote them.

    None, with a warning in the log, when the index is absent or damaged: a finished take is not lost for it, and its
    papers say that nothing was compared.
    """
    from models.similarity.report import compared

    try:
        return compared(score)
    except EngineError as error:
        logging.getLogger(__name__).warning("melodies were not compared: %s", error)
        return None


def compare_with_reference(score: Score, path: Path) -> Likeness | None:
    """How like a score is to the music in a file that the person brought; None, logged, where that can't be read."""
    from models.similarity.reference import compare, piece_of_file, piece_of_score

    try:
        return compare(piece_of_score(score, ""), piece_of_file(path, follow_voice=False))
    except AssistantError as error:
        logging.getLogger(__name__).warning("%s was not compared: %s", path.name, error)
        return None


@cache
def say_once(words: str) -> None:
    """A line for the log, once a process."""
    logging.getLogger(__name__).warning(words)


def advisers() -> Advisers:
    """Who helps to read briefs here; the model of emotion where its files are, loaded when it is first asked.

    Raises
    ------
    InputError
        If the environment names a language or vision model that cannot be used.
    """
    from models import language, vision
    from models.emotion import SceneAdviser, missing

    if why_not := missing():
        say_once(f"no model of emotion: {why_not}; word lists read briefs alone")
    return Advisers(
        emotion=None if why_not else SceneAdviser(),
        language=language.from_environment(),
        picture=vision.from_environment(),
    )


def warm_advisers() -> None:
    """Load what the first brief would wait for; what cannot be loaded is logged and not asked."""
    model = advisers().emotion
    try:
        if (prepare := getattr(model, "warm", None)) is not None:
            prepare()
    except EngineError as error:
        logging.getLogger(__name__).warning("%s", error)
