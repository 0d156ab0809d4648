"""A cue to paint over, and models of sound that stand for real ones: they follow, stray, ignore, or run out of memory.

Conventions: a double paints from its guide by `stray`, so that what it does wrong is known; without a guide it plays
noise of its seed. Every request is kept in ``asked``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

import numpy as np
from scipy.signal import fftconvolve

from assistant.audio import Waveform
from assistant.generator import Progress, no_progress
from assistant.library import load
from assistant.plan import Plan
from assistant.render import render
from assistant.score import Score
from assistant.settings import RATE_HZ, from_environment
from models.rules import RulesGenerator
from models.studio.dispatch import Way
from models.studio.painter import StudioGenerator
from models.studio.values import GUIDE, TEXT, DeviceMemoryError, Request
from models.studio.warping import TimeMap, retuned, warped
from tests.plans import toy_plan

ENGINE = "stable-audio-3"
ONLY = Way(ENGINE, ENGINE)
Change = Callable[[Waveform], Waveform]


@cache
def cue(bars: int = 4, style: str = "jazz", seed: int = 1, loop: bool = False) -> tuple[Plan, Waveform]:
    """A short plan with a hit, and its score as it sounds, before mastering."""
    plan = replace(toy_plan(bars, bpm=120, hits=((1, "hit"),), style=style, loop=loop), seed=seed)
    score = RulesGenerator().generate(plan, seed=seed)
    assert isinstance(score, Score)
    return plan, render(score, plan, library=load(), settings=from_environment()).premaster


def stray(*, late_s: float = 0.0, slower: float = 1.0, cents: float = 0.0, wet: bool = False) -> Change:
    """What comes late, runs slower, is out of tune, or stands in a large room."""

    def changed(sound: Waveform) -> Waveform:
        frames = round((sound.length_s * slower + late_s + 0.5) * RATE_HZ)
        samples = retuned(sound.samples, RATE_HZ, cents)
        there = TimeMap(np.array([0.0, 10.0]), (np.array([0.0, 10.0]) - late_s) / slower)
        samples = warped(samples, RATE_HZ, there, frames)
        if wet:
            rng = np.random.default_rng(5)
            room = rng.normal(size=(2, RATE_HZ // 2)) * np.exp(-5 * np.arange(RATE_HZ // 2) / RATE_HZ)
            room[:, 0] = 60.0
            samples = fftconvolve(samples, room, axes=1)[:, :frames]
            samples = samples / np.abs(samples).max() * 0.8
        return Waveform(samples.astype(np.float32), RATE_HZ)

    return changed


def as_it_is(sound: Waveform) -> Waveform:
    """The guide itself."""
    return sound


def noise(seed: int, length_s: float, level: float = 0.1) -> Waveform:
    """What follows nothing, a different one for each seed."""
    rng = np.random.default_rng(seed)
    return Waveform((level * rng.normal(size=(2, round(length_s * RATE_HZ)))).astype(np.float32), RATE_HZ)


@dataclass
class Double:
    """A model of sound.

    Parameters
    ----------
    change : callable
        What it makes of its guide.
    follows_from : int
        The draw (counted over all candidates) from which it follows; it ignores the guide before.
    most_s, most_seeds : float, int
        Beyond them it is out of memory.
    steps : int
        How often it reports progress in a request.
    """

    change: Change = as_it_is
    follows_from: int = 0
    most_s: float = np.inf
    most_seeds: int = 99
    longest_s: float = 60.0
    abilities: frozenset[str] = frozenset((GUIDE, TEXT))
    steps: int = 4
    name: str = ENGINE
    asked: list[Request] = field(default_factory=list)
    drawn: int = 0
    steps_done: int = 0

    def paint(self, request: Request, *, progress: Progress = no_progress) -> tuple[Waveform, ...]:
        self.asked.append(request)
        if request.length_s > self.most_s or len(request.seeds) > self.most_seeds:
            given = f"{request.length_s:g} s, {len(request.seeds)} seeds"
            raise DeviceMemoryError(given, "less", "ask for less")
        for step in range(self.steps):
            self.steps_done += 1
            progress((step + 1) / self.steps, self.name)
        return tuple(self._one(request, seed) for seed in request.seeds)

    def _one(self, request: Request, seed: int) -> Waveform:
        self.drawn += 1
        if request.guide is None or self.drawn <= self.follows_from:
            return noise(seed, request.length_s)
        return self.change(request.guide)


def painter(model: Double, *, candidates: int = 1, ways: tuple[Way, ...] = (ONLY,)) -> StudioGenerator:
    """An engine whose model is a double."""
    return StudioGenerator(
        ENGINE, load=lambda way: model, ways=lambda engine, use: ways, ear=lambda: None, candidates=candidates
    )


def save_tiny_clap(folder: Path) -> None:
    """CLAP of the real classes, tiny and with random weights, as transformers saves it."""
    import torch
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import ClapConfig, ClapFeatureExtractor, ClapModel, PreTrainedTokenizerFast

    torch.manual_seed(0)
    config = ClapConfig(
        text_config={"vocab_size": 20, "hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2,
                     "intermediate_size": 16, "max_position_embeddings": 40, "pad_token_id": 1},
        audio_config={"patch_embeds_hidden_size": 8, "hidden_size": 16, "depths": [1, 1],
                      "num_attention_heads": [1, 2], "window_size": 4, "num_mel_bins": 16, "spec_size": 64,
                      "patch_size": 4, "patch_stride": [4, 4], "num_hidden_layers": 2},
        projection_dim=8,
    )  # fmt: skip
    ClapModel(config).save_pretrained(folder)
    ClapFeatureExtractor(feature_size=16, hop_length=2400, max_length_s=10, truncation="rand_trunc").save_pretrained(
        folder
    )
    words = ["<s>", "<pad>", "</s>", "<unk>", "calm", "piano"]
    tokens = Tokenizer(models.WordLevel({word: place for place, word in enumerate(words)}, unk_token="<unk>"))
    tokens.pre_tokenizer = pre_tokenizers.Whitespace()
    PreTrainedTokenizerFast(
        tokenizer_object=tokens, unk_token="<unk>", pad_token="<pad>", model_max_length=16
    ).save_pretrained(folder)
