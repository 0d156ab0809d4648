"""A motif that a person gave becomes part of what was understood; what the words leave open it answers.

Conventions: words win. A tempo or key that no word names is taken from the motif, with evidence that says so.
"""

from __future__ import annotations

from dataclasses import replace

from assistant.constraints import Constraints, Evidence, Understanding
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
