"""What a language model reads in a brief: asked as JSON, parsed, checked, asked once more with its error.

Conventions: the answer is data of a stranger: only known fields in their legal ranges are taken, only ids of the
library, and a value only with words that stand in the brief. Nothing that the model writes is shown to a person.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from string import Template
from typing import Any

from assistant.constraints import USES, Constraints
from assistant.errors import InputError
from assistant.interpret.advisers import AdviserError, LanguageModel
from assistant.interpret.keys import METERS
from assistant.library import Library

TRIES = 2
LONGEST_ANSWER, LONGEST_BRIEF, MOST_POINTS = 20_000, 6_000, 8
"""Characters of an answer and of a brief that are looked at; points of an arc."""

_KEY = re.compile(r"[A-G][#b]? (major|minor)")

QUOTED = ("duration_s", "use", "styles", "region", "tempo_bpm", "meter", "key", "loop", "loudness_lufs")
"""Fields that count only with the words that say them; instruments have theirs one by one, an arc needs none."""


@dataclass(frozen=True)
class Advice:
    """What the model read: the values, and the words behind each, as they stand in the brief."""

    constraints: Constraints
    given: frozenset[str]
    words: Mapping[str, tuple[str, ...]]
    name: str


def advise(model: LanguageModel, brief: str, *, library: Library, prompts_dir: Path) -> Advice:
    """The model's reading of a brief.

    Raises
    ------
    AdviserError
        When it doesn't answer, or not with usable JSON even when told what was wrong.
    """
    complaint = ""
    for _ in range(TRIES):
        said = model.answer(prompt(brief, library, prompts_dir, complaint=complaint), schema=schema(library))
        try:
            return _checked(_object(said), brief[:LONGEST_BRIEF], library, model.name)
        except InputError as error:
            complaint = f"Your last answer could not be used: {error}. Answer with the JSON object alone."
    raise AdviserError(f"language model {model.name!r}", "an answer in JSON", "choose a model that follows its prompt")


def prompt(brief: str, library: Library, prompts_dir: Path, *, complaint: str = "") -> str:
    """What the model is asked: ``prompts/interpret.md`` with its slots filled."""
    template = Template((prompts_dir / "interpret.md").read_text("utf-8"))
    return template.substitute(
        uses=", ".join(USES),
        styles=", ".join(sorted(library.styles)),
        regions=", ".join(sorted(library.regions)),
        instruments=", ".join(_instruments(library)),
        brief=json.dumps(brief[:LONGEST_BRIEF], ensure_ascii=False),
        complaint=complaint,
    )


def schema(library: Library) -> dict[str, Any]:
    """The answer's JSON schema, for models that can be held to one."""
    number = {"type": "number"}
    unit = {"type": "number", "minimum": -1, "maximum": 1}
    names = {"type": "array", "items": {"enum": _instruments(library)}, "maxItems": 12}
    point = {"at": {"type": "number", "minimum": 0, "maximum": 1}, "valence": unit, "arousal": unit}
    return {
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "duration_s": number,
            "use": {"enum": list(USES)},
            "arc": {
                "type": "array",
                "maxItems": MOST_POINTS,
                "items": {"type": "object", "properties": point, "required": list(point)},
            },
            "styles": {"type": "array", "items": {"enum": sorted(library.styles)}, "maxItems": 3},
            "region": {"enum": sorted(library.regions)},
            "tempo_bpm": {"type": "array", "items": number, "minItems": 2, "maxItems": 2},
            "meter": {"enum": list(METERS)},
            "key": {"type": "string", "pattern": f"^{_KEY.pattern}$"},
            "instruments": {"type": "object", "properties": {"include": names, "exclude": names}},
            "loop": {"type": "boolean"},
            "loudness_lufs": number,
            "words": {"type": "object"},
        },
    }


def _instruments(library: Library) -> list[str]:
    return sorted({*library.instruments, *library.families})


def _object(said: str) -> dict[str, Any]:
    """The first JSON object in an answer; prose and fences around it are forgiven."""
    text = said[:LONGEST_ANSWER]
    start = text.find("{")
    if start < 0:
        raise InputError("an answer without {", "one JSON object", "write it")
    try:
        value, _ = json.JSONDecoder().raw_decode(text, start)
    except (ValueError, RecursionError) as error:
        raise InputError("an answer that is no JSON", "one JSON object", str(error)[:80]) from error
    if not isinstance(value, dict):
        raise InputError("an answer that is no object", "one JSON object", "write it")
    return value


