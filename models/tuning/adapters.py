"""Adapters of engines of sound: learned with peft, kept in its form, folded into a network's weights when it is loaded.

Conventions: tensors are named as peft names them (``LAYER.lora_A.weight``, ``LAYER.lora_B.weight``) with alpha equal to
rank, so that a layer's weights become W + B @ A and other programs can read the file. Folding needs no peft, works at
any dtype and on any device, and costs nothing afterwards. The environment variable ``CUEWRIGHT_STUDIO_ADAPTER`` names
the file that the engine takes on.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assistant.errors import EngineError
from models.published import digest_of
from models.tuning.provenance import Provenance, digest_of_shapes, of_head

if TYPE_CHECKING:
    from torch import Tensor

VARIABLE = "CUEWRIGHT_STUDIO_ADAPTER"
A, B = ".lora_A.weight", ".lora_B.weight"


class OtherSizeError(EngineError):
    """An adapter that was learned beside a network of another shape; the engine may have weights that fit it."""


def named() -> Path | None:
    """The file that the environment names."""
    value = os.environ.get(VARIABLE, "")
    return Path(value) if value else None


def put_on(network: Any, targets: Sequence[str], rank: int, *, dropout: float = 0.0) -> None:
    """Give the layers whose names end so a bypass to learn; everything else is held still.

    Raises
    ------
    EngineError
        If peft is not there.
    """
    try:
        from peft import LoraConfig, inject_adapter_in_model
    except ImportError as error:
        raise EngineError(
            "tuning without the package peft", "peft, which the extra tuning brings", "pip install 'cuewright[tuning]'"
        ) from error
    network.requires_grad_(False)
    config = LoraConfig(r=rank, lora_alpha=rank, lora_dropout=dropout, target_modules=list(targets))
    inject_adapter_in_model(config, network)
    for parameter in network.parameters():
        if parameter.requires_grad:
            parameter.data = parameter.data.float()


def taken(network: Any) -> dict[str, Tensor]:
    """What was learned, copied."""
    from peft import get_peft_model_state_dict

    return {name: value.detach().clone().float().cpu() for name, value in get_peft_model_state_dict(network).items()}


def given(network: Any, tensors: Mapping[str, Tensor]) -> None:
    """Put it back."""
    from peft import set_peft_model_state_dict

    set_peft_model_state_dict(network, dict(tensors))


def shapes(tensors: Mapping[str, Tensor]) -> str:
    """A digest of the layers that an adapter changes and their shapes, whatever its rank."""
    names = sorted(name.removesuffix(A) for name in tensors if name.endswith(A))
    return digest_of_shapes((name, (tensors[name + B].shape[0], tensors[name + A].shape[1])) for name in names)


def wear(network: Any, engine: str, path: Path | None = None) -> Provenance | None:
    """Fold the adapter that is named into a network that was just loaded; None where none is for this engine.

    Parameters
    ----------
    network : torch.nn.Module
        The engine's transformer.
    engine : str
    path : Path, optional
        The adapter; that of the environment unless given.

    Raises
    ------
    EngineError
        If it is not there, is no adapter, or was learned for a network of another shape, or is given for another engine
        than its own; the network is then as it was.
    """
    import torch

    chosen = path or named()
    if chosen is None:
        return None
    head, tensors = _read(chosen)
    tuning = of_head(head)
    if path is None and tuning is not None and tuning.engine != engine:
        return None
    path = chosen
    if tuning is None or tuning.engine != engine:
        whose = f"learned for {tuning.engine}" if tuning else "which says nothing of what it belongs to"
        raise EngineError(
            f"adapter {path.name}, {whose}", f"one that models.tuning.sound wrote for {engine}",
            f"leave {VARIABLE} out, or choose the engine that it is for",
        )  # fmt: skip
    weights = dict(network.named_parameters())
    deltas = {
        name.removesuffix(A): (tensors[name], tensors.get(name.removesuffix(A) + B)) for name in tensors if A in name
    }
    for layer, (down, up) in deltas.items():
        weight = weights.get(f"{layer}.weight")
        if weight is None or up is None or weight.shape != (up.shape[0], down.shape[1]):
            raise OtherSizeError(
                f"adapter {path.name}, learned beside a network of another shape (layer {layer})",
                f"one that was learned beside this size of {engine}", "tune anew on this size",
            )  # fmt: skip
    with torch.no_grad():
        for layer, (down, up) in deltas.items():
            weight = weights[f"{layer}.weight"]
            beside = up.float() @ down.float()  # type: ignore[union-attr]  # checked above
            weight.copy_(weight.float() + beside.to(weight.device))
    return tuning


def card(engine: str) -> tuple[str, str] | None:
    """Name and hash of the adapter that an engine takes on, and what it learned from, for the papers; None for none."""
    path = named()
    if path is None:
        return None
    tuning = of_head(_read(path)[0])
    if tuning is None or tuning.engine != engine:
        return None
    return f"{path.name} (SHA-256 {digest_of(path)[:16]})", tuning.sources()


def _read(path: Path) -> tuple[dict[str, str], dict[str, Tensor]]:
    """Head and tensors of a file."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(str(path), "pt") as file:
            return file.metadata() or {}, {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (OSError, SafetensorError) as error:
        raise EngineError(
            f"adapter {str(path)!r} ({error})", "a file that models.tuning.sound wrote", f"correct {VARIABLE}"
        ) from error
