"""A checkpoint from the hub, because a person asked for it; nothing else here ever downloads.

Conventions: what is fetched lies in ``CUEWRIGHT_WEIGHTS/<name>`` where that is set, with a record of its commit, else
in the hub's cache, whose folders are named by commits. Files of weights are safetensors alone: no pickles.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from assistant.errors import EngineError
from models.studio.catalogue import DATA, RECORD, VARIABLE, Checkpoint, checkpoint, kept_offline, own_folder

_SPARE = 1.05
"""How much room a download needs over its size."""
_BESIDE = ("*.json", "*.txt", "*.model", "*.jinja", "*.md", "LICENSE*")
"""What else than weights is fetched: configurations, tokenizers, licences."""


def fetch(name: str) -> Path:
    """Download a checkpoint, at its revision; only ever because a person asked.

    Returns
    -------
    Path
        Where it lies: in ``CUEWRIGHT_WEIGHTS`` where that is set, else in the hub's cache.

    Raises
    ------
    EngineError
        If the hub can't be reached, refuses, or the disk is too small.
    """
    known = checkpoint(name)
    target = own_folder(name)
    if target is not None and known.convert:
        target = target.with_name(f"{name}-original")
    _check_room(known, target)
    from huggingface_hub import HfApi, snapshot_download

    wanted = list(known.originals) or [*_BESIDE, *known.files, *_shards(known)]
    try:
        head = str(HfApi().model_info(known.repository, revision=known.revision).sha)
        path = Path(snapshot_download(known.repository, revision=head, local_dir=target, allow_patterns=wanted))
    except Exception as error:  # whatever the hub or the network says is said with its cure
        raise EngineError(_refused(known, error), "weights from the hub", _cure_of(known, error)) from error
    if target is not None:
        record = {"repository": known.repository, "commit": head, "licence": known.licence}
        (path / RECORD).write_text(json.dumps(record, indent=1) + "\n", "utf-8")
    return path


def how_to_convert(name: str, fetched: Path) -> str:
    """What a person has yet to do with fetched weights before they can be loaded; empty when nothing."""
    known = checkpoint(name)
    if not known.convert:
        return ""
    target = own_folder(name) or Path(f"$CUEWRIGHT_WEIGHTS/{name}")
    encoder = next((each.split("/")[0] for each in known.originals if each.endswith("/*")), "")
    return (
        f"These weights are not published as diffusers loads them. Convert them once, with scripts/{known.convert} "
        f"of github.com/huggingface/diffusers (it needs no installing):\n  python {known.convert} "
        f"--checkpoint_path {fetched / 'model.safetensors'} --model_config_path {fetched / 'model_config.json'} "
        f"--text_encoder_repo {fetched / encoder} --output_dir {target} --dtype float16"
    )


def _shards(known: Checkpoint) -> list[str]:
    """Patterns of the parts that large weights are split into."""
    return [file.replace(".safetensors", "-*.safetensors") for file in known.files if file.endswith(".safetensors")]


def _check_room(known: Checkpoint, target: Path | None) -> None:
    """Refuse a download that the disk has no room for."""
    from huggingface_hub.constants import HF_HUB_CACHE

    place = target or Path(HF_HUB_CACHE)
    there = next(each for each in (place, *place.parents) if each.exists())
    free = shutil.disk_usage(there).free
    if free < known.bytes * _SPARE:
        given = f"weights of {known.gigabytes:.1f} GB for {there}, which has {free / 1e9:.1f} GB free"
        raise EngineError(given, "room for them", f"free some, or let {VARIABLE} or HF_HOME name another disk")


def _refused(known: Checkpoint, error: Exception) -> str:
    reason = " ".join(str(error).split())[:160]
    return f"weights {known.name!r} from huggingface.co/{known.repository} ({type(error).__name__}: {reason})"


def _cure_of(known: Checkpoint, error: Exception) -> str:
    """What helps against what the hub or the network said."""
    from huggingface_hub import errors

    if isinstance(error, errors.GatedRepoError):
        return f"agree to its licence at huggingface.co/{known.repository}, then sign in with `hf auth login`"
    if isinstance(error, errors.OfflineModeIsEnabled) or kept_offline():
        return "unset HF_HUB_OFFLINE, which keeps this machine offline"
    if isinstance(error, errors.RepositoryNotFoundError | errors.RevisionNotFoundError):
        return f"it is no longer there: name its new place in {DATA.name}"
    if isinstance(error, OSError) and error.errno is not None:
        return "see whether the folder can be written and has room"
    return f"connect to the network and try again, or copy the files from another machine into {VARIABLE}/{known.name}"
