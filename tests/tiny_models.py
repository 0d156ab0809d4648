"""Networks of other people's classes with random weights, so small that they run at once, saved as their own are.

They are the real classes of diffusers and transformers in miniature, saved into the folder that ``CUEWRIGHT_WEIGHTS``
names, and loaded by the code that loads the real ones. They make noise; what is tested is everything around it.
"""

from pathlib import Path
from typing import Any

RATE_HZ = 4_000
"""The least that a `Waveform` may have."""
VOCABULARY = "[PAD] [UNK] a b c slow quiet calm piano strings drums DRUMS bpm major minor : - # ."
WORDS = VOCABULARY.split(" ")


def tokenizer(kind: str = "PreTrainedTokenizerFast") -> Any:
    """A tokenizer that knows a few words."""
    import transformers
    from tokenizers import Tokenizer, models, pre_tokenizers

    made = Tokenizer(models.WordLevel({word: index for index, word in enumerate(WORDS)}, unk_token="[UNK]"))
    made.pre_tokenizer = pre_tokenizers.Whitespace()
    known = {"pad_token": "[PAD]", "unk_token": "[UNK]", "model_max_length": 64}
    return getattr(transformers, kind)(tokenizer_object=made, **known)


def stirred(module: Any) -> Any:
    """The module, with what begins as zeros until it is trained at random: else half of it would do nothing."""
    import torch

    for weights in module.parameters():
        if weights.ndim > 1 and float(weights.detach().abs().max()) < 1e-3:
            torch.nn.init.normal_(weights, std=0.3)
    return module


def stable_audio_3(where: Path, *, distilled: bool = True) -> Path:
    """A pipeline of Stable Audio 3."""
    import torch
    from diffusers import (
        AutoencoderSAME,
        FlowMatchEulerDiscreteScheduler,
        StableAudio3DiTModel,
        StableAudio3DurationEmbedder,
        StableAudio3Pipeline,
    )
    from transformers import T5GemmaConfig, T5GemmaEncoderModel
    from transformers.models.t5gemma.configuration_t5gemma import T5GemmaModuleConfig

    torch.manual_seed(0)
    side = T5GemmaModuleConfig(
        vocab_size=len(WORDS),
        hidden_size=16,
        intermediate_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        num_key_value_heads=1,
        head_dim=8,
        max_position_embeddings=64,
        sliding_window=64,
        layer_types=["full_attention"],
    ).to_dict()
    dit = StableAudio3DiTModel(
        io_channels=8,
        patch_size=1,
        embed_dim=32,
        depth=1,
        num_heads=4,
        cond_token_dim=16,
        global_cond_dim=16,
        local_add_cond_dim=9,
        timestep_features_dim=16,
        ff_mult=2,
        num_memory_tokens=2,
        use_differential_attention=False,
    )
    vae = AutoencoderSAME(
        audio_channels=2,
        patch_size=40,
        encoder_channels=8,
        encoder_c_mults=(2,),
        encoder_strides=(2,),
        encoder_transformer_depths=(1,),
        latent_dim=8,
        use_differential_attention=False,
        dim_heads=4,
        ff_mult=2,
        sampling_rate=RATE_HZ,
    )
    pipe = StableAudio3Pipeline(
        vae=stirred(vae),
        text_encoder=T5GemmaEncoderModel(T5GemmaConfig(encoder=side, decoder=side, is_encoder_decoder=False)),
        tokenizer=tokenizer("GemmaTokenizerFast"),
        duration_embedder=StableAudio3DurationEmbedder(output_dim=16, fourier_dim=16),
        transformer=stirred(dit),
        scheduler=FlowMatchEulerDiscreteScheduler(num_train_timesteps=1, shift=1.0, stochastic_sampling=distilled),
    )
    pipe.save_pretrained(where)
    return where


def ace_step(where: Path, *, turbo: bool = True, covers: bool = True) -> Path:
    """A pipeline of ACE-Step 1.5, with the tokenizer of sound that covers need or, as the XL turbo weights, without."""
    import torch
    from diffusers import AceStepPipeline, AutoencoderOobleck, FlowMatchEulerDiscreteScheduler
    from diffusers.models.transformers.ace_step_transformer import AceStepTransformer1DModel
    from diffusers.pipelines.ace_step import (
        AceStepAudioTokenDetokenizer,
        AceStepAudioTokenizer,
        AceStepConditionEncoder,
    )
    from transformers import Qwen3Config, Qwen3Model

    torch.manual_seed(0)
    heads = {"num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 8}
    wide = {"hidden_size": 32, "intermediate_size": 64, **heads}
    near = {**wide, "rope_theta": 10_000.0, "sliding_window": 16}
    tokens = {**near, "audio_acoustic_hidden_dim": 8, "pool_window_size": 5, "num_attention_pooler_hidden_layers": 1}
    condition = AceStepConditionEncoder(
        **near,
        text_hidden_dim=32,
        timbre_hidden_dim=8,
        num_lyric_encoder_hidden_layers=1,
        num_timbre_encoder_hidden_layers=1,
    )
    pipe = AceStepPipeline(
        vae=AutoencoderOobleck(
            encoder_hidden_size=16,
            downsampling_ratios=[8, 20],
            decoder_channels=3,
            decoder_input_channels=8,
            audio_channels=2,
            channel_multiples=[2, 4],
            sampling_rate=RATE_HZ,
        ),
        text_encoder=Qwen3Model(
            Qwen3Config(vocab_size=len(WORDS), num_hidden_layers=1, max_position_embeddings=256, **wide)
        ),
        tokenizer=tokenizer(),
        transformer=AceStepTransformer1DModel(
            **near, num_hidden_layers=1, in_channels=24, audio_acoustic_hidden_dim=8, patch_size=2, is_turbo=turbo
        ),
        condition_encoder=condition,
        scheduler=FlowMatchEulerDiscreteScheduler(num_train_timesteps=1, shift=1.0),
        audio_tokenizer=AceStepAudioTokenizer(
            **tokens, fsq_dim=32, fsq_input_levels=[4, 4, 4], fsq_input_num_quantizers=1
        )
        if covers
        else None,
        audio_token_detokenizer=AceStepAudioTokenDetokenizer(**tokens) if covers else None,
    )
    pipe.save_pretrained(where)
    return where
