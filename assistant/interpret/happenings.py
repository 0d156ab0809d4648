"""Times beside what happens at them, without a word such as "at": "logo: 18 s", "결승선 통과는 36초", "17秒、ドン".

Conventions: seconds. What may stand between the two is in the words files, ``[grammar]`` keys ``event_gap`` (what
happens, then the time) and ``event_after`` (the time, then what happens), as patterns; signs such as ":" do in every
language; ``event_end`` is what may follow such a time besides a sign, ``event_named`` what names a moment outright.
"""

from __future__ import annotations

import re
from dataclasses import replace

from assistant.interpret.quantities import Moment
from assistant.interpret.text import Text
from assistant.interpret.words import Found, words_file
from assistant.language import READ_LANGUAGES

_GAP = r"\s*[:=→>(@–-]{0,2}\s*"
_END = r"\s*(?:[^\w\s]|$)"
"""What follows a time at which something happens; "logo 3 seconds on screen" says how long."""
_LASTING = "間间간"
_SIGNS = r"\s*(?::|=|→|=?->?|=>|–|—)\s*"
THEN = re.compile(
    r"\s*[,;:–-]?\s*(?:(?:and|then|e|poi|dann|und|puis|et|y|luego|entonces|depois|и|потом|затем|"
    r"sonra|ve|ثم|فجأة|फिर) )*"
    r"(?:an? |the |un |una |uno |une |ein |eine |einen |um |uma |le |la |el |der |die |das )?"
)
"""What may stand between the end of a passage or of a silence and what happens there."""
_FARTHEST = 16
"""Characters between a time and what happens at it."""


def mark_happening(text: Text, moment: Moment, length: Moment | None) -> Moment:
    """The time, marked when a word for a hit stands beside it and it is neither the length nor a part of it."""
    if length is None or moment is length or moment.at_s >= length.at_s or moment.from_end:
        return moment
    if (find := _after_silence(text, moment)) is not None:
        return replace(moment, marked=True, partial=False, start=find.start, end=find.end)
    if not _is_free(moment) or text.plain[moment.end - 1] in _LASTING:
        return moment
    grammar = words_file(text.language, text.prompts_dir).get("grammar", {}) if text.language in READ_LANGUAGES else {}
    before, after = (
        f"(?:{_GAP}|{grammar.get('event_gap', _GAP)})",
        f"(?:{_SIGNS}|{grammar.get('event_after', _SIGNS)})",
    )
    ends = rf"(?:{grammar['event_end']}|{_END})" if "event_end" in grammar else _END
    closes = re.match(ends, text.between(moment.end, moment.end + 8))
    beside = any(
        (
            0 <= moment.start - find.end <= _FARTHEST
            and re.fullmatch(before, text.between(find.end, moment.start))
            and closes
        )
        or (0 <= find.start - moment.end <= _FARTHEST and re.fullmatch(after, text.between(moment.end, find.start)))
        for find in text.find("hits")
    )
    return replace(moment, marked=True) if beside else moment


def _after_silence(text: Text, moment: Moment) -> Found | None:
    """What breaks the silence that lasts for a time at the start: "silence for three seconds, then a hit"."""
    if moment.is_clock or any(text.plain[: moment.start].count(sign) for sign in ".!?。"):
        return None
    for silence in text.find("hits", "stop"):
        if max(silence.start - moment.end, moment.start - silence.end) > _FARTHEST:
            continue
        end = max(silence.end, moment.end)
        for find in text.find("hits", "hit", "reveal", "swell"):
            between = text.between(end, find.start)
            if find.start >= end and THEN.fullmatch(between) and between.strip(" ,"):
                return find
    return None


def is_named(text: Text, moment: Moment) -> bool:
    """Whether the words call a time the moment of what happens: "扉が開くのが8秒", "문이 열리는 순간이 8초"."""
    grammar = words_file(text.language, text.prompts_dir).get("grammar", {}) if text.language in READ_LANGUAGES else {}
    named: str | None = grammar.get("event_named")
    return named is not None and any(
        0 <= moment.start - find.end <= _FARTHEST and re.fullmatch(named, text.between(find.end, moment.start))
        for find in text.find("hits")
    )


def _is_free(moment: Moment) -> bool:
    return not (moment.marked or moment.partial or moment.labelled or moment.is_clock)
