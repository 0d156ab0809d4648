"""Intents: who sounds in which bar, how densely and how loudly.

*Conventions*: *energy* is arousal (-1..1) with the section's own rise or fall added; where the arc itself moves, the
sections add less. Parts enter and leave at phrases; hits, stops and reveals change single bars. Density and dynamics
are 0..1; register shifts are semitones. What was asked of single parts comes after (`assistant.plan.adjust`).

Sources: MUSIC.md of the project (the shape of a cue); Karlin and Wright, *On the Track* (preparing and answering hits).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from assistant.plan.chairs import STRUCK, Casting, Chair, ground_of
from assistant.plan.craft import interpolate, stream
from assistant.plan.defaults import Frame
from assistant.plan.form import Block
from assistant.plan.spotting import Spotting
from assistant.plan.values import BarIntent, Phrase, Plan
from assistant.plan.weaving import woven

LONG_BARS = 40
"""In cues beyond this the lead leaves a whole phrase to the others."""
RESTING_BARS = 16
"""In longer cues every part rests somewhere."""
DESCENT = 0.25
"""Arousal by which the arc has come down from an earlier section where the climax is no place for everybody."""
OCTAVE = 12
CLOSING = 0.6
"""Density of a tune where its phrase closes, as a share of the phrase's."""


@dataclass
class _Cell:
    """A bar of a part while it is being planned."""

    active: bool
    density: float
    dynamics: float
    shift: int = 0


Grid = dict[str, list[_Cell]]


def plan_intents(
    frame: Frame, spotting: Spotting, blocks: Sequence[Block], casting: Casting
) -> dict[str, tuple[BarIntent, ...]]:
    """The intents of every chair, by id, before adjustments."""
    energies = bar_energies(frame, spotting, blocks)
    grid = _phrases(frame, blocks, casting, energies)
    _rest(grid, frame, blocks, casting, spotting)
    _lift_climax(grid, [block for block in blocks if _is_tutti(block, blocks)], blocks)
    _close_phrases(grid, blocks, casting)
    _strike(grid, frame, spotting, blocks, casting)
    _fill_silences(grid, spotting, casting)
    _finish(grid, frame, casting, energies)
    return {name: tuple(_frozen(cell) for cell in cells) for name, cells in grid.items()}


