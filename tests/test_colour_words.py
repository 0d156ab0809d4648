"""How much of a place, and two places over a cue, as people say it; from words to the plan and the command line."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from assistant.brief import Brief, Edit
from assistant.check import Findings
from assistant.cli import main
from assistant.constraints import Constraints, Understanding, arc_of
from assistant.errors import InputError
from assistant.explain import say_constraints, voice
from assistant.feedback import read_reply
from assistant.feedback.apply import apply_changes
from assistant.interpret import read_brief, with_beside, with_motif
from assistant.library import Library, load
from assistant.plan import make_plan
from assistant.records import from_data, to_data
from assistant.score.motif import parse_motif
from assistant.session import TakeRecord
from assistant.themes import read_theme, theme_of
from models.rules import RulesGenerator

BRIEFS = [
    ("en", "A calm spot, just a hint of Japan", "fully Turkish, 20 s", "from Ireland to India, 30 seconds"),
    ("de", "ein Hauch Japan, 20 Sekunden", "durch und durch türkisch", "von Irland nach Indien"),
    ("fr", "une touche japonaise pour la pub", "complètement turc", "de l'Irlande à l'Inde"),
    ("es", "un toque japonés", "completamente turco", "de Irlanda a la India"),
    ("pt", "um toque japonês", "totalmente turco", "da Irlanda para a Índia"),
    ("it", "un tocco giapponese", "completamente turco", "dall'Irlanda all'India"),
    ("ru", "лёгкий японский оттенок", "полностью турецкая музыка", "от Ирландии к Индии"),
    ("tr", "hafif Japon esintisi", "tamamen Türk", "önce İrlanda, sonra Hindistan"),
    ("ar", "لمسة يابانية", "موسيقى تركية بالكامل", "من أيرلندا إلى الهند"),
    ("hi", "जापान की हल्की झलक", "पूरी तरह तुर्की संगीत", "आयरलैंड से भारत"),
    ("zh", "带一点日本风的广告", "纯正的土耳其音乐", "从爱尔兰到印度"),
    ("ja", "ほんの少し日本風に", "本格的なトルコ音楽", "アイルランドからインドへ"),
    ("ko", "일본풍을 살짝", "완전 터키풍", "아일랜드에서 인도로"),
]
REPLIES = [
    ("en", "more Turkish please", "less Turkish"), ("de", "mehr türkisch", "weniger türkisch"),
    ("fr", "plus turc", "moins turc"), ("es", "más turco", "menos turco"), ("pt", "mais turco", "menos turco"),
    ("it", "più turco", "meno turco"), ("ru", "больше турецкого", "меньше турецкого"),
    ("tr", "daha Türk", "daha az Türk"),
    ("ar", "أكثر تركية", "أقل تركية"), ("hi", "और तुर्की", "कम तुर्की"), ("zh", "土耳其味再浓一点", "少一点土耳其风味"),
    ("ja", "もっとトルコ風に", "トルコ風味を弱めて"), ("ko", "더 터키풍으로", "덜 터키풍으로"),
]  # fmt: skip


QUICK = ("en", "de", "zh")
"""Languages of the quick run: each one's words take a while to load."""


def by_language(rows: list[tuple[str, ...]]) -> list[object]:
    """The rows, those of the other languages for the slow run."""
    return [row if row[0] in QUICK else pytest.param(*row, marks=pytest.mark.slow) for row in rows]


@pytest.fixture(scope="module")
def library() -> Library:
    return load()


def asked_in(words: str, language: str, library: Library) -> Constraints:
    return read_brief(Brief(words, language=language), library=library).constraints


@pytest.mark.parametrize(("language", "hint", "full", "fused"), by_language(BRIEFS))
def test_a_brief_says_how_much_and_which_two(library: Library, language: str, hint: str, full: str, fused: str) -> None:
    little, much, two = (asked_in(words, language, library) for words in (hint, full, fused))
    assert (little.region, little.colour) == ("japan", "hint") and little.evidence_for("colour") is not None
    assert (much.region, much.colour) == ("turkey", "full")
    assert (two.region, two.fusion, two.colour) == ("ireland", "india", "balanced")


@pytest.mark.parametrize(
    "words",
    ["a hint of sadness in a Japanese garden", "full orchestra for a film in Turkey", "Japan, 20 s", "no music"],
)
def test_what_is_said_of_something_else_does_not_turn_the_dial(library: Library, words: str) -> None:
    asked = asked_in(words, "en", library)
    assert (asked.colour, asked.fusion) == ("balanced", None)


