"""A mixdown: stems, their sum, and the finished mix.

Conventions: all waveforms have the rate and the exact length of the cue; the stems are taken after the fader, with
their share of the room, and add up to ``premaster``.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from assistant.audio import Waveform
from assistant.generator import Account
from assistant.records import STRICT
from assistant.remark import Remark


@dataclass(frozen=True)
class SoundFont:
    """The samples that play: name, licence (for rights.json), and file."""

    __pydantic_config__ = STRICT

    name: str
    licence: str
    path: Path

    @property
    def sha256(self) -> str:
        """Digest of the file, worked out once a process."""
        return _digest(self.path)


@cache
def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@dataclass(frozen=True)
class Stem:
    """One part as it sounds in the mix."""

    __pydantic_config__ = STRICT

    part_id: str
    waveform: Waveform


@dataclass(frozen=True)
class Mixdown:
    """Everything that was rendered.

    Parameters
    ----------
    stems : tuple of Stem
        In the order of the score's parts; a part without a sound has a silent stem.
    premaster : Waveform
        The sum of the stems.
    mix : Waveform
        The mastered cue.
    soundfont : SoundFont
    renderer : str
        ``"fluidsynth"`` or ``"fallback"``.
    loudness_lufs, true_peak_dbtp : float
        Of the mix, measured.
    target_lufs : float
        What was aimed at.
    limiting_db : float
        How much the limiter took, at the 99th percentile of the sounding time.
    trim_db : float
        By how much all stems were lowered together so that their sum does not clip; 0 as a rule.
    remarks : tuple of Remark
    voiced : tuple of str
        The parts that a voice of our own played, without the SoundFont.
    painting : Waveform or None
        What an engine of sound painted over the score, not mastered: then the mix is made of it, while stems and
        premaster stay the score's own rendering.
    account : Account or None
        How it was painted.
    """

    __pydantic_config__ = STRICT

    stems: tuple[Stem, ...]
    premaster: Waveform
    mix: Waveform
    soundfont: SoundFont
    renderer: str
    loudness_lufs: float
    true_peak_dbtp: float
    target_lufs: float
    limiting_db: float = 0.0
    trim_db: float = 0.0
    remarks: tuple[Remark, ...] = ()
    voiced: tuple[str, ...] = ()
    painting: Waveform | None = None
    account: Account | None = None

    @property
    def unmastered(self) -> Waveform:
        """What the mix was made of."""
        return self.painting if self.painting is not None else self.premaster

    def stem(self, part_id: str) -> Stem | None:
        """The stem of that part, or None."""
        return next((stem for stem in self.stems if stem.part_id == part_id), None)
