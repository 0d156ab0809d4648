"""Do melodies move and close as their modes do? ``python -m models.evaluation.modes`` compares with and without.

Conventions: cues of half a minute in ten regions, three moods and two seeds each, with the profiles and with a library
that has none (scales, tempi, grooves and ensembles stay). The tune is the leads' and the answers of who takes it up,
without ornaments. *Begins*: phrases that state or bring back the theme and begin on the first degree of a motion of the
mode. *Moves*: those that have all its degrees in order, in any octave, in their first two bars (one, if they have but
two). *Closes*: full closes whose last tones are a close of the mode, the end of the cue with its last note. *Rests*:
half closes on a tone of rest that is not the tonic. Shares 0..1; *in scale*, *chord tones* (on strong beats), *steps*
and *range* (semitones) are those of `assistant.check.music`, *again* is its return of the motif.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from assistant.check.music import chord_tone_ratio, motif_similarity, pitch_range, step_ratio
from assistant.constraints import Constraints, arc_of
from assistant.generator import NOTHING_KEPT, Generator
from assistant.library import Library, load
from assistant.library.profiles import NOTHING_MORE
from assistant.plan import Phrase, Plan, make_plan
from assistant.score import Note, Part, Score
from models.evaluation.weaves import engine_of, notes_of
from models.rules.context import Context, position
from models.rules.keeping import Kept
from models.rules.modes import CLOSING, Mode, before_the_end, mode_of, sung
from models.rules.weaves import answered_bars

REGIONS = (
    "turkey",
    "arab",
    "india",
    "persia",
    "japan",
    "indonesia",
    "ireland",
    "balkans",
    "mississippi",
    "west-africa",
)
VALENCES, SEEDS = (-0.4, 0.1, 0.5), (1, 2)
STATING = ("state", "return")
UPBEAT_Q, SILENCE_Q = 1.3, 0.3
"""How long an upbeat may be, and the silence before it."""
COLUMNS = ("begins", "moves", "closes", "rests", "in scale", "chord tones", "steps", "range", "again")


@dataclass(frozen=True)
class Cue:
    """A plan, its score, and what the full library knows of its mode."""

    plan: Plan
    score: Score
    context: Context

    @property
    def tune(self) -> list[Note]:
        """The leads' notes and the answers', without ornaments, one at a time."""
        answered = {bar for _, phrase in self.context.phrases for bar in answered_bars(self.context, phrase)}
        leads = notes_of(self.plan, self.score, ("lead",))
        answers = [note for note in notes_of(self.plan, self.score, ("counter",)) if self._bar(note) in answered]
        sung = {self._bar(note) for note in leads}
        both = sorted(
            (*leads, *(note for note in answers if self._bar(note) not in sung)),
            key=lambda note: (note.start_q, -note.length_q),
        )
        return [note for place, note in enumerate(both) if not place or note.start_q - both[place - 1].start_q > 0.1]

    def _bar(self, note: Note) -> int:
        return self.plan.tempo_map.bar_at(note.start_q + 0.08).index

    def within(self, phrase: Phrase, bars: int | None = None) -> list[Note]:
        """The tune's notes in a phrase, or in its first bars."""
        until = phrase.start_bar + min(phrase.bars, bars or phrase.bars)
        return [note for note in self.tune if phrase.start_bar <= self._bar(note) < until]

    def last(self) -> Note | None:
        """The lead's last note."""
        notes = [note for part in self.score.parts if part.role == "lead" for note in part.notes
                 if note.start_q > self.plan.final_q - 0.2]  # fmt: skip
        return max(notes, key=lambda note: note.length_q, default=None)


def degrees_of(mode: Mode, notes: Sequence[Note]) -> list[int]:
    """Degrees of notes, 0 for the tonic, in any octave."""
    home, count = position(mode.key, mode.key.tonic + 12), len(mode.key.scale)
    return [(position(mode.key, note.pitch) - home) % count for note in notes]


