"""What a question about a take asks for: its key, tempo, length, players, metre, style, loudness, reasons or rights.

Conventions: topics are the keys of ``[question]`` in ``prompts/feedback/<language>.toml``; a question about an
instrument without another topic asks why it plays, or whether it does.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from assistant.constraints import Constraints
from assistant.feedback.clauses import cut
from assistant.feedback.context import Context
from assistant.feedback.tongue import language_of
from assistant.library import Library
from assistant.settings import ROOT

TOPICS = ("rights", "why", "key", "tempo", "meter", "length", "players", "loudness", "style")
"""What can be asked, the more special first: "why is it in D minor" names a key and asks for a reason."""

STATED = ("tempo", "length", "loudness")
"""Quantities whose words are topics too: "is it slow?" asks for the tempo."""


@dataclass(frozen=True)
class Asked:
    """A question: what it is about (empty: everything), and the instruments that it names."""

    topic: str = ""
    instruments: tuple[str, ...] = ()


def read_question(
    text: str, *, constraints: Constraints, library: Library, prompts_dir: Path = ROOT / "prompts"
) -> Asked:
    """What a question asks for.

    Parameters
    ----------
    text : str
    constraints : Constraints
        What the take was made from.
    library : Library

    Returns
    -------
    Asked
    """
    tag = language_of(text, hint=constraints.language, prompts_dir=prompts_dir)
    clauses = cut(text, tag, prompts_dir)
    context = Context(constraints, library)
    named = tuple(dict.fromkeys(name for clause in clauses for _, name in context.instruments(clause)))
    found = {mark.value for clause in clauses for mark in clause.find("question")}
    found |= {mark.field for clause in clauses for mark in clause.quantities if mark.field in STATED}
    topic = next((name for name in TOPICS if name in found), "")
    if named and topic in ("", "players"):
        topic = "why"
    return Asked(topic, named)
