"""Frozen values to JSON and back, without loss, from their type hints alone.

Conventions: a value is a frozen standard dataclass whose fields are JSON scalars, tuples, or other such values;
unknown fields are refused. pydantic reads the type hints, so no value describes itself twice.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from typing import Any, TypeVar

from pydantic import ConfigDict, TypeAdapter, ValidationError

from assistant.errors import InputError

T = TypeVar("T")

STRICT = ConfigDict(extra="forbid", arbitrary_types_allowed=True, ser_json_inf_nan="constants")
"""Set as ``__pydantic_config__`` on every value, so that a misspelt field is an error and not a silence."""

# The argument is Any because mypy reads a class's __hash__ as that of its objects and finds no class hashable.
_adapter: Callable[[Any], TypeAdapter[Any]] = cache(TypeAdapter)


def to_data(value: object) -> dict[str, Any]:
    """Plain lists, dicts, strings and numbers for ``value``."""
    data = _adapter(type(value)).dump_python(value, mode="json")
    if not isinstance(data, dict):
        raise TypeError(f"{type(value).__name__} is not a record")
    return data


def to_json(value: object, *, indent: int | None = None) -> str:
    """``value`` as JSON text; ``from_json`` gives back an equal value."""
    return json.dumps(to_data(value), ensure_ascii=False, indent=indent)


def from_data(kind: type[T], data: object) -> T:
    """The ``kind`` that ``data`` describes.

    Raises
    ------
    InputError
        If a field is missing, unknown, or out of its range; the first such field is named.
    """
    try:
        value: T = _adapter(kind).validate_python(data)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(step) for step in first["loc"]) or "the whole value"
        raise InputError(
            f"{kind.__name__} with {where} = {first.get('input')!r:.80}",
            str(first["msg"]),
            "correct that field",
        ) from error
    return value


def from_json(kind: type[T], text: str) -> T:
    """The ``kind`` that JSON ``text`` describes; raises `InputError` as `from_data` does."""
    try:
        data = json.loads(text)
    except json.JSONDecodeError as error:
        raise InputError(f"text {text[:40]!r}", "JSON", f"correct it at character {error.pos}") from error
    except (ValueError, RecursionError) as error:  # a number beyond all bounds, nested too deeply
        raise InputError(f"text {text[:40]!r} ({str(error)[:60]})", "JSON", "correct it") from error
    return from_data(kind, data)
