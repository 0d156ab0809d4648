"""The one method that every engine answers, and what must be kept.

Conventions: the same plan, keep and seed give the same take, on every machine for a symbolic engine. Kept cells come
back bit for bit. An engine writes a score, or paints sound over one that is written and rendered (`Guide`): then the
score is the spine and the sound its skin. An engine reports progress by calling back; the consumer stops it by raising
from that call, so an engine that can be stopped calls often: ten times a second or more.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Protocol, runtime_checkable

from assistant.audio import Waveform
from assistant.errors import InputError
from assistant.plan import Plan
from assistant.records import STRICT
from assistant.remark import Remark
from assistant.score import Cell, Score


@dataclass(frozen=True)
class Opening:
    """The beginning of a take that is still being written: what can be played already.

    Parameters
    ----------
    score : Score
        On the tempo map and with the length of the plan. Its notes that begin, and its controls that stand, before
        ``until_q`` are those of the take, performed and complete; what lies beyond may change.
    until_q : float
        In quarter notes.
    """

    score: Score
    until_q: float


class Progress(Protocol):
    """What an engine calls as it works; whoever listens may raise, and the engine ends with that exception."""

    def __call__(self, share: float, what: str, sketch: Score | None = None, opening: Opening | None = None) -> None:
        """Report.

        Parameters
        ----------
        share : float
            Share of the work that is done, 0 to 1, never less than before.
        what : str
            A word for what is at work, such as the id of a part.
        sketch : Score or None
            What is written so far, on the tempo map and with the length of the plan: some of its parts, in its order,
            each with the notes that it has. A later sketch may change what was there (hits, the ending, performance).
            None when nothing new is worth a look; a few a second are plenty. That of share 1, if there is one, is the
            take.
        opening : Opening or None
            What will not change any more, for those who would hear it now; worth telling when it has grown much.
        """
        ...


def no_progress(share: float, what: str, sketch: Score | None = None, opening: Opening | None = None) -> None:
    """Report to nobody."""


@dataclass(frozen=True)
class Guide:
    """What an engine of sound follows: a score as it is rendered, and how freely.

    Parameters
    ----------
    sound : Waveform
        The score, rendered, exactly as long as the plan.
    freedom : float
        0 to follow closely, 1 for the words alone.
    melody : Waveform or None
        The leading part alone, as long as the whole.
    before : Waveform or None
        An earlier sound of the same length, of which only ``renewed_s`` is made anew.
    renewed_s : tuple of (float, float)
        Spans in seconds, in order, on bar lines; without ``before`` there are none.
    """

    sound: Waveform
    freedom: float = 0.3
    melody: Waveform | None = None
    before: Waveform | None = None
    renewed_s: tuple[tuple[float, float], ...] = ()

    def __post_init__(self) -> None:
        if not 0 <= self.freedom <= 1:
            raise InputError(f"freedom {self.freedom:g}", "0 (follow closely) to 1 (freely)", "choose one between")


@dataclass(frozen=True)
class Keep:
    """Cells of an earlier score that must come back unchanged, in bars and beats; for an engine of sound, its guide.

    A cell of bar *n* comes back in bar *n*. A cell for which the new plan has no bar, no part, or a shorter bar is not
    kept; `assistant.feedback` counts such notes and they are said.
    """

    score: Score | None = None
    cells: tuple[Cell, ...] = ()
    guide: Guide | None = None


NOTHING_KEPT = Keep()


@dataclass(frozen=True)
class Candidate:
    """One sound that was drawn, and what it was found to be.

    Parameters
    ----------
    seed : int
    scores : dict of str to float
        0 to 1 each: ``sync``, ``key``, ``tempo``, ``level``, ``text`` where it could be measured.
    score : float
        All of them together, 0 to 1; the highest is taken.
    """

    __pydantic_config__ = STRICT

    seed: int
    scores: dict[str, float]
    score: float


@dataclass(frozen=True)
class Account:
    """How a sound was made, for its papers and for the person.

    Parameters
    ----------
    engine, repository, revision, licence : str
        Whose weights; the revision is the one that was loaded.
    device, dtype : str
        Where it was made, such as ``cuda:0`` and ``bfloat16``.
    prompts : tuple of str
        The words that the model was given, a window each.
    seed : int
    freedom : float
    agreement : float
        How alike sound and guide are, 0 to 1; 0 without a guide.
    latest_s : float
        The largest time by which it lies beside its guide at a hit, now.
    tries : int
        How often the windows were drawn, the worst of them.
    candidates : tuple of Candidate
        Of every window, in order.
    remarks : tuple of Remark
        Smaller weights, shorter windows, anything that was done otherwise than asked.
    adapter, adapter_learned_from : str
        The file that changed the weights, with its hash, and what it learned from; empty where none did.
    """

    __pydantic_config__ = STRICT

    engine: str
    repository: str = ""
    revision: str = ""
    licence: str = ""
    device: str = "cpu"
    dtype: str = "float32"
    prompts: tuple[str, ...] = ()
    seed: int = 0
    freedom: float = 0.0
    agreement: float = 0.0
    latest_s: float = 0.0
    tries: int = 1
    candidates: tuple[Candidate, ...] = ()
    remarks: tuple[Remark, ...] = ()
    adapter: str = ""
    adapter_learned_from: str = ""


@dataclass(frozen=True)
class Painted:
    """The take of an engine of sound: exactly as long as the plan, not mastered, and how it was made."""

    sound: Waveform
    account: Account


@runtime_checkable
class Generator(Protocol):
    """An engine."""

    @property
    def name(self) -> str:
        """Its id."""
        ...

    def generate(
        self, plan: Plan, *, keep: Keep = NOTHING_KEPT, seed: int = 0, progress: Progress = no_progress
    ) -> Score | Painted:
        """A take of the plan."""
        ...


class Touch(Protocol):
    """What is done to every score of an engine: its take, its sketches and its openings."""

    def __call__(self, score: Score, plan: Plan, keep: Keep, until_q: float) -> Score:
        """The score with something done to it; nothing need be right from ``until_q`` on, as that may change yet."""
        ...


@dataclass(frozen=True)
class Retouched:
    """An engine whose scores go through a touch; of a sketch that is no take yet, everything may change."""

    engine: Generator
    touch: Touch

    @property
    def name(self) -> str:
        """The engine's name."""
        return self.engine.name

    def generate(
        self, plan: Plan, *, keep: Keep = NOTHING_KEPT, seed: int = 0, progress: Progress = no_progress
    ) -> Score | Painted:
        """The engine's take, touched; sound comes as it is."""

        def heard(share: float, what: str, sketch: Score | None = None, opening: Opening | None = None) -> None:
            if opening is not None:
                opening = replace(opening, score=self.touch(opening.score, plan, keep, opening.until_q))
            if sketch is not None:
                sketch = self.touch(sketch, plan, keep, math.inf if share >= 1 else 0.0)
            progress(share, what, sketch, opening)

        take = self.engine.generate(plan, keep=keep, seed=seed, progress=heard)
        return self.touch(take, plan, keep, math.inf) if isinstance(take, Score) else take
