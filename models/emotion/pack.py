"""Writes the trained readers as small files, with their record.

Conventions: as `models.emotion.weights` reads them.
"""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor, nn

from models.emotion import present, weights
from models.emotion.minilm import published
from models.emotion.readers import EncodedReader, PieceReader
from models.emotion.upper import Upper

LEARNED_FROM = {
    "goemotions": ("GoEmotions (Demszky et al. 2020)", "Apache-2.0", "monologg/GoEmotions-pytorch b75f9d3a"),
    "xed": ("XED (Ohman et al. 2020)", "CC BY 4.0", "Helsinki-NLP/XED 76666d25"),
    "atomic": ("ATOMIC 2020, evaluation sample (Hwang et al. 2021)", "CC BY", "allenai/comet-atomic-2020 33129ff9"),
    "vader": ("VADER lexicon (Hutto and Gilbert 2014)", "MIT", "cjhutto/vaderSentiment 3.3.2"),
    "scenes": ("our own scenes, prompts/training/scenes", "Apache-2.0", "this repository"),
    "words": ("our own words of emotion, prompts/words", "Apache-2.0", "this repository"),
}


def write_weights(
    upper: Upper,
    encoded: EncodedReader,
    pieces: PieceReader,
    *,
    trust: Mapping[str, Mapping[str, float]],
    learned: Mapping[str, int],
) -> None:
    """Pack everything into ``weights/`` and write ``weights.toml``."""
    sums = {present.ENGLISH: weights.save(present.ENGLISH, _english(upper)), present.MANY: _many(encoded, pieces)}
    rows = ["# Written by `python -m models.emotion.train`."]
    for name, digest in sums.items():
        rows += ["", f'[files."{name}"]', f'sha256 = "{digest}"', 'licence = "Apache-2.0"']
    rows += [""]
    rows += ["# What each reader's word weighs, and how well all together agree with scenes kept back (Pearson)."]
    for language, row in trust.items():
        rows += [f"trust.{language} = {{ {', '.join(f'{name} = {value}' for name, value in row.items())} }}"]
    for source, count in sorted(learned.items()):
        title, licence, where = LEARNED_FROM[source]
        rows += ["", "[[learned_from]]", f'name = "{title}"', f'licence = "{licence}"', f'where = "{where}"']
        rows += [f"texts = {count}"]
    (present.FOLDER / "weights.toml").write_text(_ordered(rows), "utf-8")


def _ordered(rows: list[str]) -> str:
    """The rows with the keys of the whole file before its tables, as TOML wants them."""
    first = [row for row in rows if row.startswith(("trust.", "# "))]
    return "\n".join([*first, *(row for row in rows if row not in first)]) + "\n"


def _english(upper: Upper) -> dict[str, Tensor]:
    """The layers' differences to the published ones, and the heads."""
    folder = present.package_dir()
    assert folder is not None
    base = {f"layers.{name}": tensor for name, tensor in published(folder)[2].state_dict().items()}
    state = {name: tensor - base[name] if name in base else tensor for name, tensor in upper.state_dict().items()}
    narrow = frozenset(name for name, tensor in state.items() if name in base and tensor.dim() == 2)
    return weights.packed(state, narrow=narrow)


def _many(encoded: nn.Module, pieces: nn.Module) -> str:
    state = {f"encoder.{name}": tensor for name, tensor in encoded.state_dict().items()}
    state |= {f"pieces.{name}": tensor for name, tensor in pieces.state_dict().items()}
    return weights.save(present.MANY, weights.packed(state, narrow=frozenset({"pieces.table.weight"})))
