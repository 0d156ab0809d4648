"""What we say: every code has its sentence in every language, with the slots that it fills."""

import ast
import string
import tomllib

import pytest

from assistant.constraints import Constraints, HitPoint, Instruments, arc_of
from assistant.errors import ClipError, DataError
from assistant.explain import mood, say_constraints, say_error, voice
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
        for section in ("words", "moods", "understood", "take", "stations", "errors", "page", "remarks", "uses"):
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
