"""The package ``spaces`` on ZeroGPU, as far as `models.lending` sees it: work elsewhere, its words and takes pickled.

It asks for a duration with the work's own arguments, refuses when told to, works on another thread with nothing but
what can be pickled, and stops at the next word when nobody listens any more.

Source: spaces 0.51, ``zero/wrappers.py``, ``generator_function_wrapper``.
"""

from __future__ import annotations

import pickle
import threading
import time
from collections.abc import Callable, Iterator
from queue import SimpleQueue
from types import ModuleType
from typing import Any

from assistant.errors import EngineError
from assistant.generator import NOTHING_KEPT, Generator, Keep, Progress, no_progress
from assistant.plan import Plan
from assistant.score import Score
from tests.made_scores import small_score


class Zero(ModuleType):
    """Put it where ``import spaces`` finds it."""

    def __init__(self, refusal: str = "") -> None:
        super().__init__("spaces")
        self.refusal = refusal
        self.asked_s: list[int] = []
        self.requests: list[object] = []
        self.marked: list[Callable[..., Any]] = []
        self.words = 0
        self.given_back = threading.Event()

    def GPU(  # noqa: N802 - the package's own name
        self, task: Callable[..., Iterator[Any]], *, duration: Callable[..., int]
    ) -> Callable[..., Iterator[Any]]:
        self.marked.append(task)

        def elsewhere(*args: object) -> Iterator[Any]:
            import gradio as gr
            from gradio.context import LocalContext

            self.asked_s.append(duration(*args))
            self.requests.append(LocalContext.request.get(None))
            if self.refusal:
                raise gr.Error(self.refusal, print_exception=False)
            sent, unwanted, arrived = pickle.dumps(args), threading.Event(), SimpleQueue[bytes]()
            threading.Thread(target=self._work, args=(task, sent, unwanted, arrived), daemon=True).start()
            try:
                while moment := arrived.get():
                    yield pickle.loads(moment)
            finally:
                unwanted.set()
                self.given_back.wait(30)

        return elsewhere

    def _work(
        self, task: Callable[..., Any], sent: bytes, unwanted: threading.Event, arrived: SimpleQueue[bytes]
    ) -> None:
        moments = task(*pickle.loads(sent))
        for moment in moments:
            self.words += 1
            if unwanted.is_set():
                moments.close()
                break
            arrived.put(pickle.dumps(moment))
        self.given_back.set()
        arrived.put(b"")


def make_slow() -> Generator:
    """An engine that takes its time."""
    return _Slow()


def make_failing() -> Generator:
    """An engine that fails with an error of ours."""
    return _Failing()


class _Slow:
    name = "slow"

    def generate(
        self, plan: Plan, *, keep: Keep = NOTHING_KEPT, seed: int = 0, progress: Progress = no_progress
    ) -> Score:
        score = small_score(quarter_bpm=90.0 + seed)
        for bar in plan.bars:
            time.sleep(0.01)
            progress((bar.index + 1) / plan.bar_count, f"bar {bar.index}", score)
        return score


class _Failing:
    name = "failing"

    def generate(
        self, plan: Plan, *, keep: Keep = NOTHING_KEPT, seed: int = 0, progress: Progress = no_progress
    ) -> Score:
        raise EngineError("memory of 48 GB", "a cue that fits", "make the cue shorter")
