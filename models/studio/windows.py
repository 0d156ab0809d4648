"""Long cues painted window by window: where windows lie, and how their sounds are joined to one of exact length.

A model paints some seconds at once. A longer cue is cut into windows that begin and end on bar lines of the plan and
share a bar with their neighbours; in the end of that bar one goes over into the other, complete on the bar line, so
that a downbeat is struck once. The loudness is even through the fade whether both sounds are alike or not. Where only
spans of an earlier sound are renewed, windows lie around these alone, with a few bars of what is there on both sides;
outside of the spans the earlier sound comes back bit for bit, and the fades lie within them.

Conventions: seconds from the beginning of the cue; bars count from 0, ``end_bar`` is the bar after the last; frames are
samples of one channel at `RATE_HZ`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from assistant.audio import Waveform
from assistant.audio.shelf import zeros
from assistant.audio.waveform import Samples
from assistant.errors import EngineError
from assistant.generator import Keep
from assistant.plan import Plan
from assistant.settings import RATE_HZ

Spans = Sequence[tuple[float, float]]

FADE_S = 0.25
"""How long one window goes over into the next: enough for held sounds, too short to double a stroke."""
EDGE_S = 0.02
"""How long a renewed span goes over into what stays, within the span: the music on both sides is of different takes."""
AROUND_BARS = 2
"""How many bars are painted on both sides of a renewed span: what a model must hear to go on from it."""


class TooShortError(EngineError):
    """A model paints too little at once for the bars of a cue; one that paints more may do it."""


@dataclass(frozen=True)
class Window:
    """What is painted at once.

    Parameters
    ----------
    start_s, end_s : float
        On bar lines, but for the end of the cue.
    first_bar, end_bar : int
    """

    start_s: float
    end_s: float
    first_bar: int
    end_bar: int

    @property
    def length_s(self) -> float:
        """How long it is."""
        return self.end_s - self.start_s

    @property
    def frames(self) -> slice:
        """Which frames of the cue it is."""
        return slice(round(self.start_s * RATE_HZ), round(self.end_s * RATE_HZ))


def windows_of(lines: Sequence[float], longest_s: float, renewed_s: Spans = ()) -> tuple[Window, ...]:
    """Where windows lie, in order.

    Parameters
    ----------
    lines : sequence of float
        Bar lines, the beginning and the end among them.
    longest_s : float
        What a model paints at once.
    renewed_s : sequence of (float, float)
        Spans that alone are painted, on bar lines; everything where there are none.

    Raises
    ------
    TooShortError
        If two bars don't fit into one window.
    """
    if not renewed_s:
        return tuple(_cut(lines, 0, len(lines) - 1, longest_s))
    found: list[Window] = []
    for first, end in _stretches(lines, renewed_s):
        found += _cut(lines, first, end, longest_s)
    return tuple(
        window
        for window in found
        if any(start < window.end_s - 1e-6 and end > window.start_s + 1e-6 for start, end in renewed_s)
    )


def painted_s(plan: Plan, keep: Keep) -> float:
    """Seconds that are painted: the whole plan, or what lies around the spans that are renewed."""
    if keep.guide is None or not keep.guide.renewed_s:
        return plan.length_s
    return sum(window.length_s for window in windows_of(lines_of(plan), plan.length_s, keep.guide.renewed_s))


def lines_of(plan: Plan) -> list[float]:
    """The bar lines of a plan that lie within the cue, and its end in place of the last."""
    starts = [plan.tempo_map.seconds_at(bar.start_q) for bar in plan.bars]
    return [0.0, *(start for start in starts if 1e-6 < start < plan.length_s - EDGE_S), plan.length_s]


def _stretches(lines: Sequence[float], spans: Spans) -> list[tuple[int, int]]:
    """Bars around each span, stretches that meet as one."""
    found: list[tuple[int, int]] = []
    for start_s, end_s in spans:
        first = max(0, int(np.searchsorted(lines, start_s + 1e-6, side="right")) - 1 - AROUND_BARS)
        end = min(len(lines) - 1, int(np.searchsorted(lines, end_s - 1e-6, side="left")) + AROUND_BARS)
        if found and first <= found[-1][1]:
            first = found.pop()[0]
        found.append((first, end))
    return found


def _cut(lines: Sequence[float], first: int, end: int, longest_s: float) -> list[Window]:
    """Bars cut into windows about equally long, each sharing a bar with the next."""
    length_s = lines[end] - lines[first]
    if length_s <= longest_s + 1e-6:
        return [Window(lines[first], lines[end], first, end)]
    bar_s = max(lines[place + 1] - lines[place] for place in range(first, end))
    if longest_s < 2 * bar_s:
        raise TooShortError(
            f"windows of {longest_s:.1f} s for bars of {bar_s:.1f} s", "two bars in a window", "choose another engine"
        )
    count = int(np.ceil((length_s - bar_s) / (longest_s - bar_s)))
    found: list[Window] = []
    while lines[end] - lines[first] > longest_s + 1e-6:
        wanted_s = lines[first] + bar_s + (lines[end] - lines[first] - bar_s) / max(2, count - len(found))
        last = max(place for place in range(first + 1, end) if lines[place] - lines[first] <= longest_s + 1e-6)
        near = min(range(first + 2, last + 1), key=lambda place: abs(lines[place] - wanted_s), default=last)
        stop = near if _enough(lines, near, end, longest_s, bar_s, count - len(found) - 1) else last
        found.append(Window(lines[first], lines[stop], first, stop))
        first = stop - 1
    return [*found, Window(lines[first], lines[end], first, end)]


def _enough(lines: Sequence[float], stop: int, end: int, longest_s: float, bar_s: float, left: int) -> bool:
    """Whether so many windows suffice for what follows a window that ends there."""
    return lines[end] - lines[stop - 1] <= left * (longest_s - bar_s) + bar_s + 1e-6 if left > 0 else False


def joined(windows: Sequence[Window], sounds: Sequence[Samples], frames: int) -> Samples:
    """Windows' sounds as one of the cue's length, shape (2, frames), silent where no window lies.

    Parameters
    ----------
    windows : sequence of Window
        In order.
    sounds : sequence of array, shape (2, n)
        Each as long as its window.
    frames : int
    """
    out = zeros(2, frames)
    reached = 0
    for window, sound in zip(windows, sounds, strict=True):
        start, shared = window.frames.start, max(0, reached - window.frames.start)
        fade = min(shared, round(FADE_S * RATE_HZ))
        if fade:
            here = slice(reached - fade, reached)
            out[:, here] = crossfaded(out[:, here], sound[:, shared - fade : shared])
        out[:, start + shared : start + sound.shape[1]] = sound[:, shared : frames - start]
        reached = start + sound.shape[1]
    return out


def crossfaded(leaving: Samples, coming: Samples) -> Samples:
    """One sound going over into another, as loud as both all the way.

    Two sounds that have nothing in common get the curves of equal power, the same sound comes out as it is: the curves
    are held to even power by how alike both are.
    """
    frames = leaving.shape[1]
    turn = (np.arange(frames) + 0.5) / frames * np.pi / 2
    down, up = np.cos(turn), np.sin(turn)
    power = float((leaving**2).sum()) * float((coming**2).sum())
    alike = float((leaving * coming).sum()) / power**0.5 if power > 0 else 0.0
    scale = 1 / np.sqrt(1 + 2 * max(0.0, min(1.0, alike)) * down * up)
    return np.asarray(leaving * (down * scale) + coming * (up * scale), np.float32)


def renewed(before: Waveform, painted: Samples, spans: Spans, *, loop: bool = False) -> Samples:
    """The earlier sound with the painted one in its spans; outside of them it is the same bit for bit.

    A loop has neither beginning nor end, so that spans fade there too.
    """
    out = np.array(before.samples)
    frames = out.shape[1]
    for start_s, end_s in spans:
        first, end = max(0, round(start_s * RATE_HZ)), min(frames, round(end_s * RATE_HZ))
        edge = min(round(EDGE_S * RATE_HZ), (end - first) // 2)
        if edge <= 0:
            continue
        here = np.array(painted[:, first:end])
        if first > 0 or loop:
            here[:, :edge] = crossfaded(before.samples[:, first : first + edge], here[:, :edge])
        if end < frames or loop:
            here[:, -edge:] = crossfaded(here[:, -edge:], before.samples[:, end - edge : end])
        out[:, first:end] = here
    return out
