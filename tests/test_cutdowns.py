"""Versions of a take: cut-downs with its motif, key and final chord; alternates that are a mute; asked for in words."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from assistant import pipeline
from assistant.brief import Brief
from assistant.cli import main
from assistant.constraints import HitPoint
from assistant.cutdowns import LAYERS, alternate, cut_down, said_notes, sting, struck_at_end
from assistant.errors import InputError
from assistant.feedback import deliverables_in
from assistant.language import READ_LANGUAGES
from assistant.plan import make_plan
from assistant.session import Session
from models.evaluation.lengths import take_of
from models.registry import get_engine

TEXT = "a film cue: calm strings, then triumphant brass and drums at the end, 40 seconds, hit at 14 s and at 37 s"


@pytest.fixture(scope="module")
def take(library):
    return take_of(TEXT, get_engine("rules"), library, 5)


def composed(version, take, library):
    plan = make_plan(version.asked, library=library, seed=take.seed, previous=take.plan, anew=True)
    return plan, get_engine("rules").generate(plan, seed=take.seed)


@pytest.mark.parametrize("length_s", [30.0, 15.0, 6.0])
def test_a_cut_down_states_the_motif_in_the_key_and_tempo_with_the_players_of_the_take(take, library, length_s) -> None:
    version = cut_down(take, length_s, library)
    plan, score = composed(version, take, library)
    assert plan.length_s == score.length_s == length_s
    assert plan.key == take.plan.key
    assert all(abs(plan.tempo_map.felt_bpm[0] / bpm - 1) < 0.13 for bpm in take.plan.tempo_map.felt_bpm)
    motif = version.asked.motif
    assert motif is not None
    assert said_notes(motif, score) == len(motif.notes) >= 3
    assert {part.instrument for part in plan.parts} <= {part.instrument for part in take.plan.parts}
    assert len(struck_at_end(plan, score)) >= 2, "the band strikes the final chord"


def test_a_cut_down_is_composed_anew_and_not_the_beginning_of_the_take(take, library) -> None:
    plan, _ = composed(cut_down(take, 15.0, library), take, library)
    highest, chopped = (
        max(section.arousal for section in made.sections if section.start_bar < bars)
        for made, bars in ((plan, plan.bar_count), (take.plan, plan.bar_count))
    )
    assert highest > chopped + 0.2, "the whole arc is in it, where the first bars of the take are calm"
    assert plan.sections[-1].end_bar == plan.bar_count


def test_the_last_hit_keeps_its_place_from_the_end_and_hits_too_near_fall_away(take, library) -> None:
    assert [hit.at_s for hit in cut_down(take, 20.0, library).asked.hits] == [7.0, 17.0]
    crowded = replace(take, constraints=replace(take.constraints, hits=(HitPoint(33.0), HitPoint(37.0))))
    assert [hit.at_s for hit in cut_down(crowded, 10.0, library).asked.hits] == [7.0]


def test_a_sting_is_the_head_of_the_motif_and_the_final_chord(take, library) -> None:
    version = sting(take, library)
    plan, score = composed(version, take, library)
    assert score.length_s == 4.0
    assert version.asked.motif is not None
    assert said_notes(version.asked.motif, score) >= 3
    assert struck_at_end(plan, score)


@pytest.mark.parametrize("layer", ["melody", "drums", "underscore"])
def test_an_alternate_keeps_every_other_part_as_it_is(take, library, layer) -> None:
    version = alternate(take, (layer,), library)
    gone = [part for part in take.score.parts if part.role in LAYERS[layer]]
    assert gone
    assert version.score is not None
    assert version.score.parts == tuple(part for part in take.score.parts if part not in gone)
    assert version.plan is not None
    assert {part.id for part in version.plan.parts} == {part.id for part in version.score.parts}


def test_a_version_that_cannot_be_is_said(take, library) -> None:
    with pytest.raises(InputError, match="kazoo"):
        alternate(take, ("kazoo",), library)
    with pytest.raises(InputError, match="still plays"):
        alternate(take, [part.id for part in take.score.parts], library)
    with pytest.raises(InputError, match="1800"):
        cut_down(take, 4000.0, library)


def test_the_measure_of_a_motif_does_not_hear_it_where_it_is_not(take, library) -> None:
    motif = cut_down(take, 30.0, library).asked.motif
    assert motif is not None
    up = replace(
        motif, notes=tuple(replace(note, pitch=note.pitch + 7 * (at % 2)) for at, note in enumerate(motif.notes))
    )
    assert said_notes(up, take.score) < len(up.notes)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("give me 15 and 6 second versions", ("15", "6")),
        ("please make 30s, 15s and 6s cut-downs", ("30", "15", "6")),
        ("cut-downs please", ()),
        ("mach mir Versionen", ()),
        ("gib mir 15 und 6 Sekunden Versionen", ("15", "6")),
        ("给我15秒和6秒的版本", ("15", "6")),
        ("Make a sting, please", ("sting",)),
        ("a version without the melody", ("no_melody",)),
        ("eine Version ohne Melodie bitte", ("no_melody",)),
        ("make it 15 seconds", ()),
        ("a 30 second version", ()),
        ("between 10 and 20 seconds quieter strings", ()),
        ("hits at 4 and 8 s on the cuts", ()),
        ("louder at 5 and 10 seconds in edit", ()),
        ("drums on 5, 6 cuts", ()),
        ("Compare 2 and 3 versions", ()),
        ("Make it 15-20 second version", ()),
        ("a version without the melody but with more drums at 12 s", ()),
    ],
)
def test_versions_are_read_from_words(text, wanted) -> None:
    assert deliverables_in(text, "en") == wanted


@pytest.mark.parametrize("language", READ_LANGUAGES)
def test_every_language_has_words_for_versions_and_names(language) -> None:
    from assistant.feedback.deliverables import WHOLE, _data, _listed

    for word in WHOLE:
        assert language in _data()[word]
        assert all(deliverables_in(phrase, language) == (word,) for phrase in _listed(word, language))
    assert all(language in names for names in _data()["names"].values())


def test_versions_asked_in_a_conversation_are_takes_of_their_own_and_the_take_stays(
    library, settings, tmp_path
) -> None:
    line = pipeline.Line(library, settings, get_engine("rules"), lambda number: tmp_path / str(number), 7)
    session = Session("s")
    for text in ("piano and cello, soft drums, 8 seconds", "give me 5 and 4 second versions"):
        *_, last = pipeline.converse(session, Brief(text), line=line)
        session = last.value
    first, five, four = session.takes
    assert session.current == 1
    assert (five.plan.length_s, four.plan.length_s) == (5.0, 4.0)
    assert (five.name, five.parent) == ("5 s", 1)
    assert five.findings.named("length")[0].met
    assert five.plan.key == four.plan.key == first.plan.key


def test_the_command_writes_versions_beside_the_take(tmp_path, capsys, monkeypatch) -> None:
    monkeypatch.setenv("CUEWRIGHT_WORK", str(tmp_path / "work"))
    out = str(tmp_path / "cue")
    assert main(["score", "piano, cello, drums, 6 seconds", "--out", out, "--seed", "3", "--engine", "rules"]) == 0
    capsys.readouterr()
    assert main(["versions", out, "--lengths", "4", "--without", "melody"]) == 0
    four, mute = json.loads(capsys.readouterr().out)["versions"]
    assert (four["version"], four["length_s"]) == ("4s", 4.0)
    assert mute["same_stems"] is True
    assert Path(mute["folder"]).name == "cue-no-melody"
    assert (Path(four["folder"]) / "mix.wav").exists()
    assert main(["versions", out]) == 2
    assert "--lengths" in capsys.readouterr().err
