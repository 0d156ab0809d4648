"""What a clause is read against: the take as it is, and what the clauses before it spoke of.

Conventions: ``parts`` and ``where`` are what was named last; a clause that names nothing goes on about them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from assistant.constraints import Constraints, Where
from assistant.feedback.clauses import Clause
from assistant.feedback.values import Change, KeepWish
from assistant.interpret.words import Found
from assistant.library import Library
from assistant.settings import ROOT

USUAL_LENGTH_S = 30.0
"""Length of a cue that names none and has no take yet."""

ALL = "all"
LOOSE = {
    "dizi": ("flute", "shakuhachi", "pan-flute", "tin-whistle"),
    "flute": ("dizi", "shakuhachi", "tin-whistle", "ney", "pan-flute"),
    "french-horn": ("trumpet", "trombone"),
    "fiddle": ("violin",),
    "violin": ("fiddle", "erhu"),
    "double-bass": ("bass",),
    "piano": ("electric-piano",),
    "bandoneon": ("accordion",),
    "accordion": ("bandoneon",),
    "choir": ("voice",),
    "voice": ("choir",),
    "koto": ("guzheng",),
    "guzheng": ("koto",),
    "xylophone": ("marimba", "vibraphone"),
    "marimba": ("xylophone",),
    "bells": ("celesta", "music-box"),
    "synth": ("pad",),
}
"""Whom else people mean by a name, where that plays and the named one does not."""


@dataclass(frozen=True)
class Context:
    """The take that a reply is about, and the thread of the conversation so far."""

    constraints: Constraints
    library: Library
    sounding: tuple[str, ...] = ()
    length_s: float = USUAL_LENGTH_S
    parts: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    """Instruments that the clause before took out: "bells out, a kalimba in their place"."""
    where: Where | None = None
    where_alone: bool = False
    sentence: int = -1
    parts_sentence: int = -1
    changed_in: int = -1
    """Sentence of the last change; a complaint after it in the same sentence is its reason."""
    topic: str = ""
    """Field of the last change, for a bare number that follows it."""
    changes: tuple[Change, ...] = ()
    """The changes of the clause before, for one that goes on about the same."""
    stated: tuple[Change, ...] = ()
    """Those of them that come of a bare word for a lot or a little, which may only say how it is."""
    felt: tuple[Change, ...] = ()
    """What was only said of the music so far, as the changes that it would ask for; a plain wish goes before it."""
    wished: tuple[Change, ...] = ()
    """What was plainly wished so far."""
    complained_in: int = -1
    """Sentence of the last change that was only a complaint; a cure after it takes its place."""
    meant_in: int = -1
    """Sentence of a correction of what was understood ("I meant sad")."""
    from_s: float | None = None
    """Beginning of the stretch that was named last, for "before that"."""
    until_s: float | None = None
    """End of the stretch that was named last, for "after that"."""
    named: frozenset[str] = frozenset()
    """Instruments that the reply names anywhere; none of them is meant by another's name."""
    hits_s: tuple[float, ...] | None = None
    """Every hit as the clauses before leave them; None where they say nothing of hits."""
    moment_s: float | None = None
    """The single time that was named last: "the gate opens at 0:20, a hit there please"."""
    praised: str = ""
    """What the sentence before praised and nobody changed, for "leave it": "tempo"."""
    praised_in: int = -1
    kept_in: int = -1
    """Sentence of the last wish to keep something."""
    has_just_kept: bool = False
    """Whether the clause before was that wish."""
    is_delighted: bool = False
    """Whether the reply praises and takes nothing of it back: then tears are tears of joy."""
    cuts_s: tuple[float, ...] = ()
    """Cuts of the clip, for events that a reply names without a time."""
    prompts_dir: Path = ROOT / "prompts"

    def is_there(self, name: str) -> bool:
        """Whether an instrument, or one of a family, is asked for or sounds."""
        return any(item in self.present for item in (name, *self.members(name)))

    @property
    def present(self) -> frozenset[str]:
        """Instruments that are asked for or sound."""
        return frozenset((*self.constraints.instruments.include, *self.sounding))

    @property
    def hits_now(self) -> list[float]:
        """The hits as the reply has left them so far, in seconds."""
        if self.hits_s is not None:
            return list(self.hits_s)
        return [hit.at_s for hit in self.constraints.hits]

    def members(self, name: str) -> tuple[str, ...]:
        """What a family stands for besides itself."""
        return tuple(item for item in self.library.family_members(name) if item != name)

    def instrument(self, find: Found) -> str:
        """The id of a named instrument; a plain guitar is the one that is there, else what the style says."""
        if find.value != "guitar":
            return self._loosely(find.value)
        for name in ("electric-guitar", "acoustic-guitar"):
            if name in self.present:
                return name
        loud = {"rock", "metal", "funk"} & set(self.constraints.styles)
        return "electric-guitar" if loud else "acoustic-guitar"

    def _loosely(self, name: str) -> str:
        """The one that plays, where people call two instruments by one name: "the horn" of a take with a trumpet."""
        if name in self.present or name in self.constraints.instruments.exclude:
            return name
        there = [other for other in LOOSE.get(name, ()) if other in self.present and other not in self.named]
        return there[0] if len(there) == 1 else name

    def instruments(self, clause: Clause) -> tuple[tuple[Found, str], ...]:
        """Instruments of a clause with their ids; "bass" and "drums" are instruments here."""
        finds = [*clause.find("instruments")]
        taken = {(find.start, find.end) for find in finds}
        finds += [find for find in clause.find("parts", "bass", "drums") if (find.start, find.end) not in taken]
        named = [(find, self.instrument(find)) for find in sorted(finds, key=lambda item: item.start)]
        return tuple((find, name) for find, name in named if name != ALL)


@dataclass(frozen=True)
class Heard:
    """What one clause says."""

    changes: tuple[Change, ...] = ()
    keep: tuple[KeepWish, ...] = ()
    parts: tuple[str, ...] = ()
    where: Where | None = None
    used: frozenset[Found] = field(default_factory=frozenset)

    def plus(self, changes: Sequence[Change] = (), keep: Sequence[KeepWish] = (), used: Sequence[Found] = ()) -> Heard:
        """The same with more."""
        return replace(
            self, changes=(*self.changes, *changes), keep=(*self.keep, *keep), used=self.used | frozenset(used)
        )
