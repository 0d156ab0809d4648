"""More networks in miniature, as `tests.tiny_models`: Stable Audio Open, AudioLDM 2, MusicLDM, MusicGen."""

import json
import shutil
from pathlib import Path
from typing import Any

from tests.tiny_models import RATE_HZ

LETTERS = [*"abcdefghijklmnopqrstuvwxyz"]
COUNT = 64
"""Of the words that a text encoder knows: more than either tokenizer has."""
WIDE = {"d_model": 8, "d_kv": 4, "d_ff": 16, "num_layers": 1, "num_heads": 2, "decoder_start_token_id": 0}


def _t5() -> Any:
    """A tokenizer of letters, as T5 has one."""
    from transformers import T5TokenizerFast

    vocab = [(word, 0.0) for word in ("<pad>", "</s>", "<unk>")]
    vocab += [("\u2581" + letter, -1.0) for letter in LETTERS] + [(letter, -2.0) for letter in LETTERS]
    return T5TokenizerFast(vocab=vocab, extra_ids=0, model_max_length=32)


def _roberta() -> Any:
    """A tokenizer of letters, as CLAP has one."""
    from transformers import RobertaTokenizerFast

    words = ["<s>", "<pad>", "</s>", "<unk>", "<mask>", "\u0120", *LETTERS]
    return RobertaTokenizerFast(vocab={word: index for index, word in enumerate(words)}, merges=[], model_max_length=32)


def stable_audio_open(where: Path) -> Path:
    """A pipeline of Stable Audio Open, with the scheduler that the published one names."""
    import torch
    from diffusers import (
        AutoencoderOobleck,
        EDMDPMSolverMultistepScheduler,
        StableAudioDiTModel,
        StableAudioPipeline,
        StableAudioProjectionModel,
    )
    from transformers import T5Config, T5EncoderModel

    torch.manual_seed(0)
    levels = {"sigma_min": 0.3, "sigma_max": 500.0, "sigma_data": 1.0, "sigma_schedule": "exponential"}
    pipe = StableAudioPipeline(
        vae=AutoencoderOobleck(
            encoder_hidden_size=8,
            downsampling_ratios=[8, 10],
            channel_multiples=[1, 1],
            decoder_channels=4,
            decoder_input_channels=4,
            audio_channels=2,
            sampling_rate=RATE_HZ,
        ),
        text_encoder=T5EncoderModel(T5Config(vocab_size=COUNT, **WIDE)),
        projection_model=StableAudioProjectionModel(text_encoder_dim=8, conditioning_dim=8, min_value=0, max_value=512),
        tokenizer=_t5(),
        transformer=StableAudioDiTModel(
            sample_size=110,
            in_channels=4,
            num_layers=1,
            attention_head_dim=8,
            num_attention_heads=2,
            num_key_value_attention_heads=1,
            out_channels=4,
            cross_attention_dim=8,
            time_proj_dim=8,
            global_states_input_dim=16,
            cross_attention_input_dim=8,
        ),
        scheduler=EDMDPMSolverMultistepScheduler(prediction_type="v_prediction", **levels),
    )
    pipe.save_pretrained(where)
    _rename(where, "scheduler", "CosineDPMSolverMultistepScheduler")
    return where


def _clap() -> Any:
    """A model of words and sound."""
    from transformers import ClapAudioConfig, ClapConfig, ClapModel, ClapTextConfig

    text = ClapTextConfig(
        vocab_size=COUNT, hidden_size=8, intermediate_size=16, num_hidden_layers=1, num_attention_heads=2,
        max_position_embeddings=80, projection_dim=8, pad_token_id=1, bos_token_id=0, eos_token_id=2,
    )  # fmt: skip
    sound = ClapAudioConfig(
        spec_size=64, num_mel_bins=64, hidden_size=8, projection_dim=8, depths=[1, 1], num_attention_heads=[1, 1],
        patch_embeds_hidden_size=8, window_size=2, patch_size=16, patch_stride=[16, 16], num_hidden_layers=2,
    )  # fmt: skip
    return ClapModel(ClapConfig(text_config=text.to_dict(), audio_config=sound.to_dict(), projection_dim=8))


def _shared() -> dict[str, Any]:
    """The parts that both painters of spectrograms have."""
    from diffusers import AutoencoderKL, DDIMScheduler
    from transformers import ClapFeatureExtractor, SpeechT5HifiGan, SpeechT5HifiGanConfig

    loud = SpeechT5HifiGan(
        SpeechT5HifiGanConfig(
            model_in_dim=16, sampling_rate=RATE_HZ, upsample_rates=[5, 8], upsample_initial_channel=8,
            upsample_kernel_sizes=[10, 16], resblock_kernel_sizes=[3], resblock_dilation_sizes=[[1]],
            normalize_before=False,
        )
    )  # fmt: skip
    for weights in loud.parameters():
        weights.data.normal_(std=0.3)
    return {
        "vae": AutoencoderKL(
            in_channels=1, out_channels=1, latent_channels=2, block_out_channels=(8, 8), norm_num_groups=4,
            down_block_types=("DownEncoderBlock2D",) * 2, up_block_types=("UpDecoderBlock2D",) * 2,
        ),
        "text_encoder": _clap(),
        "tokenizer": _roberta(),
        "feature_extractor": ClapFeatureExtractor(feature_size=16, sampling_rate=RATE_HZ, frequency_max=2000),
        "scheduler": DDIMScheduler(beta_schedule="scaled_linear", clip_sample=False, set_alpha_to_one=False),
        "vocoder": loud,
    }  # fmt: skip


