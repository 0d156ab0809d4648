"""How a region's players go together: one fast line between two of them, and a group that answers the tune.

Conventions: weaves as in `assistant.library.profiles.Weave`; where styles from elsewhere stand beside the region there
are none. The shared line runs in pulses of `pulse_of` quarter notes; each pulse is struck by one of the two, as the
weave's ``hands`` say. An answer is the tune itself, in the second half of each four bars, at the height of who answers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from assistant.library.profiles import Weave
from assistant.plan import Phrase, PlannedPart
from assistant.plan.weaving import sharing
from assistant.score import Bar
from assistant.tuned import tuning_region
from models.rules.context import Context, Tone, strength
from models.rules.leads import for_player
from models.rules.modes import before_the_end
from models.rules.player import Player
from models.rules.running import ladder_at
from models.rules.voicing import voicings

FASTEST_S, SLOWEST_S = 0.11, 0.24
"""How long a pulse of a shared line lasts."""
PLACES = {"1": (0, 1, 0, 2), "2": (3, 2, 3, 1)}
"""Places in the ladder that the lower and the upper hand strike in turn."""
UNIT = 4
"""Bars of a call and its answer together."""
ANSWERED = ("repeat", "vary", "contrast", "return")
"""Uses of the theme in which the group answers, where the region's music is not made of that and nothing else."""


def weaves_of(context: Context) -> Mapping[str, Weave]:
    """The weaves of the plan's region by kind, the main one first."""
    region = tuning_region(context.plan, context.library)
    if region is None:
        return {}
    known = sorted(region.profile.weaves, key=lambda weave: weave.kind != region.texture)
    return {weave.kind: weave for weave in known}


def follows(context: Context) -> bool:
    """Whether other players take up the tune, so that their part is not composed for itself."""
    return bool({"heterophony", "call-response"} & set(weaves_of(context)))


def pair_of(context: Context) -> tuple[PlannedPart, ...]:
    """The two who share a fast line, the one who leads first; nobody where the region's music does not interlock."""
    weave = weaves_of(context).get("interlocking")
    return tuple(sharing(context.plan.parts)) if weave is not None and weave.hands else ()


def interlocked(context: Context, part: PlannedPart, alone: Sequence[Tone]) -> list[Tone]:
    """What a player of the pair plays: its share of the line wherever both play, elsewhere what it plays alone."""
    pair = pair_of(context)
    if part not in pair:
        return list(alone)
    both = [bar for bar in context.playing(part) if all(other.bars[bar.index].active for other in pair)]
    shared = {bar.index for bar in both}
    player = Player(context, part, voicings(context, part, 4), context.library.instrument(part.instrument).polyphonic)
    hand = "12"[pair.index(part)]
    woven = [tone for bar in both for tone in _share(player, bar, hand, weaves_of(context)["interlocking"].hands)]
    return [tone for tone in alone if context.bar(tone.start_q).index not in shared] + woven


def pulse_of(context: Context, bar: Bar) -> float:
    """How long a pulse of the shared line is in a bar, in quarter notes."""
    options = (0.5, 0.25, 0.125) if bar.meter.is_compound else (1.0, 0.5, 0.25, 0.125)
    seconds = {option: context.seconds(option, bar.start_q) for option in options}
    return next((option for option in options if FASTEST_S <= seconds[option] <= SLOWEST_S),
                min(options, key=lambda option: abs(seconds[option] - FASTEST_S)))  # fmt: skip


def _share(player: Player, bar: Bar, hand: str, hands: str) -> list[Tone]:
    """One player's strokes of the line in a bar."""
    pulse_q = pulse_of(player.context, bar)
    tones: list[Tone] = []
    for index in range(round(bar.length_q / pulse_q)):
        if hands[index % len(hands)] != hand:
            continue
        at_q = bar.start_q + index * pulse_q
        ladder, order = ladder_at(player, at_q), PLACES[hand]
        place = order[(len(tones) + bar.index) % len(order)]
        pitch = ladder[min(place, len(ladder) - 1)]
        tones.append(Tone(at_q, pulse_q * 1.5, pitch, 0.4 * strength(bar, at_q) - 0.3, "ring"))
    return tones


def answered_bars(context: Context, phrase: Phrase) -> frozenset[int]:
    """The bars of a phrase in which the group has the tune; the last close of the cue is the lead's."""
    weaves = weaves_of(context)
    if "call-response" not in weaves or phrase.bars < UNIT or phrase.motif == "rest":
        return frozenset()
    throughout = next(iter(weaves)) == "call-response" and "heterophony" not in weaves
    if not throughout and phrase.motif not in ANSWERED:
        return frozenset()
    units = phrase.bars // UNIT - (1 if before_the_end(context, phrase) else 0)
    starts = [phrase.start_bar + UNIT * unit + UNIT // 2 for unit in range(units)]
    return frozenset(bar for start in starts for bar in range(start, start + UNIT // 2))


def handed_over(
    context: Context, tunes: Mapping[str, Sequence[Tone]]
) -> tuple[dict[str, list[Tone]], dict[str, list[Tone]]]:
    """The tune without what the group answers, by lead; and that, by who answers."""
    own = {name: list(tones) for name, tones in tunes.items()}
    group = [part for part in context.plan.parts if part.role == "counter"]
    answers: dict[str, list[Tone]] = {}
    for _, phrase in context.phrases:
        bars = answered_bars(context, phrase)
        able = [part for part in group if bars and all(part.bars[bar].active for bar in bars)]
        if not able or any(context.kept.holds(name, bar) for name in own for bar in bars):
            continue
        moved = max((_within(context, tones, bars) for tones in own.values()), key=len, default=[])
        own = {name: [tone for tone in tones if context.bar(tone.start_q).index not in bars]
               for name, tones in own.items()}  # fmt: skip
        for part in able:
            answers.setdefault(part.id, [])
            answers[part.id] += for_player(context, part, moved, range(min(bars), max(bars) + 1))
    return own, answers


def _within(context: Context, tones: Sequence[Tone], bars: frozenset[int]) -> list[Tone]:
    return [tone for tone in tones if context.bar(tone.start_q).index in bars]


def joined(context: Context, written: Sequence[Tone], answers: Sequence[Tone]) -> list[Tone]:
    """A part that answers: its answers, and what is written for it in phrases that have none."""
    heard = {context.phrase(context.bar(tone.start_q).index).start_bar for tone in answers}
    free = [tone for tone in written if context.phrase(context.bar(tone.start_q).index).start_bar not in heard]
    return sorted((*free, *answers), key=lambda tone: tone.start_q)
