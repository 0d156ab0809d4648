"""The clip: what was measured in the picture and in its sound."""

from assistant.clip.values import Clip, Cut, Sample

__all__ = ["Clip", "Cut", "Sample"]
