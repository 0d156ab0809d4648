"""Random cues, random replies and random keeps, and how far each named change went the named way.

``python -m tests.replies --cues 200 --engine composer`` prints the shares and every case that went another way.

Conventions: everything follows from a seed. What is measured is the score (or, for loudness, the sound); what the plan
says of itself counts only for hits, where it says which notes were to land. A change that the reader itself calls
impossible (a remark that the limit was reached) is drawn again.
"""

from __future__ import annotations

import argparse
import random
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby

import numpy as np

from assistant.check import Findings
from assistant.check.emotion import hear
from assistant.check.keyfinder import find_key, parse_key
from assistant.constraints import ArcPoint, Constraints, HitPoint
from assistant.feedback import Change, KeepWish, Reply, apply_and_say, cells_to_keep, insisting, now_of, unmet
from assistant.feedback.keep import is_called
from assistant.feedback.values import span_of
from assistant.generator import Generator, Keep
from assistant.library import Library
from assistant.plan import Plan, make_plan
from assistant.render import render
from assistant.render.values import Mixdown
from assistant.score import Note, Part, Score
from assistant.session import TakeRecord
from assistant.settings import Settings

PLACES = ("start", "middle", "end")
LAYERS = ("melody", "chords", "bass", "drums")
TONICS = ("C", "D", "E", "F", "G", "A", "Bb", "Eb")
ON_TIME_S = 0.04
"""How far from a hit that was named a note may strike."""
FEWEST = 3
"""Notes that a part must have in a place before fewer, lower or softer can be measured there."""
KINDS = (
    *("tempo step", "tempo value", "length step", "length value", "density", "density of a part", "density in a place"),
    *("loudness of all", "loudness of a part", "loudness in a place", "register of a part", "register in a place"),
    *("arousal", "arousal in a place", "valence", "valence in a place", "out", "in", "instead", "member instead"),
    *("key", "mode", "hits"),
)


@dataclass(frozen=True)
class Case:
    """One reply to one cue: the take before, the reply, and the plan and score that came of it."""

    kind: str
    reply: Reply
    before: TakeRecord
    plan: Plan
    score: Score
    keep: Keep
    library: Library
    settings: Settings

    @property
    def change(self) -> Change:
        return self.reply.changes[0]

    @cached_property
    def mixdowns(self) -> tuple[Mixdown, Mixdown]:
        """The sound before and after."""
        plays = ((self.before.score, self.before.plan), (self.score, self.plan))
        one, two = (render(score, plan, library=self.library, settings=self.settings) for score, plan in plays)
        return one, two

    def called(self, score: Score) -> list[Part]:
        """The parts that the change names."""
        return [part for part in score.parts if is_called(part, self.change.part or "all", self.change.members)]

    @cached_property
    def is_said(self) -> bool:
        """Whether the chat says that this change could not be made."""
        return bool(unmet(self.reply, self.before, self.plan, self.score))

    def told(self) -> str:
        """The case in a line, to find it again."""
        asked = self.before.constraints
        wishes = f"{asked.duration_s:g} s {asked.styles} {asked.key} {asked.tempo_bpm} seed {self.before.seed}"
        keeps = [wish.what for wish in self.reply.keep]
        return f"{self.kind}: {[change.to_contract() for change in self.reply.changes]} keep {keeps} [{wishes}]"


def random_cue(rng: random.Random, library: Library, generator: Generator) -> TakeRecord:
    """A short cue of any style, with or without a tempo, a key, a shape, hits and instruments."""
    length_s = rng.choice((10.0, 13.0, 16.0, 20.0, 24.5))
    count = rng.randint(1, 3)
    arc = tuple(
        ArcPoint(at / max(1, count - 1), round(rng.uniform(-0.6, 0.6), 2), round(rng.uniform(-0.6, 0.6), 2))
        for at in range(count)
    )
    tempo = rng.choice((None, float(rng.randint(66, 144))))
    asked = Constraints(
        duration_s=length_s,
        arc=arc,
        styles=(rng.choice(sorted(library.styles)),),
        tempo_bpm=(tempo - 2, tempo + 2) if tempo else None,
        key=rng.choice((None, f"{rng.choice(TONICS)} {rng.choice(('major', 'minor'))}")),
        hits=tuple(HitPoint(length_s * 0.5) for _ in range(rng.randint(0, 1))),
    )
    seed = rng.randrange(1, 2**31)
    plan = make_plan(asked, library=library, seed=seed)
    score = generator.generate(plan, seed=seed)
    assert isinstance(score, Score)
    return TakeRecord(1, asked, plan, score, Findings(), generator.name, seed, "nowhere")


