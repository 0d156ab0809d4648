"""The clip's word beside the person's: mood of the picture, what a model sees in it, moments to land on.

Conventions: the brief's words have been read before; what comes from the clip has evidence that begins with ``clip:``.
"""

from __future__ import annotations

import logging
from pathlib import Path

from assistant.clip import Clip
from assistant.constraints import ArcPoint, Constraints
from assistant.errors import ClipError
from assistant.interpret.advisers import AdviserError, Advisers
from assistant.interpret.arc import read_arc
from assistant.interpret.on_cuts import with_moments
from assistant.interpret.picture import is_told, with_picture
from assistant.interpret.shots import Shot, describe
from assistant.interpret.text import read_text
from assistant.interpret.times import read_times
from assistant.remark import Remark
from assistant.settings import ROOT

log = logging.getLogger(__name__)


def with_clip(
    asked: Constraints, clip: Clip, words: str, *, advisers: Advisers, prompts_dir: Path = ROOT / "prompts"
) -> tuple[Constraints, tuple[Remark, ...]]:
    """The constraints with what the clip says, and what must be said of it.

    Parameters
    ----------
    asked : Constraints
        What the words said.
    clip : Clip
    words : str
        The brief as it was typed.
    advisers : Advisers
        A model of pictures is asked once a clip, where there is one.
    prompts_dir : Path
    """
    shots, silence = ((), ()) if is_told(asked) else _shots(clip, advisers, prompts_dir)
    asked = with_picture(asked, clip, prompts_dir, shots=shots)
    asked, offered = with_moments(asked, clip, words, prompts_dir)
    return asked, silence + offered


def _shots(clip: Clip, advisers: Advisers, prompts_dir: Path) -> tuple[tuple[Shot, ...], tuple[Remark, ...]]:
    """What the model of pictures sees; that it was of no help is said."""
    if advisers.picture is None or not (clip.has_picture or clip.kind == "still"):
        return (), ()

    def feel(said: str) -> ArcPoint | None:
        text = read_text(said, "en", prompts_dir)
        arc = read_arc(text, read_times(text), use=None, styles=(), tempo_bpm=None, model=advisers.emotion)
        return arc.points[0] if arc.spoken else None

    try:
        return describe(clip, advisers.picture, feel), ()
    except (AdviserError, ClipError) as error:
        log.warning("%s", error)
        return (), (Remark.of("picture_silent", model=advisers.picture.name),)
