"""Whether a cue is the own music of its region: groove, harmony and tuning of the place, or of a style beside it."""

from __future__ import annotations

from assistant.constraints import Constraints

REGIONAL_STYLES = ("folk", "world")
"""Styles that a region fills in itself."""
MODAL = ("modal", "drone")
"""Palettes of regions whose own music knows no triads."""


def region_rules(asked: Constraints) -> bool:
    """Whether a region, where one is asked, brings groove and harmony too: no style of its own stands beside it.

    A hint of it never does, all of its colour always does. A style that only a mood suggested ("sad", "calm") was not
    asked: it does not bring chords of its own into a region's music.
    """
    if asked.colour != "balanced":
        return asked.colour == "full"
    return not asked.styles or asked.styles[0] in REGIONAL_STYLES or _of_mood(asked)


def _of_mood(asked: Constraints) -> bool:
    """Whether the first style was drawn from a word of mood: from no style, use, instrument or place that was named."""
    said = next((each for each in asked.evidence if each.field == "styles"), None)
    elsewhere = {asked.use, asked.region, "any", *asked.instruments.include}
    return said is not None and said.assumed and only_suggested(asked) and said.words not in elsewhere


def only_suggested(asked: Constraints) -> bool:
    """Whether no word names a style: the reader drew all of them from words of mood, use or place."""
    sources = [said for said in asked.evidence if said.field == "styles"]
    return len(sources) == len(asked.styles) and all(said.assumed for said in sources)
