"""Sounds to measure with: cues of our own engine, and noise.

Conventions: float32 at `RATE_HZ`, full scale at 1.0; the same words and seed give the same sound.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from assistant.brief import Brief
from assistant.constraints import Constraints
from assistant.interpret import read_brief
from assistant.library import load
from assistant.plan import Plan, make_plan
from assistant.render import render
from assistant.score import Score
from assistant.settings import from_environment
from models.registry import get_engine

Samples = npt.NDArray[np.float32]


def composed(asked: str | Constraints, *, seed: int, engine: str = "rules") -> tuple[Plan, Score]:
    """A plan and a score for words or wishes."""
    library = load()
    wishes = read_brief(Brief(asked), library=library).constraints if isinstance(asked, str) else asked
    plan = make_plan(wishes, library=library, seed=seed)
    score = get_engine(engine).generate(plan, seed=seed)
    assert isinstance(score, Score)
    return plan, score


def rendered(asked: str | Constraints, *, seed: int, engine: str = "rules") -> Samples:
    """The finished mix, shape (2, n)."""
    plan, score = composed(asked, seed=seed, engine=engine)
    mixdown = render(score, plan, library=load(), settings=from_environment())
    return np.asarray(mixdown.mix.samples, np.float32)


def pink(count: int, *, seed: int) -> Samples:
    """Noise with equal power in every octave, root mean square 0.1, shape (count,)."""
    white = np.random.default_rng(seed).standard_normal(count)
    spectrum = np.fft.rfft(white) / np.sqrt(np.maximum(np.arange(count // 2 + 1), 1))
    noise = np.fft.irfft(spectrum, count)
    return np.asarray(0.1 * noise / noise.std(), np.float32)
