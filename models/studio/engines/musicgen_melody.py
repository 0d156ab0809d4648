"""MusicGen melody (Meta), through transformers: as MusicGen, and it follows the notes of a melody.

It hears which of the twelve notes is strongest, some eight times a second, in the melody alone where that is given and
else in the guide. transformers' own extractor needs the package torchaudio, which nothing else here does; this is the
same measure without it.

Conventions: 30 s at most, mono at 32 kHz; notes of shape (frames, 12), a 1 for the strongest, C first. Its weights may
not be used for what earns money (CC-BY-NC).

Source: Copet et al. 2023, Simple and Controllable Music Generation, section 3.2 (windows of 16,384 samples, a quarter
of that apart); huggingface.co/facebook/musicgen-melody.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from models.studio.engines.codes import CodeEngine
from models.studio.engines.shaping import into
from models.studio.values import GUIDE, MELODY, REPAINT, TEXT, Request

WINDOW, HOP = 16_384, 4_096


class MusicGenMelody(CodeEngine):
    """The engine."""

    name = "musicgen-melody"
    can = frozenset({TEXT, GUIDE, MELODY, REPAINT})
    kind = "MusicgenMelodyForConditionalGeneration"

    def besides(self, network: Any, request: Request, length_s: float) -> dict[str, Any]:
        """The strongest notes of the melody, where it may follow one."""
        sound = request.melody if request.melody is not None else request.guide
        if sound is None or request.freedom >= 1:
            return {}
        rate_hz = int(network.config.audio_encoder.sampling_rate)
        notes = strongest_notes(into(sound, rate_hz, length_s, 1)[0], rate_hz)[: network.config.chroma_length]
        shape = (len(request.seeds), *notes.shape)
        return {"input_features": notes.to(device=network.device, dtype=network.dtype).expand(shape).clone()}


def load(weights: str = "", **how: Any) -> MusicGenMelody:
    """The engine with some weights; `engines.base.Engine` says how."""
    return MusicGenMelody(weights, **how)


def strongest_notes(samples: Any, rate_hz: int) -> Any:
    """The strongest note of each moment of samples (n,), shape (1 + n // HOP, 12).

    Examples
    --------
    >>> tone = np.sin(2 * np.pi * 440 * np.arange(32_000) / 32_000)
    >>> set(strongest_notes(tone, 32_000).argmax(1).tolist())
    {9}
    """
    import torch
    from transformers.audio_utils import chroma_filter_bank

    sound = torch.tensor(np.asarray(samples, np.float32))
    if len(sound) < WINDOW:
        short = WINDOW - len(sound)
        sound = torch.nn.functional.pad(sound, (short // 2, short - short // 2))
    window = torch.hann_window(WINDOW)
    power = torch.stft(sound, WINDOW, HOP, window=window, return_complex=True).abs().square()
    filters = chroma_filter_bank(num_frequency_bins=WINDOW, num_chroma=12, sampling_rate=rate_hz, tuning=0)
    notes = torch.as_tensor(filters, dtype=torch.float32) @ power
    return torch.nn.functional.one_hot(notes.argmax(dim=0), 12).float()
