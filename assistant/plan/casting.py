"""Casting: which instruments play, in which roles, and how.

*Conventions*: a *chair* is a role with its player. What was asked for always sits, what was excluded never does (a
family excludes its members). Who was asked for alone ("only drums") plays alone. The style's seats are filled first,
the region's before them where one was asked; one or two instruments asked for in a quiet brief play alone. A revision
keeps its players: only what was asked to come or go does.

Sources: Adler, *The Study of Orchestration* (roles); the seats are the styles' and regions' own.
"""

from __future__ import annotations

from collections.abc import Sequence

from assistant.errors import BriefError
from assistant.library import Instrument, Library, Seat
from assistant.plan.chairs import (
    STRUCK,
    VOICES,
    Casting,
    Chair,
    banned,
    ground_of,
    is_grooved,
    is_ground,
    melodic_rank,
    seats_of,
    usual_texture,
)
from assistant.plan.craft import interpolate, stream
from assistant.plan.defaults import Frame
from assistant.plan.own_music import region_rules
from assistant.plan.recasting import kept_chairs, recast
from assistant.plan.values import Plan
from assistant.plan.weaving import woven, woven_seats
from assistant.remark import Remark

INTIMATE = ("ambient", "cinematic", "classical", "folk", "jazz", "lullaby", "minimalism")
"""Styles that one or two instruments can carry alone."""
ENSEMBLE_USES = ("ad", "game", "dance", "event")
"""Uses that want a band even where one instrument is named."""
CALM, FEW = 0.45, 4
"""Up to this arousal two instruments of a region that were named have the cue nearly to themselves: so many play."""
SILENCED = -0.95
"""A wish for so much less of the melody means none."""


def cast(frame: Frame, library: Library, previous: Plan | None = None) -> Casting:
    """Everyone who plays.

    Raises
    ------
    BriefError
        If everything that could play was excluded.
    """
    excluded = banned(frame.asked.instruments, library)
    wanted = tuple(
        dict.fromkeys(
            name for name in frame.asked.instruments.include if name in library.instruments and name not in excluded
        )
    )
    if frame.asked.instruments.alone and wanted:
        members = {member for name in wanted for member in library.family_members(name)}
        excluded |= frozenset(library.instruments) - members - set(wanted)
    said = [
        Remark.of("instrument_unknown", instrument=name)
        for name in frame.asked.instruments.include
        if name not in library.instruments
    ]
    said += [Remark.of("instrument_banned", instrument=n) for n in frame.asked.instruments.include if n in excluded]
    solo = _is_solo(frame, library, wanted)
    chairs = _soloists(wanted, library, excluded) if solo else _band(frame, library, wanted, excluded)
    kept = kept_chairs(previous, frame, library, excluded)
    if kept is not None and previous is not None:
        chairs = recast(kept, chairs, previous, frame, library, wanted)
    if _no_melody(frame):
        chairs = [chair for chair in chairs if chair.role not in ("lead", "counter")] or chairs
    if not chairs:
        raise BriefError(
            f"instruments without {', '.join(sorted(excluded)[:8])}", "at least one that may play", "allow one of them"
        )
    order = {role: craft.enters for role, craft in frame.craft.roles.items()}
    unique = {chair.id: chair for chair in reversed(chairs)}
    return Casting(tuple(sorted(unique.values(), key=lambda chair: (order[chair.role], chair.id))), solo, tuple(said))


def _is_solo(frame: Frame, library: Library, wanted: Sequence[str]) -> bool:
    """Whether one or two instruments were named that should play alone."""
    styles = frame.asked.styles
    if not 1 <= len(wanted) <= 2 or frame.asked.use in ENSEMBLE_USES or frame.peak_arousal() > CALM:
        return False
    if any(library.instruments[name].is_struck for name in wanted):
        return False  # who asks for drums asks for a band
    if set(wanted) <= set(VOICES):
        return not styles or styles[0] in ("choral", "folk", "classical", "world")
    return frame.region is None and (not styles or styles[0] in INTIMATE)


def _no_melody(frame: Frame) -> bool:
    return any(
        wish.part == "melody" and wish.field == "density" and wish.amount <= SILENCED and wish.where == "all"
        for wish in frame.asked.adjust
    )


def _soloists(wanted: Sequence[str], library: Library, excluded: frozenset[str]) -> list[Chair]:
    """One or two instruments that carry everything, with a hidden helper where they cannot."""
    players = sorted((library.instruments[name] for name in wanted), key=melodic_rank)
    first, last = players[0], players[-1]
    if set(wanted) <= set(VOICES):
        lead = "voice" if "voice" in wanted else "choir"
        lower = "choir" if "choir" in wanted else "voice"
        roles = (
            ("lead", lead, "melody"),
            ("counter", lower, "countermelody"),
            ("harmony", lower, "pad"),
            ("bass", lower, "roots"),
        )
        return [Chair(role, name, texture, asked=True) for role, name, texture in roles]
    chairs = [Chair("lead", first.id, "melody", asked=True)]
    deep = first is not last and last.roles[0] == "bass"
    if deep:
        chairs.append(Chair("bass", last.id, "roots", asked=True))
    accompanist = next(
        (player for player in (last, first) if player.polyphonic and not (deep and player is last)), None
    )
    if accompanist is not None:
        chairs.append(Chair("harmony", accompanist.id, usual_texture("harmony", accompanist), asked=True))
        if first is not last and not deep and last.polyphonic and last.low <= 40:
            chairs.append(Chair("bass", last.id, "roots", asked=True))
        return chairs
    if first is not last and not deep:
        chairs.append(Chair("counter", last.id, "countermelody", asked=True))
    helper = next(
        (n for n in ("piano", "strings", "harp", "pad") if n in library.instruments and n not in excluded), None
    )
    if helper is not None and helper not in wanted:
        chairs.append(Chair("harmony", helper, usual_texture("harmony", library.instruments[helper]), support=True))
    return chairs


