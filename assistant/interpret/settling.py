"""One question at most before there is music: what is still open after the person's answer gets a default that is said.

Conventions: works on remarks of `outcome.ASKING`; each has its default here and its sentence in ``prompts/replies/``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from assistant.constraints import Constraints
from assistant.interpret.outcome import ASKING, longer
from assistant.remark import Remark

USUAL_PLAYER = "piano"
"""Who plays when a person rules out everybody and then doesn't say."""


def one_question(remarks: Sequence[Remark]) -> tuple[Remark, ...]:
    """The remarks with the first question alone."""
    questions = [remark for remark in remarks if remark.code in ASKING]
    return tuple(remark for remark in remarks if remark.code not in ASKING or remark is questions[0])


def settle(constraints: Constraints, remarks: Sequence[Remark]) -> tuple[Constraints, tuple[Remark, ...]]:
    """The constraints with a default for every question, and what was chosen in the questions' place."""
    said: list[Remark] = []
    for remark in remarks:
        if remark.code in ASKING:
            constraints, chosen = _DEFAULTS[remark.code](constraints, remark)
            said.append(chosen)
        else:
            said.append(remark)
    return constraints, tuple(dict.fromkeys(said))


def _longer(asked: Constraints, remark: Remark) -> tuple[Constraints, Remark]:
    last_s = max(hit.at_s for hit in asked.hits)
    length_s = longer(last_s)
    return replace(asked, duration_s=length_s), Remark.of("default_after_end", at_s=last_s, seconds=length_s)


def _heard(asked: Constraints, remark: Remark) -> tuple[Constraints, Remark]:
    banned = tuple(name for name in asked.instruments.exclude if name != USUAL_PLAYER)
    players = replace(asked.instruments, include=(USUAL_PLAYER,), exclude=banned)
    return replace(asked, instruments=players), Remark.of("default_heard")


def _allowed(asked: Constraints, remark: Remark) -> tuple[Constraints, Remark]:
    name = str(remark.fact("instrument"))
    banned = tuple(each for each in asked.instruments.exclude if each != name)
    include = tuple(dict.fromkeys([*asked.instruments.include, name]))
    chosen = Remark.of("default_allowed", instrument=name)
    return replace(asked, instruments=replace(asked.instruments, include=include, exclude=banned)), chosen


def _either(asked: Constraints, remark: Remark) -> tuple[Constraints, Remark]:
    facts: dict[str, Any] = {fact.name: fact.value for fact in remark.facts}
    return asked, Remark.of("default_either", **facts)


def _scene(asked: Constraints, remark: Remark) -> tuple[Constraints, Remark]:
    return asked, Remark.of("default_scene")


_DEFAULTS: Mapping[str, Callable[[Constraints, Remark], tuple[Constraints, Remark]]] = {
    "ask_hit_after_end": _longer,
    "ask_no_instruments": _heard,
    "ask_only_banned": _allowed,
    "ask_contradiction": _either,
    "ask_wish": _scene,
    "ask_language": _scene,
}
