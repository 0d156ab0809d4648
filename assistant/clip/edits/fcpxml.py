"""Reads Final Cut Pro's XML: the first sequence of it, its main story line and its markers.

Conventions: Final Cut writes times as fractions of a second, ``"1001/24000s"``. A piece lies on the story line at its
``offset``, in the time of the sequence; a marker inside it counts in the time of the piece, which begins at its
``start``. Pieces above and below the story line (lanes) are no cuts, their markers are markers.

The file is a stranger's: entities are refused, and what is nested too deep; nothing outside the file is read.

Sources: Apple, FCPXML Reference.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction
from typing import Any
from xml.etree import ElementTree

from assistant.clip.edits.values import MOST_DEPTH, MOST_ITEMS, Edit, UnreadableEditError, outside
from assistant.clip.values import Marker

PIECES = ("asset-clip", "clip", "video", "gap", "title", "mc-clip", "sync-clip", "ref-clip", "audition")
MARKERS = ("marker", "chapter-marker")
Node = ElementTree.Element


def read_fcpxml(text: str) -> Edit:
    """Read the first sequence.

    Raises
    ------
    UnreadableEditError
        If it is no such XML, or has no sequence with pieces in it.
    """
    root = _parsed(text)
    sequence = next(root.iter("sequence"), None)
    spine = sequence.find("spine") if sequence is not None else None
    if sequence is None or spine is None:
        raise UnreadableEditError("no sequence with a spine")
    begins = _time(sequence.get("tcStart"))
    frame = _frame(root, sequence.get("format"))
    cuts, dissolves, markers = list[Fraction](), list[tuple[Fraction, Fraction]](), list[Marker]()
    ends, place = Fraction(0), begins
    for node in list(spine)[:MOST_ITEMS]:
        offset = _time(node.get("offset")) if node.get("offset") else place
        length = _time(node.get("duration"))
        if node.tag == "transition":
            dissolves.append((offset - begins, offset - begins + length))
        elif node.tag in PIECES:
            cuts.append(offset - begins)
            place = offset + length
            ends = max(ends, place - begins)
            markers += _markers(node, offset - begins)
    if not cuts:
        raise UnreadableEditError("a spine without clips")
    length = _time(sequence.get("duration")) or ends
    spans = tuple((float(start), float(end)) for start, end in dissolves)
    return Edit(
        rate_hz=float(1 / frame) if frame else 25.0,
        length_s=float(max(length, ends)),
        cuts_s=outside([float(cut) for cut in cuts], spans),
        dissolves_s=spans,
        markers=tuple(markers[:MOST_ITEMS]),
        rate_is_assumed=not frame,
    )


def _parsed(text: str) -> Node:
    """The tree; entities, which can swell without end or name other files, are refused before it is read."""
    if "<!ENTITY" in text.upper():
        raise UnreadableEditError("XML with entities")
    parser: Any = ElementTree.XMLPullParser(events=("start", "end"))
    root: Node | None = None
    depth = 0
    try:
        for start in range(0, len(text), 65_536):
            parser.feed(text[start : start + 65_536])
            for event, node in parser.read_events():
                root = node if root is None else root
                depth += 1 if event == "start" else -1
                if depth > MOST_DEPTH:
                    raise UnreadableEditError("XML nested too deep")
        parser.close()
    except (ElementTree.ParseError, ValueError) as error:
        raise UnreadableEditError("no XML that can be read") from error
    if root is None or root.tag != "fcpxml":
        raise UnreadableEditError("no <fcpxml> in it")
    return root


_TIME = re.compile(r"-?\d{1,20}(/\d{1,20}|\.\d{1,20})?")


def _time(said: str | None) -> Fraction:
    """Seconds of ``"1001/24000s"`` or ``"5s"``; 0 where there is none."""
    words = str(said or "0").strip().removesuffix("s")
    if not _TIME.fullmatch(words):  # a power of ten would be counted out digit by digit
        raise UnreadableEditError(f"a time {said!r:.30}")
    try:
        value = Fraction(words)
    except (ValueError, ZeroDivisionError) as error:
        raise UnreadableEditError(f"a time {said!r:.30}") from error
    if abs(value) > 10**9:
        raise UnreadableEditError(f"a time {said!r:.30}")
    return value


def _frame(root: Node, name: str | None) -> Fraction:
    """Length of a frame in the sequence's format, 0 where it is not said."""
    for node in root.iter("format"):
        if node.get("id") == name and node.get("frameDuration"):
            frame = _time(node.get("frameDuration"))
            return frame if Fraction(1, 1000) <= frame <= 1 else Fraction(0)
    return Fraction(0)


def _markers(piece: Node, at: Fraction) -> Iterator[Marker]:
    """The markers of a piece that lies at ``at`` of the edit, and of what hangs on it."""
    start = _time(piece.get("start"))
    for node in piece:
        if node.tag in MARKERS:
            yield Marker(float(at + _time(node.get("start")) - start), str(node.get("value") or ""))
        elif node.tag in PIECES and node.get("lane"):
            yield from _markers(node, at + _time(node.get("offset")) - start)
