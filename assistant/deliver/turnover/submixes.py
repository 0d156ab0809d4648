"""Sub-mixes: the stems in a few groups that an editor balances, which sum to the premaster.

Conventions: every role is in exactly one group, so that the groups sum to what the stems sum to; a group that nobody
plays in has no file.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from assistant.audio import Waveform
from assistant.score import ROLES, Score
from assistant.settings import RATE_HZ

GROUPS: Mapping[str, tuple[str, ...]] = {
    "rhythm": ("drums", "percussion"),
    "bass": ("bass",),
    "harmony": ("harmony", "pulse", "colour"),
    "melody": ("lead", "counter"),
}
"""Groups and the roles in them."""

assert sorted(role for roles in GROUPS.values() for role in roles) == sorted(ROLES)


def submixes(score: Score, stems: Mapping[str, Waveform]) -> dict[str, Waveform]:
    """The sum of the stems of each group.

    Parameters
    ----------
    score : Score
    stems : mapping of str to Waveform
        By the id of their part, all of one length; a part without one is silent.
    """
    mixed = {}
    for name, roles in GROUPS.items():
        played = [stems[part.id].samples for part in score.parts if part.role in roles and part.id in stems]
        if played:
            mixed[name] = Waveform(np.asarray(np.sum(played, axis=0, dtype=np.float64), np.float32), RATE_HZ)
    return mixed
