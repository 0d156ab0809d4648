"""What was understood, as rows: each value with the words that it came from.

Conventions: rows hold finished text in the person's language; nothing here is escaped yet, the template does that.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from assistant.constraints import Adjustment, Constraints, Evidence
from assistant.explain import Voice, mood

TOLD = (
    "duration_s",
    "use",
    "arc",
    "styles",
    "region",
    "colour",
    "fusion",
    "tempo_bpm",
    "meter",
    "key",
    "loop",
    "loudness_lufs",
    "instruments.include",
    "instruments.exclude",
    "hits",
    "adjust",
)
"""Fields that a person may have asked for, in the order in which they are told."""

UNTOLD = ("language", "own_sound")
"""Fields that go without saying, or are said elsewhere."""

ONE_BY_ONE = ("hits", "adjust")
"""Lists whose items are told each on its own row."""


@dataclass(frozen=True)
class Wish:
    """One understood value: its name, the value, the words that it came from (none when we chose it), and its field."""

    name: str
    value: str
    words: tuple[str, ...]
    assumed: bool
    field: str = ""


def wishes(asked: Constraints, speaker: Voice, texts: Voice) -> list[Wish]:
    """Everything that was understood, in the order of the evidence; what has no evidence of its own comes last."""
    sources: dict[str, list[Evidence]] = {}
    for item in asked.evidence:
        if item.field not in UNTOLD:
            base = _base(item.field)
            sources.setdefault(item.field if base in ONE_BY_ONE else base, []).append(item)
    rows = [_wish(field, items, asked, speaker, texts) for field, items in sources.items()]
    seen, default = {*sources, *map(_base, sources)}, Constraints()
    for name in TOLD:
        if name not in seen and _raw(asked, name) != _raw(default, name):
            rows.append(_wish(name, [], asked, speaker, texts))
    return [row for row in rows if row.value]


def _wish(field: str, items: list[Evidence], asked: Constraints, speaker: Voice, texts: Voice) -> Wish:
    """One value with all the words that it came from."""
    words = tuple(dict.fromkeys(item.words for item in items if item.words and not item.assumed))
    assumed = bool(items) and not words and all(item.assumed for item in items)
    name = texts.name("fields", _base(field))
    return Wish(name, value_text(asked, field, speaker, texts), words, assumed, field)


def _base(field: str) -> str:
    """A field without its place in a list."""
    return re.sub(r"\[\d+\]", "", field)


def _raw(asked: Constraints, field: str) -> object:
    """The value of a field such as ``instruments.include`` or ``hits[0]``; None when there is none."""
    value: object = asked
    for name, place in re.findall(r"(\w+)(?:\[(\d+)\])?", field):
        value = getattr(value, name, None)
        if place and isinstance(value, tuple):
            value = value[int(place)] if int(place) < len(value) else None
    return value


def value_text(asked: Constraints, field: str, speaker: Voice, texts: Voice) -> str:
    """The value of one field as people write it, empty when nothing stands there."""
    value, name = _raw(asked, field), _base(field)
    if value is None or value == ():
        return ""
    if name == "duration_s":
        return texts.text("report", "seconds", value=value)
    if name == "arc":
        moods = dict.fromkeys(mood(point, speaker) for point in asked.arc)
        return texts.texts["words"]["then"].join(moods)
    if name == "tempo_bpm" and asked.tempo_bpm is not None:
        low, high = asked.tempo_bpm
        return f"{low:g}-{high:g} BPM" if high > low else f"{low:g} BPM"
    if name == "loudness_lufs":
        return f"{value} LUFS"
    if name == "hits":
        hits = value if isinstance(value, tuple) else (value,)
        return texts.texts["words"]["comma"].join(f"{hit.at_s:g} s ({speaker.name('hits', hit.kind)})" for hit in hits)
    if name == "adjust":
        wanted = value if isinstance(value, tuple) else (value,)
        return texts.texts["words"]["comma"].join(_adjustment(item, speaker) for item in wanted)
    if name in ("styles", "instruments.include", "instruments.exclude"):
        ids = value if isinstance(value, tuple) else (str(value),)
        return speaker.names("styles" if name == "styles" else "instruments", ids)
    if name in ("use", "region", "colour"):
        return speaker.name(f"{name}s", str(value))
    if name == "fusion":
        return speaker.name("regions", str(value))
    if isinstance(value, bool):
        return "✓" if value else ""
    return str(value) if isinstance(value, str | float | int) else ""


def _adjustment(item: object, speaker: Voice) -> str:
    if not isinstance(item, Adjustment):
        return ""
    return f"{speaker.name('instruments', item.part)}: {item.field} {item.amount:+g}"
