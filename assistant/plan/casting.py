"""Casting: which instruments play, in which roles, and how.

*Conventions*: a *chair* is a role with its player. What was asked for always sits, what was excluded never does (a
family excludes its members). The style's seats are filled first, the region's before them where one was asked; one or
two instruments asked for in a quiet brief play alone. A revision keeps its players: only what was asked to come or go
does.

Sources: Adler, *The Study of Orchestration* (roles); the seats are the styles' and regions' own.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from assistant.errors import BriefError
from assistant.library import Instrument, Library, Seat
from assistant.plan.craft import interpolate, stream
from assistant.plan.defaults import Frame
from assistant.plan.values import Plan
from assistant.remark import Remark

INTIMATE = ("ambient", "cinematic", "classical", "folk", "jazz", "lullaby", "minimalism", "orchestral")
"""Styles that one or two instruments can carry alone."""
ENSEMBLE_USES = ("ad", "game", "dance", "event")
"""Uses that want a band even where one instrument is named."""
VOICES = ("choir", "voice")
STRUCK = ("drums", "percussion")
SILENCED = -0.95
"""A wish for so much less of the melody means none."""


@dataclass(frozen=True)
class Chair:
    """A role, its player, and how it plays; ``asked`` when a person named the instrument, ``support`` when it hides."""

    role: str
    instrument: str
    texture: str
    enters: float = -1.0
    asked: bool = False
    support: bool = False

    @property
    def id(self) -> str:
        """Role and instrument: stable between takes."""
        return f"{self.role}-{self.instrument}"


@dataclass(frozen=True)
class Casting:
    """The chairs in the order in which they enter, whether they play alone, and what must be said."""

    chairs: tuple[Chair, ...]
    is_solo: bool
    remarks: tuple[Remark, ...]


def cast(frame: Frame, library: Library, previous: Plan | None = None) -> Casting:
    """Everyone who plays.

    Raises
    ------
    BriefError
        If everything that could play was excluded.
    """
    excluded = excluded_by(frame.asked.instruments.exclude, library)
    wanted = tuple(
        dict.fromkeys(
            name for name in frame.asked.instruments.include if name in library.instruments and name not in excluded
        )
    )
    said = [
        Remark.of("instrument_unknown", instrument=name)
        for name in frame.asked.instruments.include
        if name not in library.instruments
    ]
    said += [Remark.of("instrument_banned", instrument=n) for n in frame.asked.instruments.include if n in excluded]
    solo = _is_solo(frame, wanted)
    chairs = _soloists(wanted, library, excluded) if solo else _band(frame, library, wanted, excluded)
    kept = _kept_chairs(previous, frame, library, excluded)
    if kept is not None and previous is not None:
        chairs = _revised(kept, chairs, previous, frame, library, wanted)
    if _no_melody(frame):
        chairs = [chair for chair in chairs if chair.role not in ("lead", "counter")] or chairs
    if not chairs:
        raise BriefError(
            f"instruments without {', '.join(sorted(excluded)[:8])}", "at least one that may play", "allow one of them"
        )
    order = {role: craft.enters for role, craft in frame.craft.roles.items()}
    unique = {chair.id: chair for chair in reversed(chairs)}
    return Casting(tuple(sorted(unique.values(), key=lambda chair: (order[chair.role], chair.id))), solo, tuple(said))


def excluded_by(names: Iterable[str], library: Library) -> frozenset[str]:
    """Every instrument that a list of exclusions rules out, families with their members."""
    return frozenset(member for name in names for member in (name, *library.family_members(name)))


def _is_solo(frame: Frame, wanted: Sequence[str]) -> bool:
    """Whether one or two instruments were named that should play alone."""
    styles = frame.asked.styles
    if not 1 <= len(wanted) <= 2 or frame.asked.use in ENSEMBLE_USES or frame.peak_arousal() > 0.45:
        return False
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
    players = sorted((library.instruments[name] for name in wanted), key=_melodic_rank)
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
    if last.polyphonic:
        chairs.append(Chair("harmony", last.id, _texture("harmony", last), asked=True))
        if first is not last and last.low <= 40:
            chairs.append(Chair("bass", last.id, "roots", asked=True))
        return chairs
    if first is not last:
        chairs.append(Chair("counter", last.id, "countermelody", asked=True))
    helper = next(
        (n for n in ("piano", "strings", "harp", "pad") if n in library.instruments and n not in excluded), None
    )
    if helper is not None and helper not in wanted:
        chairs.append(Chair("harmony", helper, _texture("harmony", library.instruments[helper]), support=True))
    return chairs


def _melodic_rank(player: Instrument) -> tuple[int, int]:
    """Who should lead: singers of single lines first, then by how early lead stands among the roles."""
    place = player.roles.index("lead") if "lead" in player.roles else 9
    return (1 if player.polyphonic or place == 9 else 0), place


def _seats(frame: Frame) -> list[Seat]:
    """The seats of the region and of the style, those asked for first."""
    own = list(frame.style.ensemble)
    if frame.region is None:
        return own
    theirs = list(frame.region.ensemble)
    if not frame.asked.styles:
        return theirs
    taken = {seat.role for seat in theirs if seat.role not in ("drums", "bass", "pulse")}
    groove = [seat for seat in own if seat.role in ("drums", "bass", "pulse")]
    mine = [seat for seat in theirs if seat.role in taken]
    return mine + groove + [seat for seat in own if seat.role not in taken and seat not in groove]


def _band(frame: Frame, library: Library, wanted: Sequence[str], excluded: frozenset[str]) -> list[Chair]:
    """The ensemble: seats filled, what was asked for placed, the essential roles made sure of."""
    chairs = _fill(_seats(frame), frame, library, wanted, excluded)
    placed = {chair.instrument for chair in chairs if chair.asked}
    for name in sorted((n for n in wanted if n not in placed), key=lambda n: _melodic_rank(library.instruments[n])):
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
    singers = sorted(wanted, key=lambda name: _melodic_rank(library.instruments[name]))
    for place, seat in enumerate(seats):
        used = {chair.instrument for chair in chairs}
        able = [name for name in seat.instruments if name in library.instruments and name not in excluded]
        asked = next((name for name in singers if name in able and name not in used), None)
        fresh = [name for name in able if name not in used and name not in wanted]
        if asked is not None:
            chairs.append(Chair(seat.role, asked, seat.texture, min(seat.enters, -0.2), asked=True))
        elif fresh:
            if seat.enters > frame.peak_arousal() + 0.2:
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
            texture = rivals[0].texture if rivals and role in STRUCK else _texture(role, player)
            enters = min([-0.2, *(chair.enters for chair in rivals)])
            others = [chair for chair in chairs if chair not in rivals[:1]]
            return [*others, Chair(role, player.id, texture, enters, asked=True)]
    role = next((role for role in player.roles if role != "lead"), "counter")
    return [*chairs, Chair(role, player.id, _texture(role, player), -0.2, asked=True)]


def _understudy(
    role: str, frame: Frame, library: Library, wanted: Sequence[str], excluded: frozenset[str]
) -> list[Chair]:
    """A player for an essential role that no seat filled: one asked for, one of the style's, any that can."""
    pools = (
        wanted,
        [name for seat in (*_seats(frame), *frame.style.ensemble) for name in seat.instruments],
        sorted(library.instruments),
    )
    for pool in pools:
        for name in pool:
            player = library.instruments.get(name)
            if player is None or name in excluded or player.is_struck:
                continue
            if role in player.roles or (pool is wanted and set(wanted) <= set(VOICES)):
                return [Chair(role, name, _texture(role, player), asked=name in wanted)]
    return []


