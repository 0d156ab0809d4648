"""Promises that painted sound can be held to: it is the score's music, and it lies on the hits.

Hits are measured here, on the painting itself: how far its onsets around a hit lie beside those of the score's own
rendering, where they agree best, added to what the rendering is found to be off. Full mixes hold more than one attack
near a hit, so the steepest alone would be a game of chance. How alike both are as wholes is what who painted measured.

Conventions: seconds, as in `assistant.check.sound`.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from assistant.audio import Waveform
from assistant.audio.onsets import STEP_S, energy_climb
from assistant.check.sound import check_hit
from assistant.check.values import Finding
from assistant.clip import NO_PICTURE_FRAME_S, Clip
from assistant.plan import Plan, PlannedHit
from assistant.render import Mixdown
from assistant.score import Score

AGREES = 0.55
"""Agreement from which a sound is its score's music (`models.studio.alignment.FOLLOWS`, where it was measured)."""
AROUND_S, REACH_S = 0.35, 0.15
"""How much is compared around a hit, and how far aside the painting may lie."""
ALIKE = 0.4
"""Onsets that correlate less are not the same strike: noise reaches 0.34, a strike in another room or colour 0.68."""

Curve = npt.NDArray[np.float64]


def check_painting(plan: Plan, score: Score, mixdown: Mixdown, clip: Clip | None) -> Iterator[Finding]:
    """Agreement and every feasible hit; nothing where that was not to be painted, or by words alone."""
    if mixdown.painting is None or mixdown.account is None or mixdown.account.freedom >= 1:
        return
    achieved = mixdown.account.agreement
    error = round(min(0.0, achieved - AGREES), 3)
    yield Finding("agreement", AGREES, round(achieved, 3), "", error, 0.0, error == 0, "sound")
    bound_s = clip.frame_s if clip is not None else NO_PICTURE_FRAME_S
    for hit in plan.hits:
        if hit.feasible:
            yield _check_hit(hit, score, mixdown, mixdown.painting, bound_s)


def _check_hit(hit: PlannedHit, score: Score, mixdown: Mixdown, painting: Waveform, bound_s: float) -> Finding:
    """One hit: what the rendering is off, and how late the painting is to it."""
    late_s = lateness_s(mixdown.premaster, painting, hit.at_s)
    rendered = check_hit(hit, score, mixdown, bound_s)
    if late_s is None:
        return Finding("painted_hit", hit.at_s, "-", "s", 0.0, bound_s, False, "sound", hit.kind)
    error = round(rendered.error + late_s, 4)
    achieved = round(hit.at_s + error, 4)
    return Finding("painted_hit", hit.at_s, achieved, "s", error, bound_s, abs(error) <= bound_s, "sound", hit.kind)


def lateness_s(guide: Waveform, painting: Waveform, at_s: float) -> float | None:
    """By how much a sound comes after its guide around a place; None where it has no such strike.

    Parameters
    ----------
    guide, painting : Waveform
        As long as each other.
    at_s : float
    """
    own = energy_climb(guide, at_s, AROUND_S)
    other = energy_climb(painting, at_s, AROUND_S + REACH_S)
    reach = (len(other) - len(own)) // 2
    if reach <= 0 or own.std() < 1e-12:
        return None
    worth = np.array([_alike(own, other[shift : shift + len(own)]) for shift in range(2 * reach + 1)])
    best = int(worth.argmax())
    return (best - reach) * STEP_S if worth[best] >= ALIKE else None


def _alike(own: Curve, other: Curve) -> float:
    return float(np.corrcoef(own, other)[0, 1]) if len(other) == len(own) and other.std() > 1e-12 else 0.0
