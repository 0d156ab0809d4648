"""The line, end to end, without a page: briefs become deliveries, replies become the next take."""

import json
import threading
import time
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pretty_midi
import pytest

from assistant import pipeline
from assistant.audio import load_wav
from assistant.brief import Brief
from assistant.deliver import Similarity
from assistant.errors import ClipError, InputError
from assistant.score import Cell, Score
from assistant.score.midi import read_midi
from assistant.session import Session, TakeRecord
from models.registry import get_engine
from tests.slow_page import SlowGenerator

COFFEE = (
    "A 30 second spot for a coffee brand: sleepy and warm at first, the logo appears at 0:22 "
    "and it should feel like sunrise"
)
GUFENG = "给一段三十秒的古风短片配乐，开头安静忧伤，第20秒情绪爆发，不要鼓，用古筝和笛子"


def line(library, settings, folder: Path, *, seed: int = 7, engine=None) -> pipeline.Line:
    engine = engine or get_engine("rules")
    return pipeline.Line(library, settings, engine, lambda number: folder / f"take-{number}", seed)


def walk(session: Session, text: str, made: pipeline.Line, *, clip: str | None = None) -> Session:
    steps = list(pipeline.converse(session, Brief(text, clip), line=made))
    assert isinstance(steps[-1].value, Session)
    return steps[-1].value


def take_of(session: Session) -> TakeRecord:
    take = session.current_take
    assert take is not None
    return take


@pytest.mark.parametrize("text", [COFFEE, GUFENG], ids=["english", "chinese"])
def test_a_brief_becomes_a_complete_delivery(library, settings, tmp_path, text):
    take = take_of(walk(Session("s"), text, line(library, settings, tmp_path)))
    folder = Path(take.folder)
    for name in ("mix.wav", "premaster.wav", "mix.m4a", "score.mid", "cue.json", "report.html", "rights.json"):
        assert (folder / name).stat().st_size > 0, name
    mix = load_wav(folder / "mix.wav")
    assert mix.frames == 30 * 48_000
    assert np.abs(mix.samples).max() < 1.0
    stems = [load_wav(path).samples for path in sorted((folder / "stems").glob("*.wav"))]
    assert len(stems) == len(take.score.parts) >= 2
    residue = np.abs(sum(stems) - load_wav(folder / "premaster.wav").samples).max()
    assert 20 * np.log10(residue + 1e-12) < -90
    assert not take.findings.unmet, [(item.name, item.about, item.asked, item.achieved) for item in take.findings.unmet]


def test_the_chinese_brief_has_its_instruments_and_no_drums(library, settings, tmp_path):
    take = take_of(walk(Session("s"), GUFENG, line(library, settings, tmp_path)))
    instruments = {part.instrument for part in take.score.parts}
    assert {"guzheng", "dizi"} <= instruments
    assert not any(part.is_drums for part in take.score.parts)
    assert [hit.at_s for hit in take.plan.hits] == [20.0]
    assert take.plan.hits[0].feasible


def test_what_was_composed_is_compared_with_known_melodies(library, settings, tmp_path):
    found = Similarity("old tunes", 4711, 12)
    seen = []
    made = replace(line(library, settings, tmp_path), similarity=lambda score: seen.append(score) or found)
    take = take_of(walk(Session("s"), "8 seconds of calm solo piano", made))
    assert seen == [take.score]
    rights = json.loads((Path(take.folder) / "rights.json").read_text("utf-8"))
    assert rights["similarity_check"]["pieces"] == 4711
    assert "4711" in (Path(take.folder) / "report.html").read_text("utf-8")


def test_the_same_seed_gives_the_same_cue(library, settings, tmp_path):
    first = take_of(walk(Session("a"), COFFEE, line(library, settings, tmp_path / "a")))
    second = take_of(walk(Session("b"), COFFEE, line(library, settings, tmp_path / "b")))
    assert first.score == second.score
    assert load_wav(Path(first.folder) / "mix.wav") == load_wav(Path(second.folder) / "mix.wav")


def melody_cells(take: TakeRecord) -> dict[int, tuple]:
    lead = next(part for part in take.score.parts if part.role == "lead")
    return {bar: take.score.cell(Cell(lead.id, bar)) for bar in range(take.plan.bar_count)}


def test_a_reply_changes_what_it_names_and_keeps_the_melody(library, settings, tmp_path):
    made = line(library, settings, tmp_path)
    session = walk(Session("s"), "An upbeat pop spot, 30 seconds, drums, bass, piano and flute, 120 bpm", made)
    before = take_of(session)
    assert any(part.is_drums for part in before.score.parts)
    session = walk(session, "slower, no drums, keep the melody", made)
    after = take_of(session)
    assert after.number == 2 and after.parent == 1
    assert not any(part.is_drums for part in after.score.parts)
    assert after.plan.tempo_map.tempos[0].quarter_bpm < before.plan.tempo_map.tempos[0].quarter_bpm
    old, new = melody_cells(before), melody_cells(after)
    common = range(min(len(old), len(new)) - 2)
    assert len(common) >= 4
    assert [old[bar] for bar in common] == [new[bar] for bar in common]
    assert after.plan.length_s == before.plan.length_s


