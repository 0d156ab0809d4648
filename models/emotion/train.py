"""Trains the model of emotion: ``python -m models.emotion.train`` (about 20 minutes of one core; no GPU needed).

Conventions: what is slow is kept in ``runs/emotion`` and not done again (``--fresh`` does it again): lower states,
the tuned upper layers, vectors of the multilingual encoder. One training scene in ten is kept back to say what each
reader's word weighs; test scenes, the held-out tenth of XED and BRIGHTER are never read here.
"""

from __future__ import annotations

import argparse
import logging
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from assistant.language import READ_LANGUAGES
from assistant.settings import ROOT
from models.emotion import data, use
from models.emotion.minilm import published
from models.emotion.model import ENCODED, ENGLISH, PIECES
from models.emotion.pack import write_weights
from models.emotion.present import package_dir
from models.emotion.readers import EncodedReader, PieceReader, laid_texts
from models.emotion.train_readers import taught, train_encoded, train_pieces
from models.emotion.train_upper import Cached, batch_of, cached, public_lines, targets_of, tune
from models.emotion.upper import Upper

WORK = ROOT / "runs" / "emotion"
EPOCHS, SCENE_REPEATS = 2, 4
"""Rounds over all English texts, and how often a round sees each of our own scenes."""

Reader = TypeVar("Reader", EncodedReader, PieceReader)
log = logging.getLogger(__name__)


def is_kept_back(line: data.Line) -> bool:
    """Whether a training scene is kept back for weighing the readers."""
    return data.held_out(f"kept back: {line.text}", one_in=10)


def scene_lines(*, kept_back: bool) -> list[data.Line]:
    """The training scenes, or those kept back."""
    return [line for line in data.scenes() if line.split == "train" and is_kept_back(line) == kept_back]


def tuned_upper(work: Path) -> Upper:
    """The upper layers after the public sets and our own English scenes."""
    folder = package_dir()
    assert folder is not None
    torch.manual_seed(0)
    model = Upper(published(folder)[2])
    path = work / "upper.pt"
    if path.is_file():
        model.load_state_dict(torch.load(path))
        return model.eval()
    scenes = [line for line in scene_lines(kept_back=False) if line.language == "en"]
    public = cached_once(public_lines(), work / "public_states.pt")
    texts = joined(public, cached(scenes))
    repeats = torch.tensor([1] * len(public) + [SCENE_REPEATS] * len(scenes))
    tune(model, texts, repeats=repeats, epochs=EPOCHS)
    torch.save(model.state_dict(), path)
    return model


def cached_once(lines: Sequence[data.Line], path: Path) -> Cached:
    """The lower states of the public sets, kept in a file."""
    if path.is_file():
        states, starts = torch.load(path)
        return Cached(states, starts, targets_of(lines))
    texts = cached(lines)
    torch.save((texts.states, texts.starts), path)
    return texts


def joined(one: Cached, two: Cached) -> Cached:
    """Two lots of texts as one."""
    starts = torch.cat([one.starts, two.starts[1:] + one.starts[-1]])
    targets = {name: torch.cat([target, two.targets[name]]) for name, target in one.targets.items()}
    return Cached(torch.cat([one.states, two.states]), starts, targets)


def many_lines() -> list[data.Line]:
    """What the readers of any language learn from, scenes first."""
    languages = frozenset(READ_LANGUAGES)
    sets = [data.goemotions(), data.xed(languages), data.atomic(), data.vader(), data.own_words(sorted(languages))]
    public = [line for each in sets for line in each if line.split == "train"]
    return [*scene_lines(kept_back=False), *public]


def vectors_of(lines: Sequence[data.Line], work: Path) -> NDArray[np.float16]:
    """The encoder's vectors, those known from an earlier run taken from the file."""
    path = work / "vectors.npz"
    known: dict[str, NDArray[np.float16]] = {}
    if path.is_file():
        stored = np.load(path, allow_pickle=False)
        known = dict(zip(stored["texts"].tolist(), stored["vectors"], strict=True))
    new = [text for text in dict.fromkeys(line.text[: use.LONGEST] for line in lines) if text not in known]
    for at in range(0, len(new), 2000):
        part = new[at : at + 2000]
        known |= dict(zip(part, use.embed(part).astype(np.float16), strict=True))
        log.info("vectors: %d of %d", at + len(part), len(new))
    if new:
        np.savez(path, texts=np.array(list(known)), vectors=np.stack(list(known.values())))
    return np.stack([known[line.text[: use.LONGEST]] for line in lines])


