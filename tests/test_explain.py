"""What we say: every code has its sentence in every language, with the slots that it fills."""

import ast
import re
import string
import tomllib

import pytest

from assistant.constraints import Constraints, HitPoint, Instruments, arc_of
from assistant.errors import ClipError, DataError
from assistant.explain import mood, say_constraints, say_error, spoken, voice
from assistant.feedback.values import FIELDS
from assistant.language import READ_LANGUAGES
from assistant.remark import Remark
from tests.conftest import ROOT

LANGUAGES = sorted(path.stem for path in (ROOT / "prompts" / "replies").glob("*.toml"))


def remarks_in_the_code() -> dict[str, set[str]]:
    """Every code that is written as a literal, with the facts that go with it."""
    found: dict[str, set[str]] = {}
    for path in [*ROOT.glob("assistant/**/*.py"), *ROOT.glob("models/**/*.py")]:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not (isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant)):
                continue
            name = ast.unparse(node.func)
            if name in ("Remark.of", "Remark") and isinstance(node.args[0].value, str):
                found.setdefault(node.args[0].value, set()).update(kw.arg for kw in node.keywords if kw.arg)
    return found


def texts(language: str) -> dict[str, dict[str, str]]:
    with (ROOT / "prompts" / "replies" / f"{language}.toml").open("rb") as file:
        return tomllib.load(file)


def slots(sentence: str) -> set[str]:
    return {match[1] or match[2] for match in string.Template.pattern.findall(sentence)} - {""}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_remark_of_the_code_has_a_sentence(language):
    missing = set(remarks_in_the_code()) - set(texts(language)["remarks"])
    assert len(remarks_in_the_code()) > 20
    assert not missing


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_sentence_fills_only_slots_that_the_code_gives(language):
    for code, facts in remarks_in_the_code().items():
        unknown = slots(texts(language)["remarks"].get(code, "")) - facts
        assert not facts or not unknown, (code, unknown)


def test_all_languages_say_the_same_things():
    first = texts(LANGUAGES[0])
    for language in LANGUAGES[1:]:
        other = texts(language)
        for section in (
            "words",
            "moods",
            "understood",
            "take",
            "stations",
            "errors",
            "page",
            "remarks",
            "uses",
            "hits",
            "findings",
            "parts",
            "fields",
            "regions",
            "answers",
        ):
            assert set(first[section]) == set(other[section]), (language, section)
            for key in first[section]:
                assert slots(first[section][key]) == slots(other[section][key]), (language, section, key)


@pytest.mark.parametrize("language", LANGUAGES)
def test_everything_that_was_asked_is_said(language):
    asked = Constraints(
        language=language,
        duration_s=31.5,
        use="ad",
        arc=arc_of([(0, -0.6, -0.6), (1, 0.7, 0.7)]),
        styles=("waltz",),
        region="ireland",
        tempo_bpm=(88, 92),
        meter="3/4",
        key="D minor",
        instruments=Instruments(("harp",), ("drums",)),
        hits=(HitPoint(22.25),),
        loudness_lufs=-23,
    )
    speaker = voice(language)
    said = say_constraints(asked, speaker)
    wanted = ["31.5", "88", "92", "3/4", "D minor", "22.25", "-23", speaker.name("instruments", "harp")]
    wanted += [speaker.name("instruments", "drums"), mood(asked.arc[0], speaker), mood(asked.arc[1], speaker)]
    assert not [word for word in wanted if word not in said]
    assert "$" not in said


def test_nothing_asked_is_said_so():
    assert say_constraints(Constraints(), voice("en")).startswith("I understood")


def test_a_language_without_a_file_is_answered_in_english():
    assert voice("tlh").language == "en"


def test_a_sentence_that_is_missing_is_our_fault_and_named():
    with pytest.raises(DataError, match="no_such_code"):
        voice("en").say(Remark.of("no_such_code"))


def test_an_error_says_what_was_given_the_legal_form_and_the_cure():
    said = say_error(ClipError("file 'x.mp4'", "a film or sound file", "choose another"), voice("en"))
    assert all(piece in said for piece in ("x.mp4", "a film or sound file", "choose another"))


@pytest.mark.parametrize(
    ("language", "remark", "said"),
    [
        ("en", Remark.of("changed_out", instruments="tin-whistle,drums"), "Out: tin whistle, drums."),
        ("en", Remark.of("changed_loudness_higher", instruments="all"), "Louder: everything."),
        ("en", Remark.of("default_style", style="lo-fi"), "I chose lo-fi."),
        ("en", Remark.of("feedback_both_ways", field="tempo_bpm"), "You asked for tempo in both directions."),
        ("zh", Remark.of("changed_in", instruments="guzheng,dizi"), "新加入：古筝、笛子。"),
        ("zh", Remark.of("changed_density_lower", instruments="melody"), "音更少：旋律。"),
        ("zh", Remark.of("feedback_kept_and_changed", what="piano"), "钢琴"),
        ("zh", Remark.of("feedback_kept_and_changed", what="tempo"), "速度"),
        ("zh", Remark.of("feedback_part_at_limit", part="melody", field="register"), "旋律 的 音区"),
        ("zh", Remark.of("default_style", style="bossa-nova"), "波萨诺瓦"),
    ],
)
def test_ids_in_a_remark_are_called_by_their_names(language, remark, said):
    assert said in voice(language).say(remark)


def test_every_language_that_is_read_is_answered():
    assert sorted(READ_LANGUAGES) == LANGUAGES


@pytest.mark.parametrize("language", sorted(set(LANGUAGES) - {"en"}))
def test_every_id_has_a_name_in_every_language_but_english_whose_ids_are_words(library, language):
    named, english = texts(language), texts("en")
    ids = {"instruments": library.instruments, "styles": library.styles, "regions": library.regions}
    ids |= {section: english[section] for section in ("uses", "hits", "findings", "parts", "fields")}
    for section, items in ids.items():
        assert set(items) == set(named[section]), section


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_two_instruments_share_a_name(library, language):
    names = [voice(language).name("instruments", item) for item in library.instruments]
    assert not {name for name in names if names.count(name) > 1}


def test_the_first_language_that_we_speak_is_spoken():
    assert spoken("nl", "de", "fr") == "de"
    assert spoken("nl", "tlh") == "en"


def test_a_number_keeps_its_sign_in_a_line_from_right_to_left():
    said = voice("ar").say(Remark.of("default_loudness", lufs=-14, use="ad"))
    assert "\N{FIRST STRONG ISOLATE}-14\N{POP DIRECTIONAL ISOLATE}" in said
    longer, earlier = voice("ar").ask([Remark.of("ask_hit_after_end", longer_s=47.0, earlier_s=18.0)]).answers
    assert not re.search("[\u2066-\u2069]", longer + earlier), "a click sends what a hand could type"


def test_arabic_is_written_from_right_to_left():
    assert {language for language in LANGUAGES if voice(language).direction == "rtl"} == {"ar"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_field_that_a_reply_changes_has_a_name(language):
    named = texts(language)["fields"]
    assert not {field for field in FIELDS if field != "action" and not field.startswith("instruments")} - set(named)


@pytest.mark.parametrize("hostile", ["$key", "${instrument}", "{{7*7}}", "%s {0} {x}", "$$"])
def test_slots_in_the_words_of_a_person_are_never_filled(hostile):
    assert hostile in voice("en").say(Remark.of("key_unknown", asked=hostile, used="C major"))
