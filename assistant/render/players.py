"""Who plays: FluidSynth where its library is installed, symusic's synthesiser otherwise; and, with either, our own
voices for the instruments that they play better.

Conventions: a player turns a performance into dry stereo samples, the same ones every time. A fall-back that was not
asked for is said in a remark.
"""

from __future__ import annotations

from dataclasses import dataclass

from assistant.errors import EngineError
from assistant.remark import Remark
from assistant.render import fallback, fluid
from assistant.render.craft import Craft
from assistant.render.player import Player
from assistant.render.soundfonts import find_soundfont
from assistant.render.values import SoundFont
from assistant.render.voiced import Voiced
from assistant.render.voices import Voices, chosen_voices
from assistant.settings import Settings


@dataclass(frozen=True)
class Band:
    """A player, its SoundFont, and what must be said about them."""

    player: Player
    soundfont: SoundFont
    remarks: tuple[Remark, ...] = ()


def choose_player(settings: Settings, craft: Craft, *, rate_hz: int) -> Band:
    """The player that the settings ask for, or the best there is.

    Raises
    ------
    EngineError
        If FluidSynth was asked for and is missing, or nothing can play at all.
    """
    soundfont = find_soundfont(craft.soundfonts, settings.soundfont)
    voices = chosen_voices(settings.prompts_dir)
    if settings.renderer != "fallback" and fluid.library() is not None:
        return Band(_with(fluid.FluidSynth(soundfont.path, rate_hz), voices), soundfont)
    if settings.renderer == "fluidsynth":
        raise EngineError(
            "renderer fluidsynth", "libfluidsynth on this machine", "run make run, or set CUEWRIGHT_RENDERER=auto"
        )
    if fallback.library() is None:
        raise EngineError(
            "no synthesiser", "libfluidsynth, or symusic 0.5.8", "install libfluidsynth3, or pip install symusic==0.5.8"
        )
    remarks = (Remark.of("renderer_fallback", soundfont=soundfont.name),) if settings.renderer == "auto" else ()
    return Band(_with(fallback.Fallback(soundfont.path, rate_hz), voices), soundfont, remarks)


def _with(player: Player, voices: Voices) -> Player:
    """The player, with our own voices where there are any."""
    return Voiced(player, voices) if voices else player
