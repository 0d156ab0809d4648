"""The clip: what was measured in the picture and in its sound."""

from assistant.clip.measure import measure_clip
from assistant.clip.motif import read_motif
from assistant.clip.still import frame_at
from assistant.clip.values import NO_PICTURE_FRAME_S, Clip, ClipMusic, Cut, Marker, Sample, Span, Transition

__all__ = [
    "NO_PICTURE_FRAME_S",
    "Clip",
    "ClipMusic",
    "Cut",
    "Marker",
    "Sample",
    "Span",
    "Transition",
    "frame_at",
    "measure_clip",
    "read_motif",
]
