"""The one tune of a campaign: the person's, or one that is made up once from the campaign's seed.

Conventions: the same seed and mood give the same tune. Where a variant has no room for all of it, its first bars are
said, as many as fit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from assistant.clip import read_motif
from assistant.constraints import Constraints
from assistant.plan import Plan
from assistant.plan.regional.inventing import invent_motif
from assistant.score.motif import Motif

BAR_Q = 4.0
FEWEST_NOTES = 3
"""Fewer notes are no tune that anybody knows again."""
CUT = ("motif_cut", "motif_no_singer")
"""Remarks of a plan that has no room for a motif."""


def motif_for(given: str | None, asked: Constraints, *, seed: int) -> Motif:
    """The motif of all variants.

    Parameters
    ----------
    given : str or None
        The path of a sound or MIDI file, or notes; None makes one up, in the brief's mood.
    asked : Constraints
    seed : int
    """
    if given:
        middle = sum(asked.tempo_bpm) / 2 if asked.tempo_bpm else None
        return read_motif(given, tempo_bpm=middle)
    if asked.motif is not None:
        return asked.motif
    mood = asked.emotion_at(0.5)
    return invent_motif(seed, valence=mood.valence, arousal=mood.arousal)


def with_room(asked: Constraints, plan_of: Callable[[Constraints], Plan]) -> tuple[Constraints, Plan]:
    """The wishes and their plan, with as much of the motif as the plan has room for.

    Examples
    --------
    >>> [len(head.notes) for head in heads(invent_motif(1))][-1] >= FEWEST_NOTES
    True
    """
    plan = plan_of(asked)
    for head in heads(asked.motif) if asked.motif is not None else ():
        if not any(remark.code in CUT for remark in plan.remarks):
            break
        asked = replace(asked, motif=head)
        plan = plan_of(asked)
    return asked, plan


def heads(motif: Motif) -> Iterator[Motif]:
    """The motif's beginnings, each a bar shorter, as long as they are a tune."""
    end_q = BAR_Q * (-(-motif.length_q // BAR_Q) - 1)
    while end_q >= BAR_Q:
        notes = tuple(note for note in motif.notes if note.end_q <= end_q + 1e-6)
        if len(notes) >= FEWEST_NOTES:
            yield replace(motif, notes=notes)
        end_q -= BAR_Q
