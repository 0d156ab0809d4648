"""Asked against achieved: every promise of a take, measured on its score and on its sound.

Conventions: one `Finding` per promise, in the order in which people care; promises that were not made are not listed.
"""

from __future__ import annotations

from pathlib import Path

from assistant.check.painting import check_painting
from assistant.check.score import check_kept, check_score
from assistant.check.sound import check_sound
from assistant.check.values import Findings
from assistant.clip import Clip
from assistant.constraints import Constraints
from assistant.library import Library, load
from assistant.plan import Plan
from assistant.render import Mixdown
from assistant.score import Cell, Score
from assistant.settings import ROOT


def check(
    constraints: Constraints,
    plan: Plan,
    score: Score,
    mixdown: Mixdown,
    *,
    clip: Clip | None = None,
    library: Library | None = None,
    before: Score | None = None,
    kept: tuple[Cell, ...] = (),
) -> Findings:
    """Measure a take.

    Parameters
    ----------
    constraints : Constraints
        What was asked.
    plan : Plan
    score : Score
    mixdown : Mixdown
    clip : Clip or None
        Its frame length is the bound of the hits; 40 ms without one.
    library : Library or None
        For the members of families; that of ``prompts/`` without one.
    before : Score or None
        The score whose ``kept`` cells had to come back unchanged.
    kept : tuple of Cell

    Returns
    -------
    Findings
    """
    library = library or load(Path(ROOT / "prompts"))
    items = [
        *check_sound(constraints, plan, score, mixdown, clip),
        *check_painting(plan, score, mixdown, clip),
        *check_score(constraints, plan, score, library),
        *(check_kept(before, score, kept) if before is not None else ()),
    ]
    return Findings(tuple(items))