def tune_in(score: Score, part_id: str, bar: int) -> list[tuple[int, int]]:
    """Pitches and velocities of a bar of four quarters; what is played a hair before a bar line belongs to its bar."""
    part = score.part(part_id)
    assert part is not None
    return [(note.pitch, note.velocity) for note in part.notes if bar <= (note.start_q + 0.06) / 4 < bar + 1]


def test_the_midi_files_of_both_takes_hold_the_same_melody(library, settings, tmp_path):
    made = line(library, settings, tmp_path)
    session = walk(Session("s"), "An upbeat pop spot, 30 seconds, drums, bass, piano and flute, 120 bpm", made)
    first = read_midi(Path(take_of(session).folder) / "score.mid")
    session = walk(session, "slower, no drums, keep the melody", made)
    second = read_midi(Path(take_of(session).folder) / "score.mid")
    lead = next(part.id for part in first.parts if part.id.startswith("lead"))
    bars = min(take.plan.bar_count for take in session.takes) - 2
    for bar in range(bars):
        assert tune_in(first, lead, bar) == tune_in(second, lead, bar), bar
    with_drums = pretty_midi.PrettyMIDI(str(Path(session.takes[0].folder) / "score.mid"))
    assert any(instrument.is_drum for instrument in with_drums.instruments)
    without = pretty_midi.PrettyMIDI(str(Path(session.takes[1].folder) / "score.mid"))
    assert not any(instrument.is_drum for instrument in without.instruments)


def test_undo_gives_the_earlier_take_and_redo_the_later(library, settings, tmp_path):
    made = line(library, settings, tmp_path)
    session = walk(walk(Session("s"), "calm piano and cello, 12 seconds", made), "a bit faster", made)
    assert session.current == 2
    undone = walk(session, "undo", made)
    assert undone.current == 1 and len(undone.takes) == 2
    assert walk(undone, "redo", made).current == 2


def test_an_unclear_brief_gets_one_question_and_the_answer_makes_music(library, settings, tmp_path):
    made = line(library, settings, tmp_path)
    asked = walk(Session("s"), "a happy tune of 10 seconds with a hit at 25 seconds", made)
    assert asked.current_take is None and asked.pending is not None
    assert asked.turns[-1].said
    answered = walk(asked, "put the hit at 5 seconds", made)
    assert answered.current_take is not None


def test_a_curve_that_is_dropped_in_alone_drives_the_next_take(library, settings, tmp_path):
    made = line(library, settings, tmp_path / "takes")
    first = walk(Session("s"), "happy piano, 5 seconds", made)
    (tmp_path / "pulse.csv").write_text("0;0,1\n2,5;0,2\n5;0,9\n")
    second = take_of(walk(first, "", made, clip=str(tmp_path / "pulse.csv")))
    assert second.number == 2 and second.constraints.arc[-1].arousal > 0.7 > 0 > second.constraints.arc[0].arousal
    assert second.constraints.arc[-1].valence == take_of(first).constraints.arc[-1].valence


def test_a_broken_clip_is_an_error_and_the_session_stays(library, settings, tmp_path):
    made = line(library, settings, tmp_path)
    text = tmp_path / "words.mp4"
    text.write_text("no film")
    session = Session("s")
    with pytest.raises(ClipError, match=r"words\.mp4"):
        walk(session, "calm piano, 10 s", made, clip=str(text))
    assert session == Session("s")
    assert walk(session, "calm piano, 10 s", made).current == 1


def test_stopping_half_way_leaves_no_folder(library, settings, tmp_path):
    steps = pipeline.converse(Session("s"), Brief("calm piano, 10 s"), line=line(library, settings, tmp_path))
    for step in steps:
        if step.station == "render":
            break
    steps.close()
    assert not list(tmp_path.glob("take-*"))


def test_a_cue_reloads_equal(library, settings, tmp_path):
    from assistant.deliver import load_cue

    take = take_of(walk(Session("s"), "calm piano and cello, 12 seconds", line(library, settings, tmp_path)))
    assert load_cue(Path(take.folder)).take(Path(take.folder)) == take


@pytest.mark.parametrize("words", ["faster and slower", "keep the tempo but go faster", "asdf qwer"])
def test_a_reply_that_leaves_a_question_is_asked_before_anything_is_composed(library, settings, tmp_path, words):
    made = line(library, settings, tmp_path)
    first = walk(Session("s"), "calm piano, 4 seconds", made)
    steps = list(pipeline.converse(first, Brief(words), line=made))
    assert not {step.station for step in steps} & {"plan", "compose", "render", "deliver"}
    assert any(step.station in ("ask", "answer") and step.value for step in steps)
    assert take_of(steps[-1].value) == take_of(first)


