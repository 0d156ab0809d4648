"""Ten seconds of a region, composed at the middle of its tempi and in its tuning, and how well its lead is heard.

Conventions: levels in LU, a stem's loudness less that of the whole before mastering (to which the stems add up), both
integrated with the gates of BS.1770 over the time in which the stem sounds: the blocks of 400 ms in which it is
above the absolute gate and within `SOUNDS_LU` of its own loudness. A lead that is played in five of ten seconds is held
against what sounds in these five. The same region, engine and seed give the same demo.

Sources: ITU-R BS.1770-5 (blocks and gates).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from assistant.audio.loudness import ABSOLUTE_GATE_LUFS, SILENCE_LUFS, Curve, block_lufs, energies_of
from assistant.audio.waveform import Waveform
from assistant.constraints import Constraints
from assistant.errors import EngineError
from assistant.library import Library
from assistant.plan import Plan, make_plan
from assistant.render import Mixdown, render
from assistant.score import Score
from assistant.settings import Settings
from assistant.tuned import in_tune
from models.registry import get_engine

DEMO_S, DEMO_SEED = 10.0, 1
ENGINE = "rules"
SOUNDS_LU = 20.0
LEADS = "lead"


@dataclass(frozen=True)
class Heard:
    """One part in the mix: role and player, its level against the mix while it sounds, the share of that time."""

    part: str
    role: str
    player: str
    level_lu: float
    share: float


@dataclass(frozen=True)
class Demo:
    """Ten seconds of a region."""

    region: str
    engine: str
    plan: Plan
    score: Score
    mixdown: Mixdown

    @property
    def heard(self) -> tuple[Heard, ...]:
        """Every part that sounds."""
        whole = self.mixdown.premaster
        found = []
        for part, stem in zip(self.score.parts, self.mixdown.stems, strict=True):
            level = level_lu(stem.waveform, whole)
            if level is not None:
                found.append(Heard(part.id, part.role, part.instrument, *level))
        return tuple(found)

    @property
    def leads(self) -> tuple[Heard, ...]:
        """The parts that lead."""
        return tuple(each for each in self.heard if each.role == LEADS)


def make_demo(
    region: str,
    library: Library,
    settings: Settings,
    *,
    engine: str = ENGINE,
    seed: int = DEMO_SEED,
    length_s: float = DEMO_S,
) -> Demo:
    """Compose and render the demo of a region.

    Raises
    ------
    EngineError
        If the engine writes no score.
    """
    middle = float(round(math.sqrt(math.prod(library.region(region).tempo))))
    asked = Constraints(duration_s=length_s, region=region, tempo_bpm=(middle, middle))
    plan = make_plan(asked, library=library, seed=seed)
    score = in_tune(get_engine(engine), library).generate(plan, seed=seed)
    if not isinstance(score, Score):
        raise EngineError(f"engine {engine!r}", "an engine that writes a score", "name rules or composer")
    return Demo(region, engine, plan, score, render(score, plan, library=library, settings=settings))


def level_lu(stem: Waveform, whole: Waveform) -> tuple[float, float] | None:
    """A stem's loudness against the whole while it sounds, and the share of the time it does; None where it is silent.

    Parameters
    ----------
    stem : Waveform
    whole : Waveform
        The sum of all stems, as long.
    """
    mine, all_ = block_lufs(energies_of(stem)), block_lufs(energies_of(whole))
    loudness = _gated(mine)
    if loudness <= SILENCE_LUFS:
        return None
    sounds = (mine > ABSOLUTE_GATE_LUFS) & (mine > loudness - SOUNDS_LU)
    return loudness - _gated(all_[sounds]), float(sounds.mean())


def _gated(blocks: Curve) -> float:
    """Integrated loudness of blocks."""
    power = 10 ** (blocks / 10)
    loud = blocks > ABSOLUTE_GATE_LUFS
    if not loud.any():
        return SILENCE_LUFS
    loud &= power > power[loud].mean() / 10
    return float(10 * np.log10(power[loud].mean()))
