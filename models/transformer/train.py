"""Train the composer: ``make train``, or ``python -m models.transformer.train``, on a CPU or a GPU.

Conventions: steps are batches; losses are nats; everything needed to go on is in one checkpoint. accelerate places the
model and chooses the number format. What is not said is taken from `PRESETS`: the recipe of the published weights on a
GPU, a smaller one on a CPU, a gentle one where a run begins ``--from`` weights that are there.
"""

from __future__ import annotations

import argparse
import json
import logging
import math
import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import torch
from torch.utils.data import DataLoader, IterableDataset

from assistant.errors import InputError
from models.transformer import curves
from models.transformer import vocabulary as v
from models.transformer.baselines import Recurrent
from models.transformer.network import Composer, Shape, losses
from models.transformer.windows import Corpus, Windows

log = logging.getLogger(__name__)
ROOT = Path(__file__).resolve().parents[2]
CORPUS, OUT = ROOT / "runs" / "corpus.npz", ROOT / "runs" / "composer"
KINDS: dict[str, type[Composer]] = {"transformer": Composer, "gru": Recurrent}


@dataclass(frozen=True)
class Recipe:
    """What a run is made of; recorded with its weights."""

    corpus: str
    out: str
    shape: Shape = field(default_factory=Shape)
    steps: int = 2000
    batch: int = 16
    window: int = 512
    rate: float = 1.5e-3
    warm: int = 300
    decay: float = 0.05
    minutes: float = 0.0
    """Stop after this many minutes, the learning rate falling to nothing by then; 0 for steps alone."""
    workers: int = 1
    seed: int = 1
    dropout: float = 0.1
    compile: bool = False
    every: int = 500
    kind: str = "transformer"
    """``gru`` trains the baseline instead: the same rows, embeddings and heads."""
    start: str = ""
    """Weights that `export` wrote, to go on from; empty to begin with chance."""


PRESETS: dict[str, dict[str, float]] = {
    "cpu": {},
    "cuda": {"steps": 6500, "batch": 96, "window": 1024, "rate": 2e-3, "warm": 400, "decay": 0.1, "workers": 8},
    "from": {"steps": 1000, "batch": 8, "window": 1024, "rate": 2e-4, "warm": 50, "decay": 0.1, "every": 100},
}
"""Settings of a run where the command does not say otherwise; those of `Recipe` where a preset says nothing."""


class Stream(IterableDataset[Any]):
    """Windows for a data loader; each worker draws its own."""

    def __init__(self, corpus: Corpus, recipe: Recipe, step: int) -> None:
        self.corpus, self.recipe, self.step = corpus, recipe, step

    def __iter__(self) -> Iterator[Any]:
        """Windows without end."""
        info = torch.utils.data.get_worker_info()
        number = info.id if info else 0
        seed = self.recipe.seed * 1000 + number + 7919 * self.step  # a resumed run reads on, not the same again
        return iter(Windows(self.corpus, 0, length=self.recipe.window, seed=seed))


def learning_rate(recipe: Recipe, share: float, step: int) -> float:
    """Warm-up, then a cosine down to a hundredth; ``share`` 0..1 of the run is done."""
    return recipe.rate * min(1.0, (step + 1) / recipe.warm) * (0.01 + 0.495 * (1 + math.cos(math.pi * min(1.0, share))))