def answered(
    kind: str, reply: Reply, before: TakeRecord, library: Library, generator: Generator, settings: Settings
) -> Case | None:
    """What becomes of a reply, as `assistant.pipeline` makes it; None where it says that it can't go further."""
    applied = apply_and_say(before.constraints, reply.changes, now=now_of(before.plan))
    if any(remark.code.endswith(("_at_limit", "_clamped", "_outside")) for remark in applied.remarks):
        return None
    plan = make_plan(applied.constraints, library=library, seed=before.seed, previous=before.plan)
    keep = cells_to_keep(reply, before, plan)
    score = insisting(generator, reply, before, library).generate(plan, keep=keep, seed=before.seed)
    assert isinstance(score, Score)
    return Case(kind, reply, before, plan, score, keep, library, settings)


def random_change(kind: str, rng: random.Random, take: TakeRecord, library: Library) -> Change | None:
    """A change of a kind that this cue can take; None where it can't."""
    to = rng.choice(("lower", "higher"))
    amount = rng.choice((1.0, 1.0, 1.6))
    where = rng.choice(PLACES) if kind.endswith("in a place") else None
    length_s = take.plan.length_s
    if kind == "tempo step":
        return Change("tempo_bpm", to, amount=amount)
    if kind == "tempo value":
        bpm = float(rng.randint(62, 150))
        return Change("tempo_bpm", value=(bpm - 2, bpm + 2))
    if kind == "length step":
        return Change("duration_s", to, amount=amount)
    if kind == "length value":
        return Change("duration_s", value=float(rng.randint(8, 30)))
    field = kind.split()[0]
    if field in ("arousal", "valence"):
        return Change(field, to, where=where, amount=amount)
    if kind in ("density", "loudness of all"):
        return Change(field, to, part="all", amount=amount)
    if field in ("density", "loudness", "register"):
        part = _named_part(rng, take, where, pitched=field == "register")
        return Change(field, to, part=part, where=where, amount=amount) if part else None
    if kind in ("out", "instead"):
        players = [part.instrument for part in take.score.parts if part.notes]
        if len(set(players)) < 2:
            return None
        gone = rng.choice(players)
        if kind == "out":
            return Change("instruments.include", remove=(gone,), members=_others(gone, "", library))
        new = _newcomer(rng, take, library)
        return Change("instruments.include", add=(new,), remove=(gone,), members=_others(gone, new, library))
    if kind == "member instead":
        families = {library.instruments[part.instrument].family: part for part in take.score.parts if part.notes}
        fit = {
            family: [name for name in members if name != part.instrument and name not in library.families]
            for family, part in families.items()
            if (members := library.family_members(family))
            and not part.is_drums
            and family not in ("drums", "percussion")
        }
        fit = {family: members for family, members in fit.items() if members}
        if not fit:
            return None
        family = rng.choice(sorted(fit))
        new = rng.choice(fit[family])
        return Change("instruments.include", add=(new,), remove=(family,), members=_others(family, new, library))
    if kind == "in":
        return Change("instruments.include", add=(_newcomer(rng, take, library),))
    if kind == "key":
        mode = take.plan.key.mode if take.plan.key.mode in ("major", "minor") else "major"
        others = [tonic for tonic in TONICS if tonic != take.plan.key.name.split()[0]]
        return Change("key", value=f"{rng.choice(others)} {mode}")
    if kind == "mode":
        return Change("mode", value="major" if take.plan.key.is_minor else "minor")
    return Change("hits", value=tuple(sorted({round(rng.uniform(2.5, length_s - 3.5), 2) for _ in range(2)})))


def _named_part(rng: random.Random, take: TakeRecord, where: str | None, *, pitched: bool) -> str | None:
    """A layer or an instrument with enough notes in a place."""
    names = [*LAYERS, *(part.instrument for part in take.score.parts)]
    fit = []
    for name in dict.fromkeys(names):
        parts = [part for part in take.score.parts if is_called(part, name)]
        if pitched and any(part.is_drums or part.role in ("drums", "percussion") for part in parts):
            continue
        bars = bars_in(take.plan, take.score, where)
        if parts and sum(len(notes_in(part, take.score, bars)) for part in parts) >= FEWEST:
            fit.append(name)
    return rng.choice(fit) if fit else None


def _others(family: str, new: str, library: Library) -> tuple[str, ...]:
    """The members that a family's word stands for, as a reader gives them, without itself and who comes."""
    return tuple(name for name in library.family_members(family) if name not in (family, new))


