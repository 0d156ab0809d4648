"""Sub-mixes: the stems in a few groups that an editor balances, which sum to the premaster.

Conventions: every role is in exactly one group, so that the groups sum to what the stems sum to; a group that nobody
plays in has no file.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import soundfile

from assistant.audio.riff import BLOCK
from assistant.audio.waveform import Samples
from assistant.errors import ClipError
from assistant.score import ROLES, Score

GROUPS: Mapping[str, tuple[str, ...]] = {
    "rhythm": ("drums", "percussion"),
    "bass": ("bass",),
    "harmony": ("harmony", "pulse", "colour"),
    "melody": ("lead", "counter"),
}
"""Groups and the roles in them."""

assert sorted(role for roles in GROUPS.values() for role in roles) == sorted(ROLES)


def members(score: Score) -> dict[str, tuple[str, ...]]:
    """The ids of the parts of each group that anybody plays in."""
    found = {name: tuple(part.id for part in score.parts if part.role in roles) for name, roles in GROUPS.items()}
    return {name: ids for name, ids in found.items() if ids}


def mixed(paths: Sequence[Path]) -> Iterator[Samples]:
    """The sum of sound files of one length, block by block, so that memory does not grow with length.

    Raises
    ------
    ClipError
        If one of them cannot be read.
    """
    with ExitStack() as stack:
        files = [_opened(stack, path) for path in paths]
        while True:
            blocks = [file.read(BLOCK, dtype="float32", always_2d=True) for file in files]
            if not len(blocks[0]):
                return
            yield np.asarray(np.sum(blocks, axis=0, dtype=np.float64).T, np.float32)


def _opened(stack: ExitStack, path: Path) -> soundfile.SoundFile:
    try:
        return stack.enter_context(soundfile.SoundFile(path))
    except (OSError, soundfile.LibsndfileError) as error:
        raise ClipError(f"file {path.name!r}", "a stem of the take", "make the take again") from error
