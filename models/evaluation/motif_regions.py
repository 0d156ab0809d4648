"""Is a motif the same tune in every region? ``python -m models.evaluation.motif_regions [--composer]`` prints Markdown.

Conventions: a pair is a motif and a line; `models.similarity.carried` says how alike they are, without key and tempo.
*True* pairs share the tune, *false* ones only the region or the treatment: another motif put through the same. AUC is
the chance that a true pair is more alike than a false one, with an interval from 1,000 resamplings of the motifs. The
threshold is chosen on one half of the motifs (as many false pairs over it as true ones below), the other half is
reported. Then five motifs of our own go through all regions at each position of the dial, by way of the score: the line
is what the leads play, graces and all, not the plan.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence

import numpy as np

from assistant.clip.motif import with_key
from assistant.constraints import COLOURS, Colour, Constraints, Understanding, arc_of
from assistant.generator import Generator
from assistant.interpret import with_motif
from assistant.library import Library, load
from assistant.plan import Plan, make_plan
from assistant.plan.regional import DIALS, Task, map_motif, own_key
from assistant.plan.regional.rhythm import grid_of
from assistant.plan.values import Key
from assistant.score import Meter, Note, Score
from assistant.score.motif import Motif, MotifNote, parse_motif
from models.evaluation.motif_variants import DATA, tunes, varied
from models.evaluation.pairs import Pairs, auc, interval, threshold_of
from models.similarity.carried import Melody, carried, line_of, melody_of

MOTIFS = {
    "major": "G4:1.5 A4:0.5 B4 D5 C5 B4 A4:2 B4:1.5 C5:0.5 D5 G4 A4 F#4 G4:2",
    "minor, wide leaps": "A3:1 E4 A4:1.5 G4:0.5 F4 D4 B3:2 C4 A4 G4 C5:1 B4 E4 A4:2",
    "pentatonic": "D4:0.5 E4:0.5 G4 A4:1.5 G4:0.5 E4 D4 E4:2 G4:0.5 A4:0.5 C5 A4 G4 E4 G4 D4:2",
    "chromatic": "C4 C#4:0.5 D4:0.5 Eb4 D4 G4:1.5 F#4:0.5 F4 E4 Eb4:0.5 E4:0.5 D4 C#4 D4 B3 C4:2",
    "in three": "F4:2 A4 C5:2 Bb4 A4 G4 Bb4 A4:3 F4:2 G4 A4:2 D5 C5 G4 E4 F4:3",
}
"""Of our own, so that no one's tune is bent: major, minor, pentatonic, chromatic, in three; steps and wide leaps."""
LENGTH_S = 20.0
"""Room for eight bars in three at a quiet tempo: what is cut for want of room is told so, and not meant here."""
MOODS = ((0.4, 0.2), (-0.4, -0.1), (0.2, 0.5), (-0.3, 0.3), (0.0, 0.0))
"""One for each motif, so that bright and dark scales are asked for."""
WANTED = 0.95
REAL = 4
"""Real tunes for each region that the threshold is chosen and judged on."""


def paired(motifs: Sequence[Melody], lines: Sequence[Melody], others: Callable[[int], Sequence[int]]) -> Pairs:
    """Each motif with its own line, and with the lines of others that had the same treatment."""
    true = [(index, carried(motif, line)) for index, (motif, line) in enumerate(zip(motifs, lines, strict=True))]
    false = [(index, carried(motifs[other], lines[index])) for index in range(len(motifs)) for other in others(index)]
    return Pairs(true, false)


def independent(pool: Sequence[Melody]) -> Pairs:
    """Real tunes with variants by rules of their own; false pairs had the same seed."""
    true = [(index, carried(tune, varied(tune, index))) for index, tune in enumerate(pool)]
    others = [(index, (index + step) % len(pool)) for index in range(len(pool)) for step in (1, 7, 20)]
    return Pairs(true, [(index, carried(pool[index], varied(pool[other], index))) for index, other in others])


