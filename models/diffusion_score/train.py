"""Train the denoiser: ``python -m models.diffusion_score.train``, on a CPU or a GPU.

Conventions: steps are batches of about `Recipe.batch` tokens; losses are nats a token that is not given, averaged over
the schedule; everything needed to go on is in one checkpoint. What is exported is a running mean of the weights.
accelerate places the model and chooses the number format.
"""

from __future__ import annotations

import argparse
import copy
import json
import logging
import math
import os
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from assistant.errors import InputError
from models.diffusion_score.denoiser import Denoiser, Shape, losses
from models.diffusion_score.examples import Example, Examples
from models.diffusion_score.schedule import STEPS, noise_schedule
from models.diffusion_score.tokens import SIZES
from models.transformer.windows import Corpus

log = logging.getLogger(__name__)
ROOT = Path(__file__).resolve().parents[2]
CORPUS, OUT = ROOT / "runs" / "corpus.npz", ROOT / "runs" / "diffusion"
VIEWED = 60_000
"""Patches that the view is found from."""
HELD_OUT = 96
"""Windows of the validation split that losses are measured on."""
TIMES = (100, 300, 500, 700, 900)
"""Steps of the schedule at which they are."""
SELF = 0.5
"""Share of batches in which the network is told what it thought at first."""


@dataclass(frozen=True)
class Recipe:
    """What a run is made of; recorded with its weights."""

    corpus: str = str(CORPUS)
    out: str = str(OUT)
    shape: Shape = field(default_factory=Shape)
    steps: int = 60_000
    batch: int = 1536
    rate: float = 1.2e-3
    warm: int = 200
    decay: float = 0.02
    minutes: float = 0.0
    """Stop after this many minutes, the learning rate falling to nothing by then; 0 for steps alone."""
    seed: int = 1
    dropout: float = 0.0
    mean: float = 0.998
    """Share of the running mean of the weights that stays at each step."""
    every: int = 250
    """Steps from checkpoint to checkpoint."""
    begin: str = ""
    """A file of weights of this shape to go on from, where there is no checkpoint yet."""


def learning_rate(recipe: Recipe, share: float, step: int) -> float:
    """Warm-up, then a cosine down to a hundredth; ``share`` 0..1 of the run is done."""
    return recipe.rate * min(1.0, (step + 1) / recipe.warm) * (0.01 + 0.495 * (1 + math.cos(math.pi * min(1.0, share))))


def stacked(examples: Sequence[Example]) -> tuple[Tensor, Tensor, Tensor]:
    """Roll, numbers and what is given, of windows of one size."""
    roll = torch.from_numpy(np.stack([each.roll for each in examples])).float()
    tokens = torch.from_numpy(np.stack([each.tokens for each in examples])).long()
    return roll, tokens, torch.from_numpy(np.stack([each.given for each in examples]))


def noised(clean: Tensor, given: Tensor, time: Tensor, noise: Tensor, kept: Tensor) -> Tensor:
    """Latents with the noise of each window's time; given ones clean. ``kept`` is the schedule's cumulative alpha."""
    alpha = kept[time][:, None, None]
    return torch.where(given[..., None], clean, alpha.sqrt() * clean + (1 - alpha).sqrt() * noise)


def guess(model: Denoiser, noisy: Tensor, tokens: Tensor, time: Tensor) -> Tensor:
    """What the network thinks at first, as latents."""
    with torch.no_grad():
        logits = model(noisy, torch.zeros_like(noisy), tokens, time)
        return model.look(torch.sigmoid(logits.float()))


def evaluate(model: Denoiser, held: Sequence[Sequence[Example]], kept: Tensor) -> dict[str, float]:
    """Mean loss on fixed windows at fixed times with fixed noise, over all and at each time."""
    device = next(model.parameters()).device
    chance = torch.Generator().manual_seed(5)
    totals, count = dict.fromkeys(TIMES, 0.0), 0
    model.eval()
    for batch in held:
        roll, tokens, given = (item.to(device) for item in stacked(batch))
        clean = model.look(roll)
        noise = torch.randn(clean.shape, generator=chance).to(device)
        for when in TIMES:
            time = torch.full((len(roll),), when, device=device)
            noisy = noised(clean, given, time, noise, kept)
            with torch.no_grad():
                nats = losses(model, noisy, roll, guess(model, noisy, tokens, time), tokens, time)
            totals[when] += float(nats[~given].sum())
        count += int((~given).sum())
    model.train()
    found = {f"at {when}": total / max(1, count) for when, total in totals.items()}
    return {"loss": sum(found.values()) / len(found)} | found


