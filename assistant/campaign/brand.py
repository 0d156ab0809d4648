"""Brand rules: what every variant of a campaign keeps, whatever its region.

A file of TOML, every line optional::

    name = "Acme"                       # for people
    logo = "G4:0.5 C5:0.5 E5 G5:2"      # the sonic logo, at the end; its last note is struck with the final hit
    key = "D"                           # the tonic; with a mode ("D minor") that too
    tempo_bpm = [90, 110]
    loudness_lufs = -16
    require = ["piano"]                 # instruments or families that must play
    forbid = ["drums"]                  # and that must not

    [final_hit]
    from_end_s = 1.5                    # the last strike, seconds before the end

Conventions: notes as in `assistant.score.motif`, instruments as in ``prompts/instruments.toml``, loudness in LUFS. The
logo sounds as it is written, moved by whole octaves where its player needs that.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from assistant.constraints import Constraints, HitPoint
from assistant.errors import InputError
from assistant.library import Library
from assistant.records import STRICT, from_data
from assistant.score.keys import pitch_class
from assistant.score.motif import Motif, parse_motif

LONGEST_LOGO_Q = 16.0
LATEST_S, EARLIEST_S = 0.3, 10.0
"""The final hit is at least and at most so long before the end."""
LOUDEST_LUFS, QUIETEST_LUFS = -5.0, -40.0
SLOWEST_BPM, FASTEST_BPM = 30.0, 240.0


@dataclass(frozen=True)
class FinalHit:
    """The last strike: ``from_end_s`` seconds before the end."""

    __pydantic_config__ = STRICT

    from_end_s: float

    def __post_init__(self) -> None:
        if not LATEST_S <= self.from_end_s <= EARLIEST_S:
            legal = f"{LATEST_S:g} to {EARLIEST_S:g} seconds from the end"
            raise InputError(f"final_hit.from_end_s = {self.from_end_s:g}", legal, "bring it into range")


@dataclass(frozen=True)
class Brand:
    """The rules; what is None or empty is left to the music.

    Examples
    --------
    >>> Brand(key="D", forbid=("drums",)).rules
    ('key', 'forbid')
    """

    __pydantic_config__ = STRICT

    name: str = ""
    logo: str = ""
    key: str | None = None
    tempo_bpm: tuple[float, float] | None = None
    loudness_lufs: float | None = None
    require: tuple[str, ...] = ()
    forbid: tuple[str, ...] = ()
    final_hit: FinalHit | None = None

    def __post_init__(self) -> None:
        if self.logo and parse_motif(self.logo).length_q > LONGEST_LOGO_Q:
            raise InputError(f"logo {self.logo!r:.60}", f"{LONGEST_LOGO_Q:g} quarters at most", "shorten it")
        if self.key is not None and pitch_class(self.key.strip().partition(" ")[0]) is None:
            raise InputError(f"key = {self.key!r:.40}", "a tonic such as D, Bb or F#", "name one, or leave it out")
        low, high = self.tempo_bpm or (SLOWEST_BPM, FASTEST_BPM)
        if not SLOWEST_BPM <= low <= high <= FASTEST_BPM:
            legal = f"[low, high] from {SLOWEST_BPM:g} to {FASTEST_BPM:g}, low first"
            raise InputError(f"tempo_bpm = [{low:g}, {high:g}]", legal, "correct it")
        if self.loudness_lufs is not None and not QUIETEST_LUFS <= self.loudness_lufs <= LOUDEST_LUFS:
            legal = f"{QUIETEST_LUFS:g} to {LOUDEST_LUFS:g} LUFS"
            raise InputError(f"loudness_lufs = {self.loudness_lufs:g}", legal, "bring it into range")
        if both := sorted(set(self.require) & set(self.forbid)):
            raise InputError(f"{both[0]!r} required and forbidden", "one of both", "take it from one list")

    @property
    def rules(self) -> tuple[str, ...]:
        """The names of the rules that there are."""
        names = ("logo", "key", "tempo_bpm", "loudness_lufs", "require", "forbid", "final_hit")
        return tuple(name for name in names if getattr(self, name) not in (None, "", ()))

    @property
    def sonic_logo(self) -> Motif | None:
        """The logo's notes, or None."""
        return parse_motif(self.logo) if self.logo else None


def read_brand(path: Path, library: Library) -> Brand:
    """The rules in a file.

    Raises
    ------
    InputError
        If it can't be read, or a rule in it is unknown, out of range, or names no instrument of ours.
    """
    try:
        data = tomllib.loads(path.read_text("utf-8-sig"))
    except (OSError, ValueError, RecursionError) as error:  # the last: brackets within brackets without end
        raise InputError(f"brand file {str(path)!r} ({error})", "a file of TOML in UTF-8", "correct it") from error
    try:
        return checked(_brand(data), library)
    except InputError as error:
        raise type(error)(f"brand file {str(path)!r}: {error.given}", error.legal, error.cure) from error


def _brand(data: dict[str, Any]) -> Brand:
    hit = data.get("final_hit")
    if isinstance(hit, bool):  # "final_hit = true" asks for one where it is usual; false for none
        data = {name: value for name, value in data.items() if name != "final_hit"}
        data |= {"final_hit": {"from_end_s": USUAL_FROM_END_S}} if hit else {}
    return from_data(Brand, data)


USUAL_FROM_END_S = 1.5
"""Where a final hit stands that was only asked for with ``true``."""


def checked(brand: Brand, library: Library) -> Brand:
    """The rules themselves; raises `InputError` where they name an instrument or a mode that we don't have."""
    known = {*library.instruments, *library.families}
    for name in ("require", "forbid"):
        if unknown := [each for each in getattr(brand, name) if each not in known]:
            raise InputError(f"{name} names {unknown[0]!r:.40}", ", ".join(sorted(known)), "name one of these")
    mode = (brand.key or "").strip().partition(" ")[2].strip().lower().replace(" ", "-")
    if mode and mode not in library.modes:
        raise InputError(f"key = {brand.key!r:.40}", f"a tonic and one of {', '.join(library.modes)}", "correct it")
    return brand


def ruled(asked: Constraints, brand: Brand) -> Constraints:
    """The wishes of one variant with the rules over them; the length must be known.

    A key that is a tonic alone is left to `assistant.campaign.making`, which knows the region's mode.
    """
    players = asked.instruments
    exclude = tuple(dict.fromkeys((*players.exclude, *brand.forbid)))
    include = tuple(name for name in dict.fromkeys((*players.include, *brand.require)) if name not in brand.forbid)
    exclude = tuple(name for name in exclude if name not in brand.require)
    hits = asked.hits
    if brand.final_hit is not None and asked.duration_s is not None:
        at_s = round(asked.duration_s - brand.final_hit.from_end_s, 3)
        before = [hit for hit in hits if hit.at_s < at_s - HITS_APART_S]
        hits = (*before, HitPoint(at_s)) if at_s > 0 else hits
    return replace(
        asked,
        instruments=replace(players, include=include, exclude=exclude),
        hits=tuple(hits),
        tempo_bpm=brand.tempo_bpm or asked.tempo_bpm,
        loudness_lufs=brand.loudness_lufs if brand.loudness_lufs is not None else asked.loudness_lufs,
        key=brand.key.strip() if brand.key and " " in brand.key.strip() else asked.key if not brand.key else None,
    )


HITS_APART_S = 1.0
"""Hits of the brief that are nearer to the final hit than this, or after it, give way to it."""
