"""What a walk along the line amounts to, for programs: the JSON that the command line prints and the page's API gives.

Conventions: plain lists, dicts, strings and numbers; names as in CONTRIBUTING, "The contract". A walk that ends in a
question has made nothing: it is an error, with the question in it.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from assistant.brief import Brief
from assistant.clip import measure_clip
from assistant.constraints import Understanding
from assistant.errors import BriefError
from assistant.explain import Question, say_constraints, voice
from assistant.feedback import Reply, reply_to_contract
from assistant.interpret import NOBODY, Advisers, read_brief
from assistant.library import Library
from assistant.pipeline import STATIONS, Step
from assistant.records import to_data
from assistant.session import Session, TakeRecord

Json = dict[str, Any]


def understood(text: str, clip_path: str | None, *, library: Library, advisers: Advisers = NOBODY) -> Json:
    """What a brief means: outcome, constraints, and what the person reads; answers to click where it is a question."""
    clip = measure_clip(Path(clip_path)) if clip_path else None
    understanding = read_brief(Brief(text, clip_path), library=library, clip=clip, advisers=advisers)
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


def summary_of(steps: Iterable[Step], before: Session) -> tuple[Json, Session]:
    """Walk to the end; what was said, changed, kept and made, and the session after it.

    Parameters
    ----------
    steps : iterable of Step
        A walk that `assistant.pipeline.converse` began in the session ``before``.

    Raises
    ------
    BriefError
        If the walk ends in a question.
    """
    summary: Json = {}
    seconds: dict[str, float] = {}
    ended = before
    for step in steps:
        if isinstance(step.value, Question):
            question = f"words that leave a question: {step.value.text}"
            raise BriefError(question, "words that can be scored", "say it again with the answer in it")
        if step.station in ("answer", "said"):
            summary["say"] = " ".join(filter(None, (summary.get("say"), str(step.value))))
        elif step.station == "difference":
            summary["difference"] = to_data(step.value)
        elif isinstance(step.value, Session):
            ended = step.value
        if step.station in STATIONS and step.value is not None:
            seconds[step.station] = round(step.seconds, 3)
        if isinstance(step.value, Understanding):
            summary |= {"outcome": step.value.outcome, "say": understanding_said(step.value)}
        if isinstance(step.value, Reply):
            summary |= reply_to_contract(step.value)
    take = ended.current_take
    if take is None or len(ended.takes) == len(before.takes):
        return summary | {"take": ended.current}, ended
    return summary | take_summary(take, seconds), ended


def take_summary(take: TakeRecord, seconds: dict[str, float]) -> Json:
    """Where a take lies and what was measured on it."""
    folder = Path(take.folder)
    return {
        "take": take.number,
        "folder": str(folder),
        "files": sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()),
        "length_s": take.plan.length_s,
        "key": take.plan.key.name,
        "tempo_bpm": [round(tempo.quarter_bpm, 2) for tempo in take.plan.tempo_map.tempos],
        "engine": take.engine,
        "seed": take.seed,
        **({"painting": to_data(take.account)} if take.account is not None else {}),
        "findings": [to_data(item) for item in take.findings.items],
        "seconds": seconds,
    }
