"""Hits under the magnifying glass: how far from the asked moment each one sounds.

Conventions: errors in milliseconds, late is positive; the band is what counts as on the moment: one frame either way.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from assistant.deliver.pictures.colours import MET, UNMET
from assistant.deliver.pictures.svg import Frame, clock, diamond, line, tag, words

ROW, TOP, FOOT = 34.0, 12.0, 30.0


@dataclass(frozen=True)
class Strike:
    """One hit: when it was asked, what it is called, and how late it sounds (None when it was not measured)."""

    at_s: float
    name: str
    error_ms: float | None
    met: bool


def hits_svg(strikes: Sequence[Strike], *, frame_ms: float, title: str = "Hits", unmeasured: str = "?") -> str:
    """One row a hit, on a scale of milliseconds around the asked moment.

    Parameters
    ----------
    strikes : sequence of Strike
    frame_ms : float
        Length of a frame of the clip; 40 without one.
    unmeasured : str
        Written where there is no error to show.
    """
    widest = max([abs(strike.error_ms) for strike in strikes if strike.error_ms is not None], default=0.0)
    span_ms = max(2.2 * frame_ms, 1.15 * widest)
    bottom = TOP + ROW * max(1, len(strikes))
    frame = Frame(2 * span_ms, bottom + FOOT, left=190.0, right=880.0)

    def x(error_ms: float) -> float:
        return frame.x(error_ms + span_ms)

    band = x(frame_ms) - x(-frame_ms)
    shapes = [tag("rect", x=x(-frame_ms), y=TOP, width=band, height=bottom - TOP, fill=MET, fill_opacity="0.13")]
    shapes.append(line((x(0), TOP), (x(0), bottom), stroke_opacity="0.6"))
    for place, strike in enumerate(strikes):
        y = TOP + ROW * (place + 0.5)
        colour = MET if strike.met else UNMET
        shapes.append(line((frame.left, y), (frame.right, y), stroke_opacity="0.12"))
        shapes.append(words((frame.left - 12, y + 4), f"{strike.name} {clock(strike.at_s)}", text_anchor="end"))
        if strike.error_ms is None:
            shapes.append(words((frame.right + 10, y + 4), unmeasured, opacity="0.7"))
            continue
        shapes.append(line((x(0), y), (x(strike.error_ms), y), stroke=colour, stroke_width=2.0))
        shapes.append(diamond(x(strike.error_ms), y, 7.0, fill=colour))
        shapes.append(words((frame.right + 10, y + 4), f"{strike.error_ms:+.1f} ms", font_weight="600"))
    for error_ms in (-frame_ms, 0.0, frame_ms):
        label = f"{error_ms:+.0f} ms" if error_ms else "0"
        shapes.append(words((x(error_ms), bottom + 16), label, text_anchor="middle", opacity="0.65"))
    return frame.picture(title, *shapes, kind="hits").replace("data-length-s", "data-span-ms")
