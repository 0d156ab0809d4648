"""Vision-language models that say what a picture shows. None unless asked for."""

from __future__ import annotations

import os
from collections.abc import Mapping

from assistant.interpret import PictureModel

__all__ = ["from_environment"]


def from_environment(environ: Mapping[str, str] = os.environ) -> PictureModel | None:
    """The model that ``CUEWRIGHT_VLM`` names: a folder, or a name on the hub, of SmolVLM's class; loaded when used."""
    source = environ.get("CUEWRIGHT_VLM", "").strip()
    if not source:
        return None
    from models.vision.local import LocalPictureModel

    return LocalPictureModel(source)
