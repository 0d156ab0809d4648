"""What a reply asks for: changes, what must stay, and the difference that came of it.

Conventions: field names and forms are those of the command line's contract (CONTRIBUTING, "The contract"); a form that
is None or empty is not used. ``where`` None means the whole cue. Bars count from 0, beats from 1, times in seconds.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Literal

from assistant.constraints import ArcPoint, Outcome, Span, Where
from assistant.errors import InputError
from assistant.records import STRICT
from assistant.remark import Remark

FIELDS = (
    "action",
    "tempo_bpm",
    "duration_s",
    "use",
    "hits",
    "key",
    "mode",
    "meter",
    "region",
    "colour",
    "styles",
    "instruments.exclude",
    "instruments.include",
    "arc",
    "valence",
    "arousal",
    "density",
    "loudness",
    "register",
    "loop",
    "loudness_lufs",
    "own_sound",
)
"""Every field that a reply can change, in the order in which changes are applied."""

PART_FIELDS = ("density", "loudness", "register")
EMOTION_FIELDS = ("valence", "arousal")
ACTIONS = ("undo", "redo", "choose", "compare", "export", "explain", "restart", "ideas", "name")

PLACES: dict[str, tuple[float, float]] = {
    "start": (0.0, 1 / 3),
    "middle": (1 / 3, 2 / 3),
    "end": (2 / 3, 1.0),
    "all": (0.0, 1.0),
}
"""The share of the cue that a word for a place means: thirds, the simplest reading of beginning, middle and end."""

RESTS = 2.5
"""An amount of less that leaves nothing of a part in a place."""

Direction = Literal["lower", "higher"]
Value = str | bool | float | tuple[float, ...]


@dataclass(frozen=True)
class Change:
    """One change of one field.

    Parameters
    ----------
    field : str
        One of `FIELDS`.
    to : {"lower", "higher"} or None
    value : str, bool, float, tuple of float or None
        The new value; None with no other form means that the wish is taken back (``"any tempo"``).
    add, remove : tuple of str
        Ids.
    part : str or None
        An instrument id, melody, chords, bass, drums or all.
    where : {"start", "middle", "end", "all"}, Span or None
    version : int or None
        Number of a take, from 1.
    amount : float
        Size of a step to lower or higher: 1 is a usual one, 0.5 a touch, 1.6 a lot.
    kind : str or None
        Kind of the hits that are new.
    members : tuple of str
        For a family: the instruments that it stands for, which go, come and stay with it.
    words : str
        The person's words.
    arc : tuple of ArcPoint
        For the arc: the whole new one, drawn by hand.
    name : str
        What a take is to be called.
    """

    __pydantic_config__ = STRICT

    field: str
    to: Direction | None = None
    value: Value | None = None
    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()
    part: str | None = None
    where: Where | None = None
    version: int | None = None
    amount: float = 1.0
    kind: str | None = None
    members: tuple[str, ...] = ()
    words: str = ""
    arc: tuple[ArcPoint, ...] = ()
    name: str = ""

    def __post_init__(self) -> None:
        if self.field not in FIELDS:
            raise InputError(f"change of {self.field!r}", ", ".join(FIELDS), "choose one of these")
        if self.field == "action" and self.value not in ACTIONS:
            raise InputError(f"action {self.value!r}", ", ".join(ACTIONS), "choose one of these")

    @property
    def sign(self) -> int:
        """-1 for lower, 1 for higher, 0 for neither."""
        return {"lower": -1, "higher": 1}.get(self.to or "", 0)

    @property
    def is_rest(self) -> bool:
        """Whether a player is to be silent in a place: so much less of it that nothing is left."""
        return self.field == "density" and self.sign < 0 and self.amount >= RESTS and self.where not in (None, "all")

    def same_form(self, other: Change) -> bool:
        """Whether two changes ask for the same, however it was worded."""
        return replace(self, amount=1.0, words="") == replace(other, amount=1.0, words="")

    def to_contract(self) -> dict[str, Any]:
        """The JSON object of the command line's contract."""
        data: dict[str, Any] = {"field": self.field}
        if self.part is not None:
            data["part"] = self.part
        if self.to is not None:
            data["to"] = self.to
        for name in ("add", "remove"):
            if getattr(self, name):
                data[name] = list(getattr(self, name))
        if self.value is not None:
            data["value"] = list(self.value) if isinstance(self.value, tuple) else self.value
        elif self.arc:
            data["value"] = [[point.at, point.valence, point.arousal] for point in self.arc]
        elif self.to is None and not self.add and not self.remove:
            data["value"] = None
        if self.where is not None:
            data["where"] = where_to_contract(self.where)
        if self.version is not None:
            data["version"] = self.version
        if self.name:
            data["name"] = self.name
        return data


@dataclass(frozen=True)
class KeepWish:
    """What must stay: melody, chords, bass, drums, an instrument id, tempo, everything, or a stretch of time."""

    __pydantic_config__ = STRICT

    what: str | Span
    members: tuple[str, ...] = ()
    words: str = ""

    def to_contract(self) -> str | dict[str, float]:
        """The entry of the contract's ``keep`` list."""
        return self.what if isinstance(self.what, str) else {"from_s": self.what.from_s, "to_s": self.what.to_s}


@dataclass(frozen=True)
class Reply:
    """A reply, understood."""

    __pydantic_config__ = STRICT

    changes: tuple[Change, ...] = ()
    keep: tuple[KeepWish, ...] = ()
    outcome: Outcome = "accept"
    remarks: tuple[Remark, ...] = ()
    language: str = "en"

    @property
    def action(self) -> Change | None:
        """The change that moves in the history or asks a question, if there is one."""
        return next((change for change in self.changes if change.field == "action"), None)


def reply_to_contract(reply: Reply) -> dict[str, Any]:
    """The ``changes`` and ``keep`` lists that ``cuewright revise --dry-run`` prints.

    Examples
    --------
    >>> reply_to_contract(Reply((Change("loudness", "lower", part="brass"),), (KeepWish("flute"),)))
    {'changes': [{'field': 'loudness', 'part': 'brass', 'to': 'lower'}], 'keep': ['flute']}
    """
    return {
        "changes": [change.to_contract() for change in reply.changes],
        "keep": [wish.to_contract() for wish in reply.keep],
    }


def where_to_contract(where: Where) -> str | dict[str, float]:
    """A place as the contract writes it."""
    return where if isinstance(where, str) else {"from_s": where.from_s, "to_s": where.to_s}


def span_of(where: Where | None, length_s: float) -> tuple[float, float]:
    """From and to in seconds for a place in a cue of ``length_s``, both inside it."""
    if isinstance(where, Span):
        return min(max(0.0, where.from_s), length_s), min(max(0.0, where.to_s), length_s)
    low, high = PLACES[where or "all"]
    return low * length_s, high * length_s


def fields_of(changes: Iterable[Change]) -> frozenset[str]:
    """The fields that changes touch."""
    return frozenset(change.field for change in changes)
