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

SHORTEST_STRIKE_S, LAST_STRIKE_S = 0.1, 0.3
"""A strike nearer to the end than the first can't be heard; one on the very end is struck the second before it."""

LARGEST_SEED = 2**32 - 1
"""Every source of chance that we know takes seeds up to this one."""

LAST_PORT = 65_535
"""The last port that there is."""


def checked_seed(seed: int) -> int:
    """The seed itself; raises `InputError` when no source of chance takes it.

    Examples
    --------
    >>> checked_seed(7)
    7
    """
    if not 0 <= seed <= LARGEST_SEED:
        raise InputError(f"seed {str(seed)[:40]}", f"0 to {LARGEST_SEED}", "choose a number in this range")
    return seed


def checked_port(words: str) -> int:
    """The port that words name; raises `InputError` when they name none.

    Examples
    --------
    >>> checked_port("7860")
    7860
    """
    if not (words.isascii() and words.isdigit() and 1 <= int(words[:6]) <= LAST_PORT):
        raise InputError(f"port {words!r:.40}", f"1 to {LAST_PORT}", "choose a number in this range")
    return int(words)


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
    taste_file : Path or None
        Where the command line keeps what it learns of a person's taste; None keeps nothing.
    threads : int or None
        How many parts are played at a time; None plays one for each core.
    most_variants : int
        Variants of a campaign that the page makes.
    """

    work_dir: Path
    soundfont: Path | None = None
    renderer: str = "auto"
    prompts_dir: Path = ROOT / "prompts"
    max_upload_s: float = LONGEST_S
    taste_file: Path | None = None
    threads: int | None = None
    most_variants: int = 2000

    def __post_init__(self) -> None:
        if self.renderer not in ("auto", "fluidsynth", "fallback"):
            raise InputError(
                f"renderer {self.renderer!r}", "auto, fluidsynth or fallback", "correct CUEWRIGHT_RENDERER"
            )


def from_environment(environ: Mapping[str, str] = os.environ) -> Settings:
    """The settings that the environment asks for; what is unset gets its default."""
    soundfont = environ.get("CUEWRIGHT_SOUNDFONT")
    if soundfont and not Path(soundfont).is_file():
        raise InputError(f"SoundFont {soundfont!r}", "an sf2 or sf3 file that is there", "correct CUEWRIGHT_SOUNDFONT")
    default_dir = Path(environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "cuewright"
    return Settings(
        work_dir=Path(environ.get("CUEWRIGHT_WORK", default_dir)),
        soundfont=Path(soundfont) if soundfont else None,
        renderer=environ.get("CUEWRIGHT_RENDERER", "auto"),
        taste_file=Path(environ["CUEWRIGHT_TASTE"]) if environ.get("CUEWRIGHT_TASTE") else None,
        threads=_number("CUEWRIGHT_THREADS", environ, 256),
        most_variants=_number("CUEWRIGHT_VARIANTS", environ, 20_000) or (24 if "SPACE_ID" in environ else 2000),
    )


def _number(name: str, environ: Mapping[str, str], most: int) -> int | None:
    """The number from 1 that a variable holds; None where it is unset."""
    words = environ.get(name, "")
    if not words:
        return None
    if not (words.isascii() and words.isdigit() and 1 <= int(words[:9]) <= most):
        raise InputError(f"{name} {words!r:.40}", f"1 to {most}", "correct it, or leave it unset")
    return int(words)
