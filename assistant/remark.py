"""Something that must be said to the person: a code and its facts, worded later in the person's language.

Conventions: ``code`` names a line of ``prompts/replies/<language>.toml`` under ``[remarks]``; ``facts`` fill its
``$slots``. Stations attach remarks to the values they make; `assistant.explain` turns them into sentences.
"""

from __future__ import annotations

from dataclasses import dataclass

from assistant.records import STRICT


@dataclass(frozen=True)
class Fact:
    """One slot of a remark: its name and its value."""

    __pydantic_config__ = STRICT

    name: str
    value: str | float | int


@dataclass(frozen=True)
class Remark:
    """A code and its facts.

    Examples
    --------
    >>> Remark.of("hit_infeasible", at_s=45.0, nearest_s=30.0).fact("at_s")
    45.0
    """

    __pydantic_config__ = STRICT

    code: str
    facts: tuple[Fact, ...] = ()

    @classmethod
    def of(cls, code: str, **facts: str | float | int) -> Remark:
        """A remark from keyword facts."""
        return cls(code, tuple(Fact(name, value) for name, value in facts.items()))

    def fact(self, name: str) -> str | float | int | None:
        """The value of one fact, or None."""
        return next((fact.value for fact in self.facts if fact.name == name), None)