def repeats(stems: Sequence[tuple[str, Melody]]) -> Pairs:
    """What players did themselves: bars 1 and 2 of a strain, and bars 5 and 6, where they say it otherwise.

    A weak label: an eight-bar strain usually begins its second half as its first. Identical ones are left out.
    """
    heads = [_bars(rows, 0.0) for _, rows in stems]
    again = [_bars(rows, 16.0) for _, rows in stems]
    kept = [i for i, (a, b) in enumerate(zip(heads, again, strict=True))
            if len(a) > 5 and len(b) > 5 and not (len(a) == len(b) and np.allclose(a, b))]  # fmt: skip
    heads, again = [heads[i] for i in kept], [again[i] for i in kept]
    return paired(heads, again, lambda index: [(index + step) % len(heads) for step in (1, 7, 20)])


def _bars(rows: Melody, start_q: float) -> Melody:
    inside = rows[(rows[:, 0] >= start_q - 1e-6) & (rows[:, 0] < start_q + 8 - 1e-6)]
    return inside - [start_q, 0, 0]


def composed(motif: Motif, region: str, colour: Colour, mood: int, library: Library, engine: Generator) -> Melody:
    """What the leads play of a cue made of a motif, in a region, as rows."""
    valence, arousal = MOODS[mood % len(MOODS)]
    asked = Constraints(
        duration_s=LENGTH_S, region=region, colour=colour, arc=arc_of([(0, valence, arousal), (1, valence, arousal)])
    )
    asked = with_motif(Understanding("accept", asked), motif).constraints
    plan = make_plan(asked, library=library, seed=11 + mood)
    score = engine.generate(plan, seed=11 + mood)
    assert isinstance(score, Score)
    return played(score, plan)


def played(score: Score, plan: Plan) -> Melody:
    """What the leads play, one after the other where they take turns."""
    leads = [part for part in score.parts if part.role == "lead"]
    notes: list[Note] = [note for part in leads for note in part.notes]
    return line_of(notes, 60 / plan.tempo_map.tempo_at(0.0))


def as_motif(tune: Melody) -> Motif:
    """Rows as a motif with the key that is heard in it."""
    return with_key(Motif(tuple(MotifNote(float(s), float(max(0.1, q)), int(p)) for s, q, p in tune)))


def mapped(pool: Sequence[Melody], library: Library) -> Pairs:
    """Real tunes as `map_motif` has them in a region's scale and first cycle; false pairs in the same."""
    regions = sorted(library.regions.values(), key=lambda region: region.id)

    def through(tune: Melody, place: int) -> Melody:
        region, rest = regions[place % len(regions)], place // len(regions)
        name, scale = region.scales[rest % len(region.scales)]
        cycle = next((c.groups for c in region.profile.cycles if c.groove == region.grooves[0]), ())
        grid = grid_of(Meter.parse(region.meters[rest % len(region.meters)]), cycle if rest == 0 else ())
        motif = as_motif(tune)
        task = Task(Key(2, name, scale), grid, DIALS["full"], own_key(motif, library.modes))
        return melody_of(map_motif(motif, task).motif.notes)

    others = [(index, (index + step) % len(pool)) for index in range(len(pool)) for step in (1, 7, 20)]
    true = [(index, carried(tune, through(tune, index))) for index, tune in enumerate(pool)]
    return Pairs(true, [(index, carried(pool[index], through(pool[other], index))) for index, other in others])