def _newcomer(rng: random.Random, take: TakeRecord, library: Library) -> str:
    playing = {part.instrument for part in take.score.parts}
    usual = ("flute", "violin", "cello", "piano", "harp", "trumpet", "acoustic-guitar", "oboe", "strings", "marimba")
    return rng.choice([name for name in usual if name in library.instruments and name not in playing])


def random_keep(rng: random.Random, take: TakeRecord, change: Change) -> tuple[KeepWish, ...]:
    """Nothing, a layer, or an instrument, never what the change is about."""
    if rng.random() < 0.5:
        return ()
    about = {change.part, *change.remove}
    named = [part for part in take.score.parts if any(is_called(part, name) for name in about if name)]
    free = [part for part in take.score.parts if part not in named]
    layers = [name for name in LAYERS if any(is_called(part, name) for part in free)]
    layers = [name for name in layers if not any(is_called(part, name) for part in named)]
    choices = [*layers, *(part.instrument for part in free if part.instrument not in {p.instrument for p in named})]
    return (KeepWish(rng.choice(choices)),) if choices else ()


def bars_in(plan: Plan, score: Score, where: str | None) -> range:
    """The bars whose middle lies in a place."""
    low, high = span_of(where, plan.length_s)  # type: ignore[arg-type]
    middles = [
        (score.tempo_map.seconds_at(bar.start_q) + score.tempo_map.seconds_at(bar.end_q)) / 2 for bar in plan.bars
    ]
    inside = [
        index for index, at_s in enumerate(middles) if low <= at_s < high or (high >= plan.length_s and at_s >= low)
    ]
    return range(inside[0], inside[-1] + 1) if inside else range(0)


def notes_in(part: Part, score: Score, bars: range) -> tuple[Note, ...]:
    """The notes that begin in some bars."""
    if not bars:
        return ()
    grid = score.tempo_map.bars_until(score.tempo_map.quarters_at(score.length_s))
    last = min(bars[-1], len(grid) - 1)
    return part.between(grid[bars[0]].start_q, grid[last].end_q) if bars[0] <= last else ()


# -- measures: each gives (before, after), or whether the change came true ---------------------------------------------


def felt_bpm(score: Score) -> float:
    """Felt beats a minute, each stretch counted by the seconds that it lasts."""
    lasting: Counter[float] = Counter()
    for bar in score.bars:
        lasting[bar.meter.count_q] += bar.length_q  # type: ignore[assignment]
    return score.tempo_map.quarters_at(score.length_s) / score.length_s * 60 / lasting.most_common(1)[0][0]


def notes_a_beat(case: Case, score: Score, plan: Plan) -> float:
    """Notes of the named parts in the place, a beat."""
    bars = bars_in(plan, score, case.change.where)  # type: ignore[arg-type]
    beats = sum(plan.bars[index].length_q for index in bars) or 1.0
    return sum(len(notes_in(part, score, bars)) for part in case.called(score)) / beats


def mean_pitch(case: Case, score: Score, plan: Plan) -> float:
    """Mean pitch of the named parts in the place, weighted by length."""
    bars = bars_in(plan, score, case.change.where)  # type: ignore[arg-type]
    notes = [note for part in case.called(score) for note in notes_in(part, score, bars)]
    return float(np.average([n.pitch for n in notes], weights=[n.length_q for n in notes])) if notes else float("nan")


def level_db(case: Case, score: Score, plan: Plan, mixdown: Mixdown) -> float:
    """Level of the named parts in the place, before the mix is brought to its loudness; of all the mix's loudness."""
    change = case.change
    if change.part in (None, "all") and change.where is None:
        return mixdown.loudness_lufs
    low_s, high_s = span_of(change.where, plan.length_s)
    frames = slice(round(low_s * 48_000), round(high_s * 48_000))
    ids = {part.id for part in case.called(score)}
    stems = [stem.waveform.samples[:, frames] for stem in mixdown.stems if stem.part_id in ids]
    energy = float(np.mean(np.square(np.sum(stems, axis=0)))) if stems else 0.0
    return float(10 * np.log10(energy + 1e-15)) - mixdown.trim_db


def emotion(case: Case, score: Score, plan: Plan) -> float:
    """Valence or arousal of what is heard in the place, each stretch of one key from its own tonic."""
    bars = [plan.bars[index] for index in bars_in(plan, score, case.change.where)]  # type: ignore[arg-type]
    parts = []
    for tonic, group in groupby(bars, lambda bar: plan.section_of(bar.index).key.tonic):
        stretch = list(group)
        heard = hear(score, stretch[0].start_q, stretch[-1].end_q, tonic=tonic)
        parts.append((float(getattr(heard, case.change.field)), stretch[-1].end_q - stretch[0].start_q))
    return float(np.average([value for value, _ in parts], weights=[length_q for _, length_q in parts]))


