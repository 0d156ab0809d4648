"""Three ideas: three takes of their own, each going its way, none touching what was asked by number or name."""

from dataclasses import replace
from pathlib import Path

import pytest

from assistant import pipeline
from assistant.brief import Brief
from assistant.constraints import Constraints, Instruments
from assistant.errors import DataError, InputError
from assistant.feedback import apply_changes
from assistant.ideas import load_ideas
from assistant.language import READ_LANGUAGES
from assistant.session import Session
from assistant.settings import ROOT
from models.registry import get_engine

IDEAS = {idea.id: idea for idea in load_ideas(ROOT / "prompts")}


def line(library, settings, folder: Path) -> pipeline.Line:
    return pipeline.Line(library, settings, get_engine("rules"), lambda number: folder / f"take-{number}", 7)


def walk(session: Session, text: str, made: pipeline.Line) -> tuple[Session, list[pipeline.Step]]:
    steps = list(pipeline.converse(session, Brief(text), line=made))
    assert isinstance(steps[-1].value, Session)
    return steps[-1].value, steps


def energy(asked: Constraints) -> float:
    return sum(point.arousal for point in asked.arc) / len(asked.arc)


@pytest.fixture(scope="module")
def conversation(library, tmp_path_factory):
    from assistant.settings import Settings

    folder = tmp_path_factory.mktemp("ideas")
    made = line(library, Settings(work_dir=folder), folder)
    first, _ = walk(Session("s"), "warm piano and cello, 8 seconds", made)
    return first, *walk(first, "give me three ideas", made)


def test_three_ideas_of_a_take_are_three_takes_below_it_and_all_are_kept(conversation) -> None:
    first, after, steps = conversation
    assert after.takes[0] == first.takes[0]
    assert [(take.number, take.parent, take.name) for take in after.takes[1:]] == [
        (2, 1, "calmer"),
        (3, 1, "bolder"),
        (4, 1, "stranger"),
    ]
    assert all((Path(take.folder) / "mix.wav").exists() for take in after.takes)
    kept = [len(step.value.takes) for step in steps if step.station == "idea"]
    assert kept == [2, 3, 4], "each is there as soon as it is made"


def test_each_idea_goes_its_way_and_keeps_the_length(conversation) -> None:
    _, after, _ = conversation
    before, calmer, bolder, stranger = after.takes
    assert energy(calmer.constraints) < energy(before.constraints) < energy(bolder.constraints)
    assert calmer.plan.tempo_map.felt_bpm[0] < before.plan.tempo_map.felt_bpm[0] < bolder.plan.tempo_map.felt_bpm[0]
    notes = [sum(len(part.notes) for part in take.score.parts) for take in (calmer, bolder)]
    assert notes[0] < notes[1]
    assert stranger.plan.key.name != before.plan.key.name
    assert str(stranger.plan.bars[0].meter) != str(before.plan.bars[0].meter)
    assert {take.score.length_s for take in after.takes} == {8.0}


def test_ideas_say_nothing_of_a_persons_taste(conversation) -> None:
    first, after, _ = conversation
    assert after.taste == first.taste


def test_three_ideas_of_a_brief_are_three_takes_at_once(library, settings, tmp_path) -> None:
    made = line(library, settings, tmp_path)
    after, _ = walk(Session("s"), "给我三个想法：安静的钢琴，8秒", made)
    assert [(take.parent, take.name) for take in after.takes] == [(0, "更平静"), (0, "更大胆"), (0, "更奇异")]
    assert energy(after.takes[0].constraints) < energy(after.takes[1].constraints)
    assert {take.score.length_s for take in after.takes} == {8.0}


def test_a_brief_for_two_regions_becomes_a_take_for_each(library, settings, tmp_path) -> None:
    made = line(library, settings, tmp_path)
    brief = "A cheerful pop advert, 8 seconds, one version for Japan and one for Brazil"
    after, _ = walk(Session("s"), brief, made)
    assert [(take.constraints.region, take.name, take.parent) for take in after.takes] == [
        ("japan", "Japan", 0),
        ("brazil", "Brazil", 0),
    ]


