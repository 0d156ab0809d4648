"""ACE-Step 1.5 (ACE Studio, StepFun): words with tempo, key and metre, a guide, spans made anew, single parts.

A guide is followed in two ways at once. Its latents are mixed with noise and the steps begin there, which keeps every
beat in its place: how much noise is what freedom means. And where the weights bring their tokenizer of sound, and it is
to follow closely, the task is a cover, which keeps tune and chords: its strength is what freedom leaves. (The XL turbo
weights of the authors bring none.) A span is the task repaint; the score's own sound in it, where given, is where the
steps begin. One part to a guide is the task lego, which weights that are not turbo learned.

Conventions: a level of noise is 0 to 1; steps are named by it. It gives sounds back at a peak of -1 dBFS, and keeps
what lies outside a span only nearly (through its autoencoder), so `engines.base` puts the very samples back, and the
new ones at their level. It sings nothing: the lyrics say that it is instrumental.

Sources: diffusers 0.42, pipelines/ace_step; arxiv.org/abs/2602.00744; the moments at which turbo weights were trained
are those of shifts 1 to 3 over 8 steps (github.com/ace-step/ACE-Step-1.5), metres and tempi those of its
acestep/constants.py. How freedom becomes noise was worked out
from that schedule, not heard: weights were not at hand.
"""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

from models.studio import checkpoints
from models.studio.engines.base import Engine, chances, same_chance
from models.studio.engines.shaping import alike, into, laid_over
from models.studio.engines.steps import Steps
from models.studio.values import GUIDE, PARTS, REPAINT, TEXT, Request

STEPS, STEPS_GUIDED = 8, 40
"""Of turbo weights, and of the others."""
SHIFT = 3.0
CLOSEST, FREEST = 0.5, 1.0
"""Noise that a guide begins with at freedom 0 and 1."""
COVERS_UP_TO = 0.5
"""Freer than this, tune and chords are no longer laid down: a cover's strength blends its words alone with others, the
tokens of the sound stay whole."""
GUIDANCE = 7.0
INSTRUMENTAL = "[Instrumental]"
METRES, TEMPI = (2, 3, 4, 6), (30, 300)
"""Beats of a bar and beats a minute that it was taught; of others it is told nothing, and the guide holds them."""
LEAST_S = 1.0
"""Shorter sounds are not what it was made for; they are cut from longer ones."""


class AceStep(Engine):
    """The engine."""

    name = "ace-step"
    can = frozenset({TEXT, GUIDE, REPAINT})

    @property
    def abilities(self) -> frozenset[str]:
        """Single parts too, where the weights that lie here are not turbo."""
        where = checkpoints.folder(self.checkpoint.name)
        return self.can if where is None or _is_turbo(where) else self.can | {PARTS}

    def load_from(self, where: Path) -> Any:
        """The pipeline, which does every task."""
        return self.pipeline(where, "AceStepPipeline")

    def draw(self, model: Any, request: Request, steps: Steps) -> tuple[Any, int]:
        """Sounds of shape (seeds, 2, n), at the rate of its autoencoder."""
        rate_hz, count = int(model.sample_rate), len(request.seeds)
        asked: dict[str, Any] = {
            "prompt": [request.prompt] * count,
            "lyrics": [INSTRUMENTAL] * count,
            "vocal_language": "unknown",
            "audio_duration": _duration_s(model, request.length_s),
            "bpm": _tempo(request),
            "keyscale": request.key or None,
            "timesignature": str(request.beats) if request.beats in METRES else "",
            "num_inference_steps": STEPS if model.is_turbo else STEPS_GUIDED,
            "guidance_scale": 1.0 if model.is_turbo else GUIDANCE,
            "shift": SHIFT,
            "latents": _noise(model, request),
            "callback_on_step_end": steps.at_end_of_step,
        }
        with same_chance(self.device):
            asked |= self._task(model, request)
            return model(**asked).audios.float().cpu().numpy(), rate_hz

    def _task(self, model: Any, request: Request) -> dict[str, Any]:
        """Which task it is, and what the network is shown."""
        guide = request.guide if request.freedom < 1 else None
        if request.before is not None and request.renewed_s is not None:
            start_s, end_s = request.renewed_s
            asked: dict[str, Any] = {"task_type": "repaint", "repainting_start": start_s, "repainting_end": end_s}
            asked |= {"src_audio": _heard(model, request.before, request.length_s)}
            if guide is not None:
                shown = laid_over(request.before, alike(guide, request.before), request.renewed_s)
                asked |= _begun(model, _heard(model, shown, request.length_s), request)
            return asked
        if request.part and request.guide is not None:
            heard = _heard(model, request.guide, request.length_s)
            return {"task_type": "lego", "track_name": request.part, "src_audio": heard}
        if guide is None:
            return {"task_type": "text2music"}
        heard = _heard(model, guide, request.length_s)
        asked = _begun(model, heard, request)
        able = model.audio_tokenizer is not None and model.audio_token_detokenizer is not None
        if able and request.freedom <= COVERS_UP_TO:
            asked |= {"task_type": "cover", "src_audio": heard, "audio_cover_strength": 1 - request.freedom}
        return asked


