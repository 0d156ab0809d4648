"""Signs finished sound and film with content credentials (C2PA): who made it, with what, and that a program did.

Conventions: a file is replaced by its signed self, whole or not at all; samples and packets stay what they were. What
the person wrote is never in it. The film names the clip as what it was made from, with the credentials that the clip
had. Nothing is fetched: an authority of time is asked only when the signer names one.

Source: C2PA Technical Specification 2.1; c2pa-python.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assistant import __version__
from assistant.deliver.papers.certificates import Signer
from assistant.deliver.papers.disclosure import FILM, source_type
from assistant.deliver.papers.values import Credentials, Kind

log = logging.getLogger(__name__)

KINDS = {
    ".wav": "audio/wav", ".mp3": "audio/mpeg", ".m4a": "audio/mp4", ".mp4": "video/mp4", ".flac": "audio/flac",
    ".mov": "video/quicktime",
}  # fmt: skip
"""What can be signed, by its ending."""
SIGNED = ("mix", "scored")
"""Stems of the files that are signed when nothing else is said: those that are published."""

LARGEST_BYTES = 100_000_000
"""A larger file is not signed: c2pa holds three times a file's size in memory, and takes a second for each 110 MB."""


@dataclass(frozen=True)
class Origin:
    """What credentials say of a take: engine, seed, weights, and the clip that a film was made from."""

    engine: str
    seed: int
    weights: str = ""
    clip: Path | None = None


def published(names: Sequence[str]) -> tuple[str, ...]:
    """Which files of a delivery are signed.

    Examples
    --------
    >>> published(["mix.wav", "premaster.wav", "stems/lead.wav", "mix.m4a", "scored.webm", "scored.mp4"])
    ('mix.wav', 'mix.m4a', 'scored.mp4')
    """
    return tuple(name for name in names if Path(name).suffix in KINDS and name.rpartition(".")[0] in SIGNED)


def sign_files(folder: Path, names: Sequence[str], signer: Signer | None, origin: Origin) -> Credentials:
    """Sign files of a folder; a file that can't be signed stays as it was, and the reason is said.

    Parameters
    ----------
    folder : Path
    names : sequence of str
    signer : Signer or None
        None signs nothing.
    origin : Origin
    """
    if signer is None:
        return Credentials()
    signed, trouble = [], ""
    for name in names:
        if (folder / name).stat().st_size > LARGEST_BYTES:
            trouble = f"{name}: larger than {LARGEST_BYTES // 1_000_000} MB"
            continue
        try:
            sign(folder / name, signer, origin)
            signed.append(name)
        except Exception as error:  # noqa: BLE001 - a take is not lost for its signature, whatever c2pa says
            log.warning("%s was not signed: %s", name, error)
            trouble = f"{name}: {type(error).__name__}"
    if not signed:
        return Credentials(trouble=trouble)
    kind: Kind = "test" if signer.is_test else "own"
    return Credentials(kind, signer.issuer, bool(signer.time_authority), tuple(signed), trouble)


def sign(path: Path, signer: Signer, origin: Origin) -> None:
    """Sign one file in its place; raises what c2pa raises, the file then as it was."""
    import c2pa  # type: ignore[import-untyped]

    is_film = source_type(path.name) == FILM
    part = path.with_name(f".{path.name}.signed")
    settings = {"verify": {"verify_after_sign": False}, "builder": {"thumbnail": {"enabled": False}}}
    info = c2pa.C2paSignerInfo(
        signer.algorithm.encode(), signer.chain, signer.key, signer.time_authority.encode() or None
    )
    try:
        context = c2pa.Context(c2pa.Settings.from_dict(settings))
        made_from = _ingredient(c2pa, context, origin.clip) if is_film and origin.clip else None
        builder = c2pa.Builder(manifest(path, origin, has_source=made_from is not None), context=context)
        if made_from is not None:
            with made_from.open("rb") as clip:
                builder.add_ingredient(INGREDIENT, KINDS[made_from.suffix.lower()], clip)
        with path.open("rb") as source, part.open("w+b") as target:
            builder.sign(c2pa.Signer.from_info(info), KINDS[path.suffix], source, target)
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


INGREDIENT = {"title": "clip", "relationship": "parentOf", "instance_id": "clip"}
"""The person's film, without its name."""


def _ingredient(c2pa: Any, context: Any, clip: Path) -> Path | None:
    """The clip, where c2pa can read its kind."""
    try:
        if clip.suffix.lower() not in KINDS or clip.stat().st_size > LARGEST_BYTES:
            return None
        with clip.open("rb") as file:
            c2pa.Builder({}, context=context).add_ingredient(INGREDIENT, KINDS[clip.suffix.lower()], file)
    except (OSError, c2pa.C2paError) as error:
        log.warning("the clip is not named as a source: %s", error)
        return None
    return clip


def manifest(path: Path, origin: Origin, *, has_source: bool = False) -> dict[str, Any]:
    """What is signed: how the file came to be, and what made it."""
    agent = {"name": "Cuewright", "version": __version__}
    kind = source_type(path.name)
    made: dict[str, Any] = {"action": "c2pa.created", "digitalSourceType": kind, "softwareAgent": agent}
    actions = [made]
    if has_source:
        opened = {"action": "c2pa.opened", "parameters": {"ingredientIds": ["clip"]}}
        actions = [opened, {**made, "action": "c2pa.edited", "description": "Music was composed and laid under it."}]
    how = {"engine": origin.engine, "seed": origin.seed, "weights": origin.weights, "digitalSourceType": kind}
    return {
        "claim_generator_info": [agent],
        "title": path.name,
        "format": KINDS[path.suffix],
        "assertions": [
            {"label": "c2pa.actions.v2", "data": {"actions": actions}},
            {"label": "org.cuewright.made", "data": how},
        ],
    }
