"""The same assistant for programs: parse, score, revise and judge, as named endpoints and as tools of an MCP server.

Conventions: the docstrings of the four functions are what programs read of them, hence in the form that Gradio parses.
Answers are those of the command line (`assistant.summary`), with addresses for paths; errors are its sentences. A take
is named by an id that nobody can guess (`assistant.page.desk`). Every endpoint answers with one value: several would
reach a tool's caller as Python's text of a list.
"""

from __future__ import annotations

import importlib.util
import json
import logging
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import gradio as gr

from assistant.errors import AssistantError, BriefError, ClipError, InputError
from assistant.judge import judge_file
from assistant.page import conversation
from assistant.page.desk import Desk
from assistant.page.house import House
from assistant.records import to_data
from assistant.settings import LARGEST_SEED, checked_seed
from assistant.summary import understood

log = logging.getLogger(__name__)

Json = dict[str, Any]
LONGEST_TEXT = 20_000
"""Characters of a brief or a reply."""
LARGEST_FILE = 200 * 1024**2
"""Bytes of a file, as `gradio.Blocks.launch` is told for uploads; one fetched from an address counts too."""
QUEUE_AT_ONCE = 8
"""Requests of programs that may be under way; `Turns` says which of them work."""
TOOLS_AT_ONCE = 4
"""Takes of all tool calls together that may be under way."""


def tools_can_be_served() -> bool:
    """Whether the package behind the MCP server is there; where it is not, a log says so and the page does without."""
    if importlib.util.find_spec("mcp") is not None:
        return True
    log.warning("no tools for language models: the package mcp is missing; pip install mcp")
    return False


def connect_api(house: House) -> None:
    """Add the four endpoints to the page that is being built; nobody sees the components that type them."""
    desk = Desk(house)
    with gr.Group(visible=False):
        text, motif, take = (gr.Textbox(None, label=name) for name in ("text", "motif", "take"))
        clip, file = (gr.File(label=name) for name in ("clip", "file"))
        engine = gr.Dropdown(list(house.offered), value=house.default_engine, label="engine")
        seed = gr.Number(None, label="seed", precision=0)
        # As it was given: half a seed is refused, where Gradio would round it.
        seed.preprocess = lambda payload: payload  # type: ignore[method-assign]
        answer = gr.JSON(label="answer")
    ins = {
        "parse": [text, clip],
        "score": [text, clip, motif, engine, seed],
        "revise": [take, text, motif],
        "judge": [file, take],
    }
    for endpoint in endpoints(desk):
        gr.on(
            [],
            endpoint,
            ins[endpoint.__name__],
            answer,
            api_name=endpoint.__name__,
            concurrency_limit=QUEUE_AT_ONCE,
            concurrency_id="programs",
            show_progress="hidden",
        )


def endpoints(desk: Desk) -> tuple[Callable[..., Any], ...]:
    """The four functions that programs call."""

    def parse(text: str, clip: str | None = None, request: gr.Request | None = None) -> Json | str:
        """Understand a brief without composing: what a description of a scene means for the music.

        Parameters:
            text: the scene and the music for it, in plain words of any of thirteen languages
            clip: a film, sound, picture (a board), curve (.csv) or edit list (.otio, .edl, .fcpxml) to write to

        Returns:
            JSON: outcome (accept, clamp, ask or refuse), constraints with evidence, say, answers to a question
        """
        with _edge(request, clip):
            house = desk.house
            found = understood(_checked(text), _small(clip), library=house.library, advisers=house.advisers)
            return _given(found, request)

    def score(
        text: str,
        clip: str | None = None,
        motif: str | None = None,
        engine: str = desk.house.default_engine,
        seed: int | None = None,
        request: gr.Request | None = None,
    ) -> Json | str:
        """Compose a cue for a scene: exact length, hits on the frame; mix, notes, report, and a zip with the stems.

        Parameters:
            text: the scene and the music for it, in plain words, such as "30 s, a tense chase, then relief, no drums"
            clip: a film, sound, picture (a board), curve (.csv) or edit list (.otio, .edl, .fcpxml) to write to
            motif: notes of a tune to build on, such as "C4 D4:0.5 Eb4 r G4:2"
            engine: the engine that composes, one of sound that paints over what the default one composes, or "final"
                for the best of these, where one can run
            seed: a number from 0 to 4294967295, for the same take again

        Returns:
            JSON: take (the id that revise takes), constraints, findings, key, tempo_bpm, say, files (their addresses)
        """
        with _edge(request, clip), desk.house.turns.one_of(*visitor_of(request)):
            return _given(desk.compose(_checked(text), _small(clip), motif, engine, _whole(seed)), request)

    def revise(take: str, text: str, motif: str | None = None, request: gr.Request | None = None) -> Json | str:
        """Change exactly what a reply names in a take, and keep the rest; a question about it is answered instead.

        Parameters:
            take: the id of the take, as score or revise gave it; it stays as it is, so it can be revised again
            text: the reply, such as "slower, no drums, keep the melody" or "what key is this in?"
            motif: notes of another tune to build on

        Returns:
            JSON: as score gives, with changes, keep and difference; take, changes and say where words are the answer
        """
        with _edge(request), desk.house.turns.one_of(*visitor_of(request)):
            return _given(desk.change(str(take or ""), _checked(text), motif), request)

    def judge(file: str | None = None, take: str | None = None, request: gr.Request | None = None) -> Json | str:
        """Measure a MIDI, sound or film file: tempo, key, density, register, level, dissonance, valence, arousal.

        Parameters:
            file: a .mid, sound or film file
            take: instead of a file, the id of a take, as score or revise gave it; its notes are measured

        Returns:
            JSON: one value a measure, and notes on how each was measured
        """
        with _edge(request, file):
            if not file and not take:
                raise ClipError("no file", "a MIDI, sound or film file, or the id of a take", "give one of them")
            path = Path(_small(file) or desk.folder_of(str(take)) / "score.mid")
            return _given(to_data(judge_file(path)), request)

    return parse, score, revise, judge


