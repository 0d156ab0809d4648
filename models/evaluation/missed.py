"""A section of the evaluation whose bound is missed."""

from __future__ import annotations


class MissedError(Exception):
    """A bound was missed; its text is the section all the same, so that the figure is printed and `make eval` fails."""


def held(text: str, *, met: bool) -> str:
    """The section, raised as `MissedError` where its bound is not met.

    Examples
    --------
    >>> held("| all well |", met=True)
    '| all well |'
    """
    if not met:
        raise MissedError(text)
    return text
