"""A motif, or a region, that a person gave beside the words becomes part of what was understood.

Conventions: words win over a motif, and what is named beside them wins over the words. A tempo or key that no word
names is taken from the motif, with evidence that says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from assistant.brief import Edit
from assistant.constraints import COLOURS, Constraints, Evidence, Understanding
from assistant.errors import InputError
from assistant.library import Library
from assistant.remark import Remark
from assistant.score.motif import Motif

AROUND_BPM = 2.0
"""A tempo is asked as a range; so far to each side."""
SHOWN = 16
"""Notes that are said; the rest is only counted."""


def with_motif(understanding: Understanding, motif: Motif) -> Understanding:
    """The same, with the motif, its tempo and its key where none was asked, and a sentence that says its notes."""
    asked = understanding.constraints
    words = motif.text.split()
    shown = " ".join(words[:SHOWN]) + (" ..." if len(words) > SHOWN else "")
    remark = Remark.of("motif_understood", notes=shown)
    return replace(understanding, constraints=_completed(asked, motif, shown), remarks=(*understanding.remarks, remark))


def with_beside(understanding: Understanding, beside: Sequence[Edit], library: Library) -> Understanding:
    """The same, with the region, its strength and the region that follows it as they were given beside the words.

    Raises
    ------
    InputError
        If one of them is not known.
    """
    asked = understanding.constraints
    for edit in beside:
        value = str(edit.value)
        if edit.field in ("region", "fusion"):
            library.region(value)
        elif edit.field != "colour" or value not in COLOURS:
            raise InputError(f"{edit.field} {value!r:.40}", f"colour: {', '.join(COLOURS)}", "choose one of these")
        kept = tuple(item for item in asked.evidence if item.root != edit.field)
        changed: dict[str, Any] = {edit.field: value, "evidence": (*kept, Evidence(edit.field, value))}
        asked = replace(asked, **changed)
    return replace(understanding, constraints=asked)


def with_other_motif(asked: Constraints, motif: Motif) -> Constraints:
    """The wishes with another motif in place of the one before, and without what only that one had filled."""
    old = {item.field for item in asked.evidence if item.words.startswith("motif:")}
    kept = tuple(item for item in asked.evidence if not item.words.startswith("motif:"))
    tempo, key = (None if name in old else getattr(asked, name) for name in ("tempo_bpm", "key"))
    return _completed(replace(asked, tempo_bpm=tempo, key=key, evidence=kept), motif, motif.text)


def _completed(asked: Constraints, motif: Motif, shown: str) -> Constraints:
    evidence = [Evidence("motif", f"motif: {shown}")]
    tempo, key = asked.tempo_bpm, asked.key
    if tempo is None and motif.tempo_bpm is not None:
        tempo = (motif.tempo_bpm - AROUND_BPM, motif.tempo_bpm + AROUND_BPM)
        evidence.append(Evidence("tempo_bpm", f"motif: {motif.tempo_bpm:.0f} BPM", confidence=0.8))
    if key is None and motif.key is not None:
        key = motif.key
        evidence.append(Evidence("key", f"motif: {motif.key}", confidence=0.7))
    return replace(asked, motif=motif, tempo_bpm=tempo, key=key, evidence=(*asked.evidence, *evidence))
