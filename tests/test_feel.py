"""Drums are played with a drummer's feel, machines on the grid, and the feel says where it comes from."""

from __future__ import annotations

import random
from dataclasses import replace
from itertools import pairwise
from statistics import fmean, pstdev

import pytest

from assistant.errors import DataError
from assistant.generator import NOTHING_KEPT, Keep
from assistant.library import GRID, Feel, PieceFeel, load
from assistant.plan import Plan
from assistant.score import Cell, Meter, Note, Score
from assistant.score.tempo import Bar
from models.rules import RulesGenerator
from models.rules.context import Context
from models.rules.hands import Hands, piece_of, place_of
from models.rules.keeping import Kept
from models.rules.learn_feel import FAMILIES, Hit, Performance, chosen, learn, toml
from tests.plans import toy_plan

LIBRARY = load()


def played(style: str, *, seed: int = 0, keep: Keep = NOTHING_KEPT, **changes: object) -> tuple[Plan, Score]:
    plan = toy_plan(16, style=style, **changes)  # type: ignore[arg-type]
    score = RulesGenerator(LIBRARY).generate(plan, keep=keep, seed=seed)
    assert isinstance(score, Score)
    return plan, score


def free_drums(plan: Plan, score: Score) -> list[Note]:
    """The drum notes that neither a hit nor the last chord binds."""
    bound = [*(hit.at_q for hit in plan.hits), plan.final_q]
    part = score.part("drums-drums")
    assert part is not None
    return [note for note in part.notes if all(abs(note.start_q - at_q) > 1e-3 for at_q in bound)]


def piece(name: str = "snare", places: int = 16, late_ms: float = 0.0, spread_ms: float = 10.0) -> PieceFeel:
    return PieceFeel(name, (late_ms,) * places, (spread_ms,) * places, (80.0,) * places, (10.0,) * places)


def feel(*pieces: PieceFeel, drift: tuple[float, float] = (0.5, 0.9)) -> Feel:
    return Feel("mine", 16, 3, 500, drift, (0.1, 0.9), (0.1,) * 16, pieces or (piece(),))


@pytest.mark.parametrize("style", ["techno", "house", "chiptune", "trap", "synthwave", "electronic"])
def test_machines_stay_on_the_grid(style: str) -> None:
    plan, score = played(style)
    assert {note.nudge_q for note in free_drums(plan, score)} == {0.0}


@pytest.mark.parametrize("style", ["rock", "funk", "jazz", "hip-hop", "reggae", "samba"])
def test_people_do_not(style: str) -> None:
    plan, score = played(style)
    late_ms = [note.nudge_q * 600 for note in free_drums(plan, score)]
    assert pstdev(late_ms) > 4
    assert max(abs(late) for late in late_ms) <= 31


def test_strokes_on_hits_and_the_last_chord_are_exact() -> None:
    plan, score = played("funk", hits=((8, "hit"),))
    part = score.part("drums-drums")
    assert part is not None
    struck = [note for note in part.notes if note.start_q in (plan.hits[0].at_q, plan.final_q)]
    assert struck
    assert {note.nudge_q for note in struck} == {0.0}


def test_the_same_seed_plays_the_same_and_another_does_not() -> None:
    first, again, other = (played("funk", seed=seed)[1].part("drums-drums") for seed in (3, 3, 4))
    assert first == again != other


def test_kept_drums_come_back_note_for_note() -> None:
    plan, before = played("funk", seed=1)
    cells = frozenset(Cell("drums-drums", bar) for bar in range(4, 8))
    _, after = played("funk", seed=2, keep=Keep(before, cells))
    one, other = before.part("drums-drums"), after.part("drums-drums")
    assert one is not None
    assert other is not None
    span = plan.bars[4].start_q, plan.bars[7].end_q
    assert one.between(*span) == other.between(*span)
    assert one.notes != other.notes


def test_neighbouring_strokes_share_a_drift_and_white_noise_would_not() -> None:
    context = Context(toy_plan(64, style="rock"), LIBRARY, 0, Kept(toy_plan(64), NOTHING_KEPT))
    part = context.plan.parts[-1]

    def shared(drift: tuple[float, float]) -> float:
        hands = Hands(context, part, feel(drift=drift), 1.0)
        late = [hands.late_s(bar, bar.start_q + step / 4, 38) for bar in context.plan.bars for step in range(16)]
        mean = fmean(late)
        return fmean((one - mean) * (other - mean) for one, other in pairwise(late)) / pstdev(late) ** 2

    assert shared((0.6, 0.9)) > 0.35
    assert abs(shared((0.0, 0.0))) < 0.15