def evaluate(
    model: Composer, corpus: Corpus, recipe: Recipe, *, split: int = 1, windows: int = 256
) -> dict[str, float]:
    """Mean losses on fixed windows of a split, and bits a note over all heads."""
    device = next(model.parameters()).device
    stream = iter(Windows(corpus, split, length=recipe.window, seed=9, augment=False))
    totals: dict[str, float] = {}
    weight = 0.0
    model.eval()
    with torch.no_grad():
        for _ in range(max(1, windows // 16)):
            batch = [next(stream) for _ in range(16)]
            rows, targets, weights = (
                torch.stack([torch.from_numpy(item[i]) for item in batch]).to(device) for i in range(3)
            )
            found = losses(model, rows, targets, weights)
            for name, value in found.items():
                totals[name] = totals.get(name, 0.0) + float(value)
            totals["rows_a_note"] = totals.get("rows_a_note", 0.0) + float(
                weights[..., 0].sum() / weights[..., 1].sum()
            )
            weight += 1
    model.train()
    means = {name: value / weight for name, value in totals.items()}
    bits = (means["onset"] * means["rows_a_note"] + means["pitch"] + means["length"]) / math.log(2)
    return means | {"bits_a_note": bits}


def train(recipe: Recipe) -> dict[str, Any]:
    """Train by the recipe; writes ``checkpoint.pt``, ``log.jsonl`` and ``losses.svg``, resumes from what is there.

    What is exported is what did best on validation at any measurement, so a run that goes on too long does no harm; a
    run that begins with weights measures them first, so that what it exports is at least as good.

    Raises
    ------
    InputError
        If the corpus or the weights to begin with are not there, or are of another shape.
    """
    from accelerate import Accelerator

    torch.manual_seed(recipe.seed)
    accelerator = Accelerator(mixed_precision="bf16")
    out = Path(recipe.out)
    out.mkdir(parents=True, exist_ok=True)
    if not Path(recipe.corpus).is_file():
        raise InputError(
            f"corpus {recipe.corpus!r}", "a table that make data wrote", "run make data, or correct --corpus"
        )
    corpus = Corpus.load(Path(recipe.corpus))
    model = KINDS[recipe.kind](recipe.shape, recipe.dropout)
    if recipe.start:
        model.load_state_dict(_weights_of(recipe.start, recipe.shape))
    matrices = [p for p in model.parameters() if p.ndim >= 2]
    vectors = [p for p in model.parameters() if p.ndim < 2]
    groups = [{"params": matrices, "weight_decay": recipe.decay}, {"params": vectors, "weight_decay": 0.0}]
    optimizer = torch.optim.AdamW(groups, lr=recipe.rate, betas=(0.9, 0.95))
    start, spent = _resume(out, model, optimizer)
    loader = DataLoader(
        Stream(corpus, recipe, start), batch_size=recipe.batch, num_workers=recipe.workers,
        prefetch_factor=8 if recipe.workers else None, pin_memory=accelerator.device.type == "cuda",
    )  # fmt: skip
    model, optimizer = accelerator.prepare(model, optimizer)
    plain = accelerator.unwrap_model(model)
    step_losses = torch.compile(losses) if recipe.compile else losses
    began, seen, best = time.monotonic() - spent, 0, _best_so_far(out)
    for step, batch in enumerate(loader, start=start):
        minutes = (time.monotonic() - began) / 60
        share = max(step / recipe.steps, minutes / recipe.minutes if recipe.minutes else 0.0)
        if share >= 1:
            break
        for group in optimizer.param_groups:
            group["lr"] = learning_rate(recipe, share, step)
        rows, targets, weights = (item.to(accelerator.device, non_blocking=True) for item in batch)
        with accelerator.autocast():
            found = step_losses(plain, rows, targets, weights)
            loss = found["onset"] + found["pitch"] + 0.5 * found["length"] + 0.2 * found["velocity"]
        accelerator.backward(loss)
        accelerator.clip_grad_norm_(plain.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        seen += rows.shape[0] * rows.shape[1]
        if step % recipe.every == 0:
            line = {"step": step, "minutes": round(minutes, 2), "rows": seen, "train": round(loss.item(), 4)}
            with accelerator.autocast():
                line |= {name: round(value, 4) for name, value in evaluate(plain, corpus, recipe).items()}
            figures = line
            log.warning("%s", json.dumps(line))
            with (out / "log.jsonl").open("a") as file:
                file.write(json.dumps(line) + "\n")
            (out / "losses.svg").write_text(curves.picture({out.name: curves.read(out / "log.jsonl")}), "utf-8")
            best = min(best, _keep_best(out, plain, figures, best))
            _save(out, plain, optimizer, recipe, step + 1, time.monotonic() - began)
    with accelerator.autocast():
        _keep_best(out, plain, evaluate(plain, corpus, recipe), best)
        plain.load_state_dict(torch.load(out / "best.pt", map_location=accelerator.device, weights_only=True)["model"])
        figures = evaluate(plain, corpus, recipe) | {"test": evaluate(plain, corpus, recipe, split=2)}
    _save(out, plain, optimizer, recipe, recipe.steps, time.monotonic() - began)
    log.warning("%s", json.dumps(figures))
    (out / "figures.json").write_text(json.dumps(figures, indent=1))
    export(out / "composer.safetensors", plain, recipe)
    return figures


def _best_so_far(out: Path) -> float:
    """Bits a note of the best weights that are there; infinity where there are none."""
    if not (out / "best.pt").exists():
        return math.inf
    return float(torch.load(out / "best.pt", map_location="cpu", weights_only=True)["bits_a_note"])


def _keep_best(out: Path, model: Composer, figures: dict[str, Any], best: float) -> float:
    """Write the weights that did best on validation so far; the figure of these weights."""
    bits = float(figures["bits_a_note"])
    if bits < best:
        torch.save({"model": model.state_dict(), "bits_a_note": bits}, out / "best.tmp")
        os.replace(out / "best.tmp", out / "best.pt")
    return bits


def export(path: Path, model: Composer, recipe: Recipe) -> None:
    """The weights alone, in half precision, with the recipe in the file's head."""
    from safetensors.torch import save_file

    weights = {name: value.detach().half().contiguous().cpu() for name, value in model.state_dict().items()}
    head = {
        "shape": json.dumps(recipe.shape.as_dict()), "recipe": json.dumps(asdict(recipe)), "fields": json.dumps(v.SIZES)
    }  # fmt: skip
    save_file(weights, path, metadata=head)


def shape_of(path: str) -> Shape:
    """The shape of weights that `export` wrote.

    Raises
    ------
    InputError
        If they are not there, or are no such file.
    """
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, "pt") as file:
            head: dict[str, str] = file.metadata() or {}
        return Shape(**json.loads(head["shape"]))
    except (OSError, SafetensorError, KeyError, TypeError) as error:
        raise InputError(
            f"weights {path!r} ({error})", "a .safetensors file that training wrote", "correct --from"
        ) from error


def _weights_of(path: str, shape: Shape) -> dict[str, torch.Tensor]:
    """Tensors of an exported file, in single precision."""
    from safetensors.torch import load_file

    found = shape_of(path)
    if found != shape:
        raise InputError(
            f"weights {path!r} of {found}", f"weights of {shape}", "leave out --width, --layers and --heads"
        )
    return {name: value.float() for name, value in load_file(path).items()}


def _save(out: Path, model: Composer, optimizer: Any, recipe: Recipe, step: int, spent: float) -> None:
    """One file, never half written."""
    state = {
        "model": model.state_dict(), "optimizer": optimizer.state_dict(), "recipe": asdict(recipe), "step": step,
        "spent": spent,
    }  # fmt: skip
    torch.save(state, out / "checkpoint.tmp")
    os.replace(out / "checkpoint.tmp", out / "checkpoint.pt")


def _resume(out: Path, model: Composer, optimizer: Any) -> tuple[int, float]:
    """Step and seconds of the checkpoint that is there, loaded; 0 where there is none."""
    if not (out / "checkpoint.pt").exists():
        return 0, 0.0
    state = torch.load(out / "checkpoint.pt", map_location="cpu", weights_only=True)
    model.load_state_dict(state["model"])
    optimizer.load_state_dict(state["optimizer"])
    return int(state["step"]), float(state["spent"])


def recipe_of(arguments: Sequence[str] | None = None) -> Recipe:
    """The recipe that a command line asks for, filled up from `PRESETS`."""
    parser = argparse.ArgumentParser(prog="make train", description=__doc__)
    parser.add_argument("--corpus", default=str(CORPUS), help="the table of make data")
    parser.add_argument(
        "--out", default=str(OUT), help="where checkpoints, curves and weights go, and are resumed from"
    )
    parser.add_argument("--from", dest="start", default="", help="exported weights to go on from")
    for name in ("steps", "batch", "window", "warm", "workers", "seed", "every"):
        parser.add_argument(f"--{name}", type=int)
    for name in ("rate", "minutes", "decay", "dropout"):
        parser.add_argument(f"--{name}", type=float)
    parser.add_argument("--compile", action="store_true")
    parser.add_argument("--kind", choices=KINDS, default=Recipe.kind)
    for name in ("width", "layers", "heads"):
        parser.add_argument(f"--{name}", type=int)
    given = {name: value for name, value in vars(parser.parse_args(arguments)).items() if value is not None}
    sizes = {name: given.pop(name) for name in ("width", "layers", "heads") if name in given}
    begins = shape_of(given["start"]) if given["start"] else Shape()
    device = "cuda" if torch.cuda.is_available() else "cpu"
    preset: dict[str, Any] = PRESETS["from"] if given["start"] else PRESETS[device]
    return Recipe(shape=replace(begins, **sizes), **(preset | given))


def main(arguments: Sequence[str] | None = None) -> int:
    """The command."""
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    try:
        train(recipe_of(arguments))
    except InputError as error:
        log.error("error: %s", error)
        return error.exit_code
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
