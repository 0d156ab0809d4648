"""Which engines there are, what each needs, and whether it can run here.

Conventions: an engine is made by its factory only when asked for; its class is imported inside the factory, so that
listing engines imports none of them. A new engine is one line in `_ENGINES`.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Literal

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
    writes : {"score", "sound"}
        What its takes are: a score, or sound that is painted over one (`assistant.generator.Painted`).
    memory_gib : float
        What it needs of a GPU; 0 where it needs none.
    disk_gb : float
        What its weights take on disk beside this copy.
    commercial_note : str
        Under which condition what it makes may be used in an advert; empty for none.
    """

    name: str
    title: str
    licence: str
    commercial_use: bool
    needs: tuple[str, ...]
    can_run: bool
    why_not: str = ""
    writes: Literal["score", "sound"] = "score"
    memory_gib: float = 0.0
    disk_gb: float = 0.0
    commercial_note: str = ""


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


_OF_SOUND = ("stable-audio-3", "ace-step", "stable-audio-open", "musicgen-melody", "musicgen", "audioldm2", "musicldm")
"""Engines that paint over a score, best first; each is a table of ``prompts/studio/checkpoints.toml``."""


def _make_sound(name: str) -> Generator:
    from models.lending import Cost, lent
    from models.studio.dispatch import about
    from models.studio.windows import painted_s

    told = about(name)
    return lent(name, partial(_make_painter, name), Cost(float(told["start_s"]), float(told["per_s"]), painted_s))


def _make_painter(name: str) -> Generator:
    from models.studio.painter import StudioGenerator

    return StudioGenerator(name)


def _describe_sound(name: str) -> EngineInfo:
    from models.studio.dispatch import sizes_of, why_not

    sizes, reason = sizes_of(name), why_not(name)
    least = min(size.offload_gib for size in sizes)
    memory = f"{sizes[0].memory_gib:g} GiB" + (f" ({least:g} slowly)" if least < sizes[0].memory_gib else "")
    needs = (f"GPU {memory}", f"weights {sizes[0].gigabytes:.1f} GB")
    return EngineInfo(
        name,
        f"paints over the score with {sizes[0].title}",
        sizes[0].licence,
        sizes[0].commercial_use,
        needs,
        not reason,
        reason,
        "sound",
        sizes[0].memory_gib,
        sizes[0].gigabytes,
        sizes[0].commercial_note,
    )


_ENGINES: dict[str, tuple[Callable[[], EngineInfo], Callable[[], Generator]]] = {
    "composer": (_describe_composer, _make_composer),
    "rules": (_describe_rules, _make_rules),
    "diffusion-score": (_describe_diffusion_score, _make_diffusion_score),
    **{name: (partial(_describe_sound, name), partial(_make_sound, name)) for name in _OF_SOUND},
}
"""The default first; where its weights are not part of a copy, the next that can run. Engines of sound stand last."""


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


def warm_for_lending() -> None:
    """Load the best engine of sound where a GPU is lent, so that no take spends its seconds on reading weights.

    To be called before the page starts, which is when ZeroGPU takes over what was loaded; elsewhere nothing happens,
    and what cannot be loaded is logged and refused when it is asked for.
    """
    from models.lending import is_lent

    if not is_lent():
        return
    name = default_engine("final")
    if name not in _OF_SOUND:
        return
    try:
        warm(name)
    except EngineError as error:
        logging.getLogger(__name__).warning("%s", error)


def default_engine(effort: str = "draft", *, use: str = "other", insist: bool = False) -> str:
    """The engine that an effort asks for: the best that can run here.

    Parameters
    ----------
    effort : {"draft", "final"}
        In seconds, or as good as this machine can.
    use : str
        What the music is for (`assistant.constraints.USES`); ``ad`` refuses weights that are not for commercial use.
    insist : bool
        Whether the person wants such weights even so.
    """
    return chosen_engine(effort, use=use, insist=insist)[0]


def chosen_engine(effort: str = "draft", *, use: str = "other", insist: bool = False) -> tuple[str, tuple[str, ...]]:
    """As `default_engine`, and why not each engine that would have been better."""
    reasons = tuple[str, ...]()
    if effort == "final":
        from models.studio.dispatch import choose

        choice = choose(use=use, insist=insist)
        if choice.engine is not None:
            return choice.engine, choice.reasons
        reasons = choice.reasons
    for name, (describe, _) in _ENGINES.items():
        info = describe()
        if info.can_run and info.writes == "score":
            return name, reasons
        reasons += (f"{name}: {info.why_not}",)
    raise EngineError("no engine that can run here", "one of its own weights or the rules", "fetch this copy anew")


def engine_card(name: str) -> EngineCard:
    """What the papers of a delivery say of an engine."""
    info = _ENGINES[name][0]()
    weights, sources = "", tuple[str, ...]()
    if info.writes == "sound":
        from models.studio.checkpoints import checkpoint
        from models.studio.dispatch import about

        known = checkpoint(name)
        weights, sources = f"{known.title} ({known.repository})", tuple(about(name)["trained"])
    elif info.needs == ("weights",):
        weights, sources = _about(name)
    return EngineCard(info.name, info.licence, info.commercial_use, weights, sources, info.commercial_note)


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
