"""A motif that a person gave, put into the plan: who states it where, in which key, over which chords.

*Conventions*: a statement keeps every interval and every length of the motif; only its height is chosen, by the key of
its section and the range of who sings it. It is stated where the form states its theme, and comes back where the theme
returns. Chords under it that it does not fit give way to triads of the key that it does. What lies beyond the last bar
that may sing, or beyond the instrument, is said. Where a region was asked, what is stated is the motif in the region's
scale, rhythm and ornaments (`assistant.plan.regional`), each section's own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from assistant.library import Library
from assistant.plan.keys import parse_key
from assistant.plan.own_music import MODAL, region_rules
from assistant.plan.regional import Mapped, Task, dial_of, map_motif, own_key
from assistant.plan.regional.ornaments import ornaments_of, playable
from assistant.plan.regional.rhythm import Grid, grid_of
from assistant.plan.reharmonise import harmonised
from assistant.plan.values import Key, Phrase, Plan, PlannedMotif, PlannedPart, Section, Statement
from assistant.remark import Remark
from assistant.score.motif import Motif, MotifNote

STATED = ("state", "return")
"""Uses of the theme that say the motif as it was given; all others vary it."""
MOVED = 8.0
"""Semitones from the middle of a singer's range that a motif may lie rather than be moved by octaves."""


@dataclass(frozen=True)
class _Place:
    """A phrase that states the motif, and who sings it."""

    section: Section
    phrase: Phrase
    part: PlannedPart


def state_motif(plan: Plan, library: Library) -> Plan:
    """The plan with the motif that was asked stated in it; the plan itself where none was."""
    asked = plan.asked.motif if plan.asked is not None else None
    if asked is None:
        return plan
    places = _places(plan)
    if not places:
        return replace(plan, remarks=(*plan.remarks, Remark.of("motif_no_singer")))
    dial = dial_of(plan.asked) if plan.asked is not None and plan.region in library.regions else None
    if dial is None or not dial.in_scale:
        motif, said = _in_key(asked, plan.key, library)
        plan = replace(plan, parts=_widened(plan, motif, places, library))
        statements = tuple(_statement(plan, motif, place) for place in places)
    else:
        motif, said = _in_region(asked, plan, places[0], library)
        said_there = [_mapped(plan, asked, place, places[0], library) for place in places]
        for each, place in zip(said_there, places, strict=True):
            plan = _with_room(plan, each, place, library)
        statements = tuple(_statement(plan, each, place) for each, place in zip(said_there, places, strict=True))
    if dial is not None:
        statements = _apart(statements)
        statements = tuple(_ornamented(plan, each, dial.ornamented, library) for each in statements)
    statements = tuple(statement for statement in statements if statement.notes)
    missing = len(motif.notes) - len(statements[0].notes) if statements else len(motif.notes)
    said += [Remark.of("motif_cut", notes=missing)] if missing else []
    said += _height(plan, motif, places[0], statements[0]) if statements else []
    return replace(
        plan,
        motif=PlannedMotif(motif, statements),
        parts=_awake(plan, statements),
        chords=plan.chords if _is_modal(plan, library) else harmonised(plan, statements),
        remarks=(*plan.remarks, *said),
    )


def _is_modal(plan: Plan, library: Library) -> bool:
    """Whether a cue is of a region whose own music knows no triads: a tune changes no chord there."""
    region = library.regions.get(plan.region or "")
    return region is not None and plan.asked is not None and region_rules(plan.asked) and region.harmony in MODAL


def _in_key(motif: Motif, home: Key, library: Library) -> tuple[Motif, list[Remark]]:
    """The motif moved to the home key by less than an octave, and what must be said of it.

    A minor motif in a major key, or the other way about, is moved to the relative key, so that its notes are at home.
    """
    own = parse_key(motif.key, library.modes) if motif.key else None
    relative = 0 if own is None or own.is_minor == home.is_minor else 9 if own.is_minor else 3
    up = (home.tonic + relative - own.tonic + 6) % 12 - 6 if own else 0
    if own is None or not up:
        return motif, []
    return replace(motif.moved(up), key=home.name), [Remark.of("motif_moved", before=own.name, key=home.name)]


def _task(plan: Plan, key: Key, asked: Motif, first: _Place, library: Library) -> Task:
    """Where a motif goes in a key of a plan; it is first said at a place, and there must be room for it."""
    assert plan.asked is not None
    own = own_key(asked, library.modes)
    room_q = _last_q(plan) - plan.bars[first.phrase.start_bar].start_q
    return Task(key, _grid(plan, library), dial_of(plan.asked), own, max(room_q, 1.0))


