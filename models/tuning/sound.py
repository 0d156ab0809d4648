"""An engine of sound adapted to a person's own recordings.

::

    python -m models.tuning.sound FOLDER --out FILE --licence "my own recordings" [--engine stable-audio-3]

The weights of others stay as they are; what is learned are low-rank bypasses beside their transformer (`adapters`),
kept in a file of their own. The engine takes them on with ``CUEWRIGHT_STUDIO_ADAPTER=FILE``, and is itself again
without it.

Conventions: losses are those of `sounding`. What the autoencoder makes of the windows is kept in ``FILE.latents``, so
that a second run begins at once; the folder may be deleted. It is the base weights, not the distilled ones, that learn
best (``--base``); what they learn fits both.
"""

from __future__ import annotations

import argparse
import json
import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch

from assistant.errors import AssistantError, EngineError, InputError
from models.published import digest_of
from models.tuning import adapters
from models.tuning.course import Course, follow
from models.tuning.flows import Flow, encoders, flow_of
from models.tuning.options import add_options, course_of, write
from models.tuning.provenance import Provenance, checked_licence
from models.tuning.recordings import Recording, read_folder, windows_of
from models.tuning.sounding import Sounding, Window

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Settings:
    """How an engine is tuned.

    Parameters
    ----------
    rank, batch : int
    window_s : float
    measured : int
        Held-out windows of every measurement, at most.
    dropout : float
    less_memory : bool
        Whether activations are computed again instead of kept, a third slower.
    """

    rank: int = 16
    batch: int = 2
    window_s: float = 30.0
    measured: int = 8
    dropout: float = 0.0
    less_memory: bool = False


def tune(
    folder: Path, out: Path, *, engine: str, base: Path | None = None, licence: str, course: Course,
    settings: Settings | None = None, precision: str = "bf16",
) -> Provenance:  # fmt: skip
    """Adapt an engine of sound to the recordings of a folder and write what was learned to ``out``.

    Parameters
    ----------
    folder, out : Path
    engine : {"stable-audio-3", "ace-step"}
    base : Path, optional
        The weights in the layout of diffusers; those that the engine plays with unless given.
    licence : str
        With what right the recordings may be learned from, in the person's words.
    course : Course
    settings : Settings, optional
    precision : {"bf16", "no"}

    Raises
    ------
    InputError
        If the recordings are too few or cannot be used, nothing is said of rights, or nothing could be learned.
    EngineError
        If the engine's weights or peft are not there.
    """
    from accelerate import Accelerator

    settings = settings or Settings()
    licence = checked_licence(licence)
    recordings, refused = read_folder(folder, window_s=settings.window_s, seed=course.seed)
    for line in refused:
        log.warning("not used: %s", line)
    accelerator = Accelerator(mixed_precision=precision)
    half = accelerator.device.type == "cuda" and precision == "bf16"
    base = base or _own_base(engine)
    flow = flow_of(engine, base, dtype=torch.bfloat16 if half else torch.float32)
    seen = list(_windows(flow, recordings, settings, accelerator.device, out.with_name(out.name + ".latents"), base))
    held = [window for recording, window in seen if recording.held_out][: settings.measured]
    heard = [window for recording, window in seen if not recording.held_out]
    log.warning("%d recordings: %d windows to learn from, %d held out", len(recordings), len(heard), len(held))
    network = flow.pipe.transformer.to(accelerator.device)
    torch.manual_seed(course.seed)
    adapters.put_on(network, flow.targets, settings.rank, dropout=settings.dropout)
    if settings.less_memory:
        network.enable_gradient_checkpointing()
    files = tuple(sorted(recording.digest for recording in recordings))
    weights = _digest(base / "transformer")
    about = json.dumps([engine, weights, files, licence, repr(settings), repr(course)])
    checkpoint = out.with_name(out.name + ".checkpoint")
    lesson = Sounding(flow, heard, held, batch=settings.batch, seed=course.seed, accelerator=accelerator)
    learned = follow(lesson, course, accelerator, checkpoint, about=about)
    if learned.best == 0:
        raise InputError(
            f"{learned.steps} steps after which held-out recordings come out no better ({learned.before:.4f})",
            "recordings that have something in common", "add some, take more --steps or another --rate",
        )  # fmt: skip
    figures = {"held_out_before": round(learned.before, 5), "held_out_after": round(learned.after, 5)}
    tensors = lesson.taken()
    provenance = Provenance(
        engine, weights, adapters.shapes(tensors), licence, files, settings.rank, learned.best, course.seed, figures
    )
    write(out, tensors, provenance)
    if not learned.stopped:
        checkpoint.unlink(missing_ok=True)
    log.warning("%s", json.dumps(figures))
    return provenance


