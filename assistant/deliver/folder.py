"""Write the delivery's folder: complete, or not there.

Conventions: everything is written into a hidden sibling of the folder, which takes the folder's name when all is
done; a failure leaves nothing behind, and a folder that holds files is never touched. Files are written side by side,
for the libraries behind them let go of Python's lock: first the sound, then all others.
"""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from assistant.audio import Waveform
from assistant.audio.shelf import highest
from assistant.clip import Clip
from assistant.constraints import OwnSoundWish
from assistant.deliver import media
from assistant.deliver.cue import cue_of, save_cue
from assistant.deliver.loop_files import mark_loops
from assistant.deliver.masters import write_lossy_mix
from assistant.deliver.own_sound import own_sound_for, said_of_own_sound
from assistant.deliver.papers.certificates import Signer
from assistant.deliver.papers.finish import finish
from assistant.deliver.papers.write import origin_of, seal, write_rights
from assistant.deliver.report import report_html
from assistant.deliver.turnover import Sounding, save_sound, turnover_of, write_small
from assistant.deliver.values import Delivered, Delivery, Materials
from assistant.errors import ClipError, OutputError
from assistant.generator import Progress, no_progress
from assistant.remark import Remark
from assistant.render.craft import load_craft
from assistant.render.finish import STUDIO_FILE
from assistant.score.midi import write_midi
from assistant.score.musicxml import write_musicxml
from assistant.settings import ROOT

REPORT_FILE = "report.html"
WRITERS = min(4, os.cpu_count() or 1)
"""Files written side by side."""

SOUND_SHARE = 0.5
"""Of what is to be done, when mix, premaster and stems are written."""

Job = Callable[[], tuple[Remark, ...]]


def deliver(
    folder: Path, materials: Materials, *, signer: Signer | None = None, progress: Progress = no_progress
) -> Delivery:
    """Write everything that a person downloads; mix, premaster and stems first.

    Parameters
    ----------
    folder : Path
        A folder that does not exist yet, or is empty.
    materials : Materials
    signer : Signer or None
        Who signs what is published; None signs nothing.
    progress : Progress
        Called when mix, premaster and stems lie on disk.

    Raises
    ------
    OutputError
        If the folder holds something already, or cannot be made or written.
    """
    folder = Path(os.path.abspath(folder))
    with appearing(folder) as hidden:
        (hidden / "stems").mkdir()
        with ThreadPoolExecutor(WRITERS) as pool:
            for _ in pool.map(lambda job: job(), _sounds(hidden, materials)):
                pass
            progress(SOUND_SHARE, "sound")
            remarks = tuple(remark for said in pool.map(lambda job: job(), _jobs(hidden, materials)) for remark in said)
        write_small(hidden, turnover_of(materials))
        remarks += mark_loops(hidden, materials)
        rights = write_rights(hidden, materials, finish(hidden, signer, origin_of(materials)))
        page = report_html(materials, rights, listed(hidden), remarks)
        _write(hidden / REPORT_FILE, page)
        seal(hidden, materials, rights, REPORT_FILE)
        files = listed(hidden)
    return Delivery(str(folder), files, remarks)


def _sounds(folder: Path, materials: Materials) -> Iterator[Callable[[], object]]:
    """Mix, premaster and stems, a job each."""
    mixdown, score = materials.mixdown, materials.take.score
    kind = sample_format([mixdown.premaster, *(stem.waveform for stem in mixdown.stems)])
    handed, floating = turnover_of(materials), kind == "FLOAT"
    yield partial(save_sound, folder / "mix.wav", mixdown.mix, handed, Sounding(is_mix=True))
    before = Sounding("premaster", floating=floating)
    yield partial(save_sound, folder / "premaster.wav", mixdown.premaster, handed, before)
    if mixdown.painting is not None:
        kept = Sounding("painting, not mastered", floating=True)
        yield partial(save_sound, folder / STUDIO_FILE, mixdown.painting, handed, kept)
    for stem in mixdown.stems:
        path, part = folder / "stems" / f"{stem.part_id}.wav", score.part(stem.part_id)
        what = Sounding(f"stem: {stem.part_id}", part.instrument if part else "", floating=floating)
        yield partial(save_sound, path, stem.waveform, handed, what)


