"""Language models that help to read briefs: one behind an address, or one on this machine. None unless asked for."""

from __future__ import annotations

import os
from collections.abc import Mapping
from urllib.parse import urlsplit

from assistant.errors import InputError
from assistant.interpret import LanguageModel

__all__ = ["from_environment"]

PATIENCE_S = 20.0
"""How long a person waits for a model's answer before the word lists read alone."""


def from_environment(environ: Mapping[str, str] = os.environ) -> LanguageModel | None:
    """The language model that the environment names.

    ``CUEWRIGHT_LLM_URL`` is the base of an OpenAI-compatible service, such as ``http://localhost:8080/v1`` (llama.cpp,
    vLLM, Ollama) or ``https://router.huggingface.co/v1``; ``CUEWRIGHT_LLM_MODEL`` its model, ``CUEWRIGHT_LLM_KEY`` its
    key. Without an address, ``CUEWRIGHT_LLM_MODEL`` is a folder or hub name for transformers.
    ``CUEWRIGHT_LLM_SECONDS`` is our patience.

    Raises
    ------
    InputError
        If one of them cannot be used.
    """
    url, name = environ.get("CUEWRIGHT_LLM_URL", "").strip(), environ.get("CUEWRIGHT_LLM_MODEL", "").strip()
    patience_s = _patience(environ.get("CUEWRIGHT_LLM_SECONDS", ""))
    if url:
        from models.language.endpoint import EndpointModel

        if urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).hostname:
            raise InputError(f"address {url!r:.60}", "http(s)://host/v1", "correct CUEWRIGHT_LLM_URL")
        return EndpointModel(url, name or "default", key=environ.get("CUEWRIGHT_LLM_KEY", ""), patience_s=patience_s)
    if name:
        from models.language.local import LocalModel

        return LocalModel(name, patience_s=patience_s)
    return None


def _patience(said: str) -> float:
    if not said:
        return PATIENCE_S
    try:
        seconds = float(said)
    except ValueError:
        seconds = -1.0
    if not 0 < seconds <= 3600:
        raise InputError(f"{said!r:.40} seconds", "a number from 1 to 3600", "correct CUEWRIGHT_LLM_SECONDS")
    return seconds
