"""Every finding in words, in groups.

Conventions: rows hold finished text in the person's language; nothing here is escaped yet, the template does that.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from assistant.check import Finding, Findings
from assistant.deliver.words import part_names, report_voice
from assistant.explain import Voice, voice
from assistant.score import Score

GROUPS = {
    "asked": (
        "length",
        "hit",
        "painted_hit",
        "agreement",
        "tempo",
        "meter",
        "key",
        "instrument",
        "no_instrument",
        "loudness",
        "kept",
    ),
    "emotion": ("arc", "valence", "arousal"),
}
"""Findings by what they are to a person; all others are the craft of the sound."""


CRAFT = "craft"


@dataclass(frozen=True)
class Promise:
    """One finding in words."""

    name: str
    about: str
    sentence: str
    met: bool
    on_sound: bool


@dataclass(frozen=True)
class PromiseGroup:
    """Findings that belong together; ``is_open`` when a person should see them at once."""

    name: str
    rows: tuple[Promise, ...]
    is_open: bool

    @property
    def met_count(self) -> int:
        """How many are kept."""
        return sum(row.met for row in self.rows)


def promises(findings: Findings, score: Score, language: str) -> list[PromiseGroup]:
    """Every finding in words, in groups, broken ones first; details are folded away unless one of them is broken."""
    texts, names = report_voice(language), _about_names(score, language)
    groups = []
    for group in (*GROUPS, CRAFT):
        items = [item for item in findings.items if _group(item.name) == group]
        rows = sorted((_promise(item, texts, names) for item in items), key=lambda row: row.met)
        if rows:
            is_open = group == "asked" or not all(row.met for row in rows)
            groups.append(PromiseGroup(texts.text("groups", group), tuple(rows), is_open))
    return groups


def _group(name: str) -> str:
    return next((group for group, members in GROUPS.items() if name in members), CRAFT)


def _about_names(score: Score, language: str) -> dict[str, str]:
    """What people call whatever a finding can be about: parts, sections, hits and instruments."""
    speaker, texts = voice(language), report_voice(language)
    kinds = (speaker.texts.get("instruments", {}), texts.texts["sections"], speaker.texts.get("hits", {}))
    names = {name: said for kind in kinds for name, said in kind.items()}
    emotions = {name: texts.name("findings", name) for name in ("valence", "arousal")}
    return names | emotions | part_names(score, language)


def _promise(item: Finding, texts: Voice, names: Mapping[str, str]) -> Promise:
    """One finding in words."""
    kind = item.name if item.name in texts.texts["promises"] else "other"
    if kind == "hit" and isinstance(item.achieved, str):
        kind = "hit_missing"
    asked, achieved = (_named(value, names) for value in (item.asked, item.achieved))
    slots = {"asked": asked, "achieved": achieved, "unit": item.unit}
    about = names.get(item.about, item.about.replace("-", " "))
    sentence = texts.text("promises", kind, **slots)
    return Promise(texts.name("findings", item.name), about, sentence, item.met, item.measured_on == "sound")


def _named(value: str | float, names: Mapping[str, str]) -> str:
    """A measure, or the names of what it lists."""
    if not isinstance(value, str):
        return figure(value)
    return ", ".join(names.get(item, item) for item in value.split(", ")) if value not in ("", "-") else "–"


def figure(value: str | float) -> str:
    """A measure with three decimals at most."""
    if isinstance(value, str):
        return value or "–"
    return f"{value:.3f}".rstrip("0").rstrip(".") if value else "0"
