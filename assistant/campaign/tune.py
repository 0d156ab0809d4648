"""The one tune of a campaign: the person's, or one that is made up once from the campaign's seed.

Conventions: the same seed gives the same tune; it is made up without a region, so that none is at home in it.
"""

from __future__ import annotations

from assistant.campaign.studio import studio_for
from assistant.check import Findings
from assistant.clip import read_motif
from assistant.constraints import Constraints
from assistant.cutdowns import motif_of
from assistant.plan import make_plan
from assistant.score import Score
from assistant.score.motif import Motif
from assistant.session import TakeRecord

SKETCH_S = 16.0
"""Length of the sketch whose theme begins with the tune."""
SHORT_S = 8.0


def motif_for(given: str | None, asked: Constraints, *, seed: int, registry: str) -> Motif | None:
    """The motif of all variants.

    Parameters
    ----------
    given : str or None
        The path of a sound or MIDI file, or notes; None makes one up.
    asked : Constraints
        The brief's wishes: a tune that is made up is of their mood.
    seed : int
    registry : str
        See `assistant.campaign.studio`; the tune is made up by rule, whatever engine composes.
    """
    if given:
        middle = sum(asked.tempo_bpm) / 2 if asked.tempo_bpm else None
        return read_motif(given, tempo_bpm=middle)
    return asked.motif or invented(asked, seed=seed, registry=registry)


def invented(asked: Constraints, *, seed: int, registry: str) -> Motif | None:
    """A tune of one or two bars: the head of a theme that the rules write to the brief's mood."""
    studio = studio_for("rules", registry)
    wishes = Constraints(duration_s=SKETCH_S, arc=asked.arc, tempo_bpm=asked.tempo_bpm, meter=asked.meter)
    plan = make_plan(wishes, library=studio.library, seed=seed)
    score = studio.generator.generate(plan, seed=seed)
    if not isinstance(score, Score):
        return None
    take = TakeRecord(1, wishes, plan, score, Findings(), "rules", seed, "")
    return motif_of(take, SHORT_S, studio.library)
