"""A model of MusicGen-small's shape with random weights: how long its like takes, without a download.

Conventions: the configuration is that of facebook/musicgen-small (T5-base, a decoder of 24 layers of 1,024 with 16
heads over 4 codebooks of 2,048, EnCodec at 32 kHz), written out here. What it plays is noise; how long it takes is not,
for every step costs the same whatever the weights are.

Source: Copet et al. 2023, Simple and Controllable Music Generation; the model's config.json.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

FRAMES_PER_S = 50
RATE_HZ = 32_000
GUIDANCE = 3.0
"""The published default: every step is taken with the words and without them."""
CODES = {"vocab_size": 2048, "pad_token_id": 2048, "bos_token_id": 2048}


@dataclass(frozen=True)
class Size:
    """How large the model is; the defaults are the published ones."""

    text_width: int = 768
    text_layers: int = 12
    width: int = 1024
    layers: int = 24
    heads: int = 16
    filters: int = 64


def random_musicgen(size: Size = Size()) -> Any:
    """The model, with random weights, ready to generate."""
    from transformers import EncodecConfig, MusicgenConfig, MusicgenForConditionalGeneration, T5Config
    from transformers.models.musicgen import MusicgenDecoderConfig
    from transformers.utils import logging

    text = T5Config(
        vocab_size=32128, d_model=size.text_width, d_kv=size.text_width // 12, d_ff=4 * size.text_width,
        num_layers=size.text_layers, num_heads=12, decoder_start_token_id=0,
    )  # fmt: skip
    sound = EncodecConfig(
        target_bandwidths=[2.2], sampling_rate=RATE_HZ, audio_channels=1, normalize=False, hidden_size=128,
        num_filters=size.filters, num_residual_layers=1, upsampling_ratios=[8, 5, 4, 4], codebook_size=2048,
        codebook_dim=128, use_conv_shortcut=False, use_causal_conv=False,
    )  # fmt: skip
    before = logging.get_verbosity()
    logging.set_verbosity_error()  # it warns that padding lies outside the vocabulary, as in the published model
    try:
        decoder = MusicgenDecoderConfig(
            max_position_embeddings=2048, num_hidden_layers=size.layers, ffn_dim=4 * size.width,
            num_attention_heads=size.heads, hidden_size=size.width, num_codebooks=4, audio_channels=1, **CODES,
        )  # fmt: skip
        config = MusicgenConfig(text_encoder=text.to_dict(), audio_encoder=sound.to_dict(), decoder=decoder.to_dict())
        return MusicgenForConditionalGeneration(config).eval()
    finally:
        logging.set_verbosity(before)


def seconds_for(model: Any, length_s: float, *, each_second: Callable[[int], None]) -> float:
    """Seconds that a model takes for so many seconds of sound; ``each_second`` hears how many are there."""
    import torch

    def count(ids: Any, scores: Any, **_: Any) -> Any:
        if ids.shape[-1] % FRAMES_PER_S == 0:
            each_second(ids.shape[-1] // FRAMES_PER_S)
        return torch.zeros(ids.shape[0], dtype=torch.bool)

    frames = round(length_s * FRAMES_PER_S)
    words = torch.arange(1, 13)[None]
    began = time.perf_counter()
    with torch.inference_mode():
        heard = model.generate(
            input_ids=words, attention_mask=torch.ones_like(words), max_new_tokens=frames + 3, do_sample=True,
            guidance_scale=GUIDANCE, stopping_criteria=[count],
        )  # fmt: skip
    took = time.perf_counter() - began
    assert abs(heard.shape[-1] / RATE_HZ - length_s) < 0.1, heard.shape
    return took
