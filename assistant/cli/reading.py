"""``cuewright parse`` and ``cuewright revise --dry-run``: words understood, nothing made.

Conventions: answers are the contract's objects.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from assistant.brief import Brief
from assistant.cli.speaking import Json, answer_with, clip_of, each_line, from_json, lines_of, load_library, text_of
from assistant.constraints import Constraints, Understanding
from assistant.errors import BriefError, InputError
from assistant.explain import say_constraints, voice

if TYPE_CHECKING:
    from assistant.interpret import Advisers
    from assistant.library import Library


def run_parse(options: argparse.Namespace) -> int:
    """What a brief means."""
    from models.registry import advisers

    library, helpers = load_library(), advisers()

    def understand(line: Json) -> Json:
        return _understood(text_of(line), clip_of(line), library, helpers)

    if options.jsonl is not None:
        return each_line(options.jsonl, understand)
    if options.text is None:
        raise BriefError("no text", 'cuewright parse "TEXT" or --jsonl FILE', "describe the scene in quotes")
    answer_with(_understood(options.text, options.clip, library, helpers))
    return 0


def _understood(text: str, clip_path: str | None, library: Library, helpers: Advisers) -> Json:
    """The contract's answer to a brief: outcome, constraints, and what the person reads."""
    from assistant.clip import measure_clip
    from assistant.interpret import read_brief

    clip = measure_clip(Path(clip_path)) if clip_path else None
    understanding = read_brief(Brief(text, clip_path), library=library, clip=clip, advisers=helpers)
    answer: Json = {
        "outcome": understanding.outcome,
        "constraints": understanding.constraints.to_contract(),
        "say": understanding_said(understanding),
    }
    if understanding.outcome == "ask":
        answer["answers"] = list(voice(understanding.constraints.language).ask(understanding.remarks).answers)
    return answer


def understanding_said(understanding: Understanding) -> str:
    """What the person reads of it."""
    speaker = voice(understanding.constraints.language)
    remarks = speaker.say_all(understanding.remarks)
    if understanding.outcome == "ask":
        return remarks
    return " ".join(filter(None, (say_constraints(understanding.constraints, speaker), remarks)))


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
    """The contract's answer to a reply: changes, keep, and the constraints after it."""
    from assistant.feedback import apply_changes, read_reply, reply_to_contract

    reply = read_reply(text, constraints=before, library=library)
    after = apply_changes(before, reply.changes)
    return {**reply_to_contract(reply), "constraints": after.to_contract()}
