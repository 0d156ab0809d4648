"""Two regions over one cue: the colour of the first gives way to that of the second, section by section.

*Conventions*: a section belongs to the first region up to `FIRST` of the cue's bars, to the second from `SECOND` on; in
between both share it: the first's scale, both leads together. Sections are cut where a phrase begins near these places;
the first is always the first region's, the last the second's. Scale, lead and ornaments go over; groove, metre and
accompaniment stay the first's, so that one cue does not fall into two.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from assistant.library import Library, Region
from assistant.plan.chairs import Casting, Chair, banned
from assistant.plan.craft import stream
from assistant.plan.defaults import Frame
from assistant.plan.form import Block
from assistant.plan.values import BarIntent
from assistant.remark import Remark

FIRST, SECOND = 0.4, 0.6
"""Shares of the cue up to and from which one region has a section alone."""


@dataclass(frozen=True)
class Turn:
    """What a section takes from the two regions: whose lead plays, whose scale it has."""

    first: bool
    second: bool


def other_region(frame: Frame, library: Library) -> Region | None:
    """The region that follows the first; None where none was asked, or the same one."""
    asked = frame.asked
    if asked.fusion is None or frame.region is None or asked.fusion == asked.region:
        return None
    return library.region(asked.fusion)


def turns(blocks: Sequence[Block]) -> tuple[Turn, ...]:
    """Whose turn every section is.

    Examples
    --------
    >>> [(turn.first, turn.second) for turn in turns([Block("theme", bar, 4, 0.0, 0.0) for bar in (0, 4, 8)])]
    [(True, False), (True, True), (False, True)]
    """
    whole = blocks[-1].end_bar
    middles = [(block.start_bar + block.bars / 2) / whole for block in blocks]
    out = [Turn(first=middle < SECOND, second=middle > FIRST) for middle in middles]
    if len(out) > 1:
        out[0], out[-1] = Turn(first=True, second=False), Turn(first=False, second=True)
    return tuple(out)


def with_regions(blocks: tuple[Block, ...], frame: Frame, library: Library) -> tuple[Block, ...]:
    """The sections, each with the region whose scale and ornaments it has where there are two; long ones divided."""
    other = other_region(frame, library)
    if other is None or frame.region is None:
        return blocks
    first, divided = frame.region.id, _divided(blocks)
    return tuple(
        replace(block, region=first if turn.first else other.id)
        for block, turn in zip(divided, turns(divided), strict=True)
    )


def _divided(blocks: Sequence[Block]) -> list[Block]:
    """The sections, cut where a phrase begins near `FIRST` and `SECOND`; a lone phrase is cut in its middle."""
    whole = blocks[-1].end_bar
    starts = [phrase.start_bar for block in blocks for phrase in block.phrases if phrase.start_bar > 0]
    inner = [bar for bar in starts if 0.2 * whole <= bar <= 0.75 * whole]
    if not inner:
        return [part for block in blocks for part in _halved(block, whole)]
    cuts = {min(inner, key=lambda bar: abs(bar - share * whole)) for share in (FIRST, SECOND)}
    return [part for block in blocks for part in _cut(block, sorted(cuts))]


def _cut(block: Block, cuts: Sequence[int]) -> list[Block]:
    """A section in pieces that begin at some bars."""
    bounds = [block.start_bar, *(bar for bar in cuts if block.start_bar < bar < block.end_bar), block.end_bar]
    return [
        replace(block, start_bar=start, bars=end - start,
                phrases=tuple(phrase for phrase in block.phrases if start <= phrase.start_bar < end))
        for start, end in pairwise(bounds)
    ]  # fmt: skip


def _halved(block: Block, whole: int) -> list[Block]:
    """A section that is most of a cue, its one phrase said by each half."""
    if block.bars < 2 or 2 * block.bars < whole or len(block.phrases) != 1:
        return [block]
    phrase, half = block.phrases[0], (block.bars + 1) // 2
    head = replace(phrase, bars=half, cadence="none")
    tail = replace(phrase, start_bar=block.start_bar + half, bars=block.bars - half)
    return [
        replace(block, bars=half, phrases=(head,)),
        replace(block, start_bar=tail.start_bar, bars=tail.bars, phrases=(tail,)),
    ]


def with_second_lead(casting: Casting, frame: Frame, library: Library) -> Casting:
    """The players, with a lead of the second region beside that of the first."""
    other = other_region(frame, library)
    leads = [chair for chair in casting.chairs if chair.role == "lead"]
    if other is None or not leads:
        return casting
    able = _leads_of(other, frame, library)
    said = (*casting.remarks, Remark.of("fused", region=frame.asked.region or "", other=other.id))
    if any(chair.instrument in able for chair in leads[1:]):
        return replace(casting, remarks=said)
    free = [name for name in able if all(chair.instrument != name for chair in casting.chairs)]
    if not free:
        return replace(casting, remarks=said)
    name = stream(frame.seed, "fusion", other.id).choices(free, [0.3**place for place in range(len(free))])[0]
    return replace(casting, chairs=(*casting.chairs, Chair("lead", name, "melody", asked=True)), remarks=said)


def _leads_of(region: Region, frame: Frame, library: Library) -> list[str]:
    """Who may lead for a region, best first."""
    excluded = banned(frame.asked.instruments, library)
    names = [name for seat in region.ensemble if seat.role == "lead" for name in seat.instruments]
    return [name for name in names if name in library.instruments and name not in excluded]


def handed_over(
    intents: Mapping[str, tuple[BarIntent, ...]], blocks: Sequence[Block], casting: Casting, frame: Frame,
    library: Library,
) -> dict[str, tuple[BarIntent, ...]]:  # fmt: skip
    """The intents of all chairs, those of the leads by turns: what the first would play is shared out."""
    other = other_region(frame, library)
    leads = [chair for chair in casting.chairs if chair.role == "lead"]
    if other is None or len(leads) < 2:
        return dict(intents)
    able = _leads_of(other, frame, library)
    second = next((chair for chair in leads[1:] if chair.instrument in able), None)
    if second is None:
        return dict(intents)
    mine = [False] * len(intents[second.id])
    theirs, sung = list(mine), _sung([intents[chair.id] for chair in leads])
    for block, turn in zip(blocks, turns(blocks), strict=True):
        for bar in range(block.start_bar, block.end_bar):
            mine[bar], theirs[bar] = turn.first, turn.second
    out = dict(intents)
    out[second.id] = _only_in(theirs, sung)
    out[leads[0].id] = _only_in(mine, sung)
    for chair in leads[1:]:
        if chair is not second:
            out[chair.id] = _only_in(mine, intents[chair.id])
    return out


def _sung(leads: Sequence[Sequence[BarIntent]]) -> tuple[BarIntent, ...]:
    """What one lead does who plays wherever any of them would."""
    return tuple(next((bar for bar in bars if bar.active), bars[0]) for bars in zip(*leads, strict=True))


def _only_in(turn: Sequence[bool], bars: Sequence[BarIntent]) -> tuple[BarIntent, ...]:
    return tuple(replace(bar, active=bar.active and playing) for playing, bar in zip(turn, bars, strict=True))