def went_the_way(case: Case) -> tuple[bool, str]:
    """Whether a case's change is measured in the named direction, and the figures."""
    change, before = case.change, case.before
    plays = ((before.score, before.plan), (case.score, case.plan))
    if case.kind in ("out", "in", "instead", "member instead"):
        playing = {part.instrument for part in case.score.parts if part.notes}
        gone = {member for name in change.remove for member in (name, *case.library.family_members(name))}
        return set(change.add) <= playing and not (gone - set(change.add)) & playing, f"{sorted(playing)}"
    if case.kind == "hits":
        late = [_nearest_strike_s(case.score, at_s) for at_s in _feasible(case)]
        return all(each <= ON_TIME_S for each in late), f"{[round(each, 3) for each in late]}"
    if change.field in ("key", "mode"):
        wanted = f"{before.plan.key.name.split()[0]} {change.value}" if change.field == "mode" else str(change.value)
        found = find_key(case.score)
        return (found.tonic, found.mode) == parse_key(wanted), f"{found.name} for {wanted}"
    if change.field == "duration_s" and change.value is not None:
        return abs(case.score.length_s - float(change.value)) < 1e-6, f"{case.score.length_s}"  # type: ignore[arg-type]
    if change.field == "tempo_bpm" and isinstance(change.value, tuple):
        bpm = felt_bpm(case.score)
        return change.value[0] * 0.98 <= bpm <= change.value[1] * 1.02, f"{bpm:.1f} for {change.value}"
    measure: Callable[..., float] = {
        "tempo_bpm": lambda score, plan: felt_bpm(score),
        "duration_s": lambda score, plan: score.length_s,
        "density": lambda score, plan: notes_a_beat(case, score, plan),
        "register": lambda score, plan: mean_pitch(case, score, plan),
        "valence": lambda score, plan: emotion(case, score, plan),
        "arousal": lambda score, plan: emotion(case, score, plan),
        "loudness": lambda score, plan: level_db(case, score, plan, case.mixdowns[score is case.score]),
    }[change.field]
    one, two = (measure(*each) for each in plays)
    return (two - one) * change.sign > 1e-6, f"{one:.3f} -> {two:.3f}"


def _feasible(case: Case) -> list[float]:
    return [hit.at_s for hit in case.plan.hits if hit.feasible]


def _nearest_strike_s(score: Score, at_s: float) -> float:
    return min(abs(score.start_s(note) - at_s) for part in score.parts for note in part.notes)


# -- what must stay ----------------------------------------------------------------------------------------------------


def lost_cells(case: Case) -> list[str]:
    """Kept cells that did not come back note for note, in bars and beats."""
    wanted = case.keep.score
    return [
        f"{cell.part_id} bar {cell.bar}"
        for cell in case.keep.cells
        if wanted is not None and case.score.cell(cell) != wanted.cell(cell)
    ]


def untouched(case: Case) -> list[str]:
    """Ids of the parts that nothing named touches: every cell of theirs must be as it was, by a rule of our own.

    Stricter and simpler than `cells_to_keep`: only replies that leave the time, the key and the mood alone count, and
    then every part that the change does not name.
    """
    change = case.change
    if change.field not in ("density", "loudness", "register", "instruments.include"):
        return []
    named = {part.id for score in (case.before.score, case.score) for part in case.called(score)}
    if change.field == "instruments.include":
        gone = {member for name in change.remove for member in (name, *case.library.family_members(name))}
        if "drums" in gone:  # no drums: nothing that is struck in a groove
            gone |= {name for name, player in case.library.instruments.items() if player.is_struck}
        gone |= {"choir"} if "voice" in gone else set()  # no voice: no choir either
        named = {part.id for part in case.before.score.parts if part.instrument in gone}
    if change.field == "loudness" and change.part not in (None, "all"):
        named = set()  # a fader moves no note
    return [part.id for part in case.before.score.parts if part.id not in named]


def moved_parts(case: Case) -> list[str]:
    """Parts that should have stayed and play something else now, or nothing at all."""
    return [
        name
        for name in untouched(case)
        if (after := case.score.part(name)) is None or case.before.score.part(name).notes != after.notes  # type: ignore[union-attr]
    ]


