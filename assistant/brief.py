"""What a person gave: words, perhaps a clip, perhaps the language, perhaps values set by hand."""

from __future__ import annotations

from dataclasses import dataclass

from assistant.records import STRICT

Given = str | bool | float | tuple[str, ...] | tuple[float, ...] | tuple[tuple[float, ...], ...] | None
"""A plain value: a word, a number, a list of them, a list of points; None takes a wish back."""

LONGEST_TEXT = 20_000
"""Characters of a brief that are read; the rest is ignored and said."""


@dataclass(frozen=True)
class Edit:
    """One value that a person set with their own hand: which (`assistant.feedback.handmade`), and to what."""

    __pydantic_config__ = STRICT

    field: str
    value: Given = None


@dataclass(frozen=True)
class Brief:
    """Words and an optional clip, or changes made by hand.

    Parameters
    ----------
    text : str
        The person's words, as they were typed.
    clip_path : str or None
        The file that came with them.
    motif : str or None
        A tune of the person's own that the cue is to be made of: the path of a sound or MIDI file, or note names.
    beside : tuple of Edit
        Values given beside the words, such as a region and how much of it: they win over the words.
    edits : tuple of Edit
        What was changed by hand in the current take; nobody reads ``text`` then, it only tells of them.
    language : str or None
        BCP-47 primary tag when the person or the page said it; found from the words otherwise.
    """

    __pydantic_config__ = STRICT

    text: str
    clip_path: str | None = None
    language: str | None = None
    motif: str | None = None
    edits: tuple[Edit, ...] = ()
    beside: tuple[Edit, ...] = ()
