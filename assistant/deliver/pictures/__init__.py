"""Pictures of a take as SVG text: the page and the report show the same ones.

Conventions: every maker returns one ``<svg>`` that needs nothing from outside. Text and lines take the colour of their
surroundings (``currentColor``), so that a picture fits a light page and a dark one; parts have the colours of
`part_colours`. Words that a person gave are escaped. A picture with a time line says where it lies in ``data-left``,
``data-right`` (in its own units) and ``data-length-s``, and holds a ``.playhead`` that a page may move.
"""

from assistant.deliver.pictures.arc import arc_svg
from assistant.deliver.pictures.colours import ROLE_COLOURS, part_colours
from assistant.deliver.pictures.curves import loudness_svg, waveform_svg
from assistant.deliver.pictures.hits import Strike, hits_svg
from assistant.deliver.pictures.roll import difference_rolls, piano_roll_svg, sketch_svg

__all__ = [
    "ROLE_COLOURS",
    "Strike",
    "arc_svg",
    "difference_rolls",
    "hits_svg",
    "loudness_svg",
    "part_colours",
    "piano_roll_svg",
    "sketch_svg",
    "waveform_svg",
]