def lost_of_kept(case: Case) -> list[str]:
    """Bars that the person keeps by name and that changed although time, key and metre allow them to stay."""
    old, new = case.before.plan, case.plan
    if case.change.field in ("key", "mode") or not case.reply.keep:
        return []
    count = min(old.bar_count, new.bar_count)
    if case.change.field in ("tempo_bpm", "duration_s") or old.bar_count != new.bar_count:
        count -= 2
    lost = []
    for wish in case.reply.keep:
        for part in case.before.score.parts:
            after = case.score.part(part.id)
            if after is None or not is_called(part, str(wish.what)):
                continue
            for bar in range(max(0, count)):
                one, two = old.bars[bar], new.bars[bar]
                if one.meter != two.meter or abs(one.length_q - two.length_q) > 1e-6:
                    continue
                if _beats(part, one.start_q, one.end_q) != _beats(after, two.start_q, two.end_q):
                    lost.append(f"{part.id} bar {bar}")
    return lost


def _beats(part: Part, start_q: float, end_q: float) -> list[tuple[float, int, float, int]]:
    """The notes of a bar in beats from its line."""
    return [
        (round(n.start_q - start_q, 5), n.pitch, round(n.length_q, 5), n.velocity) for n in part.between(start_q, end_q)
    ]


def changed_stems(case: Case) -> list[str]:
    """Parts that nothing named touches whose stems are not identical to the sample."""
    one, two = case.mixdowns
    if one.trim_db != two.trim_db:
        return []  # all stems were lowered together
    named = {part.id for part in case.called(case.score)} if case.change.field == "loudness" else set()
    return [
        name
        for name in untouched(case)
        if name not in named
        and case.score.part(name)
        and not np.array_equal(one.stem(name).waveform.samples, two.stem(name).waveform.samples)  # type: ignore[union-attr]
    ]


def cases(
    seed: int,
    count: int,
    library: Library,
    generator: Generator,
    settings: Settings,
    *,
    each: int = 6,
    kinds: Sequence[str] = KINDS,
) -> Iterator[Case]:
    """Random replies, ``each`` to every random cue, the kinds in turn, so that all are met alike."""
    rng, turn = random.Random(seed), 0
    for _ in range(count):
        take = random_cue(rng, library, generator)
        for _ in range(each):
            kind = kinds[turn % len(kinds)]
            turn += 1
            change = random_change(kind, rng, take, library)
            if change is None:
                continue
            case = answered(kind, Reply((change,), random_keep(rng, take, change)), take, library, generator, settings)
            if case is not None:
                yield case


@dataclass
class Count:
    """How often a kind of change was asked and went the way; and what went another."""

    asked: int = 0
    met: int = 0
    said: int = 0


def main() -> int:
    from assistant import library as libraries
    from models.registry import get_engine

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cues", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--engine", default="rules")
    parser.add_argument("--kinds", default="", help="part of the names of the kinds to draw")
    parser.add_argument("--no-sound", action="store_true", help="leave out what needs rendering")
    parser.add_argument("--cpu-s", type=float, default=float("inf"), help="draw no more after so much processor time")
    options = parser.parse_args()
    data, counts = libraries.load(), defaultdict(Count)
    settings = Settings(work_dir=libraries.__path__[0])  # type: ignore[arg-type]
    kept = lost = stems = 0
    kinds = [kind for kind in KINDS if options.kinds in kind and not (options.no_sound and "loudness" in kind)]
    for case in cases(options.seed, options.cues, data, get_engine(options.engine), settings, kinds=kinds):
        if time.process_time() > options.cpu_s:
            break
        met, figures = went_the_way(case)
        counts[case.kind].asked += 1
        counts[case.kind].met += met
        counts[case.kind].said += not met and case.is_said
        if not met:
            print(f"WAY   {case.told()} {figures}{' (said)' * case.is_said}")
        elif case.is_said:
            print(f"SAID  {case.told()} {figures}: said to be left, but moved")
        kept += len(case.keep.cells)
        for name, wrong in (("CELLS", lost_cells(case)), ("PARTS", moved_parts(case)), ("KEPT ", lost_of_kept(case))):
            lost += len(wrong)
            if wrong:
                print(f"{name} {case.told()} {wrong[:4]}")
        if not options.no_sound and untouched(case):
            stems += 1
            if wrong := changed_stems(case):
                print(f"STEMS {case.told()} {wrong}")
    for kind in kinds:
        count = counts[kind]
        print(f"{kind:24} {count.met:4} of {count.asked:4}" + f", {count.said} said to be left" * bool(count.said))
    asked, met, said = (sum(getattr(count, name) for count in counts.values()) for name in ("asked", "met", "said"))
    print(f"named changes {met} of {asked} ({met / asked:.1%}), {said} said to be left")
    print(f"kept cells {kept}, lost {lost}; stems compared {stems}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