def in_scores(pool: Sequence[Melody], library: Library, engine: Generator) -> Pairs:
    """Real tunes as motifs of cues: every region has several; false pairs are those of one region with each other."""
    regions = sorted(library.regions)
    lines = [
        composed(as_motif(tune), regions[(index // REAL) % len(regions)], COLOURS[index % 3], index, library, engine)
        for index, tune in enumerate(pool)
    ]

    def neighbours(index: int) -> list[int]:
        first = index - index % REAL
        return [other for other in range(first, min(first + REAL, len(pool))) if other != index]

    return paired(pool, lines, neighbours)


def row(name: str, pairs: Pairs) -> str:
    """One line of the table of pairs: AUC of the half that chose no threshold."""
    low, high = interval(pairs.half(1))
    true, false = pairs.half(1).values()
    return (
        f"| {name} | {len(true)} | {len(false)} | {auc(pairs.half(1)):.3f} | {low:.3f} to {high:.3f} "
        f"| {np.median(true):.2f} | {np.median(false):.2f} |"
    )


def shares(
    library: Library, engine: Generator, threshold: float, regions: Sequence[str], colours: Sequence[Colour] = COLOURS
) -> list[str]:
    """Found motifs by position of the dial, and those that were not found."""
    tunes_ = {name: with_key(parse_motif(text)) for name, text in MOTIFS.items()}
    out, lost = [], []
    for colour in colours:
        found = {name: [] for name in tunes_}  # type: dict[str, list[float]]
        strangers: list[float] = []
        for region in regions:
            for mood, (name, motif) in enumerate(tunes_.items()):
                line = composed(motif, region, colour, mood, library, engine)
                found[name].append(carried(melody_of(motif.notes), line))
                others = [other for other in tunes_ if other != name]
                strangers.append(carried(melody_of(tunes_[others[mood % 4]].notes), line))
                if found[name][-1] < threshold:
                    lost.append(f"{name} in {region}, {colour} ({found[name][-1]:.2f})")
        every = np.concatenate([np.array(values) for values in found.values()])
        share, wrong = (every >= threshold).mean(), (np.array(strangers) >= threshold).mean()
        cells = " | ".join(f"{(np.array(values) >= threshold).mean():.0%}" for values in found.values())
        out.append(f"| {colour} | {share:.1%} of {len(every)} | {cells} | {every.mean():.2f} | {wrong:.1%} |")
    return [*out, "", f"Not found: {'; '.join(lost) or 'none'}."]


def judged() -> tuple[list[str], float]:
    """The table of pairs, and the threshold that the first half of the cues gives."""
    from models.rules import RulesGenerator

    library = load()
    irish, songs = tunes(DATA / "cre_irish", 68), tunes(DATA / "openscore_lieder", 68)
    pool = [tune for pair in zip(irish, songs, strict=True) for _, tune in pair]
    scores = in_scores(pool, library, RulesGenerator(library))
    strains = tunes(DATA / "cre_irish", 160, bars_q=32.0, most=99, named="eel")
    threshold = threshold_of(scores.half(0))
    true, false = scores.half(1).values()
    return [
        "# A motif through regions", "", "## The measure on true and false pairs (the half that chose nothing)", "",
        "| pairs | true | false | AUC | 95 % interval | median true | median false |", "|---" * 7 + "|",
        row("real tunes, varied by independent rules", independent(pool)),
        row("real tunes, mapped to scales and cycles (full)", mapped(pool, library)),
        row("real tunes as motifs of cues, found in the score", scores),
        row("weak label: bars 1-2 and 5-6 of Irish reels", repeats(strains)), "",
        f"Threshold from the first half of the cues: {threshold:.3f}. On the second half it finds "
        f"{(true >= threshold).mean():.1%} of the true and {(false >= threshold).mean():.1%} of the false pairs.",
    ], threshold  # fmt: skip


def table(engine: Generator, threshold: float, regions: Sequence[str], library: Library) -> list[str]:
    """Found motifs by dial and motif."""
    head = f"| dial | found | {' | '.join(MOTIFS)} | mean likeness | another motif over the threshold |"
    title = f"## Five motifs through {len(regions)} regions, engine {engine.name}"
    return ["", title, "", head, "|---" * 9 + "|", *shares(library, engine, threshold, regions)]


def main(arguments: Sequence[str]) -> int:
    """Print the measurement."""
    from models.rules import RulesGenerator

    library = load()
    regions = sorted(library.regions)
    lines, threshold = judged()
    lines += table(RulesGenerator(library), threshold, regions, library)
    if "--composer" in arguments:
        from models.registry import get_engine

        lines += table(get_engine("composer"), threshold, regions[::11], library)
    sys.stdout.write("\n".join(lines) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
