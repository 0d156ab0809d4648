"""A GPU that is lent for one take, as Spaces' ZeroGPU lends them; elsewhere an engine generates where it is.

A ZeroGPU Space has no GPU of its own. A function that `spaces.GPU` marks runs in a process of its own that has one, for
as many seconds as were asked for: visitors pay with their quota, and who asks for less waits less. An engine that needs
a GPU goes through here in one line of `models.registry`::

    def _make_stable_audio() -> Generator:
        return lent("stable-audio-3", _load_stable_audio, Cost(start_s=4.0, per_s=0.05))

Conventions: seconds of GPU. The other process is a fork, and all that goes in and out is pickled: an engine is named by
the function that makes it (of a module, no lambda), which should find weights that were loaded before. Progress comes
back as it is made; whoever stops the take stops the engine at its next call of progress, and the GPU is given back.
Nothing here touches CUDA, and the package ``spaces`` is imported on ZeroGPU alone, by `enroll`, before the page starts:
a ZeroGPU Space that marks no function is refused, and a mark costs nothing until it is called.

It does not know which engines there are, nor what to do without a GPU.

Sources: huggingface.co/docs/hub/spaces-zerogpu; the package spaces 0.51 (``zero/decorator.py``, ``zero/wrappers.py``).
"""

from __future__ import annotations

import logging
import math
import os
from collections.abc import Callable, Iterator, Mapping
from collections.abc import Generator as Yielding
from contextlib import closing
from dataclasses import dataclass
from functools import cache
from typing import Any, cast

from assistant.errors import AssistantError, EngineError, InputError
from assistant.generator import NOTHING_KEPT, Generator, Keep, Painted, Progress, no_progress
from assistant.plan import Plan
from assistant.score import Score
from assistant.worker import told

log = logging.getLogger(__name__)

SHORTEST_S, LONGEST_S = 5, 120
"""What may be asked for: beginning alone takes some seconds, and a visitor without an account has 120 s a day."""
MARGIN = 1.3
"""Asked for over what a take should need; a GPU is taken away when its time is over."""

Make = Callable[[], Generator]


def whole_s(plan: Plan, keep: Keep) -> float:
    """The length of a plan: what most engines make, whatever is kept."""
    del keep
    return plan.length_s


@dataclass(frozen=True)
class Cost:
    """What a take needs of a GPU, as measured.

    Parameters
    ----------
    start_s : float
        Seconds before the first step, weights moved.
    per_s : float
        Seconds for each second of music, all candidates of a take together.
    made_s : callable
        Seconds of music that are made; a function of a module.
    """

    start_s: float
    per_s: float
    made_s: Callable[[Plan, Keep], float] = whole_s


def seconds_for(cost: Cost, length_s: float) -> int:
    """Whole seconds of GPU to ask for: the fewest that a take of this length should need, and a margin.

    Raises
    ------
    EngineError
        If that is more than is lent.

    Examples
    --------
    >>> seconds_for(Cost(start_s=4.0, per_s=0.1), 60.0)
    13
    """
    needed = max(SHORTEST_S, math.ceil((cost.start_s + cost.per_s * length_s) * MARGIN))
    if needed > LONGEST_S:
        given = f"a take of {length_s:g} s, which needs a GPU for {needed} s"
        raise EngineError(given, f"{LONGEST_S} s at most are lent", "make the cue shorter or choose another engine")
    return needed


def is_lent(environ: Mapping[str, str] = os.environ) -> bool:
    """Whether this is a ZeroGPU Space."""
    return environ.get("SPACES_ZERO_GPU", "").lower() in ("1", "t", "true")


@dataclass(frozen=True)
class Lent:
    """An engine whose takes are generated where a GPU is lent.

    Parameters
    ----------
    name : str
    make : callable
        Gives the engine itself; a function of a module.
    cost : Cost
    """

    name: str
    make: Make
    cost: Cost

    def generate(
        self, plan: Plan, *, keep: Keep = NOTHING_KEPT, seed: int = 0, progress: Progress = no_progress
    ) -> Score | Painted:
        """A take of the plan; raises `EngineError` when no GPU is to be had or the engine fails on it."""
        with closing(_told_by(self.name, _borrow()(self.make, self.cost, plan, keep, seed))) as moments:
            for moment in moments:
                if isinstance(moment, _Told):
                    progress(moment.share, self.name, moment.sketch)
                elif isinstance(moment, _Failed):
                    raise EngineError(moment.given, moment.legal, moment.cure)
                else:
                    return moment
        raise EngineError(f"engine {self.name!r}, which ended without a take", "a take", "try again")

    def warm(self) -> None:
        """Load the engine's weights before the page starts, so that every later process has them."""
        prepare = getattr(self.make(), "warm", None)
        if prepare is not None:
            prepare()


def lent(name: str, make: Make, cost: Cost) -> Generator:
    """The engine, through a GPU that is lent where this is a ZeroGPU Space; elsewhere the engine itself."""
    return cast(Generator, Lent(name, make, cost)) if is_lent() else make()


def enroll() -> None:
    """Say to ZeroGPU which function will want a GPU; before torch and the page, and nothing where there is none."""
    if is_lent():
        _borrow()


@dataclass(frozen=True)
class _Told:
    """A call of progress on its way."""

    share: float
    sketch: Score | None


@dataclass(frozen=True)
class _Failed:
    """An error of ours on its way: an exception would come back as the name of its class alone."""

    given: str
    legal: str
    cure: str


_Moment = _Told | _Failed | Score | Painted


@cache
def _borrow() -> Callable[..., Yielding[_Moment, None, None]]:
    """The work itself, marked where GPUs are lent."""
    try:
        import spaces  # type: ignore[import-not-found,unused-ignore]
    except ImportError:
        log.warning("a ZeroGPU Space without the package spaces: no GPU is lent")
        return _take
    return cast(Callable[..., Any], spaces.GPU(_take, duration=_duration_s))


def _take(make: Make, cost: Cost, plan: Plan, keep: Keep, seed: int) -> Yielding[_Moment, None, None]:
    """In the process that has the GPU: the engine's progress, then its take or what was wrong."""
    del cost
    try:
        engine = make()
        yield (yield from told(lambda progress: engine.generate(plan, keep=keep, seed=seed, progress=progress), _Told))
    except InputError as error:
        yield _Failed(error.given, error.legal, error.cure)
    except AssistantError as error:
        yield _Failed(error.message, "a take", error.cure or "try again")


def _duration_s(make: Make, cost: Cost, plan: Plan, keep: Keep, seed: int) -> int:
    """What ZeroGPU is asked for; it calls this with what `_take` gets."""
    del make, seed
    return seconds_for(cost, cost.made_s(plan, keep))


def _told_by(name: str, moments: Iterator[_Moment]) -> Yielding[_Moment, None, None]:
    """The moments; what ZeroGPU says instead of them (no quota, no GPU, time over) as an error of ours."""
    from gradio.exceptions import Error

    try:
        yield from moments
    except Error as error:
        given = f"engine {name!r}: {error.message}"
        raise EngineError(given, "a GPU that is free", "try later or choose another engine") from error