@contextmanager
def _edge(request: gr.Request | None, clip: str | None = None) -> Iterator[None]:
    """One request of a program: every error as its sentence."""
    try:
        yield
    except AssistantError as error:
        if isinstance(error, ClipError) and clip:
            error.given = conversation.KEPT_NAME.sub(lambda _: repr(Path(clip).name), error.given)
        raise gr.Error(str(error), duration=None, print_exception=False) from error
    except Exception as error:  # the edge: a fault of ours is said, never shown as a traceback
        log.exception("a request of a program failed")
        said = f"{type(error).__name__}; this is a fault of ours; report it"
        raise gr.Error(said, duration=None, print_exception=False) from error


def visitor_of(request: gr.Request | None) -> tuple[str, int]:
    """Whose request it is, and how many takes they may have under way.

    An address; behind a Space's proxy the one that the proxy saw. Tool calls come through this machine, so those who
    make them can't be told apart.
    """
    if request is None:
        return "", 1
    forwarded = str(request.headers.get("x-forwarded-for", "")).rpartition(",")[2].strip()
    if "SPACE_ID" in os.environ and forwarded:
        return forwarded, 1
    if _is_tool_call(request):
        return "tools", TOOLS_AT_ONCE
    return str(getattr(request.client, "host", "")), 1


def _is_tool_call(request: gr.Request | None) -> bool:
    return request is not None and request.headers.get("x-gradio-user") == "mcp"


def _given(answer: Json, request: gr.Request | None) -> Json | str:
    """An answer as its reader wants it: files as addresses, JSON for tools too.

    Gradio hands tools ``str`` of what a component shows: of a dict that is Python and no JSON, of a text the text. The
    component reads JSON, so a text for it is JSON in JSON.
    """
    files = {name: _address(path, request) for name, path in answer.get("files", {}).items()}
    answer = answer | {"files": files} if files else answer
    return json.dumps(json.dumps(answer, ensure_ascii=False)) if _is_tool_call(request) else answer


def _address(path: Path, request: gr.Request | None) -> str:
    """Where a file is fetched, by the name under which the program knows this page."""
    place = f"/gradio_api/file={quote(path.resolve().as_posix())}"
    if request is None:
        return place
    page = urlsplit(str(request.url).partition("/gradio_api/")[0])
    host = str(request.headers.get("x-forwarded-host", page.netloc)).partition(",")[0].strip()
    scheme = str(request.headers.get("x-forwarded-proto", page.scheme)).partition(",")[0].strip()
    return f"{scheme}://{host}{page.path}{place}"


def _checked(text: str | None) -> str:
    """Words that may go along the line."""
    words = str(text or "").strip()
    if not words:
        raise BriefError("no text", "words in any language", "describe the scene, or what should change")
    if len(words) > LONGEST_TEXT:
        raise BriefError(f"text of {len(words)} characters", f"{LONGEST_TEXT} at most", "say it in fewer words")
    return words


def _whole(seed: object) -> int | None:
    """A seed that is a whole number, None without one; a program may give anything."""
    if seed is None:
        return None
    if isinstance(seed, bool) or not isinstance(seed, int | float) or seed != seed or seed % 1:
        raise InputError(f"seed {seed!r:.40}", f"a whole number from 0 to {LARGEST_SEED}", "give one, or none")
    return checked_seed(int(seed))


def _small(path: str | None) -> str | None:
    """The path of a file that is not too large, None without one."""
    if path and (size := Path(path).stat().st_size) > LARGEST_FILE:
        legal = f"{LARGEST_FILE // 1024**2} MB at most"
        raise ClipError(f"file {Path(path).name!r} of {size // 1024**2} MB", legal, "make it shorter or smaller")
    return path
