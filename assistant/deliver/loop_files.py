"""A cue that goes round: its files say so themselves, and the person hears what else a game could have of it."""

from __future__ import annotations

from pathlib import Path

from assistant.audio.loop_points import mark_loop
from assistant.deliver.values import Materials
from assistant.remark import Remark


def mark_loops(folder: Path, materials: Materials) -> tuple[Remark, ...]:
    """Loop points in every WAV file of a delivery, where the cue loops; to be called when they are written."""
    if not materials.take.plan.loop:
        return ()
    mix = materials.mixdown.mix
    for path in folder.rglob("*.wav"):
        mark_loop(path, start=0, end=mix.frames, rate_hz=mix.rate_hz)
    return (Remark.of("loop_ready"),)
