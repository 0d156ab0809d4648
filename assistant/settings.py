"""What the environment says: folders, limits and overrides, read once and passed on.

Conventions: every variable begins with ``CUEWRIGHT_``; nothing here is read at import.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from assistant.errors import InputError

ROOT = Path(__file__).resolve().parent.parent
"""The folder that holds ``assistant/``, ``prompts/`` and ``models/``."""

RATE_HZ = 48_000
"""Sample rate of everything we render, in Hz."""

SHORTEST_S, LONGEST_S = 2.0, 1800.0
"""The shortest and longest cue, in seconds: below two seconds no phrase fits; above thirty minutes we say so."""


@dataclass(frozen=True)
class Settings:
    """One visitor-independent configuration.

    Parameters
    ----------
    work_dir : Path
        Where sessions and takes are written.
    soundfont : Path or None
        A General MIDI SoundFont that overrides the search.
    renderer : {"auto", "fluidsynth", "fallback"}
        Which synthesiser to use.
    prompts_dir : Path
        The folder of data files.
    max_upload_s : float
        Longest clip that is analysed, in seconds.
    """

    work_dir: Path
    soundfont: Path | None = None
    renderer: str = "auto"
    prompts_dir: Path = ROOT / "prompts"
    max_upload_s: float = LONGEST_S

    def __post_init__(self) -> None:
        if self.renderer not in ("auto", "fluidsynth", "fallback"):
            raise InputError(
                f"renderer {self.renderer!r}", "auto, fluidsynth or fallback", "correct CUEWRIGHT_RENDERER"
            )


def from_environment(environ: Mapping[str, str] = os.environ) -> Settings:
    """The settings that the environment asks for; what is unset gets its default."""
    soundfont = environ.get("CUEWRIGHT_SOUNDFONT")
    default_dir = Path(environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "cuewright"
    return Settings(
        work_dir=Path(environ.get("CUEWRIGHT_WORK", default_dir)),
        soundfont=Path(soundfont) if soundfont else None,
        renderer=environ.get("CUEWRIGHT_RENDERER", "auto"),
    )
