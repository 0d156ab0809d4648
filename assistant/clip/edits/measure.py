"""Reads an edit list by the ending of its name: the door of this folder.

Conventions: times in seconds from the first frame of the edit; what lies outside its length is left out. Nothing that a
list points to is opened.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

from assistant.clip.edits.edl import read_edl
from assistant.clip.edits.fcpxml import read_fcpxml
from assistant.clip.edits.otio import read_otio
from assistant.clip.edits.values import MOST_BYTES, MOST_ITEMS, Edit, UnreadableEditError
from assistant.clip.reading import describe, read_text
from assistant.clip.values import Clip, Cut, Marker, Transition
from assistant.errors import ClipError
from assistant.remark import Remark

_READERS: dict[str, Callable[[str], Edit]] = {".otio": read_otio, ".edl": read_edl, ".fcpxml": read_fcpxml}
EDITS = tuple(_READERS)
LEGAL = "an edit list: .otio, .edl (CMX 3600) or .fcpxml"
STRENGTH = 0.6
"""How strong a cut counts that nobody has looked at."""
SHORTEST_S = 0.02


def measure_edit(path: Path, *, max_s: float) -> Clip:
    """Read an edit list.

    Raises
    ------
    ClipError
        If it can't be read, or nothing in it lasts.
    """
    path = Path(path)
    text = read_text(path, most=MOST_BYTES)
    try:
        edit = _READERS[path.suffix.lower()](text)
    except UnreadableEditError as error:
        raise ClipError(f"{describe(path)}: {error}", LEGAL, "export it again") from error
    if not (math.isfinite(edit.length_s) and edit.length_s > SHORTEST_S and 1 <= edit.rate_hz <= 1000):
        raise ClipError(f"{describe(path)} in which nothing lasts", LEGAL, "export the whole time line")
    return _clip(path, edit, max_s)


def _clip(path: Path, edit: Edit, max_s: float) -> Clip:
    """The value, without what lies beyond the limit."""
    length_s = min(edit.length_s, max_s)
    inside = [at_s for at_s in sorted(set(edit.cuts_s)) if 0 < at_s < length_s - SHORTEST_S][:MOST_ITEMS]
    spans = sorted(set(edit.dissolves_s))[:MOST_ITEMS]
    dissolves = [(max(0.0, start), min(end, length_s)) for start, end in spans if start < length_s and end > 0]
    markers = sorted(marker for marker in set(edit.markers) if 0 <= marker.at_s <= length_s)[:MOST_ITEMS]
    remarks: tuple[Remark, ...] = ()
    if edit.length_s > max_s:
        remarks += (Remark.of("clip_too_long", name=path.name, length_s=round(edit.length_s, 2), limit_s=max_s),)
    if edit.rate_is_assumed:
        remarks += (Remark.of("edit_rate_assumed", name=path.name, rate_hz=round(edit.rate_hz, 3)),)
    return Clip(
        path=str(path),
        length_s=length_s,
        kind="edit",
        frame_rate_hz=edit.rate_hz,
        cuts=tuple(Cut(at_s, STRENGTH) for at_s in inside),
        transitions=tuple(
            Transition(start, end, "dissolve") for start, end in sorted(set(dissolves)) if end - start > SHORTEST_S
        ),
        markers=tuple(Marker(marker.at_s, marker.name[:80]) for marker in markers),
        remarks=remarks,
    )
