"""Who sings the tune: the first lead active in a phrase has it, the others double it at the octave that fits them.

Conventions: the line of a phrase is written once (`models.rules.melody.write_phrase`); a player sounds only in its
active bars.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from assistant.plan import PlannedPart
from models.rules.context import Context, Tone, pitch_at, position
from models.rules.melody import write_phrase


def write_leads(context: Context, parts: Sequence[PlannedPart]) -> dict[str, list[Tone]]:
    """The tune for every lead: the first one active in a phrase has it, others double it."""
    out: dict[str, list[Tone]] = {part.id: [] for part in parts}
    before: list[Tone] = []
    singer = ""
    for section, phrase in context.phrases:
        span = range(phrase.start_bar, min(phrase.start_bar + phrase.bars, context.plan.bar_count))
        players = [part for part in parts if any(part.bars[bar].active for bar in span)]
        if not players or phrase.motif == "rest":
            continue
        first = players[0]
        tones = write_phrase(context, first, section, phrase, before if first.id == singer else [])
        singer, before = first.id, tones[-2:]
        for player in players:
            out[player.id] += for_player(context, player, tones, span)
    return {part.id: _round_again(context, part, out[part.id]) for part in parts}


def _round_again(context: Context, part: PlannedPart, tones: list[Tone]) -> list[Tone]:
    """For a loop, a step that leads from the silence at the end into the first note."""
    if not context.plan.loop or not tones or tones[0].start_q > 1e-3:
        return tones
    first, last = tones[0], tones[-1]
    at_q = context.end_q - 0.5
    if last.start_q < context.plan.bars[-1].start_q - 1e-6 or last.end_q > at_q - 0.5:
        return tones
    key = context.key(at_q)
    side = -1 if last.pitch <= first.pitch else 1
    pitch = pitch_at(key, position(key, first.pitch) + side)
    fits = part.low <= pitch <= part.high and abs(pitch - last.pitch) <= 12
    return [*tones, Tone(at_q, 0.5, pitch, -0.1)] if fits else tones


def for_player(context: Context, player: PlannedPart, tones: Sequence[Tone], span: range) -> list[Tone]:
    """The tones of the bars that a player plays, at the octave that fits best."""
    own = [
        tone for tone in tones
        if player.bars[context.bar(tone.start_q).index].active or context.bar(tone.start_q).index < span.start
    ]  # fmt: skip
    own = [tone for tone in own if player.bars[context.bar(tone.start_q).index].active]
    if not own:
        return []

    def outside(shift: int) -> tuple[float, int]:
        return (
            sum(max(0, player.low - tone.pitch - shift, tone.pitch + shift - player.high) for tone in own),
            abs(shift),
        )

    shift = min((-24, -12, 0, 12, 24), key=outside)
    return [replace(tone, pitch=_folded(tone.pitch + shift, player)) for tone in own]


def _folded(pitch: int, player: PlannedPart) -> int:
    """A pitch brought into a player's range by octaves, or to its edge."""
    while pitch > player.high and pitch - 12 >= player.low:
        pitch -= 12
    while pitch < player.low and pitch + 12 <= player.high:
        pitch += 12
    return min(max(pitch, player.low), player.high)
