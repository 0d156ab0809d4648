"""The word lists' reading and a language model's, put together.

Conventions: the lists win where words are exact (numbers, negations, times); the model fills what they left open, each
value with its words and a lower confidence. A moment to be hit is never the model's: a time is read, not guessed.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from assistant.constraints import ArcPoint, Constraints, Evidence, Instruments
from assistant.interpret.advised import Advice

CONFIDENCE = 0.6
"""What a value of the model is worth beside one that the lists found."""

SHARE = 0.6
"""The model's share in an arc of which both speak: it reads scenes, the lists only words."""

OPEN = ("duration_s", "region", "tempo_bpm", "meter", "key", "loudness_lufs")
"""Fields that the model fills where the lists read nothing."""


def merge(read: Constraints, advice: Advice, brief: str) -> Constraints:
    """The lists' constraints with the model's advice laid under them."""
    told = advice.constraints
    changes: dict[str, Any] = {}
    evidence: list[Evidence] = []

    def take(field: str, value: object) -> None:
        changes[field] = value
        evidence.extend(_evidence(field, words, brief) for words in advice.words.get(field, ()) if words)

    for field in OPEN:
        if field in advice.given and getattr(read, field) is None:
            take(field, getattr(told, field))
    if read.use == "other" and "use" in advice.given:
        take("use", told.use)
    if "styles" in advice.given and not _is_said(read, "styles"):
        take("styles", tuple(dict.fromkeys([*told.styles, *read.styles]))[:3])
    if told.loop and not read.loop and "loop" in advice.given:
        take("loop", True)
    instruments, said = _instruments(read.instruments, advice, brief)
    if instruments != read.instruments:
        changes["instruments"] = instruments
        evidence += said
    if "arc" in advice.given:
        changes["arc"] = _arc(read, told)
        evidence.append(Evidence("arc", advice.name, confidence=CONFIDENCE))
    kept = tuple(item for item in read.evidence if not (item.assumed and item.root in changes))
    return replace(read, **changes, evidence=(*kept, *evidence))


def _is_said(read: Constraints, field: str) -> bool:
    """Whether the person's words name it, rather than a guess of ours."""
    return any(item.root == field and not item.assumed for item in read.evidence)


def _instruments(read: Instruments, advice: Advice, brief: str) -> tuple[Instruments, list[Evidence]]:
    """Both together: what the word lists ban stays banned, what they read as wanted the model can't ban."""
    told = advice.constraints.instruments
    include = [name for name in told.include if name not in (*read.include, *read.exclude)]
    include = [] if read.alone else include
    exclude = [name for name in told.exclude if name not in (*read.include, *read.exclude, *include)]
    said = []
    for side, names in (("include", include), ("exclude", exclude)):
        field = f"instruments.{side}"
        pairs = zip(getattr(told, side), advice.words.get(field, ()), strict=False)
        said += [_evidence(field, words, brief) for name, words in pairs if name in names]
    return Instruments((*read.include, *include), (*read.exclude, *exclude), read.alone), said


def _arc(read: Constraints, told: Constraints) -> tuple[ArcPoint, ...]:
    """The model's arc where the lists only assumed theirs, else both, at the places of either."""
    if not _is_said(read, "arc"):
        return told.arc
    places = sorted({point.at for point in (*read.arc, *told.arc)})
    return tuple(_between(read.emotion_at(at), told.emotion_at(at)) for at in places)


def _between(lists: ArcPoint, model: ArcPoint) -> ArcPoint:
    valence = SHARE * model.valence + (1 - SHARE) * lists.valence
    arousal = SHARE * model.arousal + (1 - SHARE) * lists.arousal
    return ArcPoint(lists.at, round(valence, 3), round(arousal, 3))


def _evidence(field: str, words: str, brief: str) -> Evidence:
    """The words with their place in the brief."""
    start = brief.lower().find(words.strip().lower())
    if start < 0:  # letters whose lower case is longer
        return Evidence(field, words.strip(), confidence=CONFIDENCE)
    end = start + len(words.strip())
    return Evidence(field, brief[start:end], start, end, CONFIDENCE)