def load(weights: str = "", **how: Any) -> AceStep:
    """The engine with some weights; `engines.base.Engine` says how."""
    return AceStep(weights, **how)


def moments(level: float, turbo: bool) -> list[float]:
    """The levels of noise of the steps that begin at most at ``level``, down to the last before none.

    Examples
    --------
    >>> [round(each, 2) for each in moments(0.5, True)]
    [0.5, 0.4, 0.38, 0.3, 0.25, 0.22, 0.12]
    """
    steps, most = (STEPS, STEPS) if turbo else (STEPS_GUIDED, STEPS_GUIDED)
    even = [1 - index / steps for index in range(steps)]
    shifts = (1.0, 2.0, SHIFT) if turbo else (SHIFT,)
    known = sorted({round(shift * each / (1 + (shift - 1) * each), 6) for shift in shifts for each in even})
    below = [each for each in known if each <= level + 1e-6] or known[:1]
    kept = min(most, len(below))
    return [below[round(index * (len(below) - 1) / max(1, kept - 1))] for index in range(kept)][::-1]


def _tempo(request: Request) -> int | None:
    """Beats a minute as it is told them; None for what it was not taught."""
    told = round(request.tempo_bpm or 0)
    return told if TEMPI[0] <= told <= TEMPI[1] else None


def _count(model: Any, length_s: float) -> int:
    """How many latents a sound has: whole ones, as the pipeline cuts those of a sound."""
    return math.ceil(max(LEAST_S, length_s) * float(model.latents_per_second) - 1e-6)


def _duration_s(model: Any, length_s: float) -> float:
    """The length that the pipeline rounds up to that many latents."""
    count, rate = _count(model, length_s), float(model.latents_per_second)
    return count / rate if math.ceil(count / rate * rate) == count else count / rate - 1e-6


def _noise(model: Any, request: Request) -> Any:
    """Where the steps begin without a guide, a draw for each seed; the pipeline's own miscounts at some lengths."""
    from diffusers.utils.torch_utils import randn_tensor

    shape = (len(request.seeds), _count(model, request.length_s), model.transformer.config.audio_acoustic_hidden_dim)
    device, dtype = model._execution_device, model.transformer.dtype
    return randn_tensor(shape, generator=chances(request.seeds), device=device, dtype=dtype)


def _heard(model: Any, sound: Any, length_s: float) -> Any:
    """A sound as the pipeline takes it, shape (2, n)."""
    import torch

    return torch.from_numpy(
        into(sound, int(model.sample_rate), _count(model, length_s) / float(model.latents_per_second))
    )


def _begun(model: Any, heard: Any, request: Request) -> dict[str, Any]:
    """The latents of a sound with noise in them, a draw for each seed, and the steps from there."""
    import torch

    levels = moments(CLOSEST + (FREEST - CLOSEST) * request.freedom, model.is_turbo)
    with torch.no_grad():
        sound = heard.unsqueeze(0).to(device=model._execution_device, dtype=model.vae.dtype)
        shown = model.vae.encode(sound).latent_dist.mode().transpose(1, 2).to(model.transformer.dtype)
    return {"latents": (1 - levels[0]) * shown + levels[0] * _noise(model, request), "timesteps": levels}


def _is_turbo(where: Path) -> bool:
    """Whether a folder's weights are turbo, as its configuration says; so taken where that can't be read."""
    try:
        told = json.loads((where / "transformer" / "config.json").read_text("utf-8"))
        return bool(told.get("is_turbo") or told.get("model_version") == "turbo")
    except (OSError, ValueError, AttributeError):
        return True