def test_one_take_that_mixes_two_regions_stays_one(library, settings, tmp_path) -> None:
    made = line(library, settings, tmp_path)
    after, _ = walk(Session("s"), "koto from Japan meets samba from Brazil, 6 seconds", made)
    assert len(after.takes) == 1


def test_what_else_a_message_changes_is_changed_in_every_idea(library, settings, tmp_path) -> None:
    made = line(library, settings, tmp_path)
    first, _ = walk(Session("s"), "pop with drums and piano, 6 seconds", made)
    after, _ = walk(first, "three ideas, but without drums", made)
    assert len(after.takes) == 4
    assert not any(part.is_drums for take in after.takes[1:] for part in take.score.parts)


def test_a_run_that_is_stopped_keeps_the_ideas_that_are_made(library, settings, tmp_path) -> None:
    made = line(library, settings, tmp_path)
    steps = pipeline.converse(Session("s"), Brief("three ideas: calm piano, 4 seconds"), line=made)
    kept = next(step.value for step in steps if step.station == "idea")
    steps.close()
    assert isinstance(kept, Session) and len(kept.takes) == 1


def test_what_was_asked_by_number_or_name_stays() -> None:
    asked = Constraints(
        tempo_bpm=(88.0, 92.0), key="D minor", meter="3/4", instruments=Instruments(("piano",), ("celesta",))
    )
    for idea in IDEAS.values():
        moved = apply_changes(asked, idea.changes(asked))
        assert (moved.tempo_bpm, moved.key, moved.meter) == (asked.tempo_bpm, asked.key, asked.meter)
        assert "celesta" not in moved.instruments.include and "piano" in moved.instruments.include
    alone = replace(asked, instruments=Instruments(("piano",), alone=True))
    assert apply_changes(alone, IDEAS["stranger"].changes(alone)).instruments == alone.instruments


@pytest.mark.parametrize("language", READ_LANGUAGES)
def test_every_direction_has_a_name_in_every_language(language: str) -> None:
    assert len({idea.names[language] for idea in IDEAS.values()}) == 3


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ('{ field = "flavour", to = "lower" }', "flavour"),
        ('{ field = "arousal" }', "arousal"),
        ('{ field = "mode", to = "lower", any = ["dorian"] }', "mode"),
    ],
)
def test_a_direction_that_leads_nowhere_is_refused(tmp_path, change, what) -> None:
    text = f'sources = ["us"]\n[[idea]]\nid = "x"\nchange = [{change}]\n[idea.name]\nen = "x"\n'
    (tmp_path / "ideas.toml").write_text(text)
    with pytest.raises(DataError, match=what):
        load_ideas(tmp_path)


def test_a_take_is_named_by_words_and_found_under_its_name(library, settings, tmp_path) -> None:
    made = line(library, settings, tmp_path)
    first, _ = walk(Session("s"), "calm piano, 4 seconds", made)
    named, steps = walk(first, "call this one 'dawn'", made)
    assert named.current_take.name == "dawn" and len(named.takes) == 1
    assert "dawn" in str([step.value for step in steps if step.station == "answer"])
    with pytest.raises(InputError, match="take 7"):
        walk(first, "call take 7 dawn", made)


def test_a_comparison_tells_the_page_which_take_to_hear(library, settings, tmp_path) -> None:
    made = line(library, settings, tmp_path)
    first, steps = walk(Session("s"), "calm piano, 4 seconds", made)
    _, steps = walk(first, "compare with the previous one", made)
    assert not [step for step in steps if step.station == "compare"], "there is nothing to compare it with"
    second, _ = walk(first, "sadder", made)
    _, steps = walk(second, "compare", made)
    assert [step.value for step in steps if step.station == "compare"] == [1]