def heard(
    casting: Casting, intents: dict[str, tuple[BarIntent, ...]], blocks: Sequence[Block], previous: Plan | None
) -> tuple[Casting, dict[str, tuple[BarIntent, ...]]]:
    """Only chairs that play more than the last chord; those asked for, or heard in the take before, join the climax."""
    chairs, kept = [], {}
    for chair in casting.chairs:
        bars = intents[chair.id]
        if not any(bar.active for bar in bars[:-1]) and len(bars) > 1:
            known = previous is not None and previous.part(chair.id) is not None
            if not (chair.asked or known or (chair.role in ("lead", "harmony", "bass") and _only(chair, casting))):
                continue
            peak = next((block for block in blocks if block.name == "climax"), None)
            span = range(peak.start_bar, peak.end_bar) if peak else range(len(bars) // 2, len(bars))
            bars = tuple(replace(bar, active=bar.active or place in span) for place, bar in enumerate(bars))
        chairs.append(chair)
        kept[chair.id] = bars
    return replace(casting, chairs=tuple(chairs)), kept


def _only(chair: Chair, casting: Casting) -> bool:
    """Whether nobody else has a chair's role."""
    return sum(other.role == chair.role for other in casting.chairs) == 1


def _frozen(cell: _Cell) -> BarIntent:
    return BarIntent(cell.active, round(unit(cell.density), 3), round(unit(cell.dynamics), 3), cell.shift)


def unit(value: float) -> float:
    """The value within 0..1."""
    return min(1.0, max(0.0, value))


def bar_energies(frame: Frame, spotting: Spotting, blocks: Sequence[Block]) -> list[float]:
    """Energy of every bar, -1..1."""
    arousals = [point.arousal for point in frame.asked.arc]
    spread = max(arousals) - min(arousals)
    weight = max(0.35, 1 - 0.6 * spread)
    starts = [*spotting.starts_s, frame.length_s]
    energies: list[float] = []
    for block in blocks:
        rise = frame.craft.sections.get(block.name, 0.0) * weight
        for bar in range(block.start_bar, block.end_bar):
            share = (bar - block.start_bar + 1) / block.bars if block.name == "build" else 1.0
            middle = min(1.0, (starts[bar] + starts[bar + 1]) / 2 / frame.length_s)
            energies.append(max(-1.0, min(1.0, frame.asked.emotion_at(middle).arousal + rise * share)))
    return energies


def _phrases(frame: Frame, blocks: Sequence[Block], casting: Casting, energies: Sequence[float]) -> Grid:
    """Who plays in each phrase, with density and dynamics by bar."""
    grid: Grid = {chair.id: [] for chair in casting.chairs}
    for index, block in enumerate(blocks):
        for place, phrase in enumerate(block.phrases):
            energy = sum(energies[phrase.start_bar : phrase.start_bar + phrase.bars]) / phrase.bars
            playing = _playing(frame, block, phrase, (index, place), casting, energy, tutti=_is_tutti(block, blocks))
            for chair in casting.chairs:
                shift = _shift(chair, block, frame)
                for bar in range(phrase.start_bar, phrase.start_bar + phrase.bars):
                    grid[chair.id].append(_cell(chair, chair.id in playing, energies[bar], shift, frame, place))
    return grid


def _playing(
    frame: Frame,
    block: Block,
    phrase: Phrase,
    place: tuple[int, int],
    casting: Casting,
    energy: float,
    *,
    tutti: bool,
) -> set[str]:
    """Ids of the chairs that sound in a phrase."""
    chairs = list(casting.chairs)
    ground = ground_of(chairs, frame) | woven(chairs, frame)
    if casting.is_solo:
        return {chair.id for chair in chairs if chair.role != "lead" or phrase.motif != "rest"}
    able = [chair for chair in chairs if chair.enters <= energy + 0.1 or chair.asked or tutti or chair.id in ground]
    if block.name in ("intro", "breakdown"):
        able = [c for c in able if c.role not in STRUCK or (c.id in ground and place[1] % 2 == 1)] or able
    melody = _melody_chair(block, phrase, place, able)
    backing = [chair for chair in able if chair.role not in ("lead", "counter") or chair is melody]
    if melody is not None and melody.role == "lead":
        beside = tutti or place[1] % 2 == 1
        backing += [chair for chair in able if chair.role == "counter" and (beside or chair.id in ground)]
    low, high = interpolate(frame.craft.fewest, energy), interpolate(frame.craft.most, energy)
    count = round(low + (high - low) * (0.85 if tutti else 0.4 + 0.3 * (place[1] % 2)))
    if tutti:
        count = max(count, len(backing) - 1)
    firsts = {chair.role: chair for chair in reversed(chairs)}
    order = {
        chair.id: _entry_rank(chair, chair is melody, block, (place[0], energy), frame)
        + (3.5 if firsts[chair.role] != chair else 0)
        for chair in backing
    }
    chosen = sorted(backing, key=lambda chair: order[chair.id])[: max(1, count)]
    chosen += [chair for chair in backing if chair.id in ground and chair not in chosen]
    if tutti:
        return {chair.id for chair in chosen}
    resting = _turn_to_rest([chair for chair in chosen if chair is not melody], place, firsts, frame)
    return {chair.id for chair in chosen if chair is not resting}


def _is_tutti(block: Block, blocks: Sequence[Block]) -> bool:
    """Whether everybody plays: in the climax, unless the arc has come down by then and a hit alone put it there."""
    before = [each.arousal for each in blocks if each.start_bar < block.start_bar]
    return block.name == "climax" and block.arousal >= max(before, default=-1.0) - DESCENT


def _turn_to_rest(
    backing: Sequence[Chair], place: tuple[int, int], firsts: dict[str, Chair], frame: Frame
) -> Chair | None:
    """Who sits this phrase out, so that every phrase brings a part or loses one."""
    sitting = ground_of(backing, frame) | woven(backing, frame)
    inner = [
        c
        for c in backing
        if (c.role in ("pulse", "colour", "counter", "percussion") or firsts[c.role] is not c) and c.id not in sitting
    ]
    if len(backing) < 3 or not inner:
        return None
    turn = place[0] + place[1]
    if len(inner) == 1 and turn % 2 == 0:
        return None
    return sorted(inner, key=lambda chair: chair.id)[turn % len(inner)]


def _melody_chair(block: Block, phrase: Phrase, place: tuple[int, int], able: Sequence[Chair]) -> Chair | None:
    """Who has the tune: the lead, nobody where the motif rests, the counter now and then while the lead breathes."""
    if phrase.motif == "rest":
        return None
    leads = [chair for chair in able if chair.role == "lead"]
    counters = [chair for chair in able if chair.role == "counter"]
    gives_way = block.name in ("contrast", "breakdown") and place[1] % 2 == 0
    gives_way = gives_way or (block.name == "release" and place[1] % 2 == 0 and block.arousal < 0.1)
    if counters and gives_way:
        return counters[0]
    if block.name == "breakdown" and place[1] == 0 and len(able) > 2:
        return None
    return leads[place[0] % len(leads)] if leads else (counters[0] if counters else None)


def _entry_rank(chair: Chair, has_melody: bool, block: Block, where: tuple[int, float], frame: Frame) -> float:
    """The smaller, the earlier a chair enters; the order of the inner ones differs from section to section."""
    if has_melody:
        return -1.0
    index, energy = where
    rank = float(frame.craft.roles[chair.role].enters) - (2.5 if chair.asked else 0.0)
    if chair.role in ("pulse", "counter", "colour", "percussion"):
        rank += 1.8 * stream(frame.seed, "entry", chair.id, index).random() - 0.9
    if chair.role == "drums":
        rank -= 3 * max(0.0, energy)
    if block.name in ("intro", "breakdown") and chair.role == "bass":
        rank += 3
    return rank


def _shift(chair: Chair, block: Block, frame: Frame) -> int:
    """Semitones that lead and counter sit higher or lower by mood and section."""
    if chair.role not in ("lead", "counter"):
        return 0
    lift = {"climax": 3, "release": -1, "breakdown": -2, "contrast": 2}.get(block.name, 0)
    return round(OCTAVE * interpolate(frame.craft.register, block.valence)) + lift


def _cell(chair: Chair, active: bool, energy: float, shift: int, frame: Frame, place: int) -> _Cell:
    """One bar of a part; later phrases of a section are a little fuller."""
    busy = frame.craft.roles[chair.role].busy
    density = interpolate(frame.craft.density, energy) * busy + (0.06 if place % 2 else 0.0)
    if frame.asked.use in ("ad", "podcast") and chair.role in ("lead", "counter"):
        density *= 0.85
    return _Cell(active, density, interpolate(frame.craft.dynamics, energy), shift)


def _rest(grid: Grid, frame: Frame, blocks: Sequence[Block], casting: Casting, spotting: Spotting) -> None:
    """In a long cue, a rest of two bars or a phrase for every part that has none."""
    count = len(spotting.bars)
    if count <= RESTING_BARS or len(casting.chairs) < 2:
        return
    struck = set(spotting.hit_bars())
    phrases = [
        phrase
        for block in blocks
        for phrase in block.phrases
        if block.name not in ("climax", "ending")
        and phrase.bars >= 2
        and not struck & set(range(phrase.start_bar, phrase.start_bar + phrase.bars + 1))
    ]
    for bass in ground_of(casting.chairs, frame):
        for block in blocks if bass.startswith("bass") else ():
            bar = block.end_bar - 1  # the groove draws breath where a long section turns
            if block.bars >= 8 and bar < count - 2 and bar not in struck and bar + 1 not in struck:
                grid[bass][bar].active = not any(grid[name][bar].active for name in grid if name != bass)
    for chair in casting.chairs:
        if not phrases or any(not cell.active for cell in grid[chair.id][:-1]):
            continue
        rng = stream(frame.seed, "rest", chair.id)
        phrase = rng.choice(phrases[1:] or phrases)
        for choice in (phrase, *phrases):
            bars = range(choice.start_bar, choice.start_bar + choice.bars)
            if chair.role in ("harmony", "bass"):  # there when a phrase opens, and again for its cadence
                bars = bars[1:3] if choice.bars > 2 else bars[:1]
            elif chair.role == "lead" and count <= LONG_BARS:  # comes in late, and closes the phrase
                bars = bars[: max(1, min(2, choice.bars - 2))]
            if all(_enough(grid, chair.id, bar) for bar in bars):
                for bar in bars:
                    grid[chair.id][bar].active = False
                break


def _enough(grid: Grid, name: str, bar: int) -> bool:
    """Whether a bar still has most of its players when one of them rests: no hole opens."""
    others = [cells[bar].active for other, cells in grid.items() if other != name]
    return sum(others) >= max(1, (len(others) + 1) // 2)


def _lift_climax(grid: Grid, peaks: Sequence[Block], blocks: Sequence[Block]) -> None:
    """Make the climax the loudest and densest section."""
    rest = [block for block in blocks if block not in peaks]
    if not peaks or not rest:
        return
    for name in ("dynamics", "density"):
        highest = max(_mean(grid, name, block) for block in rest)
        for block in peaks:
            missing = highest + 0.05 - _mean(grid, name, block)
            for cells in grid.values():
                for cell in cells[block.start_bar : block.end_bar] if missing > 0 else ():
                    setattr(cell, name, getattr(cell, name) + missing)


def _close_phrases(grid: Grid, blocks: Sequence[Block], casting: Casting) -> None:
    """A tune closes its phrase on a longer note and breathes: the last bar asks for fewer notes."""
    ends = [phrase.start_bar + phrase.bars - 1 for block in blocks for phrase in block.phrases if phrase.bars > 2]
    for chair in casting.chairs:
        for bar in ends if chair.role == "lead" else ():
            grid[chair.id][bar].density *= CLOSING


def _mean(grid: Grid, name: str, block: Block) -> float:
    """Mean of a quality over the sounding bars of a section."""
    values = [
        getattr(cell, name) for cells in grid.values() for cell in cells[block.start_bar : block.end_bar] if cell.active
    ]
    return sum(values) / len(values) if values else 0.0


def _strike(grid: Grid, frame: Frame, spotting: Spotting, blocks: Sequence[Block], casting: Casting) -> None:
    """Prepare, strike and answer every hit."""
    hits = spotting.hit_bars()
    last = len(spotting.bars) - 1
    for bar, hit in sorted(hits.items()):
        for chair in casting.chairs:
            cells = grid[chair.id]
            _prepare(cells, chair, bar, hit.kind, taken=set(hits))
            cells[bar].active = True
            if hit.kind == "swell":
                cells[bar].dynamics = max(cells[bar].dynamics + 0.12, 0.45)
                continue
            cells[bar].dynamics = max(cells[bar].dynamics + 0.2, 0.55)
            if hit.kind == "stop":
                cells[bar].density = min(cells[bar].density, 0.2)
                if bar + 1 < last and bar + 1 not in hits and not frame.asked.loop:
                    cells[bar + 1].active = False
            elif hit.kind == "reveal":
                _open(cells, chair, bar, blocks)


def _prepare(cells: list[_Cell], chair: Chair, bar: int, kind: str, *, taken: set[int]) -> None:
    """The two bars before a hit: sustained parts swell, drums leave the last bar free."""
    for back, rise in ((2, 0.05), (1, 0.12)):
        before = bar - back
        if before < 0 or before in taken:
            return
        cells[before].dynamics += rise
        if back == 1 and bar >= 2:
            if chair.role == "colour" or chair.texture in ("pad", "tremolo", "swell"):
                cells[before].active = True
            elif chair.role == "drums" and kind in ("hit", "stop") and before - 1 not in taken:
                cells[before].active = False


def _open(cells: list[_Cell], chair: Chair, bar: int, blocks: Sequence[Block]) -> None:
    """From a reveal to the end of its section: higher, fuller, with colour."""
    end = next((block.end_bar for block in blocks if bar < block.end_bar), bar + 1)
    for cell in cells[bar:end]:
        cell.density += 0.08
        if chair.role in ("lead", "colour"):
            cell.shift += 5
        cell.active = cell.active or chair.role == "colour"


def _fill_silences(grid: Grid, spotting: Spotting, casting: Casting) -> None:
    """Someone holds on in a bar in which nobody would sound, unless a stop asked for the silence."""
    after_stop = {bar + 1 for bar, hit in spotting.hit_bars().items() if hit.kind == "stop"}
    order = ("harmony", "pulse", "lead", "bass", "counter", "colour", "percussion", "drums")
    holder = min(casting.chairs, key=lambda chair: order.index(chair.role))
    for bar in range(len(spotting.bars)):
        if bar not in after_stop and not any(cells[bar].active for cells in grid.values()):
            grid[holder.id][bar].active = True


def _finish(grid: Grid, frame: Frame, casting: Casting, energies: Sequence[float]) -> None:
    """The final chord has everyone who just played."""
    count = len(energies)
    chairs = casting.chairs
    if frame.asked.loop or count < 2:
        return
    is_calm = energies[-1] < -0.1
    for chair in chairs:
        cells = grid[chair.id]
        recent = any(cell.active for cell in cells[-3 if is_calm else -5 : -1])
        essential = chair.role in ("lead", "harmony", "bass")
        struck = chair.role in STRUCK and is_calm
        cells[-1].active = (cells[-1].active or recent or essential) and not struck