def _last_q(plan: Plan) -> float:
    """Where the last bar that may sing is over."""
    return plan.bars[-1].end_q if plan.loop else min(plan.final_q, plan.bars[-1].start_q)


def _grid(plan: Plan, library: Library) -> Grid:
    """The cycle of the plan's groove where its region counts it, else the metre."""
    meter, region = plan.bars[0].meter, library.regions.get(plan.region or "")
    cycles = region.profile.cycles if region is not None else ()
    return grid_of(meter, next((cycle.groups for cycle in cycles if cycle.groove == plan.groove), ()))


def _in_region(asked: Motif, plan: Plan, first: _Place, library: Library) -> tuple[Motif, list[Remark]]:
    """The motif in the scale of home, and how much was moved where it is first said."""
    said = map_motif(asked, _task(plan, first.section.key, asked, first, library))
    home = map_motif(asked, _task(plan, plan.key, asked, first, library)).motif
    return home, _told(asked, said, first.section.key)


def _told(asked: Motif, said: Mapped, key: Key) -> list[Remark]:
    """What a mapping is said to have done."""
    count = len(asked.notes)
    remarks = [Remark.of("motif_coloured", moved=said.moved, notes=count, scale=key.name)]
    return remarks + ([Remark.of("motif_in_cycle", shifted=said.shifted, notes=count)] if said.shifted else [])


def _mapped(plan: Plan, asked: Motif, place: _Place, first: _Place, library: Library) -> Motif:
    """The motif as the region has it in one section, moved so that `_statement` puts it into the section's key."""
    motif = map_motif(asked, _task(plan, place.section.key, asked, first, library)).motif
    return motif.moved(-_up(plan, place.section))


def _with_room(plan: Plan, motif: Motif, place: _Place, library: Library) -> Plan:
    """The plan, its singer's range as wide as the statement needs and the instrument allows: folds break contours."""
    part = next(part for part in plan.parts if part.id == place.part.id)
    player = library.instruments.get(part.instrument)
    if player is None:
        return plan
    pitches = [note.pitch + _up(plan, place.section) for note in motif.notes]
    middle = (part.low + part.high) / 2

    def price(octave: int) -> tuple[int, int, float]:
        low, high = min(pitches) + octave, max(pitches) + octave
        impossible = max(0, player.low - low) + max(0, high - player.high)
        return impossible, max(0, part.low - low) + max(0, high - part.high), abs((low + high) / 2 - middle)

    octave = min(range(-60, 61, 12), key=price)
    low, high = min(pitches) + octave, max(pitches) + octave
    wide = replace(part, low=min(part.low, max(player.low, low)), high=max(part.high, min(player.high, high)))
    return replace(plan, parts=tuple(wide if each.id == part.id else each for each in plan.parts))


def _apart(statements: Sequence[Statement]) -> tuple[Statement, ...]:
    """The statements, without those that would begin before the one before them is over: half a tune is none."""
    kept: list[Statement] = []
    for statement in statements:
        if statement.notes and (not kept or statement.notes[0].start_q >= kept[-1].notes[-1].end_q - 1e-6):
            kept.append(statement)
    return tuple(kept)


def _ornamented(plan: Plan, statement: Statement, share: float, library: Library) -> Statement:
    """A statement with the region's ornaments on some of its long notes."""
    region = library.regions.get(plan.region_at(statement.start_bar) or "")
    if region is None or not statement.notes:
        return statement
    singer = next(part.instrument for part in plan.parts if part.id == statement.part_id)
    able = playable(region.ornaments, library.instrument(singer).family) if singer in library.instruments else ()
    names = ornaments_of(statement.notes, able, share, seconds_of=plan.tempo_map.seconds_at)
    return replace(statement, ornaments=names if any(names) else ())


def _height(plan: Plan, motif: Motif, place: _Place, first: Statement) -> list[Remark]:
    """That the motif is first stated octaves away from where it was given, where it is."""
    octaves = round((first.notes[0].pitch - motif.notes[0].pitch - _up(plan, place.section)) / 12)
    if not octaves:
        return []
    return [Remark.of("motif_higher" if octaves > 0 else "motif_lower", octaves=abs(octaves))]


