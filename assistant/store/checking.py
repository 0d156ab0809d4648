"""Whether a session that came from elsewhere may be worked with: every number, name and reference in it.

Conventions: what is wrong is an `InputError` that names it. The forms of the records were checked when they were read
(`assistant.records`); here it is their sizes, so that nothing in them makes us count to a billion, and what refers to
what. Files are named relative to the session's folder, exactly as `assistant.store.places` names them.
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterator
from typing import Any

from assistant.errors import InputError
from assistant.records import to_data
from assistant.session import Session, TakeRecord
from assistant.settings import LARGEST_SEED, LONGEST_S
from assistant.store.places import CLIP_NAME, TAKE_NAME

MOST_TAKES, MOST_TURNS, MOST_NOTES, MOST_BARS = 1000, 20_000, 200_000, 10_000
LARGEST_NUMBER, LONGEST_TEXT = 1e6, 2_000_000
LAST_Q = 20_000.0
"""Quarter notes in the longest cue at the highest tempo, and some."""
TAIL_S = 30.0
"""How much longer than the longest cue one with its tail may be."""
LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,2}")


def check_session(session: Session) -> None:
    """Raise `InputError` where something in a session is out of its range or refers to nothing."""
    numbers = [take.number for take in session.takes]
    _demand(len(numbers) <= MOST_TAKES, f"{len(numbers)} takes", f"{MOST_TAKES} at most")
    _demand(len(session.turns) <= MOST_TURNS, f"{len(session.turns)} turns", f"{MOST_TURNS} at most")
    rising = all(before < after for before, after in zip([0, *numbers], numbers, strict=False))
    _demand(rising and max(numbers, default=0) <= LARGEST_NUMBER, f"takes numbered {numbers[:6]}", "rising numbers")
    references = [session.current, *session.undone, *(turn.take for turn in session.turns)]
    _demand(set(references) <= {0, *numbers}, f"references to takes {references[:6]}", "takes that are there")
    folders = [take.folder for take in session.takes]
    _demand(len(set(folders)) == len(folders), f"takes in {folders[:6]}", "a folder of its own for each")
    _demand(bool(LANGUAGE.fullmatch(session.language)), f"language {session.language!r:.40}", "a tag such as en")
    for turn in session.turns:
        check_clip_name(turn.clip_path)
    _check_sizes(to_data(session.pending) if session.pending else {})
    for take in session.takes:
        _check_take(take, numbers)


def check_clip_name(name: str | None) -> None:
    """Raise `InputError` for what is no name that we give to a clip."""
    _demand(name is None or bool(CLIP_NAME.fullmatch(name)), f"clip {name!r:.60}", "a name such as clip-1.mp4")


def _check_take(take: TakeRecord, numbers: Collection[int]) -> None:
    _demand(bool(TAKE_NAME.fullmatch(take.folder)), f"folder {take.folder!r:.60}", "a name such as take-1")
    is_earlier = take.parent == 0 or (take.parent in numbers and take.parent < take.number)
    _demand(is_earlier, f"take {take.number} that revises take {take.parent}", "an earlier take")
    _demand(0 <= take.seed <= LARGEST_SEED, f"seed {take.seed}", f"0 to {LARGEST_SEED}")
    check_clip_name(take.clip.path if take.clip else None)
    language = take.constraints.language
    _demand(bool(LANGUAGE.fullmatch(language)), f"language {language!r:.40}", "a tag such as en")
    _check_sizes(to_data(take))
    plan, score = take.plan, take.score
    _demand(bool(plan.sections and plan.chords and score.parts), "an empty plan or score", "sections, chords and parts")
    longest_s = LONGEST_S + TAIL_S
    _demand(0 < plan.length_s <= longest_s, f"a plan of {plan.length_s:g} s", f"{longest_s:g} s at most")
    _demand(0 < score.length_s <= longest_s, f"a score of {score.length_s:g} s", f"{longest_s:g} s at most")
    notes = sum(len(part.notes) for part in score.parts)
    _demand(notes <= MOST_NOTES, f"{notes} notes", f"{MOST_NOTES} at most")
    for tempo_map, length_s in ((plan.tempo_map, plan.length_s), (score.tempo_map, score.length_s)):
        places = [tempo.at_q for tempo in tempo_map.tempos] + [change.at_q for change in tempo_map.meters]
        _demand(max(places) <= LAST_Q, f"a change at {max(places):g} quarters", f"{LAST_Q:g} at most")
        bars = tempo_map.quarters_at(length_s) / min(change.meter.bar_q for change in tempo_map.meters)
        _demand(bars <= MOST_BARS, f"{bars:.0f} bars", f"{MOST_BARS} at most")
    _demand(0 < plan.bar_count <= MOST_BARS, f"{plan.bar_count} bars", f"1 to {MOST_BARS}")
    _demand(0 <= plan.final_q <= LAST_Q, f"a last chord at {plan.final_q:g} quarters", f"0 to {LAST_Q:g}")


def _check_sizes(data: dict[str, Any]) -> None:
    """Raise `InputError` for a number or a text that is larger than any of ours."""
    for name, value in _leaves(data):
        if isinstance(value, str):
            _demand(len(value) <= LONGEST_TEXT, f"{name} of {len(value)} characters", f"{LONGEST_TEXT} at most")
        elif isinstance(value, int | float) and name != "seed":
            fits = math.isfinite(value) and abs(value) <= LARGEST_NUMBER
            _demand(fits, f"{name} of {value:g}", f"a number up to {LARGEST_NUMBER:g}")


def _leaves(data: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Every value that holds no others, with the name of the field that it stands in."""
    waiting: list[tuple[str, Any]] = list(data.items())
    while waiting:
        name, value = waiting.pop()
        if isinstance(value, dict):
            waiting += value.items()
        elif isinstance(value, list):
            waiting += ((name, item) for item in value)
        else:
            yield name, value


def _demand(holds: bool, given: str, legal: str) -> None:
    if not holds:
        raise InputError(f"a file of work with {given}", legal, "import a file that Cuewright wrote")
