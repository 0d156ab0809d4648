"""Styles and regions: who plays, how, how fast, in which scales and rooms.

Conventions: every file has ``sources``; ids are those of the command line's vocabulary; ``tempo`` is felt beats a
minute (dotted quarters in 6/8) in the file's first metre; valence and arousal run from -1 to 1.
"""

from __future__ import annotations

from dataclasses import dataclass

from assistant.errors import DataError
from assistant.library.profiles import NOTHING_MORE, Profile
from assistant.library.ranges import check_meters, check_share, check_swing, check_tempo
from assistant.records import STRICT
from assistant.score import ROLES

TEXTURES = (
    "melody",
    "countermelody",
    "pad",
    "block",
    "arpeggio",
    "strum",
    "ostinato",
    "tremolo",
    "stabs",
    "drone",
    "walking",
    "roots",
    "pulse",
    "swell",
    "gliss",
    "bells",
    "groove",
)
"""How a seat plays; ``groove`` is for drums and percussion, which play a rhythm of ``prompts/grooves/``."""

ROOMS = ("dry", "room", "chamber", "hall", "cathedral")
"""Ids of the rooms that a style may ask for."""

ORNAMENTS = ("grace", "trill", "mordent", "slide", "turn", "tremolo", "bend")
"""Ornaments that a region's melodies may carry."""

REGION_TEXTURES = ("heterophony", "drone", "interlocking", "call-response", "chordal")
"""How the parts of a region's music go together."""


@dataclass(frozen=True)
class Seat:
    """A chair in a style's or region's ensemble: a role, who may sit there (best first), and how it plays.

    ``enters`` is the arousal (-1..1) from which the chair is filled; ``texture`` is one of `TEXTURES`. A ``drone`` on
    an instrument that does not sustain is struck anew in every bar. ``again`` allows a player who sits elsewhere
    already, where the instrument is many (a gamelan).
    """

    __pydantic_config__ = STRICT

    role: str
    instruments: tuple[str, ...]
    texture: str
    enters: float = -1.0
    again: bool = False

    def __post_init__(self) -> None:
        if self.role not in ROLES or self.texture not in TEXTURES or not self.instruments:
            raise DataError(
                f"seat {self.role!r} of {len(self.instruments)} instruments, texture {self.texture!r}",
                f"use a role of {', '.join(ROLES)}; a texture of {', '.join(TEXTURES)}; at least one instrument",
            )
        if (self.texture == "groove") != (self.role in ("drums", "percussion")):
            raise DataError(
                f"seat {self.role!r} with texture {self.texture!r}", "drums and percussion play groove, others do not"
            )
        check_share("enters", self.enters, low=-1.0)


@dataclass(frozen=True)
class Style:
    """A style: tempo, metres, ensemble, harmony, grooves, room.

    ``tempo`` (low, high); ``modes_bright`` and ``modes_dark`` are mode names by valence, most typical first;
    ``harmony`` names a palette of ``prompts/harmony/``; ``harmonic_rhythm`` is chords a bar; ``tension`` 0..1 is the
    licence for notes outside the chord on strong beats; ``grooves`` by preference; ``reverb`` dry, room, chamber,
    hall or cathedral; ``syncopation`` 0..1; ``human`` 0..1 how loosely it is played. ``sounds`` are (instrument,
    General MIDI program) where this style wants another colour than the instrument's own (a distorted guitar in metal,
    drum kit 40 for brushes). ``running`` 0..1 is the share of the eighths that a lively tune fills (dances run on).
    ``feel`` names whose hands play the drums, a feel of ``prompts/feel.toml``; ``grid`` where machines play and nothing
    leaves the grid.
    """

    __pydantic_config__ = STRICT

    id: str
    tempo: tuple[float, float]
    meters: tuple[str, ...]
    ensemble: tuple[Seat, ...]
    harmony: str
    modes_bright: tuple[str, ...] = ("major",)
    modes_dark: tuple[str, ...] = ("minor",)
    harmonic_rhythm: float = 1.0
    grooves: tuple[str, ...] = ()
    swing: float = 0.5
    syncopation: float = 0.2
    tension: float = 0.2
    human: float = 0.5
    reverb: str = "hall"
    valence: float = 0.0
    arousal: float = 0.0
    sources: tuple[str, ...] = ()
    sounds: tuple[tuple[str, int], ...] = ()
    running: float = 0.0
    feel: str = ""

    def __post_init__(self) -> None:
        check_tempo(self.tempo)
        check_meters(self.meters)
        check_share("running", self.running)
        if not self.ensemble or not any(seat.role == "lead" for seat in self.ensemble):
            raise DataError("an ensemble without a lead", "give one seat the role lead")
        for name in ("syncopation", "tension", "human"):
            check_share(name, getattr(self, name))
        for name in ("valence", "arousal"):
            check_share(name, getattr(self, name), low=-1.0)
        if self.reverb not in ROOMS:
            raise DataError(f"reverb {self.reverb!r}", f"use one of {', '.join(ROOMS)}")
        check_swing(self.swing)
        if not 0 < self.harmonic_rhythm <= 4:
            raise DataError(f"harmonic_rhythm {self.harmonic_rhythm}", "use chords a bar, above 0 up to 4")


