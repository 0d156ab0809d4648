"""What the report, the rights and the pictures say, in the person's language.

Conventions: texts are ``prompts/report/<language>.toml``; a language without a file is answered in English. Names of
instruments, styles, regions and hits are those of the conversation (`assistant.explain`).
"""

from __future__ import annotations

from collections import Counter

from assistant.explain import Voice, voice
from assistant.plan import Plan
from assistant.plan.standing_in import STAND_INS
from assistant.score import Score
from assistant.settings import ROOT

REPORT_DIR = ROOT / "prompts" / "report"


def report_voice(language: str) -> Voice:
    """The texts of the report.

    Examples
    --------
    >>> report_voice("zh").name("sections", "climax"), report_voice("eo").name("sections", "climax")
    ('高潮', 'climax')
    """
    return voice(language, REPORT_DIR)


def part_names(score: Score, language: str) -> dict[str, str]:
    """What people call each part: its instrument, with its role where two parts share the instrument."""
    speaker, texts = voice(language), report_voice(language)
    count = Counter(part.instrument for part in score.parts)
    names = {}
    for part in score.parts:
        name = speaker.name("instruments", part.instrument)
        names[part.id] = f"{name} ({texts.name('roles', part.role)})" if count[part.instrument] > 1 else name
    return names


def stood_in_for(plan: Plan) -> dict[str, str]:
    """By instrument, the name of the one that it stands in for (`assistant.plan.standing_in`)."""
    said = [str(remark.fact(STAND_INS)) for remark in plan.remarks if remark.code == STAND_INS]
    pairs = (pair.partition("=") for each in said for pair in each.split(","))
    return {instrument: name for name, _, instrument in pairs}
