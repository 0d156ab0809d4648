"""A plan from a held-out work: what an engine would have been asked for, had it been asked for this very music.

Conventions: metre, keys (one for four or eight bars), chords (half bars, as the corpus labels them), which part sounds
where and how densely, how high and how loudly, and what each phrase does with the motif are taken from the work; tempo
is not in the corpus and is neutral (see `tempo_of`). The plan has one bar more than is compared: the final one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from assistant.generator import NOTHING_KEPT
from assistant.library import Library, load
from assistant.plan import BarIntent, Chord, Key, Phrase, Plan, PlannedPart, Section
from assistant.score import Bar, Meter, Score, TempoMap
from models.evaluation.held_out import EMPTY, LINES, Array, Excerpt, Voice, cell, outer
from models.rules.context import Context
from models.rules.keeping import Kept
from models.transformer import vocabulary as v
from models.transformer.conditions import FASTEST, ONSETS_A_BAR, Conditions
from models.transformer.windows import Corpus

SCALES = {"major": (0, 2, 4, 5, 7, 9, 11), "minor": (0, 2, 3, 5, 7, 8, 10)}
STYLE_OF = {
    0: "classical", 1: "cinematic", 2: "classical", 3: "orchestral", 4: "metal", 6: "waltz", 7: "folk", 8: "classical",
}  # fmt: skip
"""A style for each collection, the nearest that the engines know."""
TEXTURE_OF = {"lead": "melody", "counter": "countermelody", "harmony": "block", "bass": "roots"}
USUAL_BPM = {4: 120.0, 7: 112.0}
SLOWEST_BPM = 44.0
PHRASE = 4
LIKE = 0.6
"""Shared onsets from which a bar varies another (as `models.transformer.windows` has it)."""
WIDTH = 12
TAIL_S = 2.0


def plan_of(corpus: Corpus, excerpt: Excerpt, *, library: Library | None = None) -> Plan:
    """The plan of an excerpt.

    Parameters
    ----------
    corpus : Corpus
    excerpt : Excerpt
    library : Library, optional
        That of ``prompts/`` unless given.

    Returns
    -------
    Plan
        ``excerpt.bars + 1`` bars, one part for each voice, with the voice's id.
    """
    library = library or load()
    start = corpus.bar_start[excerpt.piece] + excerpt.first
    rows = corpus.bar[start : start + excerpt.bars + 1].astype(int)
    meter = Meter(int(rows[0, 1]), int(rows[0, 2]))
    cells = {voice.id: _cells(corpus, excerpt, voice) for voice in excerpt.voices}
    tempo_map = TempoMap.steady(tempo_of(excerpt, cells, meter.bar_q), meter)
    bars = tempo_map.bars_until(len(rows) * meter.bar_q)
    sections = _sections(rows, _phrases(excerpt, cells))
    flat = bool(corpus.flat[excerpt.piece])
    loud = {voice.id: _loud(corpus, excerpt, voice) for voice in excerpt.voices}
    parts = tuple(
        _part(voice, cells[voice.id], 0.5 if flat else None, loud[voice.id], library) for voice in excerpt.voices
    )
    plan = Plan(
        length_s=tempo_map.seconds_at(bars[-1].end_q) + TAIL_S,
        tempo_map=tempo_map,
        bar_count=len(bars),
        final_q=bars[-1].start_q,
        key=Counter(section.key for section in sections).most_common(1)[0][0],
        sections=sections,
        chords=_chords(rows, bars),
        parts=parts,
        style=STYLE_OF[excerpt.source],
    )
    return with_densities(plan, {name: [len(np.unique(each[:, 1])) for each in row] for name, row in cells.items()})


def _cells(corpus: Corpus, excerpt: Excerpt, voice: Voice) -> list[Array]:
    """A voice's bars, the final one too: rows of bar, onset, pitch, length."""
    out = []
    for bar in range(excerpt.bars + 1):
        notes = cell(corpus, excerpt.piece, voice.place, excerpt.first + bar)
        out.append(outer(np.column_stack([np.full(len(notes), bar), notes]), voice.role))
    return out


