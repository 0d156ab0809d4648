"""What is said about a kit: what it is, and what could not be as the cue or the person had it."""

from __future__ import annotations

from assistant.deliver.games.kit import Kit
from assistant.explain import voice
from assistant.remark import Remark
from assistant.settings import RATE_HZ

_HEARD_LU = 0.3


def kit_remarks(kit: Kit, *, asked_layers: int) -> tuple[Remark, ...]:
    """The facts of a kit as remarks, what gave way after them."""
    body, count = kit.body, len(kit.layers)
    said = [
        Remark.of(
            "game_kit",
            bars=body.bars,
            seconds=body.frames / RATE_HZ,
            frames=body.frames,
            bpm=body.grid.bpm,
            layers=count,
        )
    ]
    if count < asked_layers:
        said.append(Remark.of("game_layers_fewer", layers=count, asked=asked_layers))
    if body.steadied:
        said.append(Remark.of("game_steadied", bpm=body.grid.bpm))
    if body.left_out:
        said.append(Remark.of("game_left_out", bars=body.left_out))
    achieved = kit.layers[-1].lufs_with_lower
    if achieved < kit.target_lufs - _HEARD_LU:
        said.append(Remark.of("game_quieter", achieved_lufs=achieved, target_lufs=kit.target_lufs))
    return tuple(said)


def say_kit(kit: Kit, *, asked_layers: int) -> str:
    """The same as sentences, in the language of the cue."""
    return voice(kit.cue.constraints.language).say_all(kit_remarks(kit, asked_layers=asked_layers))
