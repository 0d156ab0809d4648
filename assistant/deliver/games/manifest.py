"""``manifest.json``: what a game needs to know of its music, for any engine.

Conventions: lengths in frames at ``rate_hz``; a *beat* is what the tempo counts; every bar has ``bar_frames``. A file's
``frames`` are all it holds, its ``bar_frames_total`` its whole bars: what follows begins there while the rest rings.
No value is a map, so that readers that know lists only (Unity's JsonUtility) can read it.
"""

from __future__ import annotations

from dataclasses import dataclass

from assistant import __version__
from assistant.deliver.games.ambisonics import CHANNEL_ORDER, NORMALISATION, ORDER, Seat
from assistant.deliver.games.kit import Kit
from assistant.records import STRICT
from assistant.settings import RATE_HZ

FORMAT = 1
FADE_S = 0.4
"""How long a layer takes to come in or go, where the game says nothing else."""


@dataclass(frozen=True)
class LoopFile:
    """The loop of all layers."""

    __pydantic_config__ = STRICT

    file: str
    bars: int
    frames: int
    length_s: float
    loudness_lufs: float


@dataclass(frozen=True)
class LayerFile:
    """One layer, added to those before it."""

    __pydantic_config__ = STRICT

    name: str
    file: str
    frames: int
    parts: tuple[str, ...]
    intensity: float
    loudness_lufs_with_lower: float


@dataclass(frozen=True)
class PieceFile:
    """An intro, outro, stinger or transition."""

    __pydantic_config__ = STRICT

    name: str
    kind: str
    file: str
    bars: int
    bar_frames_total: int
    frames: int


@dataclass(frozen=True)
class SceneFile:
    """The loop in first-order Ambisonics."""

    __pydantic_config__ = STRICT

    file: str
    frames: int
    order: int
    channel_order: str
    normalisation: str
    seats: tuple[Seat, ...]


@dataclass(frozen=True)
class Licence:
    """Where the music comes from and what may be done with it."""

    __pydantic_config__ = STRICT

    engine: str
    engine_licence: str
    weights: str
    training_data: tuple[str, ...]
    commercial_use: bool | None
    soundfont: str
    soundfont_licence: str
    ai_generated: bool


@dataclass(frozen=True)
class Manifest:
    """Everything that a game needs to know."""

    __pydantic_config__ = STRICT

    format: int
    made_by: str
    title: str
    rate_hz: int
    bpm: float
    meter: str
    beats_a_bar: float
    beat_frames: int
    bar_frames: int
    pulse_frames: int
    pulses_a_bar: int
    key: str
    seed: int
    fade_s: float
    loop: LoopFile
    layers: tuple[LayerFile, ...]
    pieces: tuple[PieceFile, ...]
    ambisonics: SceneFile
    licence: Licence


def manifest_of(kit: Kit) -> Manifest:
    """What is to be known of a kit."""
    grid, plan = kit.body.grid, kit.cue.plan
    frames = kit.body.frames
    layers = tuple(
        LayerFile(
            f"layer_{number}", f"audio/layer_{number}.wav", frames, layer.parts, layer.intensity, layer.lufs_with_lower
        )
        for number, layer in enumerate(kit.layers, 1)
    )
    pieces = tuple(
        PieceFile(
            piece.name, piece.kind, f"audio/{piece.name}.wav", piece.bars, kit.cuts[piece.name].bar_frames,
            int(kit.cuts[piece.name].samples.shape[1]),
        )
        for piece in kit.pieces
    )  # fmt: skip
    beats = grid.meter.bar_q / grid.meter.count_q
    return Manifest(
        format=FORMAT,
        made_by=f"Cuewright {__version__}",
        title=f"{plan.style.replace('-', ' ').capitalize()} loop in {plan.key.name}",
        rate_hz=RATE_HZ,
        bpm=grid.bpm,
        meter=f"{grid.meter.beats}/{grid.meter.unit}",
        beats_a_bar=beats,
        beat_frames=round(grid.bar_frames / beats),
        bar_frames=grid.bar_frames,
        pulse_frames=grid.pulse_frames,
        pulses_a_bar=grid.meter.beats,
        key=plan.key.name,
        seed=kit.cue.seed,
        fade_s=FADE_S,
        loop=LoopFile("audio/loop.wav", kit.body.bars, frames, frames / RATE_HZ, layers[-1].loudness_lufs_with_lower),
        layers=layers,
        pieces=pieces,
        ambisonics=SceneFile("audio/ambisonics.wav", frames, ORDER, CHANNEL_ORDER, NORMALISATION, kit.seats),
        licence=_licence(kit),
    )


def _licence(kit: Kit) -> Licence:
    card, font = kit.cue.engine_card, kit.soundfont
    return Licence(
        engine=card.name,
        engine_licence=card.licence,
        weights=card.weights,
        training_data=card.training_data,
        commercial_use=card.commercial_use,
        soundfont=font.name,
        soundfont_licence=font.licence,
        ai_generated=True,
    )
