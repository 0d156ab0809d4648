"""From a cue to everything that a game plays: layers, loop, pieces and a scene, on one level.

Conventions: float32 at `RATE_HZ`. Loop, layers, intro and outro are moved by one gain and nothing else, so layers add
up and pieces stand beside the loop as they were played; stingers and transitions are brought to `SIGNAL_LU` over the
loop, for they must be heard through it. Samples lie on the grid of 24 bits, so the layers add up to the loop exactly.
The loop of all layers has the target's loudness, or less where a peak would go over the ceiling.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from assistant.audio import Waveform
from assistant.audio.loudness import SILENCE_LUFS, amplitude, integrated_lufs, k_energies, true_peak_dbtp
from assistant.audio.waveform import Samples
from assistant.deliver.cue import Cue
from assistant.deliver.games.ambisonics import Seat, scene, seats_of
from assistant.deliver.games.grid import Body, choose_body
from assistant.deliver.games.layers import split_layers, voices_of
from assistant.deliver.games.pieces import Composer, moved
from assistant.deliver.games.sound import Cut, Takes, play_strip
from assistant.deliver.games.strip import PASSES, Strip, lay_strip
from assistant.deliver.games.values import GameCraft, Piece, load_game_craft
from assistant.errors import InputError
from assistant.library import Library
from assistant.render.craft import Craft, load_craft
from assistant.render.players import Band, choose_player
from assistant.render.values import SoundFont
from assistant.settings import RATE_HZ, Settings

MOST_LAYERS = 6
GAME_LUFS = -18.0
CEILING_DBTP = -1.05
SIGNAL_LU = 1.0
"""How loud a stinger or transition is at its loudest moment, against the loop."""
PCM_24 = float(2**23)


@dataclass(frozen=True)
class Layer:
    """One layer: its parts, how lively they are (0 to 1), its sound, and the loudness with the layers below it."""

    parts: tuple[str, ...]
    intensity: float
    samples: Samples
    lufs_with_lower: float


@dataclass(frozen=True)
class Kit:
    """Everything that a game plays."""

    cue: Cue
    body: Body
    layers: tuple[Layer, ...]
    loop: Samples
    pieces: tuple[Piece, ...]
    cuts: Mapping[str, Cut]
    scene: Samples
    seats: tuple[Seat, ...]
    soundfont: SoundFont
    target_lufs: float
    gain_db: float


@dataclass(frozen=True)
class Workshop:
    """What kits are made with."""

    library: Library
    settings: Settings
    craft: Craft
    games: GameCraft
    band: Band

    @classmethod
    def opened(cls, library: Library, settings: Settings) -> Workshop:
        """The one of this machine; raises `EngineError` if nothing here can play."""
        craft = load_craft(settings.prompts_dir)
        band = choose_player(settings, craft, rate_hz=RATE_HZ)
        return cls(library, settings, craft, load_game_craft(settings.prompts_dir), band)


def make_kit(cue: Cue, shop: Workshop, *, layers: int = 3) -> Kit:
    """The kit of a cue.

    Parameters
    ----------
    cue : Cue
        A take as it was delivered; its score is played, nothing is composed anew but what it lacks.
    shop : Workshop
    layers : int
        How many layers are wanted, 1 to `MOST_LAYERS`; a cue of fewer parts has fewer.

    Raises
    ------
    InputError
        If the count is out of range, or the cue has no bars that can go round.
    """
    if not 1 <= layers <= MOST_LAYERS:
        raise InputError(f"{layers} layers", f"1 to {MOST_LAYERS}", "ask for so many")
    body = choose_body(cue.plan)
    strip = strip_of(cue, shop, body)
    takes = play_strip(strip, library=shop.library, craft=shop.craft, band=shop.band)
    target = cue.constraints.loudness_lufs if cue.constraints.loudness_lufs is not None else GAME_LUFS
    gain_db = _gain_db(takes, target)
    gain = np.float32(amplitude(gain_db))
    kinds = {placed.piece.name: placed.piece.kind for placed in strip.placed}
    loops = {part_id: loop * gain for part_id, loop in takes.loops.items()}
    made = _layers(cue, body, loops, layers, shop.games)
    seats = seats_of([part for part in cue.score.parts if loops[part.id].any()], cue.plan, shop.games.seats)
    return Kit(
        cue=cue,
        body=body,
        layers=made,
        loop=np.sum([layer.samples for layer in made], axis=0, dtype=np.float32),
        pieces=tuple(placed.piece for placed in strip.placed),
        cuts={name: _levelled(cut, kinds[name], gain_db, target) for name, cut in takes.cuts.items()},
        scene=_under_ceiling(scene(loops, seats, shop.games.seats)),
        seats=seats,
        soundfont=shop.band.soundfont,
        target_lufs=target,
        gain_db=gain_db,
    )


def strip_of(cue: Cue, shop: Workshop, body: Body, *, passes: int = PASSES) -> Strip:
    """The strip that a cue's kit is cut from."""
    room = shop.craft.room(cue.plan.reverb)
    room_s = room.predelay_s + room.decay_s * max(1.0, room.low_ratio)
    return lay_strip(cue.plan, cue.score, body, pieces_of(cue, shop, body), room_s=room_s, passes=passes)


