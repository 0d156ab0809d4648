"""The composer adapted to a person's own MIDI: ``python -m models.tuning.composer FOLDER --out FILE --licence "..."``.

The published weights stay as they are; what is learned are low-rank bypasses beside them (`lowrank`), kept in a file of
their own. The engine takes them on with ``CUEWRIGHT_COMPOSER=FILE``, and is itself again without it.

Conventions: losses are bits a note on held-out pieces, as `models.transformer.train` measures them. So that nothing is
forgotten, every batch holds pieces that the composer learned from (`remembered`), the loss on some that it was only
validated on is measured before and after, and less of the effect is kept (`SHARES`) where it rises by more than is
allowed: weights between the old and the new ones keep most of both (Wortsman et al. 2022, robust fine-tuning).
"""

from __future__ import annotations

import argparse
import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from assistant.errors import AssistantError, InputError
from models.published import digest_of
from models.transformer import vocabulary as v
from models.transformer.network import Composer, losses
from models.transformer.train import Recipe, evaluate
from models.transformer.weights import published
from models.transformer.windows import Corpus, Windows
from models.tuning import lowrank
from models.tuning.course import Course, Learned, follow
from models.tuning.midi import read_folder
from models.tuning.options import add_options, course_of, write
from models.tuning.provenance import Provenance, checked_licence, digest_of_shapes
from models.tuning.remembered import REHEARSED, REMEMBERED

log = logging.getLogger(__name__)
SHARES = (1.0, 0.75, 0.5, 0.25)


@dataclass(frozen=True)
class Settings:
    """How the composer is tuned; recorded with the file.

    Parameters
    ----------
    rank : int
        Of the bypasses.
    batch, window : int
        Windows a step, and rows of each.
    rehearse : float
        Share of the windows that are of pieces which the composer learned from.
    measured : int
        Windows of every measurement, in sixteens.
    forget : float
        By how much the loss on the composer's own pieces may rise, as a share of it.
    """

    rank: int = 8
    batch: int = 8
    window: int = 512
    rehearse: float = 0.5
    measured: int = 32
    dropout: float = 0.05
    forget: float = 0.02


class OwnWindows(Windows):
    """Windows of a person's pieces, which are told to be of any collection: their style is wanted under every one."""

    def _source(self, piece: int) -> int:
        return int(self.random.integers(0, v.SOURCES + 1)) if self.augment else super()._source(piece)


class Tuning:
    """The lesson: what comes next in a person's pieces."""

    def __init__(self, model: Composer, corpus: Corpus, settings: Settings, seed: int, accelerator: Any) -> None:
        self.model, self.corpus, self.settings, self.seed = model, corpus, settings, seed
        self.accelerator = accelerator
        self.recipe = Recipe("", "", window=settings.window)
        known = round(settings.batch * settings.rehearse)
        self.windows = [
            (OwnWindows(corpus, 0, length=settings.window), settings.batch - known),
            (Windows(Corpus.load(REHEARSED), 0, length=settings.window), known),
        ]

    def parameters(self) -> list[torch.nn.Parameter]:
        """The bypasses."""
        return [parameter for parameter in self.model.parameters() if parameter.requires_grad]

    def loss(self, step: int) -> Tensor:
        """As in the training of the composer itself."""
        random = np.random.default_rng((self.seed, step))
        items = []
        for windows, count in self.windows:
            windows.random = random
            items += list(islice(windows, count))
        device = next(self.model.parameters()).device
        rows, targets, weights = (
            torch.stack([torch.from_numpy(item[i]) for item in items]).to(device) for i in (0, 1, 2)
        )
        with self.accelerator.autocast():
            found = losses(self.model, rows, targets, weights)
        return found["onset"] + found["pitch"] + 0.5 * found["length"] + 0.2 * found["velocity"]

    def measure(self) -> float:
        """Bits a note on the held-out pieces."""
        return self.bits(self.corpus)

    def bits(self, corpus: Corpus) -> float:
        """Bits a note on the pieces of another table."""
        with self.accelerator.autocast():
            return float(evaluate(self.model, corpus, self.recipe, windows=self.settings.measured)["bits_a_note"])

    def taken(self) -> dict[str, Tensor]:
        """The bypasses' matrices."""
        return lowrank.taken(self.model)

    def given(self, tensors: Mapping[str, Tensor]) -> None:
        """Put them back."""
        lowrank.given(self.model, tensors)