def _windows(
    flow: Flow, recordings: Sequence[Recording], settings: Settings, device: torch.device, cache: Path, base: Path
) -> Iterator[tuple[Recording, Window]]:
    """Every window of every recording, through the pipeline's encoders or from what they made of it before."""
    from safetensors.torch import load_file, save_file

    cache.mkdir(parents=True, exist_ok=True)
    encoder = _digest(base / "vae")[:12]
    parts = encoders(flow.pipe)
    for part in parts:
        part.to(device).eval().requires_grad_(False)
    with torch.no_grad():
        for recording in recordings:
            kept = cache / f"{recording.digest[:24]}-{settings.window_s:g}-{encoder}.safetensors"
            if not kept.is_file():
                samples = windows_of(
                    recording, window_s=settings.window_s, rate_hz=flow.rate_hz, channels=flow.channels
                )
                dtype = next(flow.pipe.vae.parameters()).dtype
                latents = [flow.latents(torch.from_numpy(each).to(device, dtype)) for each in samples]
                save_file({f"{at:05d}": each.float().cpu().contiguous() for at, each in enumerate(latents)}, kept)
            for _, each in sorted(load_file(kept).items()):
                told = flow.conditions(recording.prompt, settings.window_s, each)
                yield recording, Window(each, {name: value.cpu() for name, value in told.items()})
    for part in parts:
        part.to("cpu")


def _own_base(engine: str) -> Path:
    """The weights that the engine plays with."""
    from models.studio import checkpoints

    why_not = checkpoints.missing(engine)
    folder: Path | None = checkpoints.folder(engine)
    if why_not or folder is None:
        raise EngineError(f"engine {engine!r}: {why_not}", "its weights on this machine", "fetch them, or name --base")
    return folder


def _digest(folder: Path) -> str:
    """One SHA-256 over the weights in a folder."""
    files = sorted(folder.glob("*.safetensors"))
    if len(files) == 1:
        return digest_of(files[0])
    import hashlib

    return hashlib.sha256("".join(digest_of(path) for path in files).encode()).hexdigest()


def main(arguments: Sequence[str] | None = None) -> int:
    """The command."""
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    parser = argparse.ArgumentParser(prog="python -m models.tuning.sound", description=__doc__.split("\n")[0])
    add_options(parser, steps=1000, every=50, patience=5, rate=1e-4, rank=Settings.rank, batch=Settings.batch)
    parser.add_argument("--engine", choices=("stable-audio-3", "ace-step"), default="stable-audio-3")
    parser.add_argument("--base", type=Path, help="weights in the layout of diffusers; the engine's own unless given")
    parser.add_argument("--window", type=float, default=Settings.window_s, help="seconds")
    parser.add_argument("--less-memory", action="store_true", help="a third slower, for small devices")
    options = parser.parse_args(arguments)
    settings = Settings(options.rank, options.batch, options.window, less_memory=options.less_memory)
    try:
        tune(
            options.folder, options.out, engine=options.engine, base=options.base, licence=options.licence,
            course=course_of(options), settings=settings, precision=options.precision,
        )  # fmt: skip
    except AssistantError as error:
        log.error("error: %s", error)
        return error.exit_code
    log.warning("written: %s; to hear it, set %s=%s", options.out, adapters.VARIABLE, options.out.resolve())
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