@dataclass(frozen=True)
class Region:
    """A region's profile.

    ``scales`` are (name, semitones above the tonic), the first for bright, the last for dark moods; ``ensemble`` as in
    a style; ``ornaments`` of grace, trill, mordent, slide, turn, tremolo, bend; ``texture`` heterophony, drone,
    interlocking, call-response or chordal; ``avoid`` names what is ceremonial or sacred and not ours to use;
    ``sounds``, ``running`` and ``feel`` as in a style (a style that plays on the grid stays there). ``harmony`` names a
    palette of ``prompts/harmony/``; where it is
    empty, the style's own is used. ``profile`` holds what is known beyond what composing needs, tunings among it: the
    tables of the file that are fields of a `Profile`.
    """

    __pydantic_config__ = STRICT

    id: str
    scales: tuple[tuple[str, tuple[int, ...]], ...]
    meters: tuple[str, ...]
    tempo: tuple[float, float]
    grooves: tuple[str, ...]
    ensemble: tuple[Seat, ...]
    ornaments: tuple[str, ...] = ()
    texture: str = "chordal"
    harmony: str = ""
    avoid: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    sounds: tuple[tuple[str, int], ...] = ()
    swing: float = 0.5
    running: float = 0.0
    feel: str = ""
    profile: Profile = NOTHING_MORE

    def __post_init__(self) -> None:
        check_tempo(self.tempo)
        check_meters(self.meters)
        check_share("running", self.running)
        check_swing(self.swing)
        if not self.scales:
            raise DataError("no scales", "give at least one")
        for name, steps in self.scales:
            if steps[:1] != (0,) or list(steps) != sorted(set(steps)) or steps[-1] > 11:
                raise DataError(f"scale {name} {steps}", "use rising semitones from 0 to at most 11")
        if set(self.ornaments) - set(ORNAMENTS):
            raise DataError(f"ornaments {self.ornaments}", f"use some of {', '.join(ORNAMENTS)}")
        if self.texture not in REGION_TEXTURES:
            raise DataError(f"texture {self.texture!r}", f"use one of {', '.join(REGION_TEXTURES)}")
        kinds = [weave.kind for weave in self.profile.weaves]
        if set(kinds) - set(REGION_TEXTURES):
            raise DataError(f"weaves of {', '.join(kinds)}", f"use some of {', '.join(REGION_TEXTURES)}")
        plays = [name.plays for name in self.profile.ornamentation if name.plays]
        if set(plays) - set(ORNAMENTS):
            raise DataError(f"ornamentation that plays {', '.join(plays)}", f"use some of {', '.join(ORNAMENTS)}")
        self.profile.check(self.scales, self.sources)
