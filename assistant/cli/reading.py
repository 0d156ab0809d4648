"""``cuewright parse`` and ``cuewright revise --dry-run``: words understood, nothing made.

Conventions: answers are the contract's objects.
"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from assistant.cli.speaking import Json, answer_with, clip_of, each_line, from_json, lines_of, load_library, text_of
from assistant.constraints import Constraints
from assistant.errors import BriefError, InputError

if TYPE_CHECKING:
    from assistant.library import Library


def run_parse(options: argparse.Namespace) -> int:
    """What a brief means."""
    from assistant.summary import understood
    from models.registry import advisers

    library, helpers = load_library(), advisers()

    def understand(line: Json) -> Json:
        return understood(text_of(line), clip_of(line), library=library, advisers=helpers)

    if options.jsonl is not None:
        return each_line(options.jsonl, understand)
    if options.text is None:
        raise BriefError("no text", 'cuewright parse "TEXT" or --jsonl FILE', "describe the scene in quotes")
    answer_with(understood(options.text, options.clip, library=library, advisers=helpers))
    return 0


def run_dry(options: argparse.Namespace) -> int:
    """What a reply means, with nothing made."""
    library = load_library()

    def understand(line: Json) -> Json:
        before = line.get("before", {})
        if not isinstance(before, dict):
            raise InputError(f"before = {before!r:.40}", "a constraints object", "correct that line")
        return _reply_understood(text_of(line), Constraints.from_contract(before), library)

    if options.jsonl is not None:
        return each_line(options.jsonl, understand)
    text = options.text if options.text is not None else options.folder
    if text is None:
        raise BriefError("no reply", 'cuewright revise --dry-run "TEXT" --constraints FILE', "say what to change")
    before = _constraints_in(options.constraints) if options.constraints is not None else {}
    answer_with(_reply_understood(text, Constraints.from_contract(before), library))
    return 0


def _constraints_in(source: str) -> Json:
    """The constraints of a file: on their own, or as ``parse`` printed them."""
    legal, cure = "constraints as JSON", "give what cuewright parse printed"
    try:
        data = from_json(b"".join(lines_of(source)).decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise InputError(f"file {source!r}", legal, cure) from error
    found = data.get("constraints", data) if isinstance(data, dict) else None
    if not isinstance(found, dict):
        raise InputError(f"file {source!r}", legal, cure)
    return found


def _reply_understood(text: str, before: Constraints, library: Library) -> Json:
    """The contract's answer to a reply: changes, keep, the constraints after it, and what must be said of them."""
    from assistant.explain import voice
    from assistant.feedback import apply_and_say, read_reply, reply_to_contract

    reply = read_reply(text, constraints=before, library=library)
    after = apply_and_say(before, reply.changes)
    said = voice(reply.language).say_all(tuple(dict.fromkeys((*reply.remarks, *after.remarks))))
    return {**reply_to_contract(reply), "constraints": after.constraints.to_contract(), "say": said}