def test_a_swung_beat_goes_to_triplets_and_a_straight_one_to_sixteenths() -> None:
    bar = Bar(0, 0.0, 4.0, Meter(4, 4))
    swung, straight = LIBRARY.feels["swing"], LIBRARY.feels["rock"]
    assert [round(place_of(swung, bar, at_q)) for at_q in (0.0, 0.5, 1.0, 1.5)] == [0, 2, 3, 5]
    assert [round(place_of(straight, bar, at_q)) for at_q in (0.0, 0.25, 0.5, 1.0)] == [0, 1, 2, 4]


def test_keys_are_told_apart_by_the_piece_they_belong_to() -> None:
    context = Context(toy_plan(), LIBRARY, 0, Kept(toy_plan(), NOTHING_KEPT))
    drums = context.plan.parts[-1]
    strokes = LIBRARY.instrument("drums").strokes
    names = ("kick", "snare", "hat", "openhat", "ride", "crash")
    assert [piece_of(context, drums, strokes[name]) for name in names] == list(names)


def test_a_region_brings_its_drummer_unless_machines_play() -> None:
    assert LIBRARY.feel_name(style="pop", region="brazil") == "brazilian"
    assert LIBRARY.feel_name(style="techno", region="brazil") == GRID
    assert LIBRARY.feel_name(style="pop") == "pop"


def test_every_family_is_learned_and_within_reach_of_the_beat() -> None:
    assert set(LIBRARY.feels) == set(FAMILIES)
    for each in LIBRARY.feels.values():
        assert {"kick", "snare"} <= {piece.piece for piece in each.pieces}, each.id
        on_beats = [
            piece.late_ms[:: each.places // 4] for piece in each.pieces if piece.piece in ("kick", "snare", "hat")
        ]
        assert all(abs(late) < 20 for row in on_beats for late in row), each.id


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: piece("bongo"), "bongo"),
        (lambda: replace(piece(), late_ms=(70.0,) * 16), "out of range"),
        (lambda: replace(piece(), velocity=(80.0,) * 12), "columns"),
        (lambda: feel(piece(places=12)), "columns"),
        (lambda: feel(piece(), piece()), "twice"),
        (lambda: feel(drift=(1.2, 0.5)), "drift|1.2"),
    ],
)
def test_a_feel_that_cannot_be_is_refused(make: object, said: str) -> None:
    with pytest.raises(DataError, match=said):
        make()  # type: ignore[operator]


def performance(late_ms: float, seed: int, style: str = "rock") -> Performance:
    """Sixteen bars of eighths on the hat, snare on two and four, which comes late."""
    chance = random.Random(seed)
    hits = [Hit(place, "hat", chance.gauss(0, 5), 80.0) for place in range(0, 256, 2)]
    hits += [Hit(place, "snare", late_ms + chance.gauss(0, 5), 100.0) for place in range(4, 256, 8)]
    hits += [Hit(place, "snare", chance.gauss(0, 5), 25.0) for place in range(7, 256, 16)]
    return Performance(style, 100.0, 16, tuple(hits), 6.0)


def test_what_a_drummer_does_is_learned() -> None:
    table = learn("rock", [performance(12.0, seed) for seed in range(12)])
    pieces = table["pieces"]
    assert isinstance(pieces, dict)
    snare, hat = pieces["snare"], pieces["hat"]
    assert snare["late_ms"][4] == pytest.approx(12.0, abs=2.0)
    assert hat["late_ms"][4] == pytest.approx(0.0, abs=2.0)
    assert snare["spread_ms"][4] == pytest.approx(5.0, abs=1.5)
    assert table["ghosts"][7] == pytest.approx(1.0, abs=0.1)  # type: ignore[index]
    assert table["ghosts"][4] == 0.0  # type: ignore[index]
    assert toml({"rock": table}) == toml({"rock": learn("rock", [performance(12.0, seed) for seed in range(12)])})


def test_a_performance_goes_to_the_grid_that_it_lies_on() -> None:
    straight = [performance(0.0, 1), replace(performance(0.0, 1), places=12, error_ms=20.0)]
    shuffled = [replace(each, style="rock/shuffle", error_ms=30.0 - each.error_ms) for each in straight]
    assert [each.places for each in chosen("rock", [straight, shuffled])] == [16]
    assert [each.places for each in chosen("shuffle", [straight, shuffled])] == [12]


def test_ghosts_are_where_drummers_have_them_and_machines_have_none() -> None:
    def added(style: str) -> list[float]:
        plan, score = played(style, density=0.7)
        groove = LIBRARY.groove("pop-straight")
        snare = LIBRARY.strokes(groove, "drums")["snare"]
        soft = [note for note in free_drums(plan, score) if note.pitch == snare and note.start_q % 0.5 == 0.25]
        return [note.start_q % 4 for note in soft]

    rates = LIBRARY.feels["funk"].ghosts
    found = added("funk")
    assert found
    mean = fmean(rates[1::2])
    assert fmean(rates[int(place * 4)] for place in found) > mean
    assert len(added("techno")) < len(found)
