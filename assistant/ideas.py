"""Three directions in which a cue can go when somebody asks for ideas: calmer, bolder, stranger.

Conventions: the directions are data in ``prompts/ideas.toml``; each is a list of changes as a reply makes them
(`assistant.feedback`), so that a take made of one is an ordinary take. A direction never touches what was asked by
number or name: a stated tempo, key or metre stays, and so do players who were ruled out.

It does not make takes: `assistant.pipeline` walks the line once for each direction.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from assistant.constraints import Constraints
from assistant.datafile import read_data
from assistant.errors import DataError, InputError
from assistant.explain import FALLBACK_LANGUAGE
from assistant.feedback import Change, KeepWish
from assistant.plan import Plan
from assistant.settings import LARGEST_SEED

STATED = {"tempo_bpm": "tempo_bpm", "mode": "key", "meter": "meter"}
"""Fields that a direction may move, and the wish that forbids it."""


@dataclass(frozen=True)
class Step:
    """One change of a direction: somewhere by a step, or to the first of several values that is not there yet."""

    field: str
    to: str | None = None
    amount: float = 1.0
    part: str | None = None
    any: tuple[str, ...] = ()


@dataclass(frozen=True)
class Idea:
    """A direction: its names by language, what it changes, what it keeps, and whether its tune is a new one."""

    id: str
    names: Mapping[str, str]
    steps: tuple[Step, ...]
    keeps: tuple[str, ...] = ()
    fresh: bool = False
    leads: bool = False
    """Whether the next idea sets out from the take of this one."""

    def name(self, language: str) -> str:
        """What the direction is called in a language, in English where it has no name there."""
        return self.names.get(language, self.names[FALLBACK_LANGUAGE])

    def changes(self, asked: Constraints, plan: Plan | None = None) -> tuple[Change, ...]:
        """What the direction changes in these wishes.

        Parameters
        ----------
        asked : Constraints
        plan : Plan or None
            Of the take that it sets out from: a mode or a player that is there already is no new one.
        """
        made = (_change(step, asked, plan) for step in self.steps if not _is_stated(step, asked))
        return tuple(change for change in made if change is not None)

    def keep(self) -> tuple[KeepWish, ...]:
        """What comes back from the take that it sets out from."""
        return tuple(KeepWish(what) for what in self.keeps)

    def seed(self, seed: int) -> int:
        """The seed of its take, from that of the take that it sets out from."""
        return (seed + 1) % (LARGEST_SEED + 1) if self.fresh else seed


def _is_stated(step: Step, asked: Constraints) -> bool:
    if step.field == "instruments.include":
        return asked.instruments.alone
    return getattr(asked, STATED.get(step.field, ""), None) is not None


def _change(step: Step, asked: Constraints, plan: Plan | None) -> Change | None:
    if not step.any:
        return Change(step.field, to=step.to, amount=step.amount, part=step.part)  # type: ignore[arg-type]  # checked below
    new = [value for value in step.any if value not in _present(step.field, asked, plan)]
    if not new:
        return None
    if step.field == "instruments.include":
        return Change(step.field, add=(new[0],))
    return Change(step.field, value=new[0])


def _present(field: str, asked: Constraints, plan: Plan | None) -> Sequence[str]:
    """What of this field the cue has already, or must not have."""
    if field == "instruments.include":
        sounding = () if plan is None else tuple(part.instrument for part in plan.parts)
        return (*asked.instruments.include, *asked.instruments.exclude, *sounding)
    if plan is None:
        return ()
    return (plan.key.name.split()[-1],) if field == "mode" else tuple(str(bar.meter) for bar in plan.bars[:1])


def region_ideas(regions: Sequence[str], names: Mapping[str, str]) -> tuple[Idea, ...]:
    """A direction for each region: its colour and its players.

    Examples
    --------
    >>> region_ideas(["japan"], {"japan": "Japan"})[0].changes(Constraints())[0].value
    'japan'
    """
    return tuple(
        Idea(region, {FALLBACK_LANGUAGE: names.get(region, region)}, (Step("region", any=(region,)),))
        for region in regions
    )


@cache
def load_ideas(prompts_dir: Path) -> tuple[Idea, ...]:
    """The directions of ``ideas.toml``, in order.

    Raises
    ------
    DataError
        If a direction is none: a field that no reply can change, a step without a way to go, or no English name.
    """
    path = prompts_dir / "ideas.toml"
    return tuple(_idea(entry, path) for entry in read_data(path).get("idea", []))


def _idea(entry: dict[str, Any], path: Path) -> Idea:
    steps = tuple(
        Step(
            field=str(each.get("field", "")),
            to=each.get("to"),
            amount=float(each.get("amount", 1.0)),
            part=each.get("part"),
            any=tuple(each.get("any", ())),
        )
        for each in entry.get("change", [])
    )
    name = entry.get("id", "?")
    for step in steps:
        try:
            Change(step.field)
        except InputError as error:
            raise DataError(f"{path}, idea {name!r}: {error.given}", error.legal) from error
        if (step.to in ("lower", "higher")) == bool(step.any):
            raise DataError(f"{path}, idea {name!r}: {step.field}", 'give to = "lower" or "higher", or any = [...]')
    if FALLBACK_LANGUAGE not in entry.get("name", {}):
        raise DataError(f"{path}, idea {name!r} has no name in English", "add it")
    return Idea(name, entry["name"], steps, tuple(entry.get("keeps", ())), bool(entry.get("fresh", False)))
