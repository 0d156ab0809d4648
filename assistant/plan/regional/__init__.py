"""A motif in a region's own scale, rhythm and ornaments, as strongly as the dial of colour says."""

from assistant.plan.regional.dial import DIALS, Dial, dial_of
from assistant.plan.regional.mapping import Mapped, Task, map_motif, nearest_scale, own_key

__all__ = ["DIALS", "Dial", "Mapped", "Task", "dial_of", "map_motif", "nearest_scale", "own_key"]
