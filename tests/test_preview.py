"""Music before it is finished: openings that stay, joins that nobody hears, a level that is never too high."""

import threading
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

from assistant import pipeline
from assistant.audio.loudness import block_lufs, k_energies
from assistant.brief import Brief
from assistant.errors import EngineError
from assistant.generator import Opening
from assistant.library import Library
from assistant.page.stream import Stream
from assistant.plan import Plan
from assistant.preview import Ahead
from assistant.render import render
from assistant.render.ceiling import Ceiling
from assistant.render.preview import MOST_LUFS, PEAK_DBFS, Piece, Preview
from assistant.score import Score
from assistant.session import Session
from assistant.settings import RATE_HZ, Settings
from models.registry import get_engine
from models.rules import RulesGenerator
from tests.plans import toy_plan

QUIET_DB = -90.0


def composed(plan: Plan, library: Library) -> Score:
    return RulesGenerator(library).generate(plan, seed=3)


def played(plan: Plan, library: Library, settings: Settings, openings: list[Opening], score: Score) -> list[Piece]:
    preview = Preview(plan, library, settings)
    preview.open()
    pieces = [piece for opening in openings for piece in preview.pieces(opening)]
    pieces += preview.pieces(Opening(score, np.inf), is_whole=True)
    preview.close()
    return pieces


def joined(pieces: list[Piece]) -> np.ndarray:
    return np.concatenate([piece.samples for piece in pieces], axis=1)


def begun(score: Score, until_q: float) -> Opening:
    """The beginning of a score, with nothing behind it."""
    parts = tuple(
        replace(
            part,
            notes=part.between(0.0, until_q),
            controls=tuple(control for control in part.controls if control.at_q < until_q),
        )
        for part in score.parts
    )
    return Opening(replace(score, parts=parts), until_q)


def clicks(sound: np.ndarray, places: list[int]) -> list[float]:
    """How much sharper the sound bends at each place than it does around it: 1 is as sharp as its neighbourhood."""
    bends = np.abs(np.diff(sound.astype(np.float64), 2, axis=1)).max(axis=0)
    found = []
    for place in places:
        near = bends[place - 3 : place + 3].max()
        around = np.delete(bends[max(0, place - 480) : place + 480], slice(477, 483))
        found.append(float(near / max(1e-6, around.max())))
    return found


def test_pieces_laid_end_to_end_are_the_same_sound_as_all_at_once(library: Library, settings: Settings) -> None:
    plan = toy_plan(16)
    score = composed(plan, library)
    openings = [begun(score, plan.bars[bar].start_q) for bar in (4, 8)]
    pieces = played(plan, library, settings, openings, score)
    assert len(pieces) > 3 and pieces[-1].is_last and not any(piece.is_last for piece in pieces[:-1])
    assert [piece.start for piece in pieces] == [joined(pieces[:at]).shape[1] if at else 0 for at in range(len(pieces))]
    sound = joined(pieces)
    assert sound.shape[1] == round(plan.length_s * RATE_HZ)
    once = Preview(plan, library, settings)
    once.open()
    whole = begun(score, plan.bars[4].start_q)
    first = list(once.pieces(whole))
    rest = list(once.pieces(Opening(score, np.inf), is_whole=True))
    once.close()
    apart = np.abs(joined([*first, *rest]) - sound).max()
    assert 20 * np.log10(apart + 1e-12) < QUIET_DB


def test_no_click_at_a_join_and_a_planted_one_is_found(library: Library, settings: Settings) -> None:
    plan = toy_plan(16)
    score = composed(plan, library)
    pieces = played(plan, library, settings, [begun(score, plan.bars[6].start_q)], score)
    joins = [piece.start for piece in pieces[1:]]
    sound = joined(pieces)
    assert max(clicks(sound, joins)) < 2
    broken = sound.copy()
    for join in joins:
        broken[:, join:] = np.roll(broken[:, join:], -200, axis=1)
    level = np.abs(sound).max()
    for join in joins:
        broken[:, join] += 0.3 * level
    assert min(clicks(broken, joins)) > 2


def test_it_is_never_louder_than_promised_nor_cut_short(library: Library, settings: Settings) -> None:
    plan = toy_plan(16)
    sound = joined(played(plan, library, settings, [], composed(plan, library)))
    loudest = block_lufs(k_energies(sound, RATE_HZ)).max()
    assert -24 < loudest <= MOST_LUFS + 0.05
    assert np.abs(sound).max() <= 10 ** (PEAK_DBFS / 20) + 1e-6
    assert np.abs(sound[:, :RATE_HZ]).max() > 0.001 and np.abs(sound[:, -100:]).max() < 0.01


@pytest.mark.parametrize("cuts", [[48_000], [5, 100, 9_000, 50_000], list(range(1_000, 200_000, 1_234))])
def test_the_ceiling_is_the_same_wherever_it_is_cut(cuts: list[int]) -> None:
    random = np.random.default_rng(0)
    steps = np.repeat(10 ** (random.uniform(-40, 6, 25) / 20), 9_000)[:220_123]
    sound = (random.standard_normal((2, 220_123)) * steps).astype(np.float32)

    def through(places: list[int]) -> np.ndarray:
        ceiling = Ceiling(RATE_HZ, most_lufs=-14.0, peak_dbfs=-2.0)
        ends = [*places, sound.shape[1]]
        return np.concatenate(
            [
                ceiling.push(sound[:, start:end], last=end == sound.shape[1])
                for start, end in zip([0, *places], ends, strict=True)
            ],
            axis=1,
        )

    whole = through([])
    assert whole.shape == sound.shape and np.array_equal(whole, through(cuts))
    assert block_lufs(k_energies(whole, RATE_HZ)).max() < -13.95 and np.abs(whole).max() <= 10 ** (-2 / 20) + 1e-6


