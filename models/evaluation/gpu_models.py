"""Networks of others with random weights, as large as they are published, without a download.

What they paint is noise; how long it takes is not, for every step costs the same whatever the weights are. They are put
together of the real classes by the tables of ``gpu_bench.toml``, and painted with by the engines that paint with the
real ones. A tokenizer that knows a few words stands for theirs: texts are padded to one length anyway.

Conventions: the numbers and the device are the engine's. Tables are arguments of classes.
"""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

from assistant.datafile import read_data
from models.studio.engines.base import Engine

DATA = Path(__file__).with_name("gpu_bench.toml")
WORDS = ["[PAD]", "[UNK]", "calm", "piano", "and", "strings", "slow", "with", "a", "warm", "end"]
MOST_TOKENS = 256

Table = dict[str, Any]


def tables() -> dict[str, Table]:
    """What every model is made of, by its name."""
    return {name: table for name, table in read_data(DATA).items() if name != "sources"}


def parts_of(table: Table, *, tiny: bool) -> dict[str, Table]:
    """The arguments of each part of a model, at its full size or so small that it runs at once.

    Examples
    --------
    >>> parts_of({"title": "a", "vae": {"width": 8, "rate": 4}, "tiny": {"vae": {"width": 1}}}, tiny=True)
    {'vae': {'width': 1, 'rate': 4}}
    """
    smaller = table.get("tiny", {}) if tiny else {}
    parts = {name: part for name, part in table.items() if isinstance(part, dict) and name != "tiny"}
    return {name: part | smaller.get(name, {}) for name, part in parts.items()}


def engine_with(table: Table, *, device: str, dtype: str, tiny: bool = False) -> Engine:
    """The engine of a table, with random weights in place of those that it would load."""
    import torch

    module = importlib.import_module(f"models.studio.engines.{table['engine'].replace('-', '_')}")
    engine: Engine = module.load(device=device, dtype=dtype)
    number = getattr(torch, engine.dtype)
    torch.manual_seed(0)
    _library("diffusers.utils.logging").set_verbosity_error()  # it would have weights cast as they are loaded
    with torch.device(engine.device):
        parts = parts_of(table, tiny=tiny)
        made = BUILDERS[table["family"]](parts, number)
    engine.loaded = lambda: made  # type: ignore[method-assign]
    return engine


def network_of(engine: Engine) -> Any:
    """The part of an engine's model that takes the steps."""
    model = engine.loaded()
    return getattr(model[0] if isinstance(model, tuple) else model, engine.denoiser)


def parameters_of(engine: Engine) -> int:
    """How many numbers a model has learned."""
    model = engine.loaded()
    parts = [model[0]] if isinstance(model, tuple) else [each for each in model.components.values() if each is not None]
    return sum(weights.numel() for part in parts if hasattr(part, "parameters") for weights in part.parameters())


def _library(name: str) -> Any:
    """A library, whose types are its own business."""
    return importlib.import_module(name)


def _tokenizer(kind: str = "PreTrainedTokenizerFast") -> Any:
    """A tokenizer of a few words."""
    import transformers
    from tokenizers import Tokenizer, models, pre_tokenizers

    made = Tokenizer(models.WordLevel({word: index for index, word in enumerate(WORDS)}, unk_token="[UNK]"))
    made.pre_tokenizer = pre_tokenizers.Whitespace()
    known = {"pad_token": "[PAD]", "unk_token": "[UNK]", "model_max_length": MOST_TOKENS}
    return getattr(transformers, kind)(tokenizer_object=made, **known)


def _stable_audio_3(parts: dict[str, Table], number: Any) -> Any:
    """A pipeline of Stable Audio 3, distilled."""
    diffusers, transformers = _library("diffusers"), _library("transformers")
    from transformers.models.t5gemma.configuration_t5gemma import T5GemmaModuleConfig

    side = T5GemmaModuleConfig(layer_types=["full_attention"] * parts["text_encoder"]["num_hidden_layers"],
                               **parts["text_encoder"]).to_dict()  # fmt: skip
    text = transformers.T5GemmaEncoderModel(
        transformers.T5GemmaConfig(encoder=side, decoder=side, is_encoder_decoder=False)
    )
    made = diffusers.StableAudio3Pipeline(
        vae=diffusers.AutoencoderSAME(**parts["vae"]).to(number).eval(),
        text_encoder=text.to(number).eval(),
        tokenizer=_tokenizer("GemmaTokenizerFast"),
        duration_embedder=diffusers.StableAudio3DurationEmbedder(**parts["duration_embedder"]).to(number).eval(),
        transformer=diffusers.StableAudio3DiTModel(**parts["transformer"]).to(number).eval(),
        scheduler=diffusers.FlowMatchEulerDiscreteScheduler(num_train_timesteps=1, shift=1.0, stochastic_sampling=True),
    )
    made.set_progress_bar_config(disable=True)
    return made


def _ace_step(parts: dict[str, Table], number: Any) -> Any:
    """A pipeline of ACE-Step, without the tokenizer of sound, so that a guide is where its steps begin."""
    diffusers, transformers = _library("diffusers"), _library("transformers")
    ace_step = _library("diffusers.pipelines.ace_step")
    made = diffusers.AceStepPipeline(
        vae=diffusers.AutoencoderOobleck(**parts["vae"]).to(number).eval(),
        text_encoder=transformers.Qwen3Model(transformers.Qwen3Config(**parts["text_encoder"])).to(number).eval(),
        tokenizer=_tokenizer(),
        transformer=diffusers.AceStepTransformer1DModel(**parts["transformer"]).to(number).eval(),
        condition_encoder=ace_step.AceStepConditionEncoder(**parts["condition_encoder"]).to(number).eval(),
        scheduler=diffusers.FlowMatchEulerDiscreteScheduler(num_train_timesteps=1, shift=1.0),
        audio_tokenizer=None,
        audio_token_detokenizer=None,
    )
    made.set_progress_bar_config(disable=True)
    return made


def _musicgen(parts: dict[str, Table], number: Any) -> Any:
    """MusicGen, and what reads words for it."""
    transformers, words = _library("transformers"), _library("transformers.utils.logging")
    of_decoder = _library("transformers.models.musicgen").MusicgenDecoderConfig
    before = words.get_verbosity()
    words.set_verbosity_error()  # padding lies outside the codes
    try:
        config = transformers.MusicgenConfig(
            text_encoder=transformers.T5Config(**parts["text_encoder"]).to_dict(),
            audio_encoder=transformers.EncodecConfig(**parts["codec"]).to_dict(),
            decoder=of_decoder(**parts["decoder"]).to_dict(),
        )
        return transformers.MusicgenForConditionalGeneration(config).to(number).eval(), _tokenizer()
    finally:
        words.set_verbosity(before)


BUILDERS = {"stable-audio-3": _stable_audio_3, "ace-step": _ace_step, "musicgen": _musicgen}
