"""Words inside a MIDI file: names, markers, and facts that MIDI has no event for.

Conventions: texts are UTF-8 bytes, which is what workstations and notation programs expect; mido speaks Latin-1, one
character a byte, so texts pass through it as bytes in disguise (its own ``charset`` is a global, unsafe with threads).
A fact is a text event such as ``cuewright:role=lead``; other programs show it and do no harm to it.
"""

from __future__ import annotations

from assistant.score.values import Marker

TICKS_PER_Q = 960
"""Ticks to a quarter note: divides by 3, 5 and 64, so tuplets and 1/256 notes stand exactly."""

SECTION = "section"
FACT = "cuewright:"


def to_wire(text: str) -> str:
    """``text`` as mido wants it."""
    return text.encode("utf-8", "replace").decode("latin-1")


def from_wire(text: str) -> str:
    """Text that mido read: UTF-8 where it is, Latin-1 where it is not."""
    raw = text.encode("latin-1", "replace")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def fact(name: str, value: str) -> str:
    """The text event that holds a fact.

    Examples
    --------
    >>> fact("role", "lead"), read_fact("cuewright:role=lead"), read_fact("made in 1998")
    ('cuewright:role=lead', ('role', 'lead'), None)
    """
    return to_wire(f"{FACT}{name}={value}")


def read_fact(text: str) -> tuple[str, str] | None:
    """Name and value of a fact, or None when the text is somebody's own."""
    if not text.startswith(FACT):
        return None
    name, _, value = from_wire(text)[len(FACT) :].partition("=")
    return name, value


def marker_text(marker: Marker) -> str:
    """What a marker is called on the time line: sections by name, everything else with its kind before it.

    Examples
    --------
    >>> marker_text(Marker(0.0, "theme")), marker_text(Marker(8.0, "logo", "hit"))
    ('theme', 'hit: logo')
    """
    if marker.kind == SECTION and ": " not in marker.text:
        return marker.text
    return f"{marker.kind}: {marker.text}"


def read_marker(text: str, at_q: float) -> Marker:
    """The marker of a text on the time line."""
    kind, colon, name = text.partition(": ")
    return Marker(at_q, name, kind) if colon else Marker(at_q, text, SECTION)