def _band(frame: Frame, library: Library, wanted: Sequence[str], excluded: frozenset[str]) -> list[Chair]:
    """The ensemble: seats filled, what was asked for placed, the essential roles made sure of."""
    chairs = _fill(seats_of(frame), frame, library, wanted, excluded)
    placed = {chair.instrument for chair in chairs if chair.asked}
    for name in sorted((n for n in wanted if n not in placed), key=lambda n: melodic_rank(library.instruments[n])):
        chairs = _placed(chairs, library.instruments[name])
    for role in ("lead", "harmony", "bass"):
        if not any(chair.role == role or (role == "harmony" and chair.role == "pulse") for chair in chairs):
            chairs += _understudy(role, frame, library, wanted, excluded)
    drums = any(chair.role == "drums" for chair in chairs)
    idle = not frame.groove or (drums and not frame.second_groove)
    chairs = [c for c in chairs if c.asked or not (c.role == "percussion" and idle) or (frame.groove and not drums)]
    return _thinned(chairs, frame)


def _fill(
    seats: Sequence[Seat], frame: Frame, library: Library, wanted: Sequence[str], excluded: frozenset[str]
) -> list[Chair]:
    """Each seat with the best player that is allowed: one asked for, else one by chance that sits nowhere yet."""
    chairs: list[Chair] = []
    grooved, needed = is_grooved(frame), woven_seats(frame)
    singers = sorted(wanted, key=lambda name: melodic_rank(library.instruments[name]))
    for place, seat in enumerate(seats):
        used = {chair.instrument for chair in chairs}
        able = [name for name in seat.instruments if name in library.instruments and name not in excluded]
        asked = next((name for name in singers if name in able and name not in used), None)
        fresh = [name for name in able if seat.again or (name not in used and name not in wanted)]
        if asked is not None:
            chairs.append(Chair(seat.role, asked, seat.texture, min(seat.enters, -0.2), asked=True))
        elif fresh:
            ground = grooved and (seat.role == "bass" or is_ground(seat, frame))
            if seat.enters > frame.peak_arousal() + 0.2 and not ground and seat not in needed:
                continue
            rng = stream(frame.seed, "cast", frame.style.id, seat.role, place)
            name = rng.choices(fresh, [0.3**index for index in range(len(fresh))])[0]
            chairs.append(Chair(seat.role, name, seat.texture, seat.enters))
    return chairs


def _placed(chairs: list[Chair], player: Instrument) -> list[Chair]:
    """The chairs with one more that was asked for: it takes the best of its roles that nobody else was asked for."""
    for role in player.roles:
        rivals = [chair for chair in chairs if chair.role == role]
        if not any(chair.asked for chair in rivals):
            texture = rivals[0].texture if rivals and role in STRUCK else usual_texture(role, player)
            enters = min([-0.2, *(chair.enters for chair in rivals)])
            others = [chair for chair in chairs if chair not in rivals[:1]]
            return [*others, Chair(role, player.id, texture, enters, asked=True)]
    role = next((role for role in player.roles if role != "lead"), "counter")
    return [*chairs, Chair(role, player.id, usual_texture(role, player), -0.2, asked=True)]


def _understudy(
    role: str, frame: Frame, library: Library, wanted: Sequence[str], excluded: frozenset[str]
) -> list[Chair]:
    """A player for an essential role that no seat filled: one asked for, one of the style's, any that can."""
    pools = (
        wanted,
        [name for seat in (*seats_of(frame), *frame.style.ensemble) for name in seat.instruments],
        sorted(library.instruments),
    )
    for pool in pools:
        for name in pool:
            player = library.instruments.get(name)
            if player is None or name in excluded or player.is_struck:
                continue
            if role in player.roles or (pool is wanted and set(wanted) <= set(VOICES)):
                return [Chair(role, name, usual_texture(role, player), asked=name in wanted)]
    return []


def _is_few(chairs: Sequence[Chair], frame: Frame) -> bool:
    """Whether two instruments of a region were named for a calm cue: they have it nearly to themselves."""
    asked = sum(chair.asked for chair in chairs)
    calm = frame.asked.use not in ENSEMBLE_USES and frame.peak_arousal() <= CALM
    return frame.region is not None and region_rules(frame.asked) and asked == 2 and calm


def _thinned(chairs: Sequence[Chair], frame: Frame) -> list[Chair]:
    """As many as the highest arousal carries; those asked for and the essential roles stay."""
    most = round(interpolate(frame.craft.most, frame.peak_arousal()))
    essential = {"lead", "harmony", "bass"}
    order = {role: craft.enters for role, craft in frame.craft.roles.items()}
    firsts = {chair.role: chair.id for chair in reversed(chairs)}
    needed = woven(chairs, frame)
    ground = ground_of(chairs, frame) | needed
    ranked = sorted(
        chairs,
        key=lambda c: (
            not c.asked and c.id not in ground,
            c.role not in essential or firsts[c.role] != c.id,
            firsts[c.role] != c.id,
            order[c.role],
        ),
    )
    firm = sum(chair.asked or chair.id in ground for chair in chairs)
    if _is_few(chairs, frame):
        return [chair for chair in ranked if chair.asked or chair.id in needed or chair.role == "percussion"][:FEW]
    return ranked[: max(most, firm + (2 if ground else 0), 2)]
