"""A campaign's nouns: one variant, what all variants share, the job of making one, and what became of it.

Conventions: everything is a record (`assistant.records`), so that it goes to another process or machine as JSON. Times
in seconds, levels in LUFS. A variant's id is plain ASCII, safe in a file name, and the name of its folder.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass, field, replace
from typing import Literal

from assistant.campaign.brand import Brand
from assistant.clip import Clip
from assistant.constraints import Colour, Constraints
from assistant.errors import InputError
from assistant.records import STRICT, to_data
from assistant.score.motif import Motif
from assistant.settings import LONGEST_S, SHORTEST_S, checked_seed

State = Literal["done", "failed"]
_ID = re.compile(r"[a-z0-9](?:[a-z0-9._-]{0,78}[a-z0-9])?")


@dataclass(frozen=True)
class Variant:
    """One version of the spot.

    Parameters
    ----------
    id : str
        Unique in its campaign, stable, safe in a file name: ``"japan-30s-calm"``.
    region : str or None
        An id of ``prompts/regions/``; None has no region.
    length_s : float
    mood : str
        The person's words for it; empty for the brief's own.
    voice_path : str or None
        A voice-over, as the person named its file.
    name : str
        What the person calls it; empty as a rule.
    seed : int
        Of everything that is left to chance in it.
    """

    __pydantic_config__ = STRICT

    id: str
    region: str | None
    length_s: float
    mood: str = ""
    voice_path: str | None = None
    name: str = ""
    seed: int = 0

    def __post_init__(self) -> None:
        if not _ID.fullmatch(self.id):
            raise InputError(f"variant {self.id!r:.90}", "letters a to z, digits, - and _", "rename it")
        if not SHORTEST_S <= self.length_s <= LONGEST_S:
            legal = f"{SHORTEST_S:g} to {LONGEST_S:g} seconds"
            raise InputError(f"length {self.length_s:g} s of {self.id}", legal, "bring it into range")
        checked_seed(self.seed)


@dataclass(frozen=True)
class VoiceOver:
    """A voice-over that several variants may lie under: its file, the digest of its bytes, and what was measured."""

    __pydantic_config__ = STRICT

    path: str
    sha256: str
    clip: Clip


@dataclass(frozen=True)
class Versions:
    """What music hangs on besides what was asked: the release of Cuewright, the engine's weights, the SoundFont.

    Empty where there is none, or where nobody noted it.
    """

    __pydantic_config__ = STRICT

    cuewright: str = ""
    weights: str = ""
    soundfont: str = ""


@dataclass(frozen=True)
class Shared:
    """What all variants of a campaign have in common; changing it makes another campaign.

    Parameters
    ----------
    text : str
        The brief.
    language : str
        That the person writes.
    engine : str
        Which composes.
    motif : Motif or None
        The one tune of all variants.
    brand : Brand
        Rules that every variant keeps.
    seed : int
        The campaign's.
    full : bool
        Whether each variant gets a whole delivery: stems, papers, report.
    voices : tuple of VoiceOver
        Every voice-over that a variant names.
    registry : str
        The module that knows the engines, by name, for the core doesn't (`assistant.campaign.studio`).
    colour : {"hint", "balanced", "full"}
        How much of each region was asked for.
    versions : Versions
        Of what the campaign was begun with.
    """

    __pydantic_config__ = STRICT

    text: str
    language: str = "en"
    engine: str = "rules"
    motif: Motif | None = None
    brand: Brand = field(default_factory=Brand)
    seed: int = 0
    full: bool = False
    voices: tuple[VoiceOver, ...] = ()
    registry: str = "models.registry"
    colour: Colour = "balanced"
    versions: Versions = field(default_factory=Versions)

    def voice(self, path: str | None) -> VoiceOver | None:
        """The voice-over of that path, or None."""
        return next((each for each in self.voices if each.path == path), None)


@dataclass(frozen=True)
class Job:
    """One variant to make: what it is, and everything that is asked of it but the motif, which is shared."""

    __pydantic_config__ = STRICT

    variant: Variant
    asked: Constraints


@dataclass(frozen=True)
class Campaign:
    """Everything that is to be made: what all share, and a job for each variant."""

    __pydantic_config__ = STRICT

    shared: Shared
    jobs: tuple[Job, ...]

    def __post_init__(self) -> None:
        ids = [job.variant.id for job in self.jobs]
        if len(set(ids)) != len(ids) or not ids:
            raise InputError(f"{len(ids)} variants", "at least one, each with an id of its own", "rename one")


@dataclass(frozen=True)
class Rule:
    """One brand rule, measured on a finished variant."""

    __pydantic_config__ = STRICT

    name: str
    asked: str
    achieved: str
    met: bool


@dataclass(frozen=True)
class Figures:
    """What is told of a finished variant: measured, never repeated from what was asked.

    ``unmet`` names the findings that were not met; ``motif_share`` is the share of the motif's notes, as far as
    there was room for it, that its first statement says, None without a motif; ``sizes`` the bytes of each file
    of its folder, by its path there.
    """

    __pydantic_config__ = STRICT

    length_s: float
    key: str
    tempo_bpm: float
    loudness_lufs: float
    true_peak_dbtp: float
    parts: tuple[str, ...] = ()
    notes: int = 0
    hits_met: int = 0
    hits_asked: int = 0
    promises_met: int = 0
    promises_asked: int = 0
    unmet: tuple[str, ...] = ()
    motif_share: float | None = None
    rules: tuple[Rule, ...] = ()
    sizes: dict[str, int] = field(default_factory=dict, hash=False)

    @property
    def size_bytes(self) -> int:
        """What its folder holds."""
        return sum(self.sizes.values())

    @property
    def broken(self) -> tuple[Rule, ...]:
        """Brand rules that were not met."""
        return tuple(rule for rule in self.rules if not rule.met)


@dataclass(frozen=True)
class Outcome:
    """What became of one variant.

    Parameters
    ----------
    variant_id : str
    state : {"done", "failed"}
    seconds, cpu_s : float
        By the clock, and of the processor.
    error : str
        What went wrong; empty when done.
    may_pass : bool
        Whether trying again may help: no room, no memory, a worker that was killed.
    warnings : tuple of str
        Names of brand rules that a finished variant broke.
    figures : Figures or None
        None when it failed.
    digest : str
        Of the job and what it shares: by it a folder is known as this campaign's.
    """

    __pydantic_config__ = STRICT

    variant_id: str
    state: State
    seconds: float = 0.0
    cpu_s: float = 0.0
    error: str = ""
    may_pass: bool = False
    warnings: tuple[str, ...] = ()
    figures: Figures | None = None
    digest: str = ""

    @property
    def is_done(self) -> bool:
        """Whether its folder is there."""
        return self.state == "done"


def digest_of(*values: object) -> str:
    """A digest of records that are equal if and only if it is.

    Examples
    --------
    >>> digest_of(Shared("a")) == digest_of(Shared("a")), digest_of(Shared("a")) == digest_of(Shared("b"))
    (True, False)
    """
    text = json.dumps([to_data(value) for value in values], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def job_digest(job: Job, shared: Shared) -> str:
    """The digest of one job in its campaign: of what all share, and of its own; other voice-overs don't change it."""
    voice = shared.voice(job.variant.voice_path)
    return digest_of(job, replace(shared, voices=(voice,) if voice else ()))


def shared_digest(shared: Shared) -> str:
    """The digest of what makes a campaign itself: more regions, lengths, moods and voices leave it as it was."""
    return digest_of(replace(shared, voices=()))