def audioldm2(where: Path) -> Path:
    """A pipeline of AudioLDM 2, with the language model that the published one names."""
    import torch
    from diffusers import AudioLDM2Pipeline, AudioLDM2ProjectionModel, AudioLDM2UNet2DConditionModel
    from transformers import GPT2Config, GPT2LMHeadModel, T5Config, T5EncoderModel

    torch.manual_seed(0)
    language = GPT2LMHeadModel(GPT2Config(n_embd=8, n_layer=1, n_head=2, vocab_size=16, n_positions=128))
    language.config.max_new_tokens = 4
    pipe = AudioLDM2Pipeline(
        text_encoder_2=T5EncoderModel(T5Config(vocab_size=COUNT, **WIDE)),
        tokenizer_2=_t5(),
        language_model=language,
        projection_model=AudioLDM2ProjectionModel(text_encoder_dim=8, text_encoder_1_dim=8, langauge_model_dim=8),
        unet=AudioLDM2UNet2DConditionModel(
            in_channels=2, out_channels=2, block_out_channels=(8, 8), layers_per_block=1, norm_num_groups=4,
            down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
            up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"), cross_attention_dim=([None, None], [8, 8]),
            attention_head_dim=4, mid_block_type="UNetMidBlock2DCrossAttn",
        ),
        **_shared(),
    )  # fmt: skip
    pipe.save_pretrained(where)
    shutil.rmtree(where / "language_model")
    language.transformer.save_pretrained(where / "language_model")
    _rename(where, "language_model", "GPT2Model")
    return where


def musicldm(where: Path) -> Path:
    """A pipeline of MusicLDM."""
    import torch
    from diffusers import MusicLDMPipeline, UNet2DConditionModel

    torch.manual_seed(0)
    pipe = MusicLDMPipeline(
        unet=UNet2DConditionModel(
            in_channels=2, out_channels=2, block_out_channels=(8, 8), layers_per_block=1, norm_num_groups=4,
            down_block_types=("DownBlock2D",) * 2, up_block_types=("UpBlock2D",) * 2,
            class_embed_type="simple_projection", projection_class_embeddings_input_dim=8,
            class_embeddings_concat=True, attention_head_dim=4, cross_attention_dim=8,
        ),
        **_shared(),
    )  # fmt: skip
    pipe.save_pretrained(where)
    return where


def musicgen(where: Path, *, melody: bool = False) -> Path:
    """MusicGen with the tokenizer of its folder; with a projection of twelve notes for the one that hears melodies."""
    import torch
    import transformers
    from transformers import EncodecConfig, T5Config
    from transformers.models.musicgen import MusicgenDecoderConfig
    from transformers.models.musicgen_melody import MusicgenMelodyDecoderConfig

    torch.manual_seed(0)
    kind = "MusicgenMelody" if melody else "Musicgen"
    decoder = (MusicgenMelodyDecoderConfig if melody else MusicgenDecoderConfig)(
        max_position_embeddings=256, num_hidden_layers=1, ffn_dim=16, num_attention_heads=2, hidden_size=16,
        num_codebooks=4, audio_channels=1, vocab_size=32, pad_token_id=32, bos_token_id=32,
    )  # fmt: skip
    codec = EncodecConfig(
        target_bandwidths=[0.5], sampling_rate=RATE_HZ, audio_channels=1, normalize=False, hidden_size=8,
        num_filters=2, num_residual_layers=1, upsampling_ratios=[5, 4, 8], codebook_size=32, codebook_dim=8,
        use_conv_shortcut=False, use_causal_conv=False, num_lstm_layers=1,
    )  # fmt: skip
    more = {"num_chroma": 12, "chroma_length": 235} if melody else {}
    config = getattr(transformers, f"{kind}Config")(
        text_encoder=T5Config(vocab_size=COUNT, **WIDE).to_dict(),
        audio_encoder=codec.to_dict(),
        decoder=decoder.to_dict(),
        **more,
    )
    network = getattr(transformers, f"{kind}ForConditionalGeneration")(config)
    _learn_codes(network.audio_encoder)
    projections = [part for name, part in network.named_children() if name.endswith("_proj")]
    for weights in (each for part in (network.decoder, *projections) for each in part.parameters() if each.ndim > 1):
        weights.data.normal_(std=0.4)
    for head in network.decoder.lm_heads:
        head.weight.data.mul_(0.2)
    network.save_pretrained(where)
    _t5().save_pretrained(where)
    (where / "preprocessor_config.json").write_text("{}")
    return where


def _learn_codes(codec: Any) -> None:
    """Let every code of a codec stand for something that it meets, as training would: else one would stand for all."""
    import torch

    with torch.no_grad():
        for name, weights in codec.named_parameters():
            weights.mul_(2.5 if name.endswith("original0") else 0.0 if name.endswith("bias") else 1.0)
        left = codec.encoder(0.1 * torch.randn(1, 1, 64 * 160))[0].T
        for book in codec.quantizer.layers:
            book.codebook.embed.copy_(left[torch.randperm(len(left))[: len(book.codebook.embed)]])
            left = left - book.codebook.embed[torch.cdist(left, book.codebook.embed).argmin(1)]


def _rename(where: Path, part: str, kind: str) -> None:
    """Let a folder name a part's class as the published one does."""
    path = where / "model_index.json"
    index = json.loads(path.read_text("utf-8"))
    index[part][1] = kind
    path.write_text(json.dumps(index), "utf-8")