def _loud(corpus: Corpus, excerpt: Excerpt, voice: Voice) -> list[float]:
    """Dynamics 0..1 of a voice's bars, by the mean class of velocity that the corpus measured."""
    parts = int(corpus.piece[excerpt.piece, 3])
    at = corpus.cell_start[excerpt.piece] + (excerpt.first + np.arange(excerpt.bars + 1)) * parts + voice.place
    velocity = v.VELOCITIES[np.minimum(corpus.controls[at, 2], len(v.VELOCITIES) - 1)]
    return [float(min(1.0, max(0.0, (each - 32) / 76))) for each in velocity]


def tempo_of(excerpt: Excerpt, cells: dict[str, list[Array]], bar_q: float) -> float:
    """Quarter notes a minute: the collection's usual tempo, slower where the work's onsets could not be asked at it."""
    bpm = USUAL_BPM.get(excerpt.source, 96.0)
    while bpm > SLOWEST_BPM and not all(_asks(voice.role, cells[voice.id], bar_q, bpm) for voice in excerpt.voices):
        bpm -= 4.0
    return bpm


def _asks(role: str, row: Sequence[Array], bar_q: float, bpm: float) -> bool:
    """Whether nine in ten of a part's bars have no more onsets than a plan can ask at this tempo."""
    onsets = [len(np.unique(each[:, 1])) for each in row if len(each)]
    most = min(ONSETS_A_BAR[role][-1] * bar_q / 4 * (100 / bpm) ** 0.5, FASTEST[role] * bar_q * 60 / bpm)
    return not onsets or float(np.quantile(onsets, 0.9)) <= most


