"""Write a game's folder: sounds, manifest, imports for engines, the page that plays it.

Conventions: WAV is 24 bit at 48 kHz, loops carry their loop points; Ogg Vorbis stands beside for Godot, which knows
tempo and bars of that alone. Written like a delivery: complete, or not there.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import soundfile

from assistant.audio.loop_points import mark_loop
from assistant.audio.waveform import Samples
from assistant.deliver.folder import appearing, listed
from assistant.deliver.games.demo import demo_page
from assistant.deliver.games.engines import godot_files, unity_files
from assistant.deliver.games.kit import Kit
from assistant.deliver.games.manifest import Manifest, manifest_of
from assistant.deliver.papers.disclosure import disclose
from assistant.deliver.values import Delivery
from assistant.errors import OutputError
from assistant.records import to_json
from assistant.settings import RATE_HZ

WRITERS = 4
_OGG_CHUNK = 48_000
"""Frames that are given to the encoder at a time: libsndfile's runs out of stack on more."""

_OGG_QUALITY = 0.4
"""libsndfile's level of compression: about 160 kbit/s of stereo."""


def write_kit(folder: Path, kit: Kit) -> tuple[Delivery, Manifest]:
    """Write a kit.

    Parameters
    ----------
    folder : Path
        A folder that does not exist yet, or is empty.
    kit : Kit

    Raises
    ------
    OutputError
        If the folder holds something already, or cannot be written.
    """
    folder = folder.absolute()
    manifest = manifest_of(kit)
    with appearing(folder) as hidden:
        for name in ("audio", "godot", "unity"):
            (hidden / name).mkdir()
        with ThreadPoolExecutor(WRITERS) as pool:
            done = [pool.submit(_sound, hidden, *each) for each in _sounds(kit)]
            page = pool.submit(demo_page, kit, manifest)
            for job in done:
                job.result()
        texts = {"manifest.json": to_json(manifest, indent=2) + "\n", "demo.html": page.result()}
        for name, text in {**texts, **godot_files(manifest), **unity_files(manifest)}.items():
            (hidden / name).write_text(text, encoding="utf-8")
        files = listed(hidden)
    return Delivery(str(folder), files), manifest


def _sounds(kit: Kit) -> list[tuple[str, Samples, bool, bool]]:
    """Every sound: its name, samples, whether it loops, whether Godot takes it."""
    sounds = [("loop", kit.loop, True, False), ("ambisonics", kit.scene, True, False)]
    sounds += [(f"layer_{number}", layer.samples, True, True) for number, layer in enumerate(kit.layers, 1)]
    sounds += [(name, cut.samples, False, True) for name, cut in kit.cuts.items()]
    return sounds  # type: ignore[return-value]


def _sound(folder: Path, name: str, samples: Samples, loops: bool, for_godot: bool) -> None:
    """One sound as WAV, with loop points where it loops, and as Ogg Vorbis where Godot takes it."""
    path = folder / "audio" / f"{name}.wav"
    try:
        soundfile.write(path, samples.T, RATE_HZ, subtype="PCM_24")
        if for_godot:
            write_ogg(folder / "godot" / f"{name}.ogg", samples)
    except (OSError, soundfile.LibsndfileError) as error:
        raise OutputError(f"file {str(path)!r}", "a place that can be written", "choose another folder") from error
    if loops:
        mark_loop(path, start=0, end=int(samples.shape[1]), rate_hz=RATE_HZ)
    disclose(path)


def write_ogg(path: Path, samples: Samples) -> Path:
    """Write Ogg Vorbis, as long as the samples to the frame."""
    with soundfile.SoundFile(
        path, "w", RATE_HZ, len(samples), format="OGG", subtype="VORBIS", compression_level=_OGG_QUALITY
    ) as file:
        for start in range(0, samples.shape[1], _OGG_CHUNK):
            file.write(np.ascontiguousarray(samples[:, start : start + _OGG_CHUNK].T))
    return path
