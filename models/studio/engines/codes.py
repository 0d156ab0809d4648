"""What MusicGen's two models share: sound written as codes, one step for each fiftieth of a second.

A guide is followed by leaning on its coarsest codes, which carry what sounds when: at each step the guide's own one is
made likelier, the more the less freedom there is, and the finer codes are the model's. A span is made anew by going on
from the codes of what precedes it; what follows it the model does not hear.

Conventions: codes of shape (books, frames). Draws are the largest of scores plus noise (Gumbel's way to sample), the
noise from a source for each candidate, so that torch's own chance is neither used nor moved. Negative words mean
nothing to these models.

Sources: Copet et al. 2023, Simple and Controllable Music Generation (guidance 3, the likeliest 250 codes); Maddison et
al. 2014, A* Sampling, for the noise. That coarse codes carry time and pitch is what Garcia et al. 2023, VampNet, build
on; how far leaning on them goes with MusicGen was not heard: weights were not at hand.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from assistant.audio import Waveform
from assistant.errors import EngineError
from models.studio.engines.base import Engine, chances
from models.studio.engines.shaping import into
from models.studio.engines.steps import Steps
from models.studio.values import Request

GUIDANCE, LIKELIEST = 3.0, 250
LEAN = 10.0
"""What the guide's code gains at freedom 0, in natural logarithms of likelihood."""
BEYOND_S = 0.05
"""How much more than a span is painted, to blend at its end."""


class CodeEngine(Engine):
    """An engine that writes codes."""

    kind: ClassVar[str]
    """Its class in transformers."""
    denoiser = "decoder"

    def load_from(self, where: Path) -> Any:
        """The model, on its device, and what reads words for it."""
        import torch
        import transformers
        from transformers.utils import logging as words

        words.disable_progress_bar()  # type: ignore[no-untyped-call,unused-ignore]
        reader = transformers.AutoTokenizer.from_pretrained(str(where), local_files_only=True)
        made = getattr(transformers, self.kind).from_pretrained(
            str(where), dtype=getattr(torch, self.dtype), local_files_only=True, use_safetensors=True
        )
        if int(made.decoder.config.audio_channels) != 1:
            raise EngineError(f"engine {self.name!r}: weights in stereo", "weights in mono", "take the mono ones")
        made = made.to(self.device).eval()
        if self.compiled:
            made.decoder.compile(dynamic=True)
        return made, reader

    def draw(self, model: Any, request: Request, steps: Steps) -> tuple[Any, int]:
        """Sounds of shape (seeds, 1, n), at the rate of its codec."""
        import torch

        network, reader = model
        count, books = len(request.seeds), int(network.decoder.num_codebooks)
        rate_hz, per_s = int(network.config.audio_encoder.sampling_rate), int(network.config.audio_encoder.frame_rate)
        first, last = _span(request, per_s)
        last = max(last, first + 1, 2 * books)
        words = reader([request.prompt] * count, return_tensors="pt", padding=True).to(network.device)
        asked: dict[str, Any] = {"input_ids": words.input_ids, "attention_mask": words.attention_mask}
        with torch.inference_mode():
            asked |= self.besides(network, request, last / per_s)
            lean = None
            if request.guide is not None and request.freedom < 1:
                lean = (_codes(network, request.guide, last)[0], LEAN * (1 - request.freedom))
            if first and request.before is not None:
                asked["decoder_input_ids"] = _codes(network, request.before, first).repeat(count, 1)
            chooser = Choosing(chances(request.seeds), books, first, last + books - 1, steps, lean)
            given = network.generate(
                **asked,
                do_sample=False,
                guidance_scale=GUIDANCE,
                max_new_tokens=last + books - 1 - first,
                logits_processor=_last_of_all(chooser),
            )
        return _whole(given.float().cpu().numpy(), request, rate_hz), rate_hz

    def besides(self, network: Any, request: Request, length_s: float) -> dict[str, Any]:
        """What the model is given besides words."""
        del network, request, length_s
        return {}


class Choosing:
    """Chooses the code of each book at each step, for each candidate by its own chance.

    Parameters
    ----------
    sources : list of torch.Generator
    books, first, last : int
        How many codes a frame has; the steps that are taken.
    steps : Steps
    lean : (Tensor, float) or None
        The guide's coarsest codes, a frame each, and what each gains.
    """

    def __init__(
        self, sources: list[Any], books: int, first: int, last: int, steps: Steps, lean: tuple[Any, float] | None
    ) -> None:
        self._sources, self._books, self._first, self._last = sources, books, first, last
        self._steps, self._lean = steps, lean

    def __call__(self, ids: Any, scores: Any) -> Any:
        """Scores of shape (candidates * books, codes), of which the highest are taken."""
        import torch

        frame = ids.shape[-1] - 1  # of the coarsest book; each finer one is a frame later
        self._steps.tell(frame - self._first, self._last - self._first)
        scores = scores.float().unflatten(0, (-1, self._books)).clone()
        if self._lean is not None and frame < len(self._lean[0]):
            scores[:, 0, int(self._lean[0][frame])] += self._lean[1]
        least = scores.topk(min(LIKELIEST, scores.shape[-1])).values[..., -1:]
        scores = scores.masked_fill(scores < least, -math.inf)
        drawn = torch.stack([torch.rand(scores.shape[1:], generator=source) for source in self._sources])
        noise = -(-drawn.clamp_min(1e-20).log()).clamp_min(1e-20).log()
        return (scores + noise.to(scores.device)).flatten(0, 1)


def _last_of_all(chooser: Choosing) -> Any:
    """The chooser as transformers takes it: after the words have been weighed, which it would add behind."""
    from transformers import LogitsProcessorList

    class Behind(LogitsProcessorList):  # type: ignore[misc,unused-ignore]
        """A list that is added to at its front."""

        def append(self, one: Any) -> None:
            """Add one."""
            self.insert(0, one)

    return Behind([chooser])


def _span(request: Request, per_s: int) -> tuple[int, int]:
    """The first frame that is made and the one after the last."""
    if request.before is None or request.renewed_s is None:
        return 0, math.ceil(request.length_s * per_s) + 1
    start_s, end_s = request.renewed_s
    return math.floor(start_s * per_s), math.ceil(min(end_s + BEYOND_S, request.length_s) * per_s) + 1


def _codes(network: Any, sound: Waveform, frames: int) -> Any:
    """A sound in codes, shape (books, frames)."""
    import torch

    codec = network.config.audio_encoder
    samples = into(sound, int(codec.sampling_rate), frames / int(codec.frame_rate), 1)
    heard = torch.from_numpy(samples)[None].to(device=network.device, dtype=network.dtype)
    return network.audio_encoder.encode(heard).audio_codes[0, 0][:, :frames]


def _whole(given: Any, request: Request, rate_hz: int) -> Any:
    """What was made; behind a span, what was there."""
    if request.before is None or request.renewed_s is None:
        return given
    made = np.repeat(into(request.before, rate_hz, request.length_s, 1)[None], len(given), axis=0)
    count = min(made.shape[-1], given.shape[-1])
    made[..., :count] = given[..., :count]
    return made