@pytest.mark.parametrize("renderer", ["fluidsynth", "fallback"])
def test_the_mixdown_is_the_same_when_it_was_heard_before(library: Library, settings: Settings, renderer: str) -> None:
    settings = replace(settings, renderer=renderer)
    plan = toy_plan(8, hits=[(0, "hit")])  # strings must begin before the cue
    score = composed(plan, library)
    try:
        preview = Preview(plan, library, settings)
    except EngineError as error:
        pytest.skip(str(error))
    preview.open()
    list(preview.pieces(begun(score, plan.bars[4].start_q)))
    list(preview.pieces(Opening(score, np.inf), is_whole=True))
    heard = render(score, plan, library=library, settings=settings, band=preview.band())
    preview.close()
    fresh = render(score, plan, library=library, settings=settings)
    assert heard.mix == fresh.mix and [stem.waveform for stem in heard.stems] == [s.waveform for s in fresh.stems]


@pytest.mark.parametrize("bars", [12, 24])
def test_what_the_composer_calls_final_is_in_the_take(bars: int) -> None:
    from models.transformer import engine

    plan, openings = toy_plan(bars), []

    def look(share: float, what: str, sketch: Score | None = None, opening: Opening | None = None) -> None:
        openings.extend([opening] if opening else [])

    grown, engine.GROWN = engine.GROWN, 1.05
    shortest, engine.SHORTEST_OPENING_S = engine.SHORTEST_OPENING_S, 1.0
    try:
        take = get_engine("composer").generate(plan, seed=5, progress=look)
    finally:
        engine.GROWN, engine.SHORTEST_OPENING_S = grown, shortest
    assert isinstance(take, Score) and openings
    for opening in openings:
        assert opening.until_q > 0
        for part in take.parts:
            early = opening.score.part(part.id)
            assert early is not None
            assert early.between(0.0, opening.until_q) == part.between(0.0, opening.until_q), part.id
            known = [control for control in part.controls if control.at_q < opening.until_q - 1e-6]
            assert [control for control in early.controls if control.at_q < opening.until_q - 1e-6] == known, part.id


def line(library: Library, settings: Settings, folder: Path, *, ahead: bool) -> pipeline.Line:
    return pipeline.Line(library, settings, get_engine("rules"), lambda n: folder / f"take-{n}", 7, ahead=ahead)


def test_pieces_come_before_the_mixdown_and_change_nothing_of_the_take(library, settings, tmp_path):
    brief = Brief("calm piano and cello, 8 seconds")
    heard, plain = (
        list(pipeline.converse(Session("a"), brief, line=line(library, settings, tmp_path / str(ahead), ahead=ahead)))
        for ahead in (True, False)
    )
    stations = [step.station for step in heard if step.value is not None]
    assert "preview" in stations and "preview" not in [step.station for step in plain]
    assert max(at for at, name in enumerate(stations) if name == "preview") < stations.index("render")
    pieces = [step.value for step in heard if step.station == "preview"]
    assert sum(piece.samples.shape[1] for piece in pieces) == 8 * RATE_HZ
    one, two = (steps[-1].value.current_take for steps in (heard, plain))
    assert one.score == two.score
    mixes = [soundfile.read(Path(take.folder) / "mix.wav", dtype="int32")[0] for take in (one, two)]
    assert np.array_equal(*mixes)


def test_where_it_fails_the_take_is_made_all_the_same(library, settings, tmp_path, monkeypatch, caplog):
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("no sound today")

    monkeypatch.setattr("assistant.render.preview.LiveRoom", broken)
    steps = list(pipeline.converse(
        Session("a"), Brief("calm piano, 4 seconds"), line=line(library, settings, tmp_path, ahead=True)
    ))  # fmt: skip
    assert steps[-1].value.current_take is not None
    assert not [step for step in steps if step.station == "preview"]
    assert "no sound today" in caplog.text


def test_nothing_plays_on_when_nobody_listens_any_more(library, settings, tmp_path):
    steps = pipeline.converse(
        Session("a"), Brief("calm piano and strings, 60 seconds"), line=line(library, settings, tmp_path, ahead=True)
    )
    next(step for step in steps if step.station == "preview")
    steps.close()
    deadline = time.monotonic() + 60
    while any(thread.name.startswith("cuewright") for thread in threading.enumerate()):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert not (tmp_path / "take-1").exists()


def test_an_opening_is_played_before_the_whole_is_there(library: Library, settings: Settings) -> None:
    plan = toy_plan(16)
    score, came, is_done = composed(plan, library), threading.Event(), threading.Event()
    with Ahead(plan, library, settings, lambda piece: came.set()) as ahead:
        ahead.listening(lambda share, *rest: None)(0.1, "bars", None, begun(score, plan.bars[8].start_q))
        assert came.wait(120)
        ahead.whole(score, is_done.set)
        assert is_done.wait(120)
        assert ahead.band() is not None


def test_the_page_gets_every_piece_once_and_earlier_runs_leave_nothing(tmp_path: Path) -> None:
    sound = np.full((2, 480), 0.25, np.float32)
    first = Stream(tmp_path, "en")
    first.after(Piece(0, sound))
    told = first.after(Piece(480, sound, True))
    assert told.count(".wav") == 2 and "isLast&quot;: true" in told and "Silence the music" in told
    second = Stream(tmp_path, "zh")
    assert not list(tmp_path.glob("ahead-*")) and second.name != first.name
