"""Other lengths and other casts of a take: cut-downs, a sting, and alternates without some of its parts.

A cut-down is composed anew for its length, by the wishes that the take was made of, with its key, tempo, metre, style
and players, and states its motif: nothing is chopped. An alternate is a mute: every note that stays is the very one.

Conventions: seconds, quarter notes (``_q``). The last hit keeps its place from the end; the others move in proportion,
and those that come to lie too near together fall away.

It does not make takes: `assistant.pipeline` walks the line once for each.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from statistics import median

from assistant.constraints import ArcPoint, Constraints, HitPoint, Instruments
from assistant.errors import InputError
from assistant.explain import FALLBACK_LANGUAGE
from assistant.feedback import deliverable_names
from assistant.feedback.keep import ROLES_OF
from assistant.library import Library
from assistant.plan import Plan
from assistant.score import Note, Part, Score
from assistant.score.motif import MOST_NOTES, MOST_Q, Motif, MotifNote
from assistant.session import TakeRecord
from assistant.settings import LONGEST_S, SHORTEST_S

SAME_TEMPO = 0.06
"""A change of tempo below this ratio passes unnoticed (Karlin and Wright)."""
STING_S = 4.0
SHORT_S = 12.0
"""Up to this length one bar of the motif is all that there is room for."""
HITS_APART_S = 2.0
AT_THE_END = 0.25
"""A hit in this last share of a cue belongs to its end."""
FEWEST_NOTES = 3
"""A motif of fewer notes is none."""
NEAR_Q = 0.13
"""Notes of a motif that lie this near to where they were are at the same place: performers are never quite on time."""
_TUNES = (*ROLES_OF["melody"], "counter")
LAYERS: Mapping[str, tuple[str, ...]] = {
    **ROLES_OF,
    "melody": _TUNES,
    "underscore": (*_TUNES, *ROLES_OF["drums"]),
}
"""What people call layers of a cue, and the roles that are silent without them: a second tune goes with the first, and
an underscore has neither tune nor drums."""


@dataclass(frozen=True)
class Version:
    """A take to be made of another: its name, what is asked, and plan and score where nothing is to be composed."""

    id: str
    asked: Constraints
    plan: Plan | None = None
    score: Score | None = None
    names: Mapping[str, str] = field(default_factory=dict)

    def name(self, language: str) -> str:
        """What it is called in a language."""
        return self.names.get(language, self.names.get(FALLBACK_LANGUAGE, self.id))

    @property
    def is_given(self) -> bool:
        """Whether its notes are there already."""
        return self.score is not None


def cut_down(
    take: TakeRecord, length_s: float, library: Library, *, names: Mapping[str, str] | None = None, id: str = ""
) -> Version:
    """The same piece in another length.

    Parameters
    ----------
    take : TakeRecord
    length_s : float
        2 to 1800; longer than the take's is welcome.
    library : Library
    names : mapping of str to str, optional
        What it is called, by language.
    id : str
        ``"15s"`` and the like unless given.

    Raises
    ------
    InputError
        If no cue can be so short or so long.
    """
    if not SHORTEST_S <= length_s <= LONGEST_S:
        raise InputError(f"length {length_s:g} s", f"{SHORTEST_S:g} to {LONGEST_S:g} s", "ask for one in this range")
    asked, plan = take.constraints, take.plan
    felt_bpm = median(plan.tempo_map.felt_bpm)
    short = replace(
        asked,
        duration_s=length_s,
        key=_key_of(plan, library) or asked.key,
        meter=asked.meter or str(plan.bars[0].meter),
        tempo_bpm=(felt_bpm * (1 - SAME_TEMPO), felt_bpm * (1 + SAME_TEMPO)),
        hits=_hits(asked.hits, plan.length_s, length_s),
        adjust=tuple(wish for wish in asked.adjust if isinstance(wish.where, str)),
        motif=_shortened(asked.motif, plan, length_s) if asked.motif else motif_of(take, length_s, library),
    )
    return Version(id or f"{length_s:g}s", short, names=names or {})


def wanted(take: TakeRecord, words: Sequence[str], library: Library) -> tuple[Version, ...]:
    """The versions that words ask for (`assistant.feedback.deliverables_in`)."""
    return tuple(_wanted(take, word, library) for word in words)


def _wanted(take: TakeRecord, word: str, library: Library) -> Version:
    if word == "sting":
        return sting(take, library, names=deliverable_names(word))
    if word in ("underscore", "no_melody", "no_drums"):
        return alternate(take, (word.removeprefix("no_"),), library, names=deliverable_names(word))
    return cut_down(take, float(word), library, names=deliverable_names("length", length=word))


def sting(
    take: TakeRecord, library: Library, length_s: float = STING_S, *, names: Mapping[str, str] | None = None
) -> Version:
    """The head of the motif and the final chord, with all the force that the take has anywhere."""
    version = cut_down(take, length_s, library, names=names, id="sting")
    peak = max(take.constraints.arc, key=lambda point: point.arousal)
    force = (ArcPoint(0.0, peak.valence, peak.arousal), ArcPoint(1.0, peak.valence, max(peak.arousal, 0.5)))
    return replace(version, asked=replace(version.asked, arc=force, hits=(), adjust=(), loop=False))


def alternate(
    take: TakeRecord,
    without: Sequence[str],
    library: Library,
    *,
    names: Mapping[str, str] | None = None,
) -> Version:
    """The take with some of its parts silent; every other part is note for note the same.

    Parameters
    ----------
    take : TakeRecord
    without : sequence of str
        Layers (`LAYERS`), instruments or ids of parts.
    library : Library
        What is silent is banned, unless it is a family whose ban would hold others who play.
    names : mapping of str to str, optional

    Raises
    ------
    InputError
        If a word names no part of the take, or none is left.
    """
    gone = [part for word in without for part in _named(take.score, word)]
    left = tuple(part for part in take.score.parts if part not in gone)
    if not left:
        raise InputError(f"a version without {', '.join(without)}", "a part that still plays", "leave one of them in")
    ids = {part.id for part in left}
    playing = {part.instrument for part in left}
    silent = {part.instrument for part in gone} - playing
    banned = sorted(each for each in silent if playing.isdisjoint(library.family_members(each)))
    asked = take.constraints
    players = Instruments(
        tuple(each for each in asked.instruments.include if each not in silent),
        tuple(dict.fromkeys((*asked.instruments.exclude, *banned))),
        asked.instruments.alone,
    )
    asked = replace(
        asked,
        instruments=players,
        adjust=tuple(wish for wish in asked.adjust if wish.part not in (*without, *silent)),
        motif=asked.motif if any(part.role == "lead" for part in left) else None,
    )
    plan = replace(
        take.plan,
        asked=asked,
        parts=tuple(part for part in take.plan.parts if part.id in ids),
        motif=take.plan.motif if asked.motif else None,
        remarks=(),
    )
    word = "underscore" if tuple(without) == ("underscore",) else "no-" + "-".join(without)
    return Version(word, asked, plan, replace(take.score, parts=left), names or {})


def motif_of(take: TakeRecord, length_s: float, library: Library) -> Motif | None:
    """The head of the theme as the take sings it: two bars, or one where there is room for one; None without a tune."""
    lead = next((part for part in take.score.parts if part.role == "lead" and part.notes), None)
    if lead is None:
        return None
    plan = take.plan
    starts = [phrase.start_bar for section in plan.sections for phrase in section.phrases if phrase.motif == "state"]
    for start_bar in [*starts, *range(plan.bar_count)]:
        for bars in (1, 2) if length_s <= SHORT_S else (2, 3):
            motif = _sung(lead, plan, start_bar, bars)
            if motif is not None:
                return replace(motif, key=_key_of(plan, library))
    return None


def said_notes(motif: Motif, score: Score) -> int:
    """How many notes of a motif are heard one after the other, at any height, in the part that says most of it.

    Examples
    --------
    >>> from assistant.score import Meter, TempoMap
    >>> said_notes(Motif((MotifNote(0.0, 1.0, 60),)), Score(TempoMap.steady(120, Meter(4, 4)), (), 4.0))
    0
    """
    lines = [_top(part.notes) for part in score.parts if not part.is_drums]
    return max((_run(motif.notes, line, at) for line in lines for at in range(len(line))), default=0)


def struck_at_end(plan: Plan, score: Score) -> tuple[str, ...]:
    """The parts that strike the final chord."""

    def strikes(part: Part) -> bool:
        return any(abs(note.start_q - plan.final_q) < NEAR_Q for note in part.notes)

    return tuple(part.id for part in score.parts if strikes(part))


def _key_of(plan: Plan, library: Library) -> str | None:
    """The home key as a person may ask for it; None where its mode belongs to a region, which brings it along."""
    return plan.key.name if plan.key.mode in library.modes else None


def _named(score: Score, word: str) -> list[Part]:
    roles = LAYERS.get(word, ())
    found = [part for part in score.parts if part.role in roles or word in (part.instrument, part.id)]
    if not found:
        there = dict.fromkeys(part.instrument for part in score.parts)
        raise InputError(f"a version without {word!r:.40}", ", ".join((*LAYERS, *there)), "name a part of the take")
    return found


def _hits(hits: Sequence[HitPoint], before_s: float, length_s: float) -> tuple[HitPoint, ...]:
    """The hits of another length, in time, the last one first to be kept."""
    placed: list[HitPoint] = []
    for hit in sorted(hits, key=lambda item: -item.at_s):
        left_s = before_s - hit.at_s
        ends = not placed and left_s <= AT_THE_END * before_s
        at_s = length_s - left_s if ends and left_s < length_s / 2 else hit.at_s * length_s / before_s
        if at_s > HITS_APART_S / 2 and all(abs(at_s - other.at_s) >= HITS_APART_S for other in placed):
            placed.append(replace(hit, at_s=round(at_s, 3)))
    return tuple(sorted(placed, key=lambda item: item.at_s))


def _shortened(motif: Motif, plan: Plan, length_s: float) -> Motif:
    """The motif that was given, or its first bar where there is room for no more."""
    if length_s > SHORT_S:
        return motif
    head = tuple(note for note in motif.notes if note.start_q < plan.bars[0].length_q)
    return replace(motif, notes=head) if len(head) >= FEWEST_NOTES else motif


def _sung(lead: Part, plan: Plan, start_bar: int, bars: int) -> Motif | None:
    """What the lead sings from a bar on, as a motif; None where it is too little."""
    if start_bar >= plan.bar_count - 1:
        return None
    start_q = plan.bars[start_bar].start_q
    end_q = min(plan.bars[min(start_bar + bars, plan.bar_count) - 1].end_q, start_q + MOST_Q)
    line = _top([note for note in lead.notes if start_q - NEAR_Q <= note.start_q < end_q - NEAR_Q])[:MOST_NOTES]
    if len(line) < FEWEST_NOTES:
        return None
    places = [max(0.0, _on_grid(note.start_q - start_q)) for note in line]
    ends = [*places[1:], end_q - start_q]
    notes = [
        MotifNote(place, max(0.125, min(_on_grid(note.length_q), end - place)), note.pitch)
        for note, place, end in zip(line, places, ends, strict=True)
        if end > place
    ]
    return Motif(tuple(notes)) if len(notes) >= FEWEST_NOTES else None


def _on_grid(place_q: float) -> float:
    """The nearest 24th of a quarter: sixteenths and triplets."""
    return round(place_q * 24) / 24


def _top(notes: Sequence[Note]) -> list[Note]:
    """The highest note of each moment, in time."""
    line: list[Note] = []
    for note in sorted(notes, key=lambda item: (item.start_q, -item.pitch)):
        if not line or note.start_q - line[-1].start_q > NEAR_Q / 2:
            line.append(note)
    return line


def _run(motif: Sequence[MotifNote], line: Sequence[Note], at: int) -> int:
    """How many notes of the motif follow from a note of a line on."""
    first, place = line[at], at
    for count, wanted in enumerate(motif):
        due_q = first.start_q + wanted.start_q - motif[0].start_q
        while place < len(line) and line[place].start_q < due_q - NEAR_Q:
            place += 1
        if place >= len(line) or line[place].start_q > due_q + NEAR_Q:
            return count
        if line[place].pitch - first.pitch != wanted.pitch - motif[0].pitch:
            return count
    return len(motif)
