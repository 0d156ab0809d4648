"""What a delivery is made of, and what it became.

Conventions: sizes in bytes; names of files are relative to the folder, with ``/`` on every system.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from assistant.brief import Brief
from assistant.clip import Clip
from assistant.feedback import Difference
from assistant.records import STRICT
from assistant.remark import Remark
from assistant.score import Score
from assistant.session import TakeRecord

if TYPE_CHECKING:
    from assistant.render import Mixdown


@dataclass(frozen=True)
class EngineCard:
    """What must be known of an engine to use what it made.

    Parameters
    ----------
    name : str
        What the command line calls it.
    licence : str
        Licence of its code and weights; empty when nobody said.
    commercial_use : bool or None
        Whether what it makes may be used in an advert; None when nobody said.
    weights : str
        Name of its weights; empty when it has none.
    training_data : tuple of str
        What the weights learned from, with licences.
    commercial_note : str
        Under which condition it may earn money; empty for none.
    """

    __pydantic_config__ = STRICT

    name: str
    licence: str = ""
    commercial_use: bool | None = None
    weights: str = ""
    training_data: tuple[str, ...] = ()
    commercial_note: str = ""


@dataclass(frozen=True)
class SharedRun:
    """A run of notes that stands in a known piece too: in which part, from which bar to which (from 0), and where else.

    Parameters
    ----------
    part_id : str
    first_bar, last_bar : int
    notes : int
        How many notes agree, one after the other, in interval and rhythm.
    piece, collection : str
        The piece that has them, and the collection that it is in, with its licence.
    """

    __pydantic_config__ = STRICT

    part_id: str
    first_bar: int
    last_bar: int
    notes: int
    piece: str
    collection: str


@dataclass(frozen=True)
class Melody:
    """A melody that was compared: which part, and how many notes it has, of chords the highest."""

    __pydantic_config__ = STRICT

    part_id: str
    notes: int


@dataclass(frozen=True)
class LikePlace:
    """Where two pieces are alike, in seconds of each.

    Parameters
    ----------
    way : {"notes", "melody", "sound"}
        How it was found: the same notes in a row; the same melody, perhaps ornamented; the same harmonies in the sound.
    part_id : str
        The part that has it; empty for the sound of the whole.
    start_s, end_s : float
        In our piece.
    there_start_s, there_end_s : float
        In the other one.
    shift : int
        Semitones, 0 to 11, that ours lies above it.
    likeness : float
        From 0 (as unrelated music) upwards; 1 is the threshold.
    notes : int
        How many notes agree; 0 for the sound.
    """

    __pydantic_config__ = STRICT

    way: str
    part_id: str
    start_s: float
    end_s: float
    there_start_s: float
    there_end_s: float
    shift: int
    likeness: float
    notes: int = 0


@dataclass(frozen=True)
class Likeness:
    """What a comparison with one other piece found.

    Parameters
    ----------
    against : str
        The other piece's name.
    likeness : float
        The greatest of all places and ways; 1 is the threshold.
    recognised : bool
        Whether that is 1 or more.
    places : tuple of LikePlace
        The best place of each way that could be tried, greatest first.
    """

    __pydantic_config__ = STRICT

    against: str
    likeness: float
    recognised: bool
    places: tuple[LikePlace, ...] = ()


@dataclass(frozen=True)
class Similarity:
    """What a comparison of a score's melodies with known ones found.

    Parameters
    ----------
    against : str
        What they were compared with.
    pieces : int
        How many pieces that is.
    run : int
        Notes from which a run in common counts.
    shared : tuple of SharedRun
        The runs in common; empty when there are none.
    melodies : tuple of Melody
        Every melody that was looked at.
    """

    __pydantic_config__ = STRICT

    against: str
    pieces: int
    run: int
    shared: tuple[SharedRun, ...] = ()
    melodies: tuple[Melody, ...] = ()


SimilarityCheck = Callable[[Score], Similarity | None]
"""Compares a score with known melodies; None when it can't be done here."""

ReferenceCheck = Callable[[Score, Path], Likeness | None]
"""Compares a score with the music in a file; None when there is none in it, or it can't be done here."""


@dataclass(frozen=True)
class Materials:
    """Everything that goes into one delivery.

    Parameters
    ----------
    brief : Brief
        The words that led to this take.
    take : TakeRecord
        What was asked, planned, written and measured.
    mixdown : Mixdown
        How it sounds.
    clip : Clip or None
        The clip that it was written to.
    before : TakeRecord or None
        The take that this one revises.
    difference : Difference or None
        What `assistant.feedback.compare_scores` found between the two.
    engine : EngineCard or None
        What is known of the engine.
    similarity : Similarity or None
        What a comparison with known melodies found; None when none was made.
    reference : Likeness or None
        What a comparison with the music that the person brought found; None when none was made.
    painter : EngineCard or None
        What is known of the engine that painted the sound; None when none did.
    """

    brief: Brief
    take: TakeRecord
    mixdown: Mixdown
    clip: Clip | None = None
    before: TakeRecord | None = None
    difference: Difference | None = None
    engine: EngineCard | None = None
    similarity: Similarity | None = None
    reference: Likeness | None = None
    painter: EngineCard | None = None

    @property
    def language(self) -> str:
        """The language that the person reads."""
        return self.take.constraints.language

    @property
    def card(self) -> EngineCard:
        """What is known of the engine; its name at least."""
        return self.engine or EngineCard(self.take.engine)

    @property
    def has_picture(self) -> bool:
        """Whether there is a picture to put the music under."""
        return self.clip is not None and self.clip.has_picture


@dataclass(frozen=True)
class Delivered:
    """One file of a delivery."""

    __pydantic_config__ = STRICT

    name: str
    size_bytes: int


@dataclass(frozen=True)
class Delivery:
    """A folder that is complete.

    Examples
    --------
    >>> Delivery("out", (Delivered("mix.wav", 44),)).path("mix.wav").name
    'mix.wav'
    """

    __pydantic_config__ = STRICT

    folder: str
    files: tuple[Delivered, ...]
    remarks: tuple[Remark, ...] = ()

    def path(self, name: str) -> Path | None:
        """Where a file of that name lies, or None when this delivery has none."""
        return Path(self.folder) / name if any(file.name == name for file in self.files) else None
