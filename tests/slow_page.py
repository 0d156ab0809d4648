"""An engine that writes bar by bar at a walking pace, and a page on which it composes: ``python -m tests.slow_page``.

Conventions: its takes are those of the rules; only the sketches on the way to them take their time, and the answer to
who stops them. The page's settings are those of app.py; ``SLOW_PAUSE_S`` is how long a bar takes there.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from assistant.generator import NOTHING_KEPT, Keep, Progress, no_progress
from assistant.page.stops import Stops
from assistant.plan import Plan
from assistant.score import Score
from models import registry
from models.rules import RulesGenerator

ANSWER_S = 1.0
"""How long the answer to who stops a run is in coming, once the run has ended."""


def slow_stop(stops: Stops, session_id: str, stop: Callable[[Stops, str], bool] = Stops.stop) -> bool:
    """`Stops.stop`, which dawdles before it says that a run has ended."""
    ended = stop(stops, session_id)
    time.sleep(ANSWER_S)
    return ended


@dataclass(frozen=True)
class SlowGenerator:
    """Waits ``pause_s`` seconds before each bar."""

    pause_s: float = 0.005
    name: str = "slow"

    def generate(
        self, plan: Plan, *, keep: Keep = NOTHING_KEPT, seed: int = 0, progress: Progress = no_progress
    ) -> Score:
        score = RulesGenerator().generate(plan, keep=keep, seed=seed)
        for bar in plan.bars:
            time.sleep(self.pause_s)
            progress(bar.index / plan.bar_count, f"bar {bar.index}", until(score, bar.start_q))
        progress(1.0, "score", score)
        return score


def until(score: Score, end_q: float) -> Score:
    """The beginning of a score."""
    return replace(score, parts=tuple(replace(part, notes=part.between(0.0, end_q)) for part in score.parts))


def main() -> None:
    import app

    info = registry.EngineInfo("slow", "takes its time", "Apache-2.0", True, (), True)
    pause_s = float(os.environ.get("SLOW_PAUSE_S", "0.5"))
    Stops.stop = slow_stop  # type: ignore[method-assign]
    others = dict(registry._ENGINES)
    registry._ENGINES.clear()
    registry._ENGINES.update({"slow": (lambda: info, lambda: SlowGenerator(pause_s)), **others})
    app.main()


if __name__ == "__main__":
    main()
