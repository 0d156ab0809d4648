"""Form: sections from the arc, the hits and the cuts; phrases in them; what each does with the motif; cadences.

*Conventions*: bars count from 0. A `Block` is a section that has no key yet. A hit begins a section; without hits the
arc's own corners do; what lies between is divided into fours and eights. The climax is on the strongest hit, else at
the arc's highest arousal, else at two thirds.

Sources: Caplin, *Classical Form* (sentence and period); Karlin and Wright, *On the Track* (cues follow the picture's
turning points).
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace

from assistant.plan.craft import stream
from assistant.plan.defaults import Frame
from assistant.plan.spotting import Spotting
from assistant.plan.values import Phrase

CORNER = 0.3
"""A point of the arc where valence or arousal bends by this much wants a section of its own."""


NO_INTRO = ("ad", "podcast")
"""Uses in which the idea is clear from the first bar."""


@dataclass(frozen=True)
class Block:
    """A section without a key; ``region`` where it has one of two."""

    name: str
    start_bar: int
    bars: int
    valence: float
    arousal: float
    phrases: tuple[Phrase, ...] = ()
    region: str | None = None

    @property
    def end_bar(self) -> int:
        """The bar after the last."""
        return self.start_bar + self.bars


def lay_out(frame: Frame, spotting: Spotting) -> tuple[Block, ...]:
    """Every section of the cue, in order."""
    borders = _borders(frame, spotting)
    blocks = [_block("theme", start, end, frame, spotting) for start, end in itertools.pairwise(borders)]
    named = _named(blocks, frame, spotting)
    return tuple(_with_phrases(named, frame, spotting))


def _block(name: str, start: int, end: int, frame: Frame, spotting: Spotting) -> Block:
    """A section with the mean emotion of its bars."""
    starts = [*spotting.starts_s, frame.length_s]
    points = [
        frame.asked.emotion_at(min(1.0, (starts[bar] + starts[bar + 1]) / 2 / frame.length_s))
        for bar in range(start, end)
    ]
    valence = sum(point.valence for point in points) / len(points)
    arousal = sum(point.arousal for point in points) / len(points)
    return Block(name, start, end - start, round(valence, 3), round(arousal, 3))


def _borders(frame: Frame, spotting: Spotting) -> list[int]:
    """First bars of sections, and the bar after the last."""
    count = len(spotting.bars)
    last = count if frame.asked.loop else count - 1
    least = 2 if count < 24 else 4
    forced = [0]
    for wanted in (_hit_borders(spotting), _corners(frame, spotting), spotting.cut_bars):
        for bar in sorted(wanted):
            free = all(abs(bar - other) >= least for other in forced)
            if free and 0 < bar < last and last - bar >= min(2, last - 1):
                forced.append(bar)
    borders: list[int] = []
    ends = [*sorted(forced), last]
    for start, end in itertools.pairwise(ends):
        borders.extend(start + offset for offset in divide(end - start, _section_bars(count)))
    if count > last:
        borders.append(last)
    return [*sorted(set(borders)), count]


def _hit_borders(spotting: Spotting) -> list[int]:
    """Bars of the hits that open something."""
    return list(spotting.hit_bars())


def _corners(frame: Frame, spotting: Spotting) -> list[int]:
    """Bars at which the arc bends, drawn to the grid of two bars."""
    arc = frame.asked.arc
    bars = []
    for before, point, after in zip(arc, arc[1:], arc[2:], strict=False):
        steps = ((before.valence, point.valence, after.valence), (before.arousal, point.arousal, after.arousal))
        if any(abs((b - a) - (c - b)) >= CORNER for a, b, c in steps):
            bars.append(_on_grid(spotting.bar_of(point.at * frame.length_s), _hit_borders(spotting)))
    return bars


def _on_grid(bar: int, borders: Sequence[int]) -> int:
    """The nearest bar that leaves whole fours behind it, or else whole twos."""
    start = max((border for border in (0, *borders) if border <= bar), default=0)
    fours = start + 4 * round((bar - start) / 4)
    if abs(fours - bar) <= 1 and fours > start:
        return fours
    return start + 2 * round((bar - start) / 2) if bar - start >= 4 else bar


def _section_bars(count: int) -> int:
    """Usual length of a section in a cue of so many bars."""
    if count <= 10:
        return 4
    return 8 if count <= 72 else 16


def divide(bars: int, usual: int) -> list[int]:
    """Starts of sections in a stretch: the usual length as often as it goes, what is left over in the last.

    Examples
    --------
    >>> divide(21, 8), divide(18, 8), divide(12, 8), divide(6, 4)
    ([0, 8, 16], [0, 8], [0], [0])
    """
    if bars < usual * 1.5 + 1:
        return [0]
    starts = list(range(0, bars, usual))
    return starts if bars - starts[-1] >= usual / 2 else starts[:-1]


def _named(blocks: Sequence[Block], frame: Frame, spotting: Spotting) -> list[Block]:
    """The sections with their names."""
    body = list(blocks) if frame.asked.loop else list(blocks[:-1])
    if not body:
        return [replace(block, name="ending") for block in blocks]
    climax = _climax(body, frame, spotting)
    if climax == 1 and body[0].bars >= 8:
        start, border, end = 0, body[0].bars // 8 * 4, body[0].bars
        halves = [_block("theme", *span, frame, spotting) for span in ((start, border), (border, end))]
        body, climax = [*halves, *body[1:]], 2
    names = [_plain_name(index, body, climax, frame) for index in range(len(body))]
    stops = {bar for bar, hit in spotting.hit_bars().items() if hit.kind == "stop"}
    named = [
        replace(block, name="breakdown" if block.start_bar in stops and index != climax and index else name)
        for index, (block, name) in enumerate(zip(body, names, strict=True))
    ]
    return named if frame.asked.loop else [*named, replace(blocks[-1], name="ending")]


def _climax(body: Sequence[Block], frame: Frame, spotting: Spotting) -> int:
    """Index of the section that is the highest place."""
    if len(body) == 1:
        return 0
    strikes = {bar for bar, hit in spotting.hit_bars().items() if hit.kind in ("hit", "reveal", "swell")}
    struck = [index for index, block in enumerate(body) if index and block.start_bar in strikes]
    if struck:
        return max(struck, key=lambda index: (round(body[index].arousal, 1), index))
    arousals = [block.arousal for block in body]
    if max(arousals) - min(arousals) > 0.15:
        return max(range(len(body)), key=lambda index: (round(arousals[index], 1), index))
    aim_s = 0.67 * frame.length_s
    return max(1, _index_at(body, spotting.bar_of(aim_s)))


def _index_at(body: Sequence[Block], bar: int) -> int:
    return next((index for index, block in enumerate(body) if bar < block.end_bar), len(body) - 1)


def _plain_name(index: int, body: Sequence[Block], climax: int, frame: Frame) -> str:
    """The name of a section by its place against the climax."""
    if len(body) == 1:
        return "theme"
    if index == climax:
        return "climax"
    if index > climax:
        return ("release", "contrast", "theme", "breakdown", "theme")[(index - climax - 1) % 5]
    if index == 0:
        return (
            "intro"
            if len(body) >= 4 and frame.length_s >= 40 and frame.asked.use not in NO_INTRO and not frame.asked.loop
            else "theme"
        )
    if index == climax - 1 and climax >= 2:
        return "build"
    return ("theme", "contrast", "theme", "breakdown", "build")[(index - 1) % 5]


def phrase_lengths(bars: int, bar_s: float) -> list[int]:
    """Bars of each phrase: eights where bars are short, fours otherwise, the odd ones in the last.

    Examples
    --------
    >>> phrase_lengths(16, 1.2), phrase_lengths(10, 2.0), phrase_lengths(7, 2.0), phrase_lengths(5, 2.0)
    ([8, 8], [4, 6], [4, 3], [5])
    """
    unit = 8 if bar_s < 1.6 and bars % 8 == 0 else 4
    lengths = [unit] * (bars // unit)
    rest = bars - unit * len(lengths)
    if not lengths:
        return [rest]
    if rest in (1, 2):
        lengths[-1] += rest
    elif rest:
        lengths.append(rest)
    return lengths


def _with_phrases(blocks: Sequence[Block], frame: Frame, spotting: Spotting) -> list[Block]:
    """The sections with phrases, motif uses and cadences."""
    told: list[Block] = []
    stated, themes = False, 0
    bar_s = frame.meter.bar_q * 60 / frame.wish.target
    for index, block in enumerate(blocks):
        following = blocks[index + 1] if index + 1 < len(blocks) else None
        lengths = phrase_lengths(block.bars, bar_s)
        themes += block.name == "theme"
        phrases, start = [], block.start_bar
        for place, bars in enumerate(lengths):
            motif = _motif(block.name, place, themes, frame, stated)
            stated = stated or motif == "state"
            cadence = _cadence(block, place, len(lengths), following, frame, index)
            phrases.append(Phrase(start, bars, motif, cadence))
            start += bars
        told.append(replace(block, phrases=tuple(phrases)))
    return told


def _motif(name: str, place: int, themes: int, frame: Frame, stated: bool) -> str:
    """What a phrase does with the motif."""
    if not stated:
        return "rest" if name == "intro" and place == 0 and frame.length_s >= 40 else "state"
    plans = {
        "intro": ("vary",),
        "theme": ("state", "repeat", "contrast", "return") if themes <= 1 else ("return", "vary", "contrast", "vary"),
        "build": ("vary", "vary", "contrast"),
        "climax": ("return", "repeat", "vary", "return"),
        "contrast": ("contrast", "contrast", "vary"),
        "breakdown": ("vary", "rest", "vary"),
        "release": ("return", "vary"),
        "ending": ("return",),
    }
    plan = plans[name]
    motif = plan[place % len(plan)]
    return "repeat" if motif == "state" else motif


def _cadence(block: Block, place: int, count: int, following: Block | None, frame: Frame, index: int) -> str:
    """How a phrase ends."""
    if following is None:
        return "half" if frame.asked.loop else _final_cadence(frame)
    if place < count - 1:
        return "half" if place % 2 == 0 else "full"
    if following.name in ("climax", "build", "ending"):
        return "half"
    if following.name in ("contrast", "breakdown") and stream(frame.seed, "cadence", index).random() < 0.5:
        return "deceptive"
    return "full"


def _final_cadence(frame: Frame) -> str:
    """Full, or plagal where it is calm."""
    calm = frame.asked.arc[-1].arousal < -0.2
    return "plagal" if calm and stream(frame.seed, "cadence", "final").random() < 0.5 else "full"