def _checked(data: dict[str, Any], brief: str, library: Library, name: str) -> Advice:
    """The values that are legal and have words in the brief."""
    words = _words(data.pop("words", None), brief)
    known = set(schema(library)["properties"])
    data = {field: value for field, value in data.items() if field in known and value not in (None, [], "")}
    if "instruments" in data:
        data["instruments"] = _named(data["instruments"], words, library)
    for field in QUOTED:
        if field in data and not words.get(field):
            del data[field]
    data |= {"styles": [style for style in _texts(data.get("styles")) if style in library.styles][:3]}
    if "region" in data and not (isinstance(data["region"], str) and data["region"] in library.regions):
        raise InputError(f"region {str(data['region'])!r:.40}", "one of the list", "choose one of the list")
    if "key" in data and not _KEY.fullmatch(str(data["key"])):
        raise InputError(f"key {str(data['key'])!r:.40}", "such as D minor or Bb major", "correct it")
    if "meter" in data and str(data["meter"]) not in METERS:
        raise InputError(f"meter {str(data['meter'])!r:.40}", ", ".join(METERS), "choose one of these")
    _check_numbers(data)
    if "arc" in data:
        data["arc"] = _arc(data["arc"])
    try:
        constraints = Constraints.from_contract(data)
    except (TypeError, ValueError) as error:
        raise InputError("an answer of another form", "the fields as described", str(error)[:80]) from error
    return Advice(constraints, frozenset(field for field, value in data.items() if value), words, name)


def _arc(given: object) -> list[dict[str, Any]]:
    """The points of an arc in their order."""
    points = given if isinstance(given, list) else []
    if not 1 <= len(points) <= MOST_POINTS or not all(
        isinstance(point, dict) and all(_is_within(value, -1.0, 1.0) for value in point.values()) for point in points
    ):
        raise InputError(f"arc {str(given)!r:.60}", f"1 to {MOST_POINTS} points of at, valence, arousal", "correct it")
    return sorted(points, key=lambda point: point.get("at", 0.0))


def _is_within(value: object, low: float, high: float) -> bool:
    """Whether it is a number between two bounds; compared before anything else, for numbers may have 400 digits."""
    return isinstance(value, int | float) and not isinstance(value, bool) and low <= value <= high


def _check_numbers(data: Mapping[str, Any]) -> None:
    """No length, tempo or loudness beyond what a person could mean."""
    for field, low, high in (("duration_s", 0.0, 1e5), ("loudness_lufs", -100.0, 0.0)):
        value = data.get(field)
        if value is not None and not _is_within(value, low, high):
            raise InputError(f"{field} {str(value)!r:.40}", f"a number from {low:g} to {high:g}", "correct it")
    tempo = data.get("tempo_bpm")
    if tempo is not None and not (
        isinstance(tempo, list) and len(tempo) == 2 and all(_is_within(each, 20, 300) for each in tempo)
        and tempo[0] <= tempo[1]
    ):  # fmt: skip
        raise InputError(f"tempo_bpm {str(tempo)!r:.40}", "[low, high] within 20 to 300", "correct it")


def _words(given: object, brief: str) -> dict[str, tuple[str, ...]]:
    """The quotations that do stand in the brief, by field; an empty place where one does not."""
    if not isinstance(given, dict):
        return {}
    low = brief.lower()
    out = {}
    for field, said in given.items():
        texts = [said] if isinstance(said, str) else _texts(said)
        found = tuple(text if text.strip() and text.strip().lower() in low else "" for text in texts)
        if isinstance(field, str) and any(found):
            out[field] = found
    return out


def _named(given: object, words: dict[str, tuple[str, ...]], library: Library) -> dict[str, list[str]]:
    """Instruments of the library whose words stand in the brief; the words of the others are dropped with them."""
    legal = set(_instruments(library))
    out = {}
    for side in ("include", "exclude"):
        names = _texts(given.get(side)) if isinstance(given, dict) else []
        field = f"instruments.{side}"
        pairs = [
            (name, said) for name, said in zip(names, words.get(field, ()), strict=False) if name in legal and said
        ]
        out[side] = [name for name, _ in pairs]
        words[field] = tuple(said for _, said in pairs)
    return out


def _texts(given: object) -> list[str]:
    return [each for each in given if isinstance(each, str)] if isinstance(given, list) else []
