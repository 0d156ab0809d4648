"""Render: a score becomes stems, a premaster that they add up to, and a mastered mix."""

from assistant.render.mixdown import render
from assistant.render.values import Mixdown, SoundFont, Stem

__all__ = ["Mixdown", "SoundFont", "Stem", "render"]
