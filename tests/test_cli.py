"""The command line's contract: JSON on standard output, one line for bad input, exit codes."""

import json
import os
from pathlib import Path

import pytest

from assistant.cli import main
from tests.conftest import ROOT

DEV = ROOT / "tests" / "data" / "golden"


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, list[dict], str]:
    code = main(list(arguments))
    captured = capsys.readouterr()
    return code, [json.loads(line) for line in captured.out.splitlines()], captured.err


def error_line(err: str) -> list[str]:
    lines = [line for line in err.splitlines() if line.startswith("error: ")]
    assert len(lines) == 1, err
    assert "Traceback" not in err
    return lines[0].removeprefix("error: ").split("; ")


def test_parse_prints_outcome_constraints_and_what_the_person_reads(capsys):
    code, (answer,), _ = run(capsys, "parse", "sad piano, 30 seconds, no drums")
    assert code == 0
    assert answer["outcome"] == "accept"
    assert answer["constraints"]["duration_s"] == 30
    assert "piano" in answer["constraints"]["instruments"]["include"]
    assert "drums" in answer["constraints"]["instruments"]["exclude"]
    assert "30" in answer["say"]


def test_parse_answers_in_the_language_of_the_brief(capsys):
    _, (answer,), _ = run(capsys, "parse", "三十秒的忧伤钢琴曲，不要鼓")
    assert answer["constraints"]["language"] == "zh"
    assert "秒" in answer["say"]


@pytest.mark.parametrize("name", ["briefs.jsonl", "hostile.jsonl"])
def test_parse_answers_every_golden_line_in_order(capsys, name):
    lines = [json.loads(line) for line in (DEV / name).read_text("utf-8").splitlines()]
    code, answers, _ = run(capsys, "parse", "--jsonl", str(DEV / name))
    assert code == 0
    assert [answer["id"] for answer in answers] == [line["id"] for line in lines]
    for answer in answers:
        assert answer["outcome"] in ("accept", "clamp", "ask", "refuse")
        assert answer["say"]


def test_dry_run_answers_every_golden_reply(capsys):
    lines = [json.loads(line) for line in (DEV / "feedback.jsonl").read_text("utf-8").splitlines()]
    code, answers, _ = run(capsys, "revise", "--dry-run", "--jsonl", str(DEV / "feedback.jsonl"))
    assert code == 0
    assert [answer["id"] for answer in answers] == [line["id"] for line in lines]
    assert all({"changes", "keep", "constraints"} <= set(answer) for answer in answers)


def test_a_bad_line_is_answered_and_the_rest_goes_on(capsys, tmp_path):
    file = tmp_path / "lines.jsonl"
    file.write_text('{"id": 1, "text": "calm harp"}\nnot json\n{"id": 3}\n{"id": 4, "text": "calm harp"}\n')
    code, answers, _ = run(capsys, "parse", "--jsonl", str(file))
    assert code == 2
    assert ["error" in answer for answer in answers] == [False, True, True, False]
    assert answers[0]["constraints"] == answers[3]["constraints"]


def bad_inputs(tmp_path: Path) -> dict[str, list[str]]:
    text = tmp_path / "words.mp4"
    text.write_text("this is no film")
    empty = tmp_path / "empty.mp4"
    empty.touch()
    return {
        "missing clip": ["score", "calm piano, 10 s", "--clip", str(tmp_path / "nothing.mp4")],
        "text named mp4": ["score", "calm piano, 10 s", "--clip", str(text)],
        "zero bytes": ["score", "calm piano, 10 s", "--clip", str(empty)],
        "folder as clip": ["parse", "calm piano, 10 s", "--clip", str(tmp_path)],
        "unknown engine": ["score", "calm piano, 10 s", "--engine", "orchestra-9000"],
        "file in the way": ["score", "calm piano, 10 s", "--out", str(text)],
        "below a file": ["score", "calm piano, 10 s", "--out", str(text / "out")],
        "no brief": ["parse"],
        "empty brief": ["score", "   "],
        "no such take": ["revise", str(tmp_path / "nowhere"), "slower"],
        "folder without a take": ["revise", str(tmp_path), "slower"],
        "no such lines": ["parse", "--jsonl", str(tmp_path / "nothing.jsonl")],
        "too many takes": ["score", "calm piano", "--takes", "1000"],
        "takes that are no number": ["score", "calm piano", "--takes", "many"],
        "no command": [],
        "unknown command": ["compose"],
        "unknown option": ["parse", "calm harp", "--loud"],
        "option without its value": ["parse", "calm harp", "--jsonl"],
        "words too many": ["parse", "calm", "harp"],
        "seed below zero": ["score", "calm piano, 10 s", "--seed", "-5"],
        "huge seed": ["score", "calm piano, 10 s", "--seed", "1" + "0" * 40],
        "last seed of several takes too large": ["score", "calm piano", "--seed", str(2**32 - 1), "--takes", "2"],
        "folder without a name": ["score", "calm piano, 10 s", "--out", ""],
        "folder with a null character": ["score", "calm piano, 10 s", "--out", "a\0b"],
        "folder's name too long": ["score", "calm piano, 10 s", "--out", str(tmp_path / ("x" * 300))],
        "folder below one that takes none": ["score", "calm piano, 10 s", "--out", "/proc/nowhere/out"],
        "take with a null character": ["revise", "a\0b", "slower"],
        "lines with a null character": ["parse", "--jsonl", "a\0b"],
        "constraints that are no JSON": ["revise", "--dry-run", "slower", "--constraints", str(text)],
        "nonsense as a brief": ["score", "asdf qwer"],
        "port beyond the last": ["serve", "--port", "99999999"],
        "port that is no number": ["serve", "--port", "x"],
    }