def train(recipe: Recipe, *, source: Examples | None = None, held: Examples | None = None) -> dict[str, Any]:
    """Train by the recipe; writes ``checkpoint.pt``, ``log.jsonl`` and ``diffusion.safetensors``, resumes.

    Parameters
    ----------
    recipe : Recipe
    source, held : Examples, optional
        What to learn from and to measure on; the splits of the recipe's corpus unless given.

    Raises
    ------
    InputError
        If the corpus is not there, or weights to begin with are not, or are of another shape.
    """
    from accelerate import Accelerator

    torch.manual_seed(recipe.seed)
    accelerator = Accelerator(mixed_precision="bf16")
    device = accelerator.device
    out = Path(recipe.out)
    out.mkdir(parents=True, exist_ok=True)
    if source is None or held is None:
        corpus = corpus_of(recipe)
        source, held = Examples(corpus, 0, seed=recipe.seed), Examples(corpus, 1, seed=9)
    windows = _some(held, HELD_OUT, recipe.batch)
    model = Denoiser(recipe.shape, recipe.dropout)
    if device.type == "cpu":
        model.attend_plainly()
    optimizer = torch.optim.AdamW(_groups(model, recipe.decay), lr=recipe.rate, betas=(0.9, 0.98), fused=True)
    mean = copy.deepcopy(model)
    start, spent = _resume(out, model, mean, optimizer)
    if not start:
        if recipe.begin:
            _begin(Path(recipe.begin), model)
        else:
            model.fit_view(_patches(source))
        mean.load_state_dict(model.state_dict())
    else:
        source.reseed(recipe.seed * 7919 + start)
    mean.requires_grad_(False).to(device)
    model, optimizer = accelerator.prepare(model, optimizer)
    plain: Denoiser = accelerator.unwrap_model(model)
    kept = noise_schedule().to(device)
    began, figures, seen = time.monotonic() - spent, dict[str, Any](), 0
    for step, batch in enumerate(source.batches(recipe.batch), start=start):
        minutes = (time.monotonic() - began) / 60
        share = max(step / recipe.steps, minutes / recipe.minutes if recipe.minutes else 0.0)
        if share < 1:
            for group in optimizer.param_groups:
                group["lr"] = learning_rate(recipe, share, step)
            with accelerator.autocast():
                loss = _loss(plain, stacked(batch), kept, device)
            accelerator.backward(loss)
            accelerator.clip_grad_norm_(plain.parameters(), 1.0)
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
            _follow(mean, plain, min(recipe.mean, (1 + step) / (10 + step)))
            seen += sum(len(each.roll) for each in batch)
        if share >= 1 or (step + 1) % recipe.every == 0:
            line = {"step": step, "minutes": round(minutes, 2), "tokens": seen}
            with accelerator.autocast():
                line |= {name: round(value, 4) for name, value in evaluate(mean, windows, kept).items()}
            figures = line
            _note(out, line)
            _save(out, plain, mean, optimizer, recipe, step + 1, time.monotonic() - began)
            export(out / "diffusion.safetensors", mean, recipe)
        if share >= 1:
            break
    return figures


def corpus_of(recipe: Recipe) -> Corpus:
    """The table that the recipe names."""
    if not Path(recipe.corpus).is_file():
        raise InputError(
            f"corpus {recipe.corpus!r}", "a table that make data wrote", "run make data, or correct --corpus"
        )
    return Corpus.load(Path(recipe.corpus))


def _loss(model: Denoiser, batch: tuple[Tensor, Tensor, Tensor], kept: Tensor, device: torch.device) -> Tensor:
    """Mean nats of the tokens that are not given, at a random time for each window."""
    roll, tokens, given = (item.to(device) for item in batch)
    clean = model.look(roll)
    time = torch.randint(0, STEPS, (len(roll),), device=device)
    noisy = noised(clean, given, time, torch.randn_like(clean), kept)
    thought = guess(model, noisy, tokens, time) if torch.rand(()) < SELF else torch.zeros_like(noisy)
    nats = losses(model, noisy, roll, thought, tokens, time)
    return (nats * ~given).sum() / (~given).sum().clamp(min=1)


def _some(source: Examples, windows: int, batch: int) -> list[list[Example]]:
    """Batches of about so many windows."""
    out: list[list[Example]] = []
    for examples in source.batches(batch):
        out.append(examples)
        if sum(map(len, out)) >= windows:
            return out
    return out