def tune(
    folder: Path, out: Path, *, licence: str, course: Course, settings: Settings | None = None, precision: str = "bf16"
) -> Provenance:
    """Adapt the composer to the MIDI files of a folder and write what was learned to ``out``.

    Parameters
    ----------
    folder, out : Path
    licence : str
        With what right the files may be learned from, in the person's words.
    course : Course
    settings : Settings, optional
    precision : {"bf16", "no"}

    Raises
    ------
    InputError
        If the files are too few or cannot be used, nothing is said of rights, or nothing could be learned.
    EngineError
        If the composer's own weights are not there or are not the published ones.
    """
    from accelerate import Accelerator

    settings = settings or Settings()
    licence = checked_licence(licence)
    own = read_folder(folder, seed=course.seed)
    for line in own.refused:
        log.warning("not used: %s", line)
    log.warning("%d files: %d bars to learn from, %d held out", len(own.files), *own.bars)
    path, model = published(dropout=settings.dropout)
    base = digest_of(path)
    accelerator = Accelerator(mixed_precision=precision)
    torch.manual_seed(course.seed)
    lowrank.put_on(model, settings.rank)
    lesson = Tuning(model.to(accelerator.device), own.corpus, settings, course.seed, accelerator)
    about = json.dumps([base, own.files, licence, repr(settings), repr(course)])
    checkpoint = out.with_name(out.name + ".checkpoint")
    remembered = Corpus.load(REMEMBERED)
    was = lesson.bits(remembered)
    learned = follow(lesson, course, accelerator, checkpoint, about=about)
    figures, tensors = _weighed(lesson, learned, remembered, was, settings.forget)
    layers = ((name, tuple(value.shape)) for name, value in tensors.items())
    network = digest_of_shapes(layers)
    provenance = Provenance(
        "composer", base, network, licence, own.files, settings.rank, learned.best, course.seed, figures
    )
    write(out, tensors, provenance)
    if not learned.stopped:
        checkpoint.unlink(missing_ok=True)
    log.warning("%s", json.dumps(figures))
    return provenance


def _weighed(
    lesson: Tuning, learned: Learned, remembered: Corpus, was: float, forget: float
) -> tuple[dict[str, float], dict[str, Tensor]]:
    """Figures, and as much of what was learned as leaves what was known."""
    if learned.best == 0:
        raise InputError(
            f"{learned.steps} steps after which the held-out pieces are foreseen no better ({learned.before:.3f} bits)",
            "pieces that have something in common", "add pieces, take more --steps or another --rate",
        )  # fmt: skip
    best = lesson.taken()
    for share in SHARES:
        lowrank.given(lesson.model, best, share=share)
        now = lesson.bits(remembered)
        if now <= was * (1 + forget) or share == SHARES[-1]:
            break
        log.warning("at %d %% it forgets: %.3f bits on the composer's own pieces, %.3f before", 100 * share, now, was)
    figures = {
        "held_out_before": learned.before, "held_out_after": lesson.measure(),
        "remembered_before": was, "remembered_after": now, "share": share,
    }  # fmt: skip
    return {name: round(value, 4) for name, value in figures.items()}, lesson.taken()


def main(arguments: Sequence[str] | None = None) -> int:
    """The command."""
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    parser = argparse.ArgumentParser(prog="python -m models.tuning.composer", description=__doc__.split("\n")[0])
    add_options(parser, steps=400, every=25, patience=4, rate=1e-3, rank=Settings.rank, batch=Settings.batch)
    parser.add_argument("--window", type=int, default=Settings.window)
    parser.add_argument("--rehearse", type=float, default=Settings.rehearse, help="share of windows of known pieces")
    parser.add_argument("--forget", type=float, default=Settings.forget, help="share by which old losses may rise")
    options = parser.parse_args(arguments)
    settings = Settings(options.rank, options.batch, options.window, options.rehearse, forget=options.forget)
    try:
        tune(
            options.folder, options.out, licence=options.licence, course=course_of(options), settings=settings,
            precision=options.precision,
        )  # fmt: skip
    except AssistantError as error:
        log.error("error: %s", error)
        return error.exit_code
    log.warning("written: %s; to compose with it, set CUEWRIGHT_COMPOSER=%s", options.out, options.out.resolve())
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