def _thinned(chairs: Sequence[Chair], frame: Frame) -> list[Chair]:
    """As many as the highest arousal carries; those asked for and the essential roles stay."""
    most = round(interpolate(frame.craft.most, frame.peak_arousal()))
    essential = {"lead", "harmony", "bass"}
    order = {role: craft.enters for role, craft in frame.craft.roles.items()}
    firsts = {chair.role: chair.id for chair in reversed(chairs)}
    ranked = sorted(
        chairs,
        key=lambda c: (
            not c.asked,
            c.role not in essential or firsts[c.role] != c.id,
            firsts[c.role] != c.id,
            order[c.role],
        ),
    )
    return ranked[: max(most, sum(chair.asked for chair in chairs), 2)]


def _texture(role: str, player: Instrument) -> str:
    """How a player fills a role when no seat says so."""
    if role in STRUCK:
        return "groove"
    if role == "harmony":
        if player.sustained:
            return "pad"
        return (
            "strum"
            if player.id in ("acoustic-guitar", "electric-guitar", "ukulele", "charango", "mandolin")
            else "arpeggio"
        )
    if role == "colour":
        return "swell" if player.sustained else "gliss" if player.id in ("harp", "guzheng") else "bells"
    plain = {"lead": "melody", "counter": "countermelody", "bass": "roots", "pulse": "ostinato"}
    return plain[role]


def _kept_chairs(previous: Plan | None, frame: Frame, library: Library, excluded: frozenset[str]) -> list[Chair] | None:
    """The players of the take before who may stay; None when style or region changed."""
    if previous is None or previous.asked is None:
        return None
    before = previous.asked
    if (previous.style, before.region) != (frame.style.id, frame.asked.region):
        return None
    gone = set(before.instruments.include) - set(frame.asked.instruments.include) | excluded
    include = frame.asked.instruments.include
    enters = {(seat.role, name): seat.enters for seat in _seats(frame) for name in seat.instruments}
    return [
        Chair(
            part.role,
            part.instrument,
            "groove" if part.role in STRUCK else part.texture,
            min(-0.2, value) if part.instrument in include else value,
            asked=part.instrument in include,
        )
        for part in previous.parts
        for value in [enters.get((part.role, part.instrument), -1.0)]
        if part.instrument not in gone and part.instrument in library.instruments
    ]


def _revised(
    kept: list[Chair], fresh: Sequence[Chair], previous: Plan, frame: Frame, library: Library, wanted: Sequence[str]
) -> list[Chair]:
    """The players who stay, those newly asked for, and a lead if none is left."""
    vacant = [part.role for part in previous.parts if part.id not in {chair.id for chair in kept}]
    chairs = list(kept)
    for name in wanted:
        if any(chair.instrument == name for chair in chairs):
            continue
        player = library.instruments[name]
        open_roles = [role for role in vacant if role in player.roles] or [
            role for role in player.roles if all(chair.role != role for chair in chairs)
        ]
        role = next(iter(open_roles), next((role for role in player.roles if role != "lead"), "counter"))
        chairs.append(Chair(role, name, _texture(role, player), -0.2, asked=True))
    if not any(chair.role == "lead" for chair in chairs):
        chairs += [replace(chair, asked=chair.instrument in wanted) for chair in fresh if chair.role == "lead"][:1]
    if previous.asked is not None and frame.peak_arousal() > max(point.arousal for point in previous.asked.arc) + 0.15:
        roles = {chair.role for chair in chairs} | set(vacant)
        chairs += [chair for chair in fresh if chair.role not in roles]
    return chairs