def test_a_seed_that_no_source_of_chance_takes_is_refused(library, settings, tmp_path):
    with pytest.raises(InputError, match="seed -1"):
        line(library, settings, tmp_path, seed=-1)


# While the engine works


def composing(steps) -> list[pipeline.Step]:
    return [step for step in steps if step.station == "compose"]


def all_notes(score) -> set[tuple]:
    return {(part.id, note) for part in score.parts for note in part.notes}


@pytest.mark.parametrize("engine", [get_engine("rules"), SlowGenerator()], ids=["part by part", "bar by bar"])
def test_the_score_is_seen_as_it_grows_until_it_is_the_take(library, settings, tmp_path, engine):
    made = line(library, settings, tmp_path, engine=engine)
    steps = composing(pipeline.converse(Session("s"), Brief("calm piano and cello, 12 seconds"), line=made))
    assert steps[0].begins and steps[-1].value is not None
    on_the_way = steps[1:-1]
    assert len(on_the_way) > 2 and all(step.is_under_way for step in on_the_way)
    assert [step.share for step in on_the_way] == sorted(step.share for step in on_the_way)
    seen = [all_notes(step.sketch) for step in on_the_way]
    assert not seen[0] and all(before <= after for before, after in pairwise(seen))
    assert any(set() < notes < all_notes(steps[-1].value) for notes in seen)
    assert on_the_way[-1].sketch == steps[-1].value


def test_playing_tells_how_far_it_is(library, settings, tmp_path):
    made = line(library, settings, tmp_path)
    steps = list(pipeline.converse(Session("s"), Brief("calm piano and cello, 4 seconds"), line=made))
    shares = [step.share for step in steps if step.station == "render" and step.is_under_way]
    assert len(shares) > 2 and shares == sorted(shares) and shares[-1] == 1.0
    begun = [step.station for step in steps if step.begins]
    assert begun == [station for station in pipeline.STATIONS if station not in ("clip", "studio")], "each begins once"


class EndlessGenerator:
    """Composes until it is stopped."""

    name = "endless"

    def __init__(self) -> None:
        self.has_ended = threading.Event()

    def generate(self, plan, *, keep, seed, progress):
        try:
            while True:
                progress(0.5, "the same again")
                time.sleep(0.001)
        finally:
            self.has_ended.set()


def test_closing_the_stream_stops_the_engine_and_leaves_no_thread_and_no_folder(library, settings, tmp_path):
    engine, threads = EndlessGenerator(), set(threading.enumerate())
    steps = pipeline.converse(
        Session("s"), Brief("calm piano, 4 s"), line=line(library, settings, tmp_path, engine=engine)
    )
    for step in steps:
        if step.is_under_way:
            break
    assert not engine.has_ended.is_set() and set(threading.enumerate()) > threads
    steps.close()
    assert engine.has_ended.is_set() and set(threading.enumerate()) <= threads
    assert not list(tmp_path.glob("take-*"))


class BrokenGenerator:
    """Fails after the first bars."""

    name = "broken"
    error = RuntimeError("out of ideas")

    def generate(self, plan, *, keep, seed, progress):
        progress(0.5, "half")
        raise self.error


def test_what_an_engine_raises_arrives_as_it_was_raised(library, settings, tmp_path):
    threads = set(threading.enumerate())
    made = line(library, settings, tmp_path, engine=BrokenGenerator())
    seen = []
    with pytest.raises(RuntimeError, match="out of ideas") as caught:
        for step in pipeline.converse(Session("s"), Brief("calm piano, 4 s"), line=made):
            seen.append(step)
    assert caught.value is BrokenGenerator.error
    assert seen[-1].is_under_way and seen[-1].share == 0.5
    assert set(threading.enumerate()) <= threads


@pytest.mark.parametrize(("own", "said"), [("de", "Diese Sprache (nl)"), ("en", "I don't read this language (nl)")])
def test_a_language_that_is_not_read_is_told_so_in_the_visitors_own(library, settings, tmp_path, own, said):
    made = line(library, settings, tmp_path)
    session = walk(Session("s", language=own), "een rustige scène in de regen, piano, dertig seconden", made)
    assert session.pending is not None and session.language == own
    assert session.turns[-1].said.startswith(said)


def test_a_standing_wish_that_the_take_meets_already_is_remembered(library, settings, tmp_path):
    made = line(library, settings, tmp_path)
    first = walk(Session("s"), "A quiet bay at dawn, harp and flute, no drums, 4 seconds", made)
    second = walk(first, "always without drums", made)
    assert len(second.takes) == 1
    assert [(each.label, each.sign) for each in second.taste.leanings] == [("instrument:drums", -1)]