def measured(cue: Cue) -> dict[str, list[float]]:
    """The figures of one cue, each phrase one value."""
    found: dict[str, list[float]] = {name: [] for name in COLUMNS}
    for section, phrase in cue.context.phrases:
        mode = mode_of(cue.context, section.key)
        notes = cue.within(phrase)
        if mode is None or not notes or before_the_end(cue.context, phrase, here=True):
            continue
        count = len(mode.key.scale)
        if phrase.motif in STATING and mode.motions:
            motions = [[(degree - 1) % count for degree in motion] for motion in mode.motions]
            begun = degrees_of(mode, cue.within(phrase, 1 if phrase.bars < 4 else 2))
            found["begins"].append(any(begun[:1] == motion[:1] for motion in motions))
            found["moves"].append(any(_contains(begun, motion) for motion in motions))
        singer = next((part for part in cue.plan.parts if part.role == "lead"), None)
        ends = before_the_end(cue.context, phrase) and (singer is None or sung(singer, phrase) == phrase)
        closing = [
            *_landed(notes, cue.plan.bars[phrase.start_bar + phrase.bars - 1].end_q),
            *([last] if ends and (last := cue.last()) else []),
        ]
        row = degrees_of(mode, closing)
        closes = [[(degree - 1) % count for degree in close] for close in mode.closes]
        if closes and (ends or phrase.cadence in CLOSING):
            said = _once(row)
            found["closes"].append(any(said[-len(_once(close)) :] == _once(close) for close in closes))
        elif phrase.cadence == "half":
            found["rests"].append(row[-1] != 0 and row[-1] + 1 in mode.rests)
    line = Part("tune", "lead", "piano", 0, False, tuple(cue.tune))
    scales = [cue.plan.section_of(cue.plan.tempo_map.bar_at(note.start_q).index).key for note in cue.tune]
    inside = [note.pitch % 12 in key.pitch_classes for note, key in zip(cue.tune, scales, strict=True)]
    found["in scale"] = [sum(inside) / max(1, len(inside))]
    found["chord tones"] = [chord_tone_ratio(line, cue.plan)]
    found["steps"], found["range"] = [step_ratio(line, cue.plan)], [float(pitch_range(line))]
    lead = next((part.id for part in cue.score.parts if part.role == "lead"), "")
    found["again"] = [motif_similarity(cue.score, cue.plan, lead)] if lead else []
    return found


def _landed(notes: Sequence[Note], end_q: float) -> list[Note]:
    """Notes without an upbeat to the next phrase: what comes after a silence in the last beat or so."""
    row = list(notes)
    while len(row) > 1 and end_q - row[-1].start_q < UPBEAT_Q:
        place = next((at for at in range(len(row) - 1, 0, -1)
                      if row[at].start_q - row[at - 1].start_q - row[at - 1].length_q > SILENCE_Q), 0)  # fmt: skip
        if not place or end_q - row[place].start_q >= UPBEAT_Q:
            break
        row = row[:place]
    return row


def _once(row: Sequence[int]) -> list[int]:
    """A row without what is said again at once: a tone may be repeated, or held by a tremolo."""
    return [degree for place, degree in enumerate(row) if not place or degree != row[place - 1]]


def _contains(row: Sequence[int], motion: Sequence[int]) -> bool:
    """Whether a row has a motion's degrees in order."""
    rest = iter(row)
    return all(degree in rest for degree in motion)


def without_profiles(library: Library) -> Library:
    """The library with nothing known of any region but what composing needed before."""
    bare = {name: replace(region, profile=NOTHING_MORE) for name, region in library.regions.items()}
    return replace(library, regions=MappingProxyType(bare))


def figures(region: str, engine: Generator, library: Library, full: Library) -> dict[str, list[float]]:
    """Every value of all cues of a region."""
    found: dict[str, list[float]] = {name: [] for name in COLUMNS}
    for valence in VALENCES:
        for seed in SEEDS:
            arc = arc_of([(0.0, valence, 0.0), (0.6, valence, 0.35), (1.0, valence, 0.1)])
            asked = Constraints(use="film", duration_s=30.0, region=region, arc=arc)
            plan = make_plan(asked, library=library, seed=seed)
            score = engine.generate(plan, seed=seed)
            assert isinstance(score, Score)
            cue = Cue(plan, score, Context(plan, full, seed, Kept(plan, NOTHING_KEPT)))
            for name, values in measured(cue).items():
                found[name] += values
    return found


def row_of(name: str, found: dict[str, list[float]]) -> str:
    """A line of the table."""
    cells = (f"{sum(values) / len(values):.2f}" if values else "-" for values in found.values())
    return f"| {name} | {' | '.join(cells)} |"


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--engine", choices=("rules", "composer"), default="rules")
    parser.add_argument("--regions", default=",".join(REGIONS), help="ids, with commas between")
    asked = parser.parse_args(arguments)
    full = load()
    lines = [f"| region | {' | '.join(COLUMNS)} |", "|---" * (1 + len(COLUMNS)) + "|"]
    sums: dict[str, dict[str, list[float]]] = {}
    for title, library in (("without", without_profiles(full)), ("with", full)):
        engine = engine_of(asked.engine, library)
        sums[title] = {column: [] for column in COLUMNS}
        for region in asked.regions.split(","):
            found = figures(region, engine, library, full)
            lines.append(row_of(f"{region}, {title}", found))
            sums[title] = {column: sums[title][column] + found[column] for column in COLUMNS}
    lines += [row_of(f"all, {title}", found) for title, found in sums.items()]
    sys.stdout.write("\n".join(lines) + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