@pytest.mark.parametrize(("language", "more", "less"), by_language(REPLIES))
def test_a_reply_turns_the_dial_one_notch(library: Library, language: str, more: str, less: str) -> None:
    now = Constraints(language=language, region="turkey")
    for words, wanted in ((more, "full"), (less, "hint")):
        reply = read_reply(words, constraints=now, library=library, language=language)
        assert [change.field for change in reply.changes] == ["colour"], words
        assert apply_changes(now, reply.changes) == replace(now, colour=wanted)


def test_less_of_a_hint_is_none_and_a_hint_of_a_new_place_brings_it(library: Library) -> None:
    now = Constraints(region="turkey", colour="hint")
    gone = read_reply("less Turkish", constraints=now, library=library)
    assert apply_changes(now, gone.changes).region is None
    come = read_reply("just a hint of Japan", constraints=Constraints(), library=library)
    assert apply_changes(Constraints(), come.changes) == Constraints(region="japan", colour="hint")


def test_values_beside_the_words_win_and_are_checked(library: Library) -> None:
    read = Understanding("accept", asked_in("fully Turkish", "en", library))
    done = with_beside(read, (Edit("region", "ireland"), Edit("fusion", "india"), Edit("colour", "hint")), library)
    asked = done.constraints
    assert (asked.region, asked.fusion, asked.colour) == ("ireland", "india", "hint")
    with pytest.raises(InputError, match="region 'atlantis'"):
        with_beside(read, (Edit("region", "atlantis"),), library)
    with pytest.raises(InputError, match="colour 'loud'"):
        with_beside(read, (Edit("colour", "loud"),), library)


def test_the_command_line_takes_two_regions_at_most(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    code = main(["score", "a calm spot", "--region", "ireland+india+japan", "--out", str(tmp_path / "out")])
    assert code == 2 and "two joined by +" in capsys.readouterr().err


def test_old_constraints_are_balanced_and_new_ones_come_back() -> None:
    old = {name: value for name, value in to_data(Constraints()).items() if name not in ("colour", "fusion")}
    assert from_data(Constraints, old).colour == "balanced"
    new = Constraints(region="ireland", fusion="india", colour="full")
    assert Constraints.from_contract(new.to_contract()) == new
    sentence = say_constraints(new, voice("en"))
    assert "Ireland" in sentence and "India" in sentence and "full colour" in sentence


@pytest.mark.parametrize("length_s", [12.0, 30.0, 60.0])
def test_two_regions_follow_each_other(library: Library, length_s: float) -> None:
    asked = Constraints(
        duration_s=length_s, region="ireland", fusion="japan", arc=arc_of([(0, 0.3, 0.2), (1, 0.3, 0.4)])
    )
    motif = replace(parse_motif("C4 D4 E4 F4 G4:2 E4:2"), key="C major")
    plan = make_plan(with_motif(Understanding("accept", asked), motif).constraints, library=library, seed=3)
    places = [section.region for section in plan.sections]
    assert places[0] == "ireland" and places[-1] == "japan" and places == sorted(places, key=["ireland", "japan"].index)
    for section in plan.sections:
        assert section.key.scale in [steps for _, steps in library.region(section.region or "").scales]
    assert {section.key.tonic for section in plan.sections} == {plan.key.tonic}
    first, second = [part for part in plan.parts if part.role == "lead"][:2]
    assert first.bars[0].active or length_s > 30
    assert not any(bar.active for bar in second.bars[: plan.bar_count // 4])
    assert not any(bar.active for bar in first.bars[-(plan.bar_count // 4) :])
    both = sum(a.active and b.active for a, b in zip(first.bars, second.bars, strict=True))
    assert both > 0 or length_s < 20
    assert plan.motif is not None
    assert {statement.part_id for statement in plan.motif.statements} == {first.id, second.id}
    assert any(remark.code == "fused" for remark in plan.remarks)
    RulesGenerator(library).generate(plan, seed=1)


def test_the_theme_of_a_take_is_what_was_given_or_what_the_lead_sings(library: Library) -> None:
    asked = Constraints(duration_s=12.0, region="turkey", arc=arc_of([(0, 0.2, 0.2), (1, 0.2, 0.2)]))
    plan = make_plan(asked, library=library, seed=4)
    score = RulesGenerator(library).generate(plan, seed=4)
    take = TakeRecord(1, asked, plan, score, Findings(()), "rules", 4, "")
    sung = theme_of(take, library)
    assert sung is not None and sung.key is not None and len(sung.notes) >= 4
    lead = next(part for part in score.parts if part.role == "lead")
    assert {note.pitch for note in sung.notes} <= {note.pitch for note in lead.notes}
    motif = parse_motif("C4 D4 E4 G4")
    assert theme_of(replace(take, constraints=replace(asked, motif=motif)), library) == motif
    assert read_theme("C4 D4 E4 G4", library).notes == motif.notes
