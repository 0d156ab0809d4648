"""Find the best General MIDI SoundFont on this machine.

Order: the setting (or ``CUEWRIGHT_SOUNDFONT``), then the SoundFonts of ``prompts/mix.toml`` in their order, then any
other in the same folders, then the one that pretty_midi carries (TimGM6mb, GPL-2.0), which is the last resort.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from assistant.errors import EngineError
from assistant.render.craft import FontSearch
from assistant.render.values import SoundFont

SUFFIXES = (".sf2", ".sf3")
LAST_RESORT = "TimGM6mb.sf2"
UNKNOWN_LICENCE = "unknown; ask its maker"


def find_soundfont(search: FontSearch, override: Path | None = None) -> SoundFont:
    """The SoundFont to play.

    Raises
    ------
    EngineError
        If the override is not a SoundFont, or if there is none at all.
    """
    if override is not None:
        if not override.is_file() or override.suffix.lower() not in SUFFIXES:
            raise EngineError(f"SoundFont {str(override)!r}", "an sf2 or sf3 file", "correct CUEWRIGHT_SOUNDFONT")
        return described(override, search)
    folders = [Path(folder).expanduser() for folder in search.folders]
    carried = _carried()
    names = [name for known in search.known for name in known.files if name != LAST_RESORT]
    for path in (folder / name for name in names for folder in folders):
        if path.is_file():
            return described(path, search)
    others = sorted(path for folder in folders if folder.is_dir() for path in folder.iterdir() if _is_font(path))
    for path in (*others, *((carried,) if carried else ())):
        return described(path, search)
    raise EngineError(
        "no SoundFont", "a General MIDI sf2 or sf3 file", "install fluid-soundfont-gm or set CUEWRIGHT_SOUNDFONT"
    )


def described(path: Path, search: FontSearch) -> SoundFont:
    """A SoundFont file with the name and licence that we know it by."""
    for known in search.known:
        if path.name in known.files:
            return SoundFont(known.name, known.licence, path)
    return SoundFont(path.stem, UNKNOWN_LICENCE, path)


def _is_font(path: Path) -> bool:
    return path.suffix.lower() in SUFFIXES and path.is_file()


def _carried() -> Path | None:
    """The SoundFont inside the pretty_midi package."""
    spec = find_spec("pretty_midi")
    if spec is None or spec.origin is None:
        return None
    path = Path(spec.origin).parent / LAST_RESORT
    return path if path.is_file() else None
