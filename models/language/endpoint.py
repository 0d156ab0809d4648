"""A language model behind an OpenAI-compatible address (llama.cpp, vLLM, Ollama, Hugging Face's router).

Conventions: one question, one answer, within ``patience_s`` seconds in all, however slowly the bytes come. The key goes
to that address alone: redirects are not followed. Source: the chat-completions form that these servers share.
"""

from __future__ import annotations

import json
import queue
import threading
import time
from collections.abc import Mapping
from typing import Any

from assistant.interpret import AdviserError

LARGEST_ANSWER = 200_000
"""Bytes of an answer that are read."""
REFUSED_SCHEMA = (400, 404, 422, 501)
"""What servers answer that cannot be held to a schema."""


class EndpointModel:
    """A model that is asked over HTTP.

    Parameters
    ----------
    url : str
        Base of the service; ``/chat/completions`` is added.
    model : str
        The model's name there.
    key : str
        Sent as a bearer token when not empty.
    patience_s : float
        Seconds for a whole answer.
    """

    def __init__(self, url: str, model: str, *, key: str = "", patience_s: float = 20.0) -> None:
        self.url, self.model, self.patience_s = url.rstrip("/") + "/chat/completions", model, patience_s
        self._headers = {"Authorization": f"Bearer {key}"} if key else {}
        self._takes_schema = True

    @property
    def name(self) -> str:
        """The model's name at its service."""
        return self.model

    def answer(self, prompt: str, *, schema: Mapping[str, Any]) -> str:
        """What the model writes, held to the schema where the service can."""
        request: dict[str, Any] = {
            "model": self.model,
            "messages": [{"role": "user", "content": prompt}],
            "temperature": 0,
            "max_tokens": 1200,
        }
        until = time.monotonic() + self.patience_s
        if self._takes_schema:
            held = {"type": "json_schema", "json_schema": {"name": "constraints", "schema": dict(schema)}}
            status, body = self._post({**request, "response_format": held}, until)
            if status not in REFUSED_SCHEMA:
                return self._content(status, body)
            content = self._content(*self._post(request, until))
            self._takes_schema = False  # it answers, but not when held to a schema
            return content
        return self._content(*self._post(request, until))

    def _post(self, request: Mapping[str, Any], until: float) -> tuple[int, bytes]:
        """Status and body, on a thread of its own, so that a server that drips is left in time."""
        told: queue.SimpleQueue[tuple[int, bytes] | AdviserError] = queue.SimpleQueue()

        def ask() -> None:
            try:
                told.put(self._asked(request, until))
            except AdviserError as error:
                told.put(error)

        threading.Thread(target=ask, name="language model", daemon=True).start()
        try:
            heard = told.get(timeout=max(0.1, until - time.monotonic()))
        except queue.Empty as error:
            raise self._error("it did not answer in time") from error
        if isinstance(heard, AdviserError):
            raise heard
        return heard

    def _asked(self, request: Mapping[str, Any], until: float) -> tuple[int, bytes]:
        """Status and body; a silent or endless server is left."""
        import httpx

        body = b""
        try:
            with (
                httpx.Client(timeout=max(0.1, until - time.monotonic()), follow_redirects=False) as client,
                client.stream("POST", self.url, json=request, headers=self._headers) as answer,
            ):
                for chunk in answer.iter_bytes():
                    body += chunk
                    if len(body) > LARGEST_ANSWER or time.monotonic() > until:
                        raise self._error("it did not come to an end")
                return answer.status_code, body
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            raise self._error(type(error).__name__) from error

    def _content(self, status: int, body: bytes) -> str:
        if status != 200:
            raise self._error(f"status {status}")
        try:
            content = json.loads(body)["choices"][0]["message"]["content"]
        except (ValueError, LookupError, TypeError, RecursionError) as error:
            raise self._error("an answer of another form") from error
        if not isinstance(content, str):
            raise self._error("an answer without text")
        return content

    def _error(self, what: str) -> AdviserError:
        legal = f"a chat completion within {self.patience_s:g} s"
        return AdviserError(f"language model {self.model!r}: {what}", legal, "check CUEWRIGHT_LLM_URL")
