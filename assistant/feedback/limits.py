"""The least and the most of every number that a person may set, once for words, hands and controls.

Conventions: (least, most); units in the names. A brief, a reply and the page's controls all go by these.
"""

from __future__ import annotations

from assistant.interpret.loudness import LOUDEST_LUFS, QUIETEST_LUFS
from assistant.interpret.tempo import FASTEST_BPM, SLOWEST_BPM
from assistant.settings import LONGEST_S, SHORTEST_S

TEMPO_BPM = (SLOWEST_BPM, FASTEST_BPM)
LENGTH_S = (SHORTEST_S, LONGEST_S)
LOUDNESS_LUFS = (QUIETEST_LUFS, LOUDEST_LUFS)
PART = (-1.0, 1.0)
"""More or less of a part."""
MOST_HITS = 64
"""Hits of one cue that can be set by hand."""
MOST_ARC_POINTS = 64
"""Points of one arc."""
