"""What to do with a brief: accept it, bring a value into range, ask one question first, or decline a part.

Conventions: the outcomes of `assistant.constraints.Outcome`; declining outweighs asking, asking outweighs clamping.
Every reason is a remark. What is asked, clamped and declined follows the command line's contract.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

from assistant.clip import Clip
from assistant.constraints import Constraints, HitPoint, Outcome
from assistant.interpret.text import Text
from assistant.remark import Remark
from assistant.settings import LAST_STRIKE_S, LONGEST_S, SHORTEST_S, SHORTEST_STRIKE_S

ASKING = frozenset(
    {"ask_wish", "ask_contradiction", "ask_hit_after_end", "ask_no_instruments", "ask_language", "ask_only_banned"}
)
REFUSING = frozenset({"imitation_passing", "imitation_copying"})
CLAMPING = frozenset({"length_clamped", "loudness_clamped", "tempo_clamped", "key_unknown", "meter_unplayable"})

WISHES = (
    "instruments",
    "styles",
    "references",
    "tempo",
    "emotion",
    "music",
    "uses",
    "key_mode",
    "meter",
    "places",
    "tempo_label",
    "loop",
    "reference",
)
"""Tables whose words make a text a wish for music."""

AFTER_HIT_S = 2.0
"""Seconds that a cue goes on after its last hit when we choose its length."""

FEWEST_WORDS = 3
"""Words of a language that is read from which a text without any of the above is taken for a scene."""


def decide(remarks: Sequence[Remark]) -> Outcome:
    """The outcome that the remarks amount to."""
    codes = {remark.code for remark in remarks}
    if codes & REFUSING:
        return "refuse"
    if codes & ASKING:
        return "ask"
    return "clamp" if codes & CLAMPING else "accept"


def has_wish(text: Text) -> bool:
    """Whether the text asks for music, or tells a scene that music can be made for."""
    if any(text.find(field) for field in WISHES):
        return True
    return is_scene(text)


def is_scene(text: Text) -> bool:
    """Whether the text is prose of a language that is read: enough words, some of them common ones."""
    spaced = re.findall(r"[^\W\d_]{2,}", text.plain)
    unspaced = re.findall(r"[぀-ヿ一-鿿가-힣]", text.plain)
    if unspaced:
        return len(unspaced) >= 2 * FEWEST_WORDS
    return len(spaced) >= FEWEST_WORDS and bool(text.find("common") or len(spaced) >= 2 * FEWEST_WORDS)


def clamp_length(duration_s: float) -> tuple[float, tuple[Remark, ...]]:
    """A length that can be made, and a remark when it is not the one asked for."""
    used = min(max(abs(duration_s), SHORTEST_S), LONGEST_S)
    if used == duration_s:
        return used, ()
    return used, (Remark.of("length_clamped", asked_s=round(duration_s, 2), given_s=used),)


def longer(hit_s: float) -> float:
    """A length in whole seconds that leaves a hit room to ring out.

    Examples
    --------
    >>> longer(45.2)
    48.0
    """
    return float(min(LONGEST_S, math.ceil(hit_s + AFTER_HIT_S)))


def check_hits(hits: Sequence[HitPoint], length_s: float | None) -> tuple[Remark, ...]:
    """A question for the first hit after the end; a word about one on the very end, which is struck before it."""
    if length_s is None:
        return ()
    for hit in hits:
        if hit.at_s > length_s + 1e-6:
            earlier_s = round(max(length_s - AFTER_HIT_S, length_s / 2), 2)
            facts = {"at_s": hit.at_s, "length_s": length_s, "longer_s": longer(hit.at_s), "earlier_s": earlier_s}
            return (Remark.of("ask_hit_after_end", **facts),)
    late = [hit for hit in hits if hit.at_s > length_s - SHORTEST_STRIKE_S]
    return tuple(
        Remark.of("hit_infeasible", at_s=hit.at_s, nearest_s=round(length_s - LAST_STRIKE_S, 3)) for hit in late
    )


def check_contradictions(text: Text) -> tuple[Remark, ...]:
    """A question when two extremes are wished for at once, without a stage word that puts one after the other."""
    if any(marker.value in ("next", "end", "middle") for marker in text.find("stage")):
        return ()
    for one, other in (("silent", "loudest"), ("slowest", "fastest"), ("saddest", "happiest"), ("calmest", "wildest")):
        first, second = text.wanted("extreme", one), text.wanted("extreme", other)
        if first and second:
            return (Remark.of("ask_contradiction", one=_said(text, first[0]), other=_said(text, second[0])),)
    return ()


def _said(text: Text, find: object) -> str:
    return text.evidence("", find.start, find.end).words  # type: ignore[attr-defined]


def length_of(constraints: Constraints, clip: Clip | None) -> float | None:
    """The length that hits are held against: the one asked for, else the clip's."""
    if constraints.duration_s is not None:
        return constraints.duration_s
    return clip.length_s if clip and clip.has_length else None