def pieces_of(cue: Cue, shop: Workshop, body: Body) -> tuple[Piece, ...]:
    """Intro, outro, stingers and transitions of a cue."""
    composer = Composer(cue.plan, cue.score, body, shop.library)
    calm = sorted(
        (part for part in cue.score.parts if part.notes), key=lambda part: (shop.games.intensity[part.role], part.id)
    )
    half = [part.id for part in calm[: max(1, (len(calm) + 1) // 2)]]
    signals = (composer.signal(signal) for signal in shop.games.signals)
    return (composer.intro(half), composer.outro(), *(piece for piece in signals if piece is not None))


def _layers(cue: Cue, body: Body, loops: Mapping[str, Samples], count: int, craft: GameCraft) -> tuple[Layer, ...]:
    """The loops of the parts added up, the calmest first."""
    start_q, end_q = cue.plan.bars[body.first].start_q, cue.plan.bars[body.end - 1].end_q
    notes = {part.id: moved(part, start_q, end_q, kept_to_end=True)[0] for part in cue.score.parts}
    voices = voices_of(cue.score.parts, notes, loops, craft)
    if not voices:
        raise InputError("a cue that is silent where it would go round", "a cue with notes", "compose it again")
    lively = {voice.part_id: voice.intensity for voice in voices}
    layers: list[Layer] = []
    below = np.zeros((2, body.frames), np.float32)
    for parts in split_layers(voices, count):
        samples = _on_grid(np.sum([loops[part] for part in parts], axis=0, dtype=np.float32))
        below = below + samples
        loudness = integrated_lufs(Waveform(below, RATE_HZ))
        layers.append(Layer(parts, max(lively[part] for part in parts), samples, round(loudness, 2)))
    return tuple(layers)


def _gain_db(takes: Takes, target_lufs: float) -> float:
    """The gain that brings the whole loop to the target, no peak of anything over the ceiling."""
    whole = Waveform(np.sum(list(takes.loops.values()), axis=0, dtype=np.float32), RATE_HZ)
    loudness = integrated_lufs(whole)
    if loudness <= SILENCE_LUFS + 1:
        return 0.0
    sounds = [
        whole,
        *(Waveform(takes.cuts[name].samples, RATE_HZ) for name in ("intro", "outro") if name in takes.cuts),
    ]
    peak_dbtp = max(true_peak_dbtp(sound) for sound in sounds)
    return float(min(target_lufs - loudness, CEILING_DBTP - peak_dbtp))


def _levelled(cut: Cut, kind: str, gain_db: float, target_lufs: float) -> Cut:
    """A piece on the kit's level; signals where they are heard through the loop."""
    if kind in ("stinger", "transition"):
        loudest = max_momentary_lufs(cut.samples)
        peak_dbtp = true_peak_dbtp(Waveform(cut.samples, RATE_HZ))
        if loudest > SILENCE_LUFS + 1:
            gain_db = min(target_lufs + SIGNAL_LU - loudest, CEILING_DBTP - peak_dbtp)
    return Cut(_on_grid(cut.samples * np.float32(amplitude(gain_db))), cut.bar_frames)


def max_momentary_lufs(sound: Samples) -> float:
    """The loudest 400 ms."""
    energies = k_energies(sound, RATE_HZ)
    count = min(4, len(energies))
    power = np.convolve(energies, np.ones(count) / max(1, count), mode="valid").max(initial=0.0)
    return float(-0.691 + 10 * np.log10(max(power, 1e-12)))


def _under_ceiling(field: Samples) -> Samples:
    """A scene, lower as a whole where a channel of it would clip."""
    peak, ceiling = float(np.abs(field).max(initial=0.0)), amplitude(CEILING_DBTP)
    return np.asarray(field * np.float32(ceiling / peak), np.float32) if peak > ceiling else field


def _on_grid(sound: Samples) -> Samples:
    """Samples as 24 bits hold them."""
    return np.asarray(np.rint(sound.astype(np.float64) * PCM_24) / PCM_24, np.float32)