def upper_answers(model: Upper, lines: Sequence[data.Line]) -> dict[str, Tensor]:
    """The upper layers' answers on some lines."""
    texts = cached(lines)
    with torch.inference_mode():
        parts = []
        for chosen in torch.arange(len(texts)).split(128):  # type: ignore[no-untyped-call]
            hidden, mask, _ = batch_of(texts, chosen)
            parts.append(model(hidden.float(), mask))
    return {name: torch.cat([part[name] for part in parts]) for name in parts[0]}


def kept(reader: Reader, path: Path) -> Reader | None:
    """A reader that an earlier run left there."""
    if not path.is_file():
        return None
    reader.load_state_dict(torch.load(path))
    return reader.eval()


def trust(upper: Upper, encoded: EncodedReader, pieces: PieceReader) -> dict[str, dict[str, float]]:
    """What each reader weighs in each language, and how well all together agree with the scenes kept back."""
    lines = scene_lines(kept_back=True)
    with torch.inference_mode():
        vectors = torch.from_numpy(use.embed([line.text for line in lines]))
        heard = {
            ENCODED: encoded(vectors)["scene"],
            PIECES: pieces(*laid_texts([line.text for line in lines]))["scene"],
        }
        heard[ENGLISH] = upper_answers(upper, lines)["scene"]
    wished = torch.tensor([[line.valence, line.arousal] for line in lines])
    languages = np.array([line.language for line in lines])
    table: dict[str, dict[str, float]] = {}
    for group in (("en",), ("hi",), tuple(name for name in READ_LANGUAGES if name not in ("en", "hi"))):
        first, second = (ENGLISH, ENCODED) if group == ("en",) else (ENCODED, PIECES)
        inside = np.isin(languages, group)
        if inside.sum() < 5:
            continue
        share = max(
            (step / 10 for step in range(11)),
            key=lambda each: agreement((each * heard[first] + (1 - each) * heard[second])[inside], wished[inside]),
        )
        both = share * heard[first] + (1 - share) * heard[second]
        pooled = agreement(both[inside], wished[inside])
        for language in group:
            here = languages == language
            alone = agreement(both[here], wished[here]) if here.sum() > 9 else pooled
            table[language] = {"whole": round((pooled + alone) / 2, 3), first: share, second: round(1 - share, 1)}
    return table | {"other": {"whole": 0.2, ENCODED: 0.7, PIECES: 0.3}}


def agreement(answers: Tensor, wished: Tensor) -> float:
    """Pearson's correlation, the mean of valence and arousal."""
    pairs = [torch.corrcoef(torch.stack([answers[:, axis], wished[:, axis]]))[0, 1] for axis in (0, 1)]
    return float(sum(pairs)) / 2


def main() -> None:
    """Train everything and write the weights."""
    parser = argparse.ArgumentParser(prog="python -m models.emotion.train", description=__doc__)
    parser.add_argument("--fresh", action="store_true", help="forget what is kept in runs/emotion")
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    torch.set_num_threads(options.threads)
    if options.fresh:
        shutil.rmtree(WORK, ignore_errors=True)
    WORK.mkdir(parents=True, exist_ok=True)
    upper = tuned_upper(WORK)
    lines = many_lines()
    vectors = vectors_of(lines, WORK)
    encoded = kept(EncodedReader(), WORK / "encoded.pt") or train_encoded(lines, vectors)
    torch.save(encoded.state_dict(), WORK / "encoded.pt")
    pieces = kept(PieceReader(), WORK / "pieces.pt") or train_pieces(lines, taught(lines, vectors, encoded))
    torch.save(pieces.state_dict(), WORK / "pieces.pt")
    learned: dict[str, Any] = {
        name: sum(line.source == name for line in lines) for name in {line.source for line in lines}
    }
    write_weights(upper, encoded, pieces, trust=trust(upper, encoded, pieces), learned=learned)


if __name__ == "__main__":
    main()
