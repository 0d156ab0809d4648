"""How well sounds fit words, by CLAP, a network that learned captions and recordings together.

Its weights are looked for here, never downloaded unasked (``python -m models.studio.checkpoints fetch clap``); without
them nobody judges the words, which is said. What the network gives is a cosine; music and a caption that a person wrote
for it lie at 0.3 to 0.5, so `FITS` is the cosine that counts as one.

Conventions: mono at the rate of the checkpoint's own feature extractor (48 kHz), excerpts of `EXCERPT_S`.

Source: Wu et al. 2023, "Large-scale contrastive language-audio pretraining with feature fusion and keyword-to-caption
augmentation".
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from assistant.audio import Waveform
from assistant.errors import EngineError
from models.studio.checkpoints import folder, missing

NAME = "clap"
EXCERPT_S = 10.0
"""What it learned from at once."""
EXCERPTS = 3
"""How many are heard of a longer sound, evenly spread."""
FITS = 0.5


class Clap:
    """The network of a folder, ready to judge.

    Parameters
    ----------
    path : Path
        Model, tokenizer and feature extractor as transformers saves them.
    device : str
    """

    def __init__(self, path: Path, device: str = "cpu") -> None:
        from transformers import AutoFeatureExtractor, AutoTokenizer, ClapModel

        try:
            model: Any = ClapModel.from_pretrained(path, local_files_only=True)
            self._model = model.to(device).eval()
            self._tokenizer = AutoTokenizer.from_pretrained(path, local_files_only=True)
            extractor: Any = AutoFeatureExtractor
            self._extractor = extractor.from_pretrained(path, local_files_only=True)
        except (OSError, ValueError) as error:
            raise EngineError(
                f"CLAP in {path} ({error})", "a ClapModel as transformers saves it", "fetch it anew"
            ) from error
        self._device = device

    def agreement(self, words: str, sounds: Sequence[Waveform]) -> tuple[float, ...]:
        """How well each sound fits the words, 0 to 1."""
        import torch

        with torch.inference_mode():
            text = self._model.get_text_features(
                **self._tokenizer([words], truncation=True, return_tensors="pt").to(self._device)
            )
            excerpts = [self._excerpts(sound) for sound in sounds]
            heard = self._model.get_audio_features(**self._features([each for part in excerpts for each in part]))
            cosines = (_unit(heard) @ _unit(text).T)[:, 0].float().cpu().numpy()
        ends = np.cumsum([len(part) for part in excerpts])[:-1]
        return tuple(float(np.clip(part.mean() / FITS, 0.0, 1.0)) for part in np.split(cosines, ends))

    def _features(self, excerpts: Sequence[Any]) -> Any:
        found = self._extractor(list(excerpts), sampling_rate=self._extractor.sampling_rate, return_tensors="pt")
        return {name: found[name].to(self._device) for name in ("input_features", "is_longer") if name in found}

    def _excerpts(self, sound: Waveform) -> list[Any]:
        """Ten seconds here and there, mono, at the extractor's rate."""
        from scipy.signal import resample_poly

        rate_hz, mono = int(self._extractor.sampling_rate), sound.mono().astype(np.float64)
        if sound.rate_hz != rate_hz:
            divisor = int(np.gcd(sound.rate_hz, rate_hz))
            mono = resample_poly(mono, rate_hz // divisor, sound.rate_hz // divisor)
        size = min(len(mono), round(EXCERPT_S * rate_hz))
        count = 1 if len(mono) <= size else EXCERPTS
        return [mono[start : start + size] for start in np.linspace(0, len(mono) - size, count).astype(int)]


def _unit(found: Any) -> Any:
    """The vectors of an answer, of length one each: a tensor in older versions, an output with a pooler in newer."""
    import torch

    vectors = getattr(found, "pooler_output", found)
    return torch.nn.functional.normalize(vectors, dim=-1)


def why_not() -> str:
    """Why nobody can judge words here; empty when CLAP can."""
    return missing(NAME)


@cache
def ear(device: str = "cpu") -> Clap:
    """CLAP from the weights that are here; raises `EngineError` where they are not."""
    where = folder(NAME)
    if where is None or (reason := why_not()):
        raise EngineError(f"CLAP: {missing(NAME) if where is None else reason}", "its weights", "fetch them")
    return Clap(where, device)


def ear_here() -> Clap | None:
    """CLAP where its weights are here, else None."""
    return None if why_not() else ear()