def _jobs(folder: Path, materials: Materials) -> Iterator[Job]:
    """One job for each other file, the slowest first."""
    mixdown, score = materials.mixdown, materials.take.score
    if materials.clip is not None and materials.clip.has_picture:
        yield _ScoredClip(folder, materials.clip, mixdown.mix, materials.take.constraints.own_sound)
    plan = materials.take.plan
    master = load_craft(ROOT / "prompts").in_style(plan.style).master
    yield _quietly(lambda: write_lossy_mix(folder / "mix.m4a", mixdown, master, loop=plan.loop))
    yield _quietly(lambda: write_midi(score, folder / "score.mid"))
    yield _quietly(lambda: write_musicxml(score, folder / "score.musicxml", title=_title(materials)))
    yield _quietly(lambda: save_cue(cue_of(materials), folder))


def _title(materials: Materials) -> str:
    """What stands above the notes."""
    plan = materials.take.plan
    return f"{plan.style.replace('-', ' ').title()} cue in {plan.key.name}, {plan.length_s:g} s"


def sample_format(waveforms: list[Waveform]) -> str:
    """24 bit, or floating point where a sum before mastering would otherwise be clipped.

    Examples
    --------
    >>> sample_format([Waveform.silence(0.1, rate_hz=48_000)])
    'PCM_24'
    """
    loudest = max((highest(waveform.samples) for waveform in waveforms), default=0.0)
    return "PCM_24" if loudest <= 1.0 - 2**-23 else "FLOAT"


def _quietly(write: Callable[[], object]) -> Job:
    """A job that has nothing to say."""

    def job() -> tuple[Remark, ...]:
        write()
        return ()

    return job


@dataclass(frozen=True)
class _ScoredClip:
    """The job that puts the music under the picture, and says what became of the clip's own sound."""

    folder: Path
    clip: Clip
    music: Waveform
    wish: OwnSoundWish | None = None

    def __call__(self) -> tuple[Remark, ...]:
        own_sound, path = own_sound_for(self.clip, self.wish), Path(self.clip.path)
        try:
            scored = media.write_scored(self.folder, path, self.music, own_sound=own_sound, speech=self.clip.speech)
        except ClipError as error:
            return (Remark.of("scored_impossible", given=error.given, cure=error.cure),)
        said = said_of_own_sound(self.clip, own_sound, self.wish, scored.path.name)
        return (*scored.remarks, *said)


@contextmanager
def appearing(folder: Path) -> Iterator[Path]:
    """A hidden folder that becomes ``folder`` when all has gone well, and goes when not."""
    if folder.exists() and not folder.is_dir():
        raise _unwritable(folder, NotADirectoryError(20, "a file of that name is there"))
    if folder.is_dir() and any(folder.iterdir()):
        raise OutputError(
            f"folder {str(folder)!r}, which holds files", "a new or empty folder", "choose another folder"
        )
    hidden = folder.parent / f".{folder.name}.{uuid.uuid4().hex[:12]}.part"
    try:
        hidden.mkdir(parents=True)
    except OSError as error:
        raise _unwritable(folder, error) from error
    try:
        yield hidden
        if folder.is_dir():
            folder.rmdir()
        hidden.rename(folder)
    except OSError as error:
        raise _unwritable(folder, error) from error
    finally:
        shutil.rmtree(hidden, ignore_errors=True)


def _unwritable(folder: Path, error: OSError) -> OutputError:
    reason = error.strerror or type(error).__name__
    return OutputError(f"folder {str(folder)!r} ({reason})", "a folder that can be written", "choose another folder")


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")


def listed(folder: Path) -> tuple[Delivered, ...]:
    """Every file of a folder, the top level first."""
    files = sorted((path for path in folder.rglob("*") if path.is_file()), key=lambda path: (len(path.parts), path))
    return tuple(Delivered(path.relative_to(folder).as_posix(), path.stat().st_size) for path in files)
