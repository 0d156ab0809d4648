"""The assistant for programs, driven on a started page with the real clients: gradio_client and mcp."""

import asyncio
import base64
import io
import json
import re
import time
import urllib.error
import urllib.request
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import soundfile
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError

from assistant.page import api
from assistant.page.desk import TAKE
from assistant.score.midi import read_midi
from assistant.summary import understood
from tests.conftest import ROOT
from tests.test_browser import served

pytestmark = pytest.mark.timeout(600)

BRIEF = "8 seconds of calm harp and flute in D major, 80 BPM"
NAMES = ["/judge", "/parse", "/revise", "/score"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("programs")


@pytest.fixture(scope="module")
def address(folder: Path) -> Iterator[str]:
    """A page; its log may hold what Gradio says of a path that is no upload, and no other trace."""
    try:
        with served(folder, "app.py") as url:
            yield url
    except AssertionError:
        log = (folder / "log").read_text()
        assert log.count("Traceback (most recent call last)") == len(re.findall("^gradio.*InvalidPathError", log, re.M))


@pytest.fixture(scope="module")
def client(address: str) -> Client:
    return Client(address, verbose=False)


@pytest.fixture(scope="module")
def take(client: Client) -> dict:
    """A first take, composed once; revising it leaves it as it is."""
    return client.predict(BRIEF, engine="rules", seed=5, api_name="/score")


def fetched(url: str) -> bytes:
    return urllib.request.urlopen(url, timeout=60).read()


def refusal(client: Client, *arguments, **named) -> str:
    with pytest.raises(AppError) as raised:
        client.predict(*arguments, **named)
    return str(raised.value)


def test_only_the_four_endpoints_are_for_programs_and_each_is_documented(client):
    described = client.view_api(return_format="dict", print_info=False)
    assert sorted(described["named_endpoints"]) == NAMES and not described["unnamed_endpoints"]
    for name, endpoint in described["named_endpoints"].items():
        assert endpoint["description"], name
        assert [value["label"] for value in endpoint["returns"]] == ["answer"]
    score = {each["parameter_name"]: each for each in described["named_endpoints"]["/score"]["parameters"]}
    assert list(score) == ["text", "clip", "motif", "engine", "seed"]
    assert [name for name, each in score.items() if not each["parameter_has_default"]] == ["text"]
    assert score["seed"]["python_type"]["type"].startswith("int")


def test_parse_answers_as_the_command_line_does(client, library):
    words = "安静的钢琴，12秒"
    expected = understood(words, None, library=library)
    found = client.predict(words, api_name="/parse")
    assert found["outcome"] == expected["outcome"] and found["say"] == expected["say"]
    assert found["constraints"]["duration_s"] == 12


def test_a_take_is_summed_up_and_its_files_are_fetched(take):
    assert take["outcome"] == "accept" and take["key"] == "D major" and take["tempo_bpm"] == [80.0]
    assert take["constraints"]["duration_s"] == 8 and take["seed"] == 5 and take["engine"] == "rules"
    assert {"length", "key", "tempo"} <= {finding["name"] for finding in take["findings"]}
    samples, rate_hz = soundfile.read(io.BytesIO(fetched(take["files"]["mix.wav"])))
    assert rate_hz == 48_000 and len(samples) == 8 * rate_hz
    assert fetched(take["files"]["score.mid"]).startswith(b"MThd")
    assert b"<html" in fetched(take["files"]["report.html"])[:400]
    names = zipfile.ZipFile(io.BytesIO(fetched(take["files"]["everything.zip"]))).namelist()
    assert {name.partition("/")[2] for name in names} == set(take["files"]) - {"everything.zip"}
    assert any(name.startswith("stems/") for name in take["files"])


def test_nothing_that_programs_get_names_a_folder_of_ours_but_the_addresses(take):
    told = json.dumps({name: value for name, value in take.items() if name != "files"})
    assert str(ROOT) not in told and "sessions" not in told


def test_revise_changes_what_is_named_and_the_same_take_can_be_revised_again(client, take):
    faster = client.predict(take["take"], "faster, keep the melody", api_name="/revise")
    assert faster["changes"] == [{"field": "tempo_bpm", "to": "higher"}] and faster["keep"] == ["melody"]
    assert faster["tempo_bpm"][0] > 80 and faster["key"] == "D major" and faster["difference"]["parts"]
    without = client.predict(take["take"], "no flute", api_name="/revise")
    assert without["take"] not in (take["take"], faster["take"]) and without["tempo_bpm"] == [80.0]
    assert not [name for name in without["files"] if "flute" in name]
    slower = client.predict(faster["take"], "much slower", api_name="/revise")
    assert slower["tempo_bpm"][0] < faster["tempo_bpm"][0]
    assert fetched(take["files"]["score.mid"]).startswith(b"MThd")


def test_a_question_is_answered_in_words(client, take):
    answer = client.predict(take["take"], "what key is this in?", api_name="/revise")
    assert "D major" in answer["say"] and answer["take"] == take["take"] and "files" not in answer


def test_judge_measures_a_file_and_a_take_alike(client, take, tmp_path):
    path = tmp_path / "mine.mid"
    path.write_bytes(fetched(take["files"]["score.mid"]))
    by_file = client.predict(handle_file(str(path)), api_name="/judge")
    by_take = client.predict(take=take["take"], api_name="/judge")
    assert by_file["file"] == "mine.mid" and by_file["tempo_bpm"] == 80.0
    assert by_file | {"file": ""} == by_take | {"file": ""}


@pytest.mark.parametrize(
    ("endpoint", "arguments", "given", "legal"),
    [
        ("/parse", {"text": "  "}, "no text", "words in any language"),
        ("/parse", {"text": "harp " * 4100}, "text of 20499 characters", "20000 at most"),
        ("/score", {"text": "8 s of harp", "seed": -3}, "seed -3", "0 to 4294967295"),
        ("/score", {"text": "8 s of harp", "seed": 1.5}, "seed 1.5", "a whole number"),
        ("/score", {"text": "8 s of harp", "seed": "5"}, "seed '5'", "a whole number"),
        ("/score", {"text": "8 s of harp", "motif": "do re mi"}, "motif 'do re mi'", "notes such as"),
        ("/revise", {"take": "../../etc", "text": "slower"}, "take '../../etc'", "the id of a take"),
        ("/revise", {"take": "0" * 32 + "-1", "text": "slower"}, "take '" + "0" * 32, "the id of a take"),
        ("/judge", {}, "no file", "a MIDI, sound or film file"),
        ("/judge", {"take": "x"}, "take 'x'", "the id of a take"),
    ],
)
def test_errors_say_what_was_given_the_legal_form_and_the_cure(client, endpoint, arguments, given, legal):
    said = refusal(client, api_name=endpoint, **arguments)
    assert said.startswith(given) and said.split("; ")[1].startswith(legal) and len(said.split("; ")) >= 3


def test_a_bad_file_is_named_as_it_was_sent(client, tmp_path):
    path = tmp_path / "my film.mp4"
    path.write_text("this is no film")
    for said in (
        refusal(client, handle_file(str(path)), api_name="/judge"),
        refusal(client, "music for this", handle_file(str(path)), api_name="/score"),
    ):
        assert "my film" in said and "clip-1" not in said


def test_there_is_no_history_to_undo_and_that_is_said(client, take):
    faster = client.predict(take["take"], "faster", api_name="/revise")
    assert "name the take that you want" in refusal(client, faster["take"], "undo", api_name="/revise")


def test_a_clip_is_scored_and_its_length_is_met(client, tmp_path):
    from tests.media import paint, write_film

    film = write_film(tmp_path / "film.mp4", [paint(seed, size=(160, 90)) for seed in (1, 2) for _ in range(75)])
    made = client.predict("calm harp", handle_file(str(film)), engine="rules", seed=1, api_name="/score")
    assert made["length_s"] == pytest.approx(6.0, abs=0.05) and "scored.mp4" in made["files"]


def test_takes_lie_where_nobody_can_guess(take, folder):
    identity = TAKE.fullmatch(take["take"])
    assert identity and all(identity[1] in address for address in take["files"].values())
    (found,) = (folder / "work").glob(f"**/{identity[1]}")
    assert found.parent.name == "programs"


def test_a_file_of_another_is_not_reached_by_its_path(client, take, folder):
    """A program may name any path as a file of its own; only what it uploaded itself is one."""
    secret = folder / "secret.mid"
    secret.write_bytes(fetched(take["files"]["score.mid"]))
    lie = {"path": str(secret), "meta": {"_type": "gradio.FileData"}}
    event = urllib.request.Request(
        f"{client.src.rstrip('/')}/gradio_api/call/judge",
        data=json.dumps({"data": [lie, None]}).encode(),
        headers={"Content-Type": "application/json"},
    )
    try:
        started = json.loads(urllib.request.urlopen(event, timeout=60).read())["event_id"]
        told = fetched(f"{client.src.rstrip('/')}/gradio_api/call/judge/{started}").decode()
    except urllib.error.HTTPError as error:
        told = f"event: error {error}"
    assert "event: error" in told and "tempo" not in told
    with pytest.raises(urllib.error.HTTPError):
        fetched(f"{client.src.rstrip('/')}/gradio_api/file={secret}")


def test_one_take_at_a_time_for_each_visitor(client):
    first = client.submit("9 seconds of calm harp", engine="rules", seed=1, api_name="/score")
    said = ""
    for _ in range(40):  # the first may be done before the second begins
        try:
            client.predict("8 seconds of calm harp", engine="rules", seed=1, api_name="/score")
        except AppError as error:
            said = str(error)
            break
        first = client.submit("9 seconds of calm harp", engine="rules", seed=1, api_name="/score")
        time.sleep(0.05)
    assert said.endswith("1 at a time; wait until an earlier one is answered")
    assert first.result(timeout=300)["length_s"] == 9.0


async def tools(address: str, *calls: tuple[str, dict]) -> tuple[list, list]:
    """The tools that a page offers, and the answers to some calls, each with the answers before it at hand."""
    from mcp import ClientSession
    from mcp.client.streamable_http import streamable_http_client

    answers: list = []
    async with (
        streamable_http_client(f"{address}/gradio_api/mcp/") as (read, write, _),
        ClientSession(read, write) as session,
    ):
        await session.initialize()
        offered = (await session.list_tools()).tools
        for name, arguments in calls:
            given = {key: value(answers) if callable(value) else value for key, value in arguments.items()}
            answers.append(await session.call_tool(name, given))
    return offered, answers


def content_of(answer) -> dict:
    assert not answer.isError, answer.content
    (content,) = answer.content
    return json.loads(content.text)


def test_the_tools_of_the_mcp_server_do_the_same(address, take):
    as_data = "data:audio/midi;base64," + base64.b64encode(fetched(take["files"]["score.mid"])).decode()
    made = {"text": BRIEF, "engine": "rules", "seed": 5}
    offered, answers = asyncio.run(
        tools(
            address,
            ("parse", {"text": BRIEF}),
            ("score", made),
            ("revise", {"take": lambda before: content_of(before[1])["take"], "text": "no flute"}),
            ("judge", {"take": lambda before: content_of(before[2])["take"]}),
            ("judge", {"file": as_data}),
            ("revise", {"take": "x", "text": "slower"}),
            ("send", {}),
        )
    )
    assert sorted(f"/{tool.name}" for tool in offered) == NAMES
    for tool in offered:
        assert tool.description and all("description" in each for each in tool.inputSchema["properties"].values())
    parsed, scored, revised, judged, by_data = map(content_of, answers[:5])
    assert parsed["constraints"]["duration_s"] == 8
    assert scored["findings"] == take["findings"] and scored["take"] != take["take"]
    assert fetched(scored["files"]["score.mid"]) == fetched(take["files"]["score.mid"])
    assert revised["changes"] and not [name for name in revised["files"] if "flute" in name]
    assert judged["tempo_bpm"] == by_data["tempo_bpm"] == 80.0
    assert answers[5].isError and "the id of a take, as score and revise give it" in answers[5].content[0].text
    assert answers[6].isError, "what is private is no tool"


def test_without_its_package_there_are_no_tools_and_that_is_said(monkeypatch, caplog):
    assert api.tools_can_be_served()
    monkeypatch.setattr(api.importlib.util, "find_spec", lambda name: None)
    assert not api.tools_can_be_served()
    assert "pip install mcp" in caplog.text


def test_the_examples_of_the_document_run(address, tmp_path, monkeypatch, capsys):
    text = (ROOT / "docs" / "api.md").read_text("utf-8")
    blocks = re.findall(r"```python\n(.*?)```", text, re.S)
    assert len(blocks) == 3
    monkeypatch.chdir(tmp_path)
    space: dict = {"__name__": "example"}
    for block in blocks:
        exec(block.replace("http://127.0.0.1:7860", address), space)
    told = capsys.readouterr().out
    assert "D major" in told and "mix.wav" in told
    assert read_midi(tmp_path / "cue.mid").parts
    assert {f"/{name}" for name in re.findall(r"^\| `(\w+)` \|", text, re.M)} == set(NAMES)