def _patches(source: Examples) -> Tensor:
    """Patches of the training split that are not given, for the view."""
    rows: list[Tensor] = []
    for examples in source.batches(1536):
        roll, _, given = stacked(examples)
        rows.append(roll[~given])
        if sum(map(len, rows)) >= VIEWED or len(rows) > VIEWED // 200:
            break
    return torch.cat(rows)


def _groups(model: Denoiser, decay: float) -> list[dict[str, Any]]:
    matrices = [p for p in model.parameters() if p.ndim >= 2]
    vectors = [p for p in model.parameters() if p.ndim < 2]
    return [{"params": matrices, "weight_decay": decay}, {"params": vectors, "weight_decay": 0.0}]


def _follow(mean: Denoiser, model: Denoiser, stays: float) -> None:
    """Move the running mean towards the weights."""
    with torch.no_grad():
        for old, new in zip(mean.parameters(), model.parameters(), strict=True):
            old.lerp_(new, 1 - stays)


def _note(out: Path, line: dict[str, Any]) -> None:
    log.warning("%s", json.dumps(line))
    with (out / "log.jsonl").open("a") as file:
        file.write(json.dumps(line) + "\n")


def export(path: Path, model: Denoiser, recipe: Recipe) -> None:
    """The weights alone, in half precision, with the recipe in the file's head."""
    from safetensors.torch import save_file

    weights = {name: value.detach().half().contiguous().cpu() for name, value in model.state_dict().items()}
    made = {name: value for name, value in asdict(recipe).items() if name not in ("corpus", "out", "begin")}
    head = {"shape": json.dumps(recipe.shape.as_dict()), "recipe": json.dumps(made), "sizes": json.dumps(SIZES)}
    save_file(weights, path, metadata=head)


def _save(out: Path, model: Denoiser, mean: Denoiser, optimizer: Any, recipe: Recipe, step: int, spent: float) -> None:
    """One file, never half written."""
    state = {
        "model": model.state_dict(), "mean": mean.state_dict(), "optimizer": optimizer.state_dict(),
        "recipe": asdict(recipe), "step": step, "spent": spent,
    }  # fmt: skip
    torch.save(state, out / "checkpoint.tmp")
    os.replace(out / "checkpoint.tmp", out / "checkpoint.pt")


def _resume(out: Path, model: Denoiser, mean: Denoiser, optimizer: Any) -> tuple[int, float]:
    """Step and seconds of the checkpoint that is there, loaded; 0 where there is none."""
    if not (out / "checkpoint.pt").exists():
        return 0, 0.0
    state = torch.load(out / "checkpoint.pt", map_location="cpu", weights_only=True)
    model.load_state_dict(state["model"])
    mean.load_state_dict(state["mean"])
    optimizer.load_state_dict(state["optimizer"])
    return int(state["step"]), float(state["spent"])


def _begin(path: Path, model: Denoiser) -> None:
    """Take over the weights of a file that `export` wrote, and the view that they were learned with."""
    from safetensors.torch import load_file

    legal = "a file of weights of the recipe's shape that training wrote"
    if not path.is_file():
        raise InputError(f"weights {str(path)!r}", legal, "correct --begin, or leave it out")
    try:
        model.load_state_dict(load_file(path))
    except RuntimeError as error:
        raise InputError(f"weights {str(path)!r}", legal, "give the width and layers that they have") from error


def recipe_of(arguments: Sequence[str] | None = None) -> Recipe:
    """The recipe that a command line asks for."""
    parser = argparse.ArgumentParser(prog="python -m models.diffusion_score.train", description=__doc__)
    for each in fields(Recipe):
        if each.name != "shape":
            parser.add_argument(f"--{each.name}", type=type(each.default))
    for each in fields(Shape):
        parser.add_argument(f"--{each.name}", type=int)
    given = {name: value for name, value in vars(parser.parse_args(arguments)).items() if value is not None}
    sizes = {each.name: given.pop(each.name) for each in fields(Shape) if each.name in given}
    return replace(Recipe(shape=replace(Shape(), **sizes)), **given)


def main(arguments: Sequence[str] | None = None) -> int:
    """The command."""
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "0")) or torch.get_num_threads())
    try:
        train(recipe_of(arguments))
    except InputError as error:
        log.error("error: %s", error)
        return error.exit_code
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
