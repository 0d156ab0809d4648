"""Kits of a game's music from a small take, played by tones that cost nothing."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np

from assistant import library as libraries
from assistant.audio.waveform import Samples
from assistant.deliver.cue import Cue, cue_of
from assistant.deliver.games import Kit, Workshop, make_kit
from assistant.deliver.games.values import load_game_craft
from assistant.render.craft import load_craft
from assistant.render.performance import Performance
from assistant.render.players import Band
from assistant.render.values import SoundFont
from assistant.settings import Settings
from tests.made_scores import small_score
from tests.made_takes import small_materials, small_plan

RATE_HZ = 48_000


@dataclass(frozen=True)
class Tones:
    """A player of plain tones that die away."""

    name: str = "tones"
    soundfont: Path = Path(__file__)
    rate_hz: int = RATE_HZ

    def play(self, performance: Performance, frames: int) -> Samples:
        sound = np.zeros((2, frames), np.float32)
        for stroke in performance.strokes:
            first = round(stroke.start_s * self.rate_hz)
            held = round((stroke.end_s - stroke.start_s) * self.rate_hz)
            count = min(frames - first, held + self.rate_hz // 4)
            if count <= 0:
                continue
            tone = _tone(stroke.pitch + performance.program % 3)[:count] * np.float32((stroke.velocity / 127) ** 2)
            tone[held:] *= np.linspace(1, 0, self.rate_hz // 4, dtype=np.float32)[: max(0, count - held)]
            sound[0, first : first + count] += tone
            sound[1, first : first + count] += 0.8 * tone
        return sound


@cache
def _tone(pitch: int) -> Samples:
    times = np.arange(6 * RATE_HZ) / RATE_HZ
    wave = (
        np.sin(2 * np.pi * 440 * 2 ** ((pitch - 69) / 12) * times) * np.exp(-1.5 * times) * np.minimum(1, times / 0.004)
    )
    return np.asarray(0.2 * wave, np.float32)


def toy_shop() -> Workshop:
    """A workshop whose band is `Tones`."""
    settings = Settings(work_dir=Path("nowhere"))
    band = Band(Tones(), SoundFont("Toy Tones", "MIT", Path(__file__)))
    craft, games = load_craft(settings.prompts_dir), load_game_craft(settings.prompts_dir)
    return Workshop(libraries.load(), settings, craft, games, band)


def toy_cue(*, loop: bool = False, quarter_bpm: float = 240.0, drums: bool = True) -> Cue:
    """Seven bars and an ending, or eight bars that go round."""
    score = small_score(quarter_bpm=quarter_bpm, drums=drums, length_s=9.0)
    materials = small_materials(score=score)
    if loop:
        length_s = score.tempo_map.seconds_at(32.0)
        score = replace(score, length_s=length_s)
        plan = replace(small_plan(score), loop=True, final_q=32.0, length_s=length_s)
        materials = replace(materials, take=replace(materials.take, plan=plan, score=score))
    plan = replace(materials.take.plan, reverb="room")
    return cue_of(replace(materials, take=replace(materials.take, plan=plan)))


@cache
def toy_kit(*, loop: bool = False, layers: int = 3) -> Kit:
    """A kit, made once a process."""
    return make_kit(toy_cue(loop=loop), toy_shop(), layers=layers)