def _chords(rows: Array, bars: Sequence[Bar]) -> tuple[Chord, ...]:
    """Half bars' chords, equal neighbours made one; where nothing is heard the last one goes on."""
    found: list[Chord] = []
    known = [(int(root), int(quality)) for row in rows for root, quality in (row[5:7], row[7:9])]
    silent = v.QUALITIES.index("none")
    last = next((each for each in known if each[1] != silent), (int(rows[0, 3]), int(rows[0, 4])))
    for index, (root, quality) in enumerate(known):
        bar = bars[index // 2]
        last = last if quality == silent else (root, quality)
        name, half = v.QUALITIES[last[1]], bar.length_q / 2
        if found and (found[-1].root, found[-1].quality) == (last[0], name):
            found[-1] = replace(found[-1], length_q=found[-1].length_q + half)
        else:
            found.append(Chord(bar.start_q + index % 2 * half, half, last[0], name))
    return tuple(found)


def _sections(rows: Array, phrases: Sequence[Phrase]) -> tuple[Section, ...]:
    """Two phrases a section, one where their keys differ."""
    keys = [_key(rows[each.start_bar : each.start_bar + each.bars]) for each in phrases]
    out: list[Section] = []
    for phrase, key in zip(phrases, keys, strict=True):
        if out and out[-1].key == key and len(out[-1].phrases) < 2:
            last = out.pop()
            row = (*last.phrases, phrase)
            out.append(replace(last, bars=last.bars + phrase.bars, phrases=row))
        else:
            out.append(Section("theme", phrase.start_bar, phrase.bars, 0.0, 0.0, key, (phrase,)))
    return tuple(out)


def _key(rows: Array) -> Key:
    """The key that most of these bars have."""
    (tonic, mode), _ = Counter((int(row[3]), int(row[4])) for row in rows).most_common(1)[0]
    return Key(tonic, v.MODES[mode], SCALES[v.MODES[mode]])


def _phrases(excerpt: Excerpt, cells: dict[str, list[Array]]) -> tuple[Phrase, ...]:
    """Four bars each, the last with what is left over, and what the lead does in their first two bars."""
    lead = cells[excerpt.voices[0].id]
    starts = list(range(0, excerpt.bars - PHRASE + 1, PHRASE)) or [0]
    lengths = [*np.diff(starts).tolist(), len(lead) - starts[-1]]
    out: list[Phrase] = []
    for start, bars in zip(starts, lengths, strict=True):
        out.append(Phrase(start, int(bars), motif_use(lead, start, int(bars), out)))
    return tuple(out)


def motif_use(lead: Sequence[Array], start: int, bars: int, before: Sequence[Phrase]) -> str:
    """What a phrase does with the motif, by how its opening relates to the first's (`vocabulary.RELATIONS`)."""
    if not any(len(each) for each in lead[start : start + bars]):
        return "rest"
    stated = next((phrase for phrase in before if phrase.motif == "state"), None)
    if stated is None:
        return "state"
    pairs = [(lead[start + at], lead[stated.start_bar + at]) for at in range(min(2, bars, stated.bars))]
    relations = [relation(here, model) for here, model in pairs if len(here) or len(model)]
    if relations and all(each == "same" for each in relations):
        return "return" if before[-1].motif in ("contrast", "rest") else "repeat"
    return "vary" if relations and all(each != "new" for each in relations) else "contrast"


def relation(here: Array, model: Array) -> str:
    """How a bar of a line relates to another (`vocabulary.RELATIONS`): rows of bar, onset, pitch, length."""
    if not len(here) or not len(model):
        return "new"
    if len(here) == len(model) and (here[:, [1, 3]] == model[:, [1, 3]]).all():
        return "same" if (np.diff(here[:, 2]) == np.diff(model[:, 2])).all() else "same rhythm"
    ours, theirs = set(here[:, 1].tolist()), set(model[:, 1].tolist())
    return "varied" if len(ours & theirs) / len(ours | theirs) > LIKE else "new"


def _part(
    voice: Voice, row: Sequence[Array], dynamics: float | None, loud: Sequence[float], library: Library
) -> PlannedPart:
    """A voice as a planned part; densities come later."""
    pitches = np.concatenate([each[:, 2] for each in row if len(each)] or [np.array([60])])
    low, high = int(pitches.min()), int(pitches.max())
    while high - low < WIDTH:
        low, high = max(0, low - 1), min(127, high + 1)
    intents = tuple(
        BarIntent(
            active=len(each) > 0,
            dynamics=loud[bar] if dynamics is None else dynamics,
            register_shift=round(float(each[:, 2].mean()) - (low + high) / 2) if len(each) else 0,
        )
        for bar, each in enumerate(row)
    )
    player = instrument_of(voice.family, many=voice.role not in LINES, library=library)
    return PlannedPart(voice.id, voice.role, player, low, high, TEXTURE_OF[voice.role], intents)


def instrument_of(family: int, *, many: bool, library: Library) -> str:
    """An instrument of a General MIDI family, one that plays chords where ``many`` are to sound at once."""
    own = [each for each in library.instruments.values() if not each.is_struck and (each.polyphonic or not many)]
    return min(own, key=lambda each: (abs(each.program // 8 - family), each.program % 8)).id


def with_densities(plan: Plan, onsets: dict[str, list[int]]) -> Plan:
    """The plan with densities for which `Conditions.wanted` is nearest to these onsets a bar (one metre and tempo)."""
    steps = np.linspace(0, 1, 41)
    context = Context(plan, load(), 0, Kept(plan, NOTHING_KEPT))
    parts = []
    for part in plan.parts:
        asked = np.array([Conditions(context, _at(part, float(step))).wanted(plan.bars[0]) for step in steps])
        bars = []
        for intent, count in zip(part.bars, onsets[part.id], strict=True):
            away = np.abs(asked - count)
            best = steps[away <= away.min() + 1e-6]
            bars.append(replace(intent, density=float(best[len(best) // 2])))
        parts.append(replace(part, bars=tuple(bars)))
    return replace(plan, parts=tuple(parts))


def _at(part: PlannedPart, density: float) -> PlannedPart:
    return replace(part, bars=tuple(replace(intent, density=density) for intent in part.bars))


def sheet_of(plan: Plan, score: Score, bars: int) -> dict[str, Array]:
    """What an engine wrote in the first ``bars`` bars, on the corpus's grid; ends in whole classes of length."""
    out = {}
    for planned in plan.parts:
        part = score.part(planned.id)
        rows = []
        for bar in plan.bars[:bars]:
            notes = part.between(bar.start_q - 0.02, bar.end_q - 0.02) if part is not None else ()
            for note in notes:
                onset = max(0, round((note.start_q - bar.start_q) * v.STEPS_PER_Q))
                length = v.LENGTHS[v.nearest([max(1.0, note.length_q * v.STEPS_PER_Q)], v.LENGTHS)[0]]
                rows.append((bar.index, onset, note.pitch, int(length)))
        out[planned.id] = outer(np.array(sorted(set(rows)), np.int64) if rows else EMPTY, planned.role)
    return out
