"""Constraints to plan: complete, spot, lay out, choose keys, harmonise, cast, and say what each bar is for.

*Conventions*: every random choice draws from a stream of its own (`assistant.plan.craft.stream`), so that a change of
instruments leaves harmony and form untouched. A revision goes through `assistant.plan.revise`.
"""

from __future__ import annotations

from collections.abc import Mapping

from assistant.clip import Clip
from assistant.constraints import Constraints
from assistant.library import Library
from assistant.plan.adjust import adjust, level_change_lu, loudness_change_lu, means, moved_range
from assistant.plan.casting import cast
from assistant.plan.chairs import STRUCK, Casting, Chair
from assistant.plan.defaults import Frame, complete
from assistant.plan.form import Block, lay_out
from assistant.plan.harmony import harmonise
from assistant.plan.intents import heard, plan_intents
from assistant.plan.keys import choose_keys
from assistant.plan.motif import state_motif
from assistant.plan.ranges import level_lu, pans, part_range
from assistant.plan.regional.fusion import handed_over, with_regions, with_second_lead
from assistant.plan.revise import changed_fields, graft
from assistant.plan.spotting import Spotting, spot
from assistant.plan.standing_in import standing_in
from assistant.plan.values import BarIntent, Key, Plan, PlannedPart, Section
from assistant.plan.voice import TALKED_THROUGH, bars_spoken, beside_voice
from assistant.remark import Remark


def make_plan(
    constraints: Constraints,
    *,
    library: Library,
    clip: Clip | None = None,
    seed: int = 0,
    previous: Plan | None = None,
    anew: bool = False,
) -> Plan:
    """Everything that a generator needs.

    Parameters
    ----------
    constraints : Constraints
        What was asked.
    library : Library
    clip : Clip or None
        Gives the length, where none was asked, and cuts to lean on.
    seed : int
        Every choice follows from it.
    previous : Plan or None
        The plan that this one revises: what no change touches comes out the same, bar for bar.
    anew : bool
        Whether the previous plan only lends its players, its style and its home; form and chords are new.

    Raises
    ------
    BriefError
        If nothing is left that may play.
    DataError
        If a data file breaks its rules.
    """
    before = previous.asked if previous is not None else None
    revises = before is not None and (previous is None or previous.seed == seed or changed_fields(before, constraints))
    if previous is not None and before is not None and revises:
        seed = previous.seed
    else:
        previous = None
    frame = complete(constraints, library=library, clip=clip, seed=seed, previous=previous)
    spotting = spot(frame, clip, previous)
    blocks = with_regions(lay_out(frame, spotting), frame, library)
    home, keys, key_remarks = choose_keys(frame, blocks, library, previous)
    casting = with_second_lead(cast(frame, library, previous), frame, library)
    base = handed_over(plan_intents(frame, spotting, blocks, casting), blocks, casting, frame, library)
    casting, base = heard(casting, base, blocks, previous)
    speech = clip.speech if clip else ()
    spoken = bars_spoken(speech, spotting, frame.length_s)
    resting = bars_spoken(speech, spotting, frame.length_s, share=TALKED_THROUGH) - spotting.hit_bars().keys()
    base = beside_voice(base, spoken, casting, resting=resting)
    intents = adjust(base, constraints.adjust, frame, spotting, casting, library)
    remarks = (
        *(_as_planned(said, spotting) for said in frame.remarks),
        *spotting.remarks,
        *casting.remarks,
        *key_remarks,
    )
    remarks += standing_in(casting.chairs, constraints, library)
    remarks += (Remark.of("voice_spared", bars=len(spoken)),) if spoken else ()
    fresh = Plan(
        length_s=frame.length_s,
        tempo_map=spotting.course.tempo_map,
        bar_count=len(spotting.bars),
        final_q=spotting.course.final_q,
        key=home,
        sections=tuple(_section(block, key) for block, key in zip(blocks, keys, strict=True)),
        chords=harmonise(frame, spotting, blocks, keys),
        parts=_parts(frame, casting, intents, library),
        hits=spotting.hits,
        style=frame.style.id,
        groove=frame.groove,
        region=constraints.region,
        use=constraints.use,
        swing=frame.swing,
        loop=constraints.loop,
        reverb=frame.reverb,
        loudness_lufs=frame.loudness_lufs + loudness_change_lu(constraints),
        seed=seed,
        remarks=remarks,
        asked=constraints,
    )
    if previous is None or previous.asked is None or anew:
        return state_motif(fresh, library)
    earlier = _earlier_intents(fresh, previous, base, frame, spotting, casting, library)
    return state_motif(graft(fresh, previous, earlier), library)


def _as_planned(said: Remark, spotting: Spotting) -> Remark:
    """A tempo that was ours to choose is told as it became: within the mood's range the hits may have moved it."""
    if said.code != "default_tempo":
        return said
    return Remark.of(said.code, bpm=round(spotting.course.tempo_map.felt_bpm[0]))


def _section(block: Block, key: Key) -> Section:
    """A block in its key."""
    return Section(
        block.name, block.start_bar, block.bars, block.valence, block.arousal, key, block.phrases, block.region
    )


def _parts(
    frame: Frame, casting: Casting, intents: Mapping[str, tuple[BarIntent, ...]], library: Library
) -> tuple[PlannedPart, ...]:
    """Every chair as a part."""
    seats = pans(casting.chairs, library)
    parts = []
    for chair in casting.chairs:
        low, high = part_range(chair, casting, frame, library)
        low, high = moved_range(chair, low, high, frame.asked.adjust, library)
        level = level_lu(chair, frame.craft.roles[chair.role]) + level_change_lu(chair, frame, library)
        texture = _groove_of(chair, casting, frame) if chair.role in STRUCK else chair.texture
        parts.append(
            PlannedPart(
                chair.id,
                chair.role,
                chair.instrument,
                low,
                high,
                texture,
                intents[chair.id],
                round(level, 2),
                seats[chair.id],
            )
        )
    return tuple(parts)


def _groove_of(chair: Chair, casting: Casting, frame: Frame) -> str:
    """The first groove for the drums or whoever is alone, the second for hand percussion beside them."""
    beside = chair.role == "percussion" and any(other.role == "drums" for other in casting.chairs)
    return (frame.second_groove if beside else "") or frame.groove or "pulse"


def _earlier_intents(
    fresh: Plan,
    previous: Plan,
    base: Mapping[str, tuple[BarIntent, ...]],
    frame: Frame,
    spotting: Spotting,
    casting: Casting,
    library: Library,
) -> dict[str, tuple[BarIntent, ...]]:
    """What each part did before, as many bars as there are now, with new adjustments made and withdrawn ones gone."""
    asked = previous.asked.adjust if previous.asked is not None else ()
    gone = [wish for wish in asked if wish not in frame.asked.adjust]
    added = [wish for wish in frame.asked.adjust if wish not in asked]
    earlier: dict[str, tuple[BarIntent, ...]] = {}
    fixed: dict[str, tuple[BarIntent, ...]] = {}
    for chair in casting.chairs:
        before, now = previous.part(chair.id), fresh.part(chair.id)
        if before is None or now is None or any(means(wish.part, chair, library) for wish in gone):
            fixed[chair.id] = now.bars if now is not None else base[chair.id]
        else:
            earlier[chair.id] = (*before.bars, *base[chair.id][len(before.bars) :])[: fresh.bar_count]
    return adjust({**base, **earlier}, added, frame, spotting, casting, library) | fixed