@pytest.mark.parametrize("case", list(bad_inputs(Path("/tmp"))) if Path("/tmp").is_dir() else [])
def test_bad_input_is_one_line_with_the_legal_form_and_the_cure(capsys, tmp_path, case):
    arguments = bad_inputs(tmp_path)[case]
    if arguments[:1] == ["score"] and "--out" not in arguments:
        arguments += ["--out", str(tmp_path / "out")]
    code, answers, err = run(capsys, *arguments)
    assert code == 2
    assert not answers
    assert len(error_line(err)) >= 3
    assert len(err.splitlines()) == 1
    assert not (tmp_path / "out").exists()


def test_a_pipe_as_a_clip_is_refused_and_never_waited_for(capsys, tmp_path):
    os.mkfifo(tmp_path / "pipe.mp4")
    code, _, err = run(capsys, "parse", "calm harp", "--clip", str(tmp_path / "pipe.mp4"))
    assert code == 2
    assert "pipe" in error_line(err)[0]


ODD_LINES = {
    "nested too deeply": b"[" * 100_000,
    "not utf-8": b'{"text": "\xff\xfe"}',
    "null byte": b'{"text": "calm \x00 harp"}',
    "no object": b"[1, 2]",
    "not a number": b'{"id": NaN, "text": "calm harp"}',
    "infinite": b'{"id": 1e999, "text": "calm harp"}',
    "number of five thousand digits": b'{"text_repeat": ["a", ' + b"9" * 5000 + b"]}",
    "text that is a number": b'{"text": 5}',
    "clip that is a number": b'{"text": "calm harp", "clip": 5}',
    "repeat that is a number": b'{"text_repeat": 5}',
    "repeat of one": b'{"text_repeat": ["a"]}',
    "repeat below zero": b'{"text_repeat": ["a", -1]}',
    "repeat of nothing without end": b'{"text_repeat": ["", 99999999999999999999999999]}',
    "repeat that is too long": b'{"text_repeat": ["calm harp", 1000000]}',
    "repeat in an object": b'{"text_repeat": {"a": 1}}',
}


@pytest.mark.parametrize("case", ODD_LINES)
def test_an_odd_line_gets_its_own_error_and_its_neighbours_their_answers(capsys, tmp_path, case):
    good = b'{"id": "good", "text": "calm harp"}\r\n'
    file = tmp_path / "lines.jsonl"
    file.write_bytes(b"\xef\xbb\xbf" + good + ODD_LINES[case] + b"\n" + good)
    code, answers, err = run(capsys, "parse", "--jsonl", str(file))
    assert code == 2 and not err
    assert ["error" in answer for answer in answers] == [False, True, False]
    assert answers[1]["error"].count("; ") >= 2
    assert answers[0] == answers[2]


@pytest.mark.parametrize(
    "before",
    [
        5,
        None,
        [],
        {"key": ""},
        {"key": 5},
        {"meter": 5},
        {"hits": [{"at_s": -1}]},
        {"hits": [5]},
        {"loudness_lufs": -1e30},
        {"instruments": {"include": "piano"}},
        {"duration_s": 0},
        {"tempo_bpm": [1]},
        {"arc": []},
        {"unknown": 1},
    ],
)
def test_constraints_before_a_reply_that_cannot_be_are_named(capsys, tmp_path, before):
    file = tmp_path / "lines.jsonl"
    words = "slower, minor, no drums, quieter piano in the first 5 s"
    file.write_text(json.dumps({"id": 1, "before": before, "text": words}))
    code, (answer,), err = run(capsys, "revise", "--dry-run", "--jsonl", str(file))
    assert code == 2 and not err
    assert answer["error"].count("; ") >= 2
    assert "fault" not in answer["error"]


def test_engines_say_what_each_needs(capsys):
    code, (answer,), _ = run(capsys, "engines")
    assert code == 0
    rules = next(engine for engine in answer["engines"] if engine["name"] == "rules")
    assert rules["can_run"] is True
    assert rules["licence"]


def test_an_engine_that_stands_in_is_said(capsys, tmp_path, monkeypatch):
    monkeypatch.setenv("CUEWRIGHT_COMPOSER", str(tmp_path / "gone.safetensors"))
    code, (answer,), err = run(capsys, "score", "a calm 4 second cue", "--out", str(tmp_path / "out"), "--seed", "3")
    assert code == 0 and answer["engine"] == "rules"
    assert "composer cannot run here" in err and "gone.safetensors" in err


@pytest.mark.parametrize(("command", "option"), [("masters", "--for"), ("export", "--as")])
@pytest.mark.parametrize("words", ["", " , "])
def test_a_list_that_names_nothing_is_refused_and_makes_nothing(command, option, words, tmp_path, capsys):
    assert main([command, str(tmp_path), option, words]) == 2
    assert f"{option} {words!r}; " in capsys.readouterr().err and not list(tmp_path.iterdir())


def test_a_reply_that_is_brought_into_range_says_so_without_making_anything(capsys):
    assert main(["revise", "--dry-run", "tempo 1000"]) == 0
    assert "300" in json.loads(capsys.readouterr().out)["say"]
    assert main(["revise", "--dry-run", "in 7/13 time"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["constraints"]["meter"] == "4/4" and "7/13" in said["say"]
    assert main(["revise", "--dry-run", "slower"]) == 0
    assert json.loads(capsys.readouterr().out)["say"] == ""


def test_a_region_of_endless_letters_is_refused_before_it_is_read(capsys):
    code, _, err = run(capsys, "region", "x" * 100_000)
    assert code == 2 and "of 100000 letters; 100 letters at most" in err
