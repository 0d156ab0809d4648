"""The files of a turnover: those that every delivery has, and those that are made when somebody asks.

Conventions: what is small is always there (`SMALL`); what copies sound or takes seconds is made on request, into the
folder of the take, from what lies there. Making it again replaces it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from assistant.audio import Waveform, load_wav
from assistant.audio.riff import Form, save_blocks, save_riff
from assistant.deliver.cue import load_cue
from assistant.deliver.turnover.cue_sheet import write_csv
from assistant.deliver.turnover.cue_sheet_pdf import write_pdf
from assistant.deliver.turnover.dawproject import write_dawproject
from assistant.deliver.turnover.encoded import write_flac, write_mp3
from assistant.deliver.turnover.reaper import write_reaper
from assistant.deliver.turnover.submixes import members, mixed
from assistant.deliver.turnover.tags import Sounding, chunks_of, texts_of
from assistant.deliver.turnover.timeline import write_otio
from assistant.deliver.turnover.values import Turnover, turnover_of_cue
from assistant.errors import InputError
from assistant.records import STRICT
from assistant.settings import RATE_HZ

REAPER, OTIO, SHEET_CSV, SHEET_PDF = "project.rpp", "timeline.otio", "cue-sheet.csv", "cue-sheet.pdf"
DAWPROJECT, FLAC, MP3, SUBMIXES = "project.dawproject", "mix.flac", "mix.mp3", "submixes"


def save_sound(path: Path, waveform: Waveform, turnover: Turnover, sounding: Sounding) -> Path:
    """Write a WAV file that says when and what it is."""
    before, after = chunks_of(turnover, sounding)
    return save_riff(path, waveform, before=before, after=after, floating=sounding.floating)


def write_small(folder: Path, turnover: Turnover) -> None:
    """The small files of a turnover, into a folder that holds the sound of the take."""
    for make in SMALL.values():
        make(folder, turnover)


def _reaper(folder: Path, turnover: Turnover) -> list[Path]:
    return [write_reaper(turnover, folder / REAPER)]


def _otio(folder: Path, turnover: Turnover) -> list[Path]:
    return [write_otio(turnover, folder / OTIO)]


def _cue_sheet(folder: Path, turnover: Turnover) -> list[Path]:
    return [write_csv(turnover, folder / SHEET_CSV), write_pdf(turnover, folder / SHEET_PDF)]


def _dawproject(folder: Path, turnover: Turnover) -> list[Path]:
    return [write_dawproject(turnover, folder / DAWPROJECT, _stems(folder, turnover))]


def _dawproject_beside(folder: Path, turnover: Turnover) -> list[Path]:
    return [write_dawproject(turnover, folder / DAWPROJECT, _stems(folder, turnover), whole=False)]


def _flac(folder: Path, turnover: Turnover) -> list[Path]:
    return [write_flac(folder / FLAC, load_wav(folder / "mix.wav"), texts_of(turnover))]


def _mp3(folder: Path, turnover: Turnover) -> list[Path]:
    return [write_mp3(folder / MP3, load_wav(folder / "mix.wav"), texts_of(turnover))]


def _submixes(folder: Path, turnover: Turnover) -> list[Path]:
    stems, place = _stems(folder, turnover), folder / SUBMIXES
    place.mkdir(exist_ok=True)
    made = []
    for name, ids in members(turnover.score).items():
        paths = [stems[part_id] for part_id in ids if part_id in stems]
        if not paths:
            continue
        loudest = max((float(np.abs(block).max(initial=0.0)) for block in mixed(paths)), default=0.0)
        sounding = Sounding(f"sub-mix: {name}", floating=loudest > 1 - 2**-23)
        before, after = chunks_of(turnover, sounding)
        form = Form(2, RATE_HZ, turnover.frames, sounding.floating)
        made.append(save_blocks(place / f"{name}.wav", mixed(paths), form, before=before, after=after))
    return made


def _stems(folder: Path, turnover: Turnover) -> dict[str, Path]:
    """The stems that lie in a folder, in the order of the parts."""
    places = {part.id: folder / "stems" / f"{part.id}.wav" for part in turnover.score.parts}
    return {part_id: path for part_id, path in places.items() if path.is_file()}


Make = Callable[[Path, Turnover], list[Path]]
SMALL: Mapping[str, Make] = {
    "reaper": _reaper,
    "dawproject": _dawproject_beside,
    "otio": _otio,
    "cuesheet": _cue_sheet,
}
"""What every delivery has; the DAWproject finds its sound beside it."""
ON_REQUEST: Mapping[str, Make] = {"dawproject": _dawproject, "submixes": _submixes, "flac": _flac, "mp3": _mp3}
"""What is made when somebody asks; the DAWproject has its sound in it."""
FORMATS: Mapping[str, Make] = {**SMALL, **ON_REQUEST}


@dataclass(frozen=True)
class Exported:
    """One file that was made."""

    __pydantic_config__ = STRICT

    format: str
    file: str
    size_bytes: int


def export(folder: Path, formats: Iterable[str] = (), *, start: str | None = None) -> tuple[Exported, ...]:
    """Make files of a take that lies in a folder.

    Parameters
    ----------
    folder : Path
        A delivery.
    formats : iterable of str
        Names of `FORMATS`; none means all.
    start : str or None
        Time code of the picture's first frame; the clip's own, or zero, when None.

    Raises
    ------
    InputError
        If a format is unknown, the folder holds no take, or the time code is none at the clip's rate.
    ClipError
        If a sound file of the take is missing or damaged.
    """
    wanted = list(dict.fromkeys(formats)) or list(FORMATS)
    unknown = [name for name in wanted if name not in FORMATS]
    if unknown:
        raise InputError(f"format {unknown[0]!r:.40}", f"of {', '.join(FORMATS)}", "choose among these")
    turnover = turnover_of_cue(load_cue(folder), start=start)
    made = []
    for name in wanted:
        for path in FORMATS[name](folder, turnover):
            made.append(Exported(name, path.relative_to(folder).as_posix(), path.stat().st_size))
    return tuple(made)