def _places(plan: Plan) -> list[_Place]:
    """Where the motif is stated, in order: the first phrase that states the theme, and later ones that say it again."""
    leads = [part for part in plan.parts if part.role == "lead"]
    rows = [(section, phrase) for section in plan.sections for phrase in section.phrases
            if phrase.start_bar < plan.bar_count - (0 if plan.loop else 1)]  # fmt: skip
    sung = [(section, phrase, part) for section, phrase in rows if (part := _singer(leads, phrase, plan))]
    exact = [row for row in sung if row[1].motif in STATED]
    exact = exact or sung[:1]
    if not exact and leads and rows:  # nobody sings anywhere: the first lead does, where the theme is stated
        section, phrase = next((row for row in rows if row[1].motif in STATED), rows[0])
        exact = [(section, phrase, leads[0])]
    taken = {row[0].region for row in exact}
    others = [row for row in sung if row[0].region not in taken]  # a second region says it too
    return [_Place(*row) for row in sorted((*exact, *others[:1]), key=lambda row: row[1].start_bar)]


def _singer(leads: Sequence[PlannedPart], phrase: Phrase, plan: Plan) -> PlannedPart | None:
    """Who has the tune in a phrase: the first lead that plays in it."""
    span = range(phrase.start_bar, min(phrase.start_bar + phrase.bars, plan.bar_count))
    return next((part for part in leads if any(part.bars[bar].active for bar in span)), None)


def _up(plan: Plan, section: Section) -> int:
    """Semitones from the home key to a section's, by the shorter way."""
    return (section.key.tonic - plan.key.tonic + 5) % 12 - 5


def _widened(plan: Plan, motif: Motif, places: Sequence[_Place], library: Library) -> tuple[PlannedPart, ...]:
    """Parts that state the motif, their range as wide as it needs and their instrument allows."""
    singers = {place.part.id for place in places}
    lowest, highest = (choose(note.pitch for note in motif.notes) for choose in (min, max))

    def widen(part: PlannedPart) -> PlannedPart:
        if part.id not in singers or highest - lowest <= part.high - part.low - 6:
            return part
        player = library.instruments.get(part.instrument)
        if player is None:
            return part
        spare = highest - lowest + 7 - (part.high - part.low)
        low = max(player.low, part.low - spare // 2)
        return replace(part, low=low, high=min(player.high, max(part.high, low + highest - lowest + 7)))

    return tuple(widen(part) for part in plan.parts)


def _statement(plan: Plan, motif: Motif, place: _Place) -> Statement:
    """The motif at the beginning of a phrase, at the height that suits section and singer."""
    part = next(part for part in plan.parts if part.id == place.part.id)
    start_q = plan.bars[place.phrase.start_bar].start_q
    up = _up(plan, place.section)
    shift = part.bars[place.phrase.start_bar].register_shift
    pitches = [note.pitch + up for note in motif.notes]
    middle = (min(pitches) + max(pitches)) / 2
    wanted = (part.low + part.high) / 2 + max(-6, min(6, shift))

    def price(octave: int) -> float:
        outside = sum(max(0, part.low - pitch - octave) + max(0, pitch + octave - part.high) for pitch in pitches)
        return 100.0 * outside + abs(middle + octave - wanted) + (MOVED if octave else 0.0)

    octave = min(range(-60, 61, 12), key=price)
    notes = tuple(
        MotifNote(round(start_q + note.start_q, 6), note.length_q, _folded(note.pitch + up + octave, part))
        for note in motif.notes
    )
    end_q = _last_q(plan)
    return Statement(part.id, place.phrase.start_bar, tuple(note for note in notes if note.end_q <= end_q + 1e-6))


def _folded(pitch: int, part: PlannedPart) -> int:
    """A pitch that the instrument does not have, an octave nearer: only of motifs wider than the instrument."""
    while pitch < part.low:
        pitch += 12
    while pitch > part.high:
        pitch -= 12
    return pitch


def _awake(plan: Plan, statements: Sequence[Statement]) -> tuple[PlannedPart, ...]:
    """Parts that play wherever they state the motif."""
    needed = {
        (statement.part_id, plan.tempo_map.bar_at(note.start_q).index)
        for statement in statements
        for note in statement.notes
    }
    return tuple(
        replace(part, bars=tuple(replace(intent, active=intent.active or (part.id, bar) in needed)
                                 for bar, intent in enumerate(part.bars)))
        for part in plan.parts
    )  # fmt: skip
