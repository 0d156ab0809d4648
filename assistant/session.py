"""The history of a conversation: takes and turns, frozen; undo is "take the previous one".

Conventions: takes count from 1, as people do; ``current`` is the number of the take that is heard now, 0 before the
first. A session holds no audio: a take names its delivery folder.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from assistant.check import Findings
from assistant.clip import Clip
from assistant.constraints import Constraints
from assistant.errors import InputError
from assistant.generator import Account
from assistant.plan import Plan
from assistant.records import STRICT
from assistant.score import Score
from assistant.taste import NO_TASTE, Taste

LONGEST_NAME = 40
"""Letters of a take's name."""


@dataclass(frozen=True)
class Skin:
    """The sound that an engine was to paint over a take's score.

    Parameters
    ----------
    engine : str
        Who was asked.
    freedom : float
        0 to follow the score closely, 1 for the words alone.
    insisted : bool
        Whether the person wants it whatever its weights allow.
    account : Account or None
        How it was made; None where it was not, and the score's own rendering is heard.
    """

    __pydantic_config__ = STRICT

    engine: str
    freedom: float
    insisted: bool = False
    account: Account | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.freedom <= 1:
            raise InputError(f"freedom {self.freedom:g}", "0 (follow closely) to 1 (freely)", "choose one between")


@dataclass(frozen=True)
class TakeRecord:
    """One finished take: what was asked, planned, written, measured, and where it lies."""

    __pydantic_config__ = STRICT

    number: int
    constraints: Constraints
    plan: Plan
    score: Score
    findings: Findings
    engine: str
    seed: int
    folder: str
    parent: int = 0
    """Number of the take that it revises, 0 for a first take."""
    clip: Clip | None = None
    """The clip that it was written to."""
    name: str = ""
    """What the person calls it."""
    skin: Skin | None = None
    """The sound that was to be painted over its score; None where nobody was asked to."""

    @property
    def account(self) -> Account | None:
        """How its sound was painted; None where the score's own rendering is heard."""
        return self.skin.account if self.skin is not None else None


@dataclass(frozen=True)
class Turn:
    """One exchange: the person's words, what was said back, and the take that is current after it."""

    __pydantic_config__ = STRICT

    words: str
    said: str
    take: int
    clip_path: str | None = None


@dataclass(frozen=True)
class Session:
    """Everything that one conversation knows.

    Examples
    --------
    >>> Session("a1").current_take is None
    True
    """

    __pydantic_config__ = STRICT

    id: str
    language: str = "en"
    turns: tuple[Turn, ...] = ()
    takes: tuple[TakeRecord, ...] = ()
    current: int = 0
    undone: tuple[int, ...] = ()
    pending: Constraints | None = None
    """What was understood of a brief that led to a question; the answer is read on top of it."""
    taste: Taste = NO_TASTE
    """What was learned of the person; it outlives the conversation where it is kept."""
    revision: int = 0
    """How often it was stored (`assistant.store`), 0 while it never was."""

    @property
    def current_take(self) -> TakeRecord | None:
        """The take that is heard now."""
        return next((take for take in self.takes if take.number == self.current), None)

    @property
    def next_number(self) -> int:
        """The number that the next take gets."""
        return max((take.number for take in self.takes), default=0) + 1

    def with_take(self, take: TakeRecord) -> Session:
        """The session in which ``take`` is the newest and current; what was undone can no longer be redone."""
        return replace(self, takes=(*self.takes, take), current=take.number, undone=(), pending=None)

    def with_turn(self, words: str, said: str, *, clip_path: str | None = None) -> Session:
        """The session with one more exchange."""
        return replace(self, turns=(*self.turns, Turn(words, said, self.current, clip_path)))

    def taking_away(self) -> Session:
        """The session after the current take was taken away: the person's taste remembers what was right."""
        take = self.current_take
        return replace(self, taste=self.taste.accepted(take.constraints)) if take else self

    def undo(self) -> Session:
        """The session before its current take; raises `InputError` when there is nothing before it."""
        take = self.current_take
        if take is None or take.parent == 0:
            raise InputError("undo at the first take", "a take that has one before it", "ask for a change first")
        return replace(self, current=take.parent, undone=(*self.undone, take.number))

    def redo(self) -> Session:
        """The session after the take that was undone last; raises `InputError` when nothing was undone."""
        if not self.undone:
            raise InputError("redo with nothing undone", "an undo before it", "ask for a change")
        return replace(self, current=self.undone[-1], undone=self.undone[:-1])

    def choose(self, number: int) -> Session:
        """The session with take ``number`` current; raises `InputError` when there is none."""
        if number not in {take.number for take in self.takes}:
            raise InputError(f"take {number}", f"1 to {self.next_number - 1}", "choose one of the takes")
        return replace(self, current=number, undone=())

    def renamed(self, number: int, name: str) -> Session:
        """The session in which a take is called ``name``; raises `InputError` when there is no such take."""
        self.choose(number)
        printed = "".join(letter if letter.isprintable() else " " for letter in name)
        plain = " ".join(printed.split())[:LONGEST_NAME].strip()
        takes = tuple(replace(take, name=plain) if take.number == number else take for take in self.takes)
        return replace(self, takes=takes)
