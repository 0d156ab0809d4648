"""One contract for every engine: same seed same take, kept cells bit for bit, everything in range and in its place."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from assistant.errors import EngineError
from assistant.generator import Generator, Keep
from assistant.library import load
from assistant.plan import Plan
from assistant.score import Cell, Score
from models.registry import default_engine, get_engine, list_engines, warm
from models.transformer.weights import VARIABLE, missing
from tests.plans import BAND, toy_plan, without_part

ENGINES = [info.name for info in list_engines() if info.can_run and info.writes == "score"]
PLANS = {
    "sixteen bars": toy_plan(),
    "three four with hits": toy_plan(12, meter="3/4", hits=((4, "hit"), (8, "stop"))),
    "six eight loop": toy_plan(8, meter="6/8", loop=True, groove="jig"),
    "four bars": toy_plan(4, bpm=60),
    "one bar": toy_plan(1),
}


def take_of(engine: str, plan: Plan, *, seed: int = 3, keep: Keep | None = None) -> Score:
    score = get_engine(engine).generate(plan, seed=seed, keep=keep or Keep())
    assert isinstance(score, Score)
    return score


@cache
def known_take(engine: str, plan: Plan, seed: int = 3) -> Score:
    """A take that several tests look at, made once."""
    return take_of(engine, plan, seed=seed)


def test_every_engine_is_a_generator_of_its_own_name() -> None:
    for name in ENGINES:
        engine = get_engine(name)
        assert isinstance(engine, Generator)
        assert engine.name == name


def test_an_unknown_engine_is_refused_with_the_legal_names() -> None:
    with pytest.raises(EngineError, match=r"'flute-o-matic'; one of .*rules.*; choose"):
        get_engine("flute-o-matic")


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("plan", PLANS.values(), ids=PLANS)
def test_the_same_seed_gives_the_same_take(engine: str, plan: Plan) -> None:
    assert known_take(engine, plan) == take_of(engine, plan)


@pytest.mark.parametrize("engine", ENGINES)
def test_another_seed_gives_another_take(engine: str) -> None:
    plan = PLANS["four bars"]
    assert known_take(engine, plan) != take_of(engine, plan, seed=2)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("plan", PLANS.values(), ids=PLANS)
def test_every_note_is_in_its_range_and_within_the_cue(engine: str, plan: Plan) -> None:
    score = known_take(engine, plan)
    for part in score.parts:
        planned = plan.part(part.id)
        assert planned is not None
        for note in part.notes:
            assert note.start_q < plan.bars[-1].end_q
            assert score.end_s(note) <= plan.length_s + 1e-6
            assert part.is_drums or planned.low <= note.pitch <= planned.high


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("plan", PLANS.values(), ids=PLANS)
def test_the_parts_are_those_of_the_plan_and_all_of_them_play(engine: str, plan: Plan) -> None:
    score = known_take(engine, plan)
    assert [part.id for part in score.parts] == [part.id for part in plan.parts]
    assert all(part.notes for part in score.parts)
    assert all(part.instrument == planned.instrument for part, planned in zip(score.parts, plan.parts, strict=True))


@pytest.mark.parametrize("engine", ENGINES)
def test_a_part_that_is_not_planned_is_absent(engine: str) -> None:
    score = take_of(engine, without_part(toy_plan(), "drums-drums"))
    assert score.part("drums-drums") is None


@pytest.mark.parametrize("engine", ENGINES)
def test_a_silent_bar_holds_no_note(engine: str) -> None:
    plan = toy_plan(8)
    silent = replace(plan.parts[0].bars[0], active=False)
    part = replace(plan.parts[0], bars=(*plan.parts[0].bars[:4], silent, silent, *plan.parts[0].bars[6:]))
    score = take_of(engine, replace(plan, parts=(part, *plan.parts[1:])))
    assert not score.cell(Cell(part.id, 4)) and not score.cell(Cell(part.id, 5))


@pytest.mark.parametrize("engine", ENGINES)
def test_the_final_chord_is_struck_where_the_plan_says(engine: str) -> None:
    plan = toy_plan(8)
    score = take_of(engine, plan)
    for part in score.parts:
        assert any(abs(note.start_q - plan.final_q) < 1e-6 for note in part.notes), part.id


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("kind", ["hit", "stop", "reveal", "swell"])
def test_a_hit_is_struck_exactly_by_every_part_that_is_active(engine: str, kind: str) -> None:
    plan = toy_plan(12, hits=((6, kind),))
    score = take_of(engine, plan)
    at_q = plan.hits[0].at_q
    for part in score.parts:
        strikes = [note for note in part.notes if note.start_q == at_q]
        assert strikes and all(note.nudge_q == 0 for note in strikes), part.id
        assert max(note.velocity for note in strikes) >= 96


@pytest.mark.parametrize("engine", ENGINES)
def test_progress_rises_to_one(engine: str) -> None:
    shares: list[float] = []
    get_engine(engine).generate(toy_plan(8), progress=lambda share, *rest: shares.append(share))
    assert shares == sorted(shares) and shares[-1] == 1.0 and len(shares) > 2


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("plan", PLANS.values(), ids=PLANS)
def test_a_sketch_is_a_score_of_the_plan_and_the_last_one_is_the_take(engine: str, plan: Plan) -> None:
    sketches: list[Score] = []
    shares: list[float] = []

    def look(share: float, what: str, sketch: Score | None = None, opening: object = None) -> None:
        if sketch is not None:
            sketches.append(sketch)
            shares.append(share)

    take = get_engine(engine).generate(plan, seed=3, progress=look)
    known = [part.id for part in plan.parts]
    for sketch in sketches:
        assert sketch.tempo_map == plan.tempo_map and sketch.length_s == plan.length_s
        assert [part.id for part in sketch.parts] == [name for name in known if sketch.part(name) is not None]
    assert not shares or shares[-1] < 1.0 or sketches[-1] == take


@pytest.mark.parametrize("engine", ENGINES)
def test_a_raise_from_progress_stops_the_engine(engine: str) -> None:
    class StoppedError(Exception):
        pass

    def stop(share: float, what: str, sketch: Score | None = None, opening: object = None) -> None:
        raise StoppedError

    with pytest.raises(StoppedError):
        get_engine(engine).generate(toy_plan(4), progress=stop)


KEPT_FROM = toy_plan(8)
CELLS = st.sets(st.tuples(st.sampled_from([row[0] for row in BAND]), st.integers(0, 7)), min_size=1, max_size=12)


@pytest.mark.parametrize("engine", ENGINES)
@settings(
    max_examples=15,
    deadline=None,
    phases=(Phase.generate,),
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(cells=CELLS, seed=st.integers(0, 9), bpm=st.sampled_from([100.0, 77.0]))
def test_kept_cells_come_back_bit_for_bit(engine: str, cells: set[tuple[str, int]], seed: int, bpm: float) -> None:
    before = known_take(engine, KEPT_FROM, 99)
    keep = Keep(before, tuple(Cell(*cell) for cell in sorted(cells)))
    after = take_of(engine, toy_plan(8, bpm=bpm, tail_s=3.0), seed=seed, keep=keep)
    for cell in keep.cells:
        assert after.cell(cell) == before.cell(cell)


@pytest.mark.parametrize("engine", ENGINES)
def test_kept_cells_that_have_no_room_are_left_out_without_a_word(engine: str) -> None:
    before = known_take(engine, PLANS["sixteen bars"])
    keep = Keep(before, (Cell("lead-flute", 12), Cell("gone", 1)))
    after = take_of(engine, toy_plan(8), keep=keep)
    assert len(after.parts) == len(BAND)


def test_every_instrument_of_the_library_can_be_named_by_its_program() -> None:
    score = take_of("rules", toy_plan(4))
    assert all(part.program == load().instrument(part.instrument).program for part in score.parts)


def test_the_composer_is_the_default_and_the_rules_stand_in_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    assert default_engine() == ("composer" if not missing() else "rules")
    monkeypatch.setenv(VARIABLE, "/nowhere/composer.safetensors")
    assert default_engine() == "rules"


@pytest.mark.parametrize("engine", ENGINES)
def test_an_engine_can_be_made_ready_before_its_first_take(engine: str) -> None:
    from models.transformer.weights import _load

    warm(engine)
    before = _load.cache_info().misses
    take_of(engine, PLANS["one bar"])
    assert _load.cache_info().misses == before
