"""What every command says and reads: JSON for programs, words for people, lines of JSON.

Conventions: results go to standard output, words for people to standard error; a bad line is answered with its error
and the rest goes on.
"""

from __future__ import annotations

import json
import logging
import math
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assistant.errors import AssistantError, BriefError, ClipError, InputError

if TYPE_CHECKING:
    from assistant.library import Library

Json = dict[str, Any]


LONGEST_REPEAT = 1_000_000
"""Characters that a ``text_repeat`` line may ask for."""


def load_library() -> Library:
    """Everything that can be played."""
    from assistant import library

    return library.load()


def names_in(words: str | None, option: str, legal: str) -> list[str]:
    """The names of an option's list; empty without the option.

    Raises
    ------
    InputError
        If the option was given and names nothing.
    """
    if words is None:
        return []
    names = [name.strip() for name in words.split(",") if name.strip()]
    if not names:
        raise InputError(f"{option} {words!r}", legal, f"name some, or leave {option} out for all")
    return names


def tell(words: str) -> None:
    """Words for the person."""
    print(words, file=sys.stderr, flush=True)


def answer_with(data: object) -> None:
    """A result for the program."""
    print(json.dumps(data, ensure_ascii=False), flush=True)


def each_line(source: str, work: Callable[[Json], Json]) -> int:
    """Answer every line in order; a bad line is answered with its error and the rest goes on."""
    worst = 0
    for number, raw in enumerate(lines_of(source), start=1):
        answer: Json
        identity: object = number
        try:
            line = _object_in(raw, number)
            identity = line.get("id", number)
            answer = work(line)
        except AssistantError as error:
            answer = {"error": str(error)}
            worst = max(worst, error.exit_code)
        except Exception as error:  # a fault of ours on one line must not silence the others
            logging.getLogger(__name__).debug("fault in line %d", number, exc_info=True)
            answer = {"error": f"{type(error).__name__}: {error}; this is a fault of ours; report it"}
            worst = max(worst, 1)
        answer_with({"id": identity, **answer})
    return worst


def text_of(line: Json) -> str:
    """The text of an input line: ``text``, or ``text_repeat`` [s, n] for s written n times."""
    if "text_repeat" in line:
        return _repeated(line["text_repeat"])
    text = line.get("text")
    if not isinstance(text, str):
        raise BriefError(f"line with text = {text!r:.40}", '{"id": ..., "text": "..."}', "give the text as a string")
    return text


def _repeated(wanted: object) -> str:
    """The text that a ``text_repeat`` asks for; raises `BriefError` when it is none, or too long."""
    match wanted:
        case [str(piece), int(count)] if not isinstance(count, bool) and 0 <= count <= LONGEST_REPEAT:
            if len(piece) * count <= LONGEST_REPEAT:
                return piece * count
    legal = f"[text, count], {LONGEST_REPEAT} characters at most"
    raise BriefError(f"text_repeat = {wanted!r:.40}", legal, "correct it, or repeat less")


def clip_of(line: Json) -> str | None:
    """The path of an input line's clip, None without one."""
    clip = line.get("clip")
    if clip is not None and not isinstance(clip, str):
        raise ClipError(f"line with clip = {clip!r:.40}", "the path of a file", "give the path as a string")
    return clip


def _object_in(raw: bytes, number: int) -> Json:
    """The JSON object of one line; raises `BriefError` when there is none."""
    try:
        line = from_json(raw.decode("utf-8-sig"))
    except json.JSONDecodeError as error:
        given = f"line {number}, which is not JSON at character {error.pos}"
        raise BriefError(given, "one JSON object a line", "correct that line") from error
    except (ValueError, RecursionError) as error:  # not UTF-8, NaN, a number beyond all bounds, nested too deeply
        given = f"line {number}, which can't be read ({str(error)[:80]})"
        raise BriefError(given, "one JSON object a line, in UTF-8", "correct that line") from error
    if not isinstance(line, dict):
        raise BriefError(f"line {number}", "a JSON object", "correct that line")
    return line


def from_json(text: str) -> Any:
    """The value of JSON text; NaN and infinite numbers are none, as the standard says."""

    def number(words: str) -> float:
        value = float(words)
        if not math.isfinite(value):
            raise ValueError(f"{words} is no number of JSON")
        return value

    return json.loads(text, parse_constant=number, parse_float=number)


def lines_of(source: str) -> Iterator[bytes]:
    """The lines of a file that hold something; ``-`` is standard input."""
    if source == "-":
        given = getattr(sys.stdin, "buffer", sys.stdin)
        yield from (line if isinstance(line, bytes) else line.encode() for line in given if line.strip())
        return
    try:
        with Path(source).open("rb") as file:
            yield from (line for line in file if line.strip())
    except (OSError, ValueError) as error:
        raise InputError(f"file {source!r}", "a JSON lines file in UTF-8", "name a file that can be read") from error
