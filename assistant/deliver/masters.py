"""One premaster, many masters: a WAV, and where it is wanted an encoded file, for every place that a cue goes to.

The encoded file is mastered by itself, to its own lower ceiling (`assistant.deliver.lossy` holds it). It is as loud as
its WAV, which alone decides whether a target is held back (over 4 dB of limiting).

Conventions: loudness in LUFS, peaks in dBTP, measured on what a file gives when it is read again.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from assistant.audio import Waveform, load_wav, save_wav
from assistant.audio.loop_points import mark_loop
from assistant.audio.loudness import integrated_lufs
from assistant.deliver.cue import load_cue
from assistant.deliver.lossy import START_DB, decoded, encode_under
from assistant.deliver.media import write_m4a
from assistant.deliver.papers.disclosure import disclose
from assistant.errors import ClipError, InputError, OutputError
from assistant.records import STRICT
from assistant.remark import Remark
from assistant.render.craft import Master
from assistant.render.finish import STUDIO_FILE
from assistant.render.master import Mastered, master
from assistant.render.targets import LOSSY_DBTP, LOUDEST_LUFS, MARGIN_DB, QUIETEST_LUFS, Target
from assistant.render.values import Mixdown

FOLDER = "masters"
CODEC_ROOM_DB = 0.6
"""How much lower than its ceiling an encoded file is mastered: what the encoder adds elsewhere, as a rule."""
_WRITERS = 2


@dataclass(frozen=True)
class MasterFile:
    """A file that was written, measured as it is read again."""

    __pydantic_config__ = STRICT

    target: str
    file: str
    target_lufs: float
    loudness_lufs: float
    ceiling_dbtp: float
    true_peak_dbtp: float
    limiting_db: float
    held_back: bool

    @property
    def remark(self) -> Remark | None:
        """What must be said of it."""
        if not self.held_back:
            return None
        return Remark.of("loudness_held_back", achieved_lufs=round(self.loudness_lufs, 1), target_lufs=self.target_lufs)


def write_masters(folder: Path, targets: dict[str, Target], craft: Master, out: Path) -> list[MasterFile]:
    """Masters of the take in ``folder`` for every target, from its premaster, or from the sound painted over it.

    Parameters
    ----------
    folder : Path
        A delivery.
    targets : dict of Target
        By the name that their files get.
    craft : Master
        Compressor and limiter.
    out : Path
        Where the files go; files of these names are replaced.

    Raises
    ------
    InputError
        If there is no take, or its premaster is gone.
    OutputError
        If the place cannot be written.
    """
    loop = load_cue(folder).plan.loop
    try:
        painted = folder / STUDIO_FILE
        premaster = load_wav(painted if painted.is_file() else folder / "premaster.wav")
    except ClipError as error:
        raise InputError(
            f"folder {str(folder)!r} without premaster.wav", "a whole delivery", "make it again"
        ) from error
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"folder {str(out)!r}", "a folder that can be written", "choose another place") from error

    def job(name: str) -> list[MasterFile]:
        return list(_files(out / name, premaster, targets[name], craft, loop=loop))

    with ThreadPoolExecutor(_WRITERS) as pool:
        return [file for files in pool.map(job, targets) for file in files]


def _files(stem: Path, premaster: Waveform, target: Target, craft: Master, *, loop: bool) -> Iterator[MasterFile]:
    """The WAV at ``stem`` with its ending, and the encoded file where one is wanted."""
    done = mastered_for(premaster, target, craft, loop=loop)
    path = save_wav(stem.with_name(f"{stem.name}.wav"), Waveform(done.samples, premaster.rate_hz))
    if loop:
        mark_loop(path, start=0, end=premaster.frames, rate_hz=premaster.rate_hz)
    disclose(path)
    yield _file(path, target, done.loudness_lufs, done.true_peak_dbtp, done)
    if target.lossy:
        path = stem.with_name(f"{stem.name}.m4a")
        lossy, peak_dbtp = write_lossy(path, premaster, target, done, craft, loop=loop)
        file = _file(path, target, integrated_lufs(decoded(path)), peak_dbtp, lossy)
        disclose(path)
        yield replace(file, ceiling_dbtp=target.lossy_dbtp, held_back=done.held_back)


def _file(path: Path, target: Target, lufs: float, peak_dbtp: float, done: Mastered) -> MasterFile:
    return MasterFile(
        target=target.name,
        file=path.name,
        target_lufs=target.loudness_lufs,
        loudness_lufs=round(lufs, 2),
        ceiling_dbtp=target.ceiling_dbtp,
        true_peak_dbtp=round(peak_dbtp, 2),
        limiting_db=round(done.limiting_db, 2),
        held_back=done.held_back,
    )


def mastered_for(premaster: Waveform, target: Target, craft: Master, *, loop: bool = False) -> Mastered:
    """The premaster at a target's loudness, or as near as limiting allows, under its ceiling."""
    return master(
        premaster,
        target_lufs=target.loudness_lufs,
        craft=replace(craft, ceiling_dbtp=target.ceiling_dbtp - MARGIN_DB),
        insist=target.insisted,
        loop=loop,
    )


def write_lossy(
    path: Path, premaster: Waveform, target: Target, done: Mastered, craft: Master, *, loop: bool = False
) -> tuple[Mastered, float]:
    """The m4a file of a target whose WAV is ``done``: its own master, and its peak when it is decoded."""
    aim_lufs = done.loudness_lufs if done.held_back else target.loudness_lufs
    room_dbtp = target.lossy_dbtp - CODEC_ROOM_DB
    lower = replace(target, loudness_lufs=aim_lufs, ceiling_dbtp=room_dbtp, lossy_dbtp=room_dbtp, insisted=True)
    lossy = mastered_for(premaster, lower, craft, loop=loop)
    return lossy, _encoded(path, Waveform(lossy.samples, premaster.rate_hz), target.lossy_dbtp)


def write_lossy_mix(path: Path, mixdown: Mixdown, craft: Master, *, loop: bool) -> None:
    """The mix as an m4a file: as loud as it is, mastered anew where its peaks leave the encoder no room."""
    mix = mixdown.mix
    if mixdown.true_peak_dbtp > LOSSY_DBTP - START_DB and QUIETEST_LUFS <= mixdown.loudness_lufs <= LOUDEST_LUFS:
        room_dbtp = LOSSY_DBTP - CODEC_ROOM_DB
        target = Target("mix", mixdown.loudness_lufs, room_dbtp, room_dbtp, insisted=True)
        mix = Waveform(mastered_for(mixdown.unmastered, target, craft, loop=loop).samples, mix.rate_hz)
    _encoded(path, mix, LOSSY_DBTP)


def _encoded(path: Path, sound: Waveform, ceiling_dbtp: float) -> float:
    """An m4a file under a ceiling."""
    return encode_under(path, sound, write_m4a, ceiling_dbtp=ceiling_dbtp)
