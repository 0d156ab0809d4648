"""The page without a browser: importing acts on nothing, sessions never meet, storage holds its limits."""

import os
import re
import subprocess
import sys
import threading
import time
from dataclasses import fields
from html import unescape
from pathlib import Path
from types import SimpleNamespace

import pytest

from assistant import pipeline
from assistant.brief import Brief
from assistant.clip import Clip, Cut
from assistant.errors import EngineError, OutputError
from assistant.feedback import read_reply
from assistant.interpret import read_brief
from assistant.page import conversation
from assistant.page.house import House
from assistant.page.layout import CLIP_TYPES
from assistant.page.storage import Storage
from assistant.page.views import AT_WORK, Progress, as_typed
from assistant.session import Session
from models.registry import engine_card, get_engine
from tests.conftest import ROOT
from tests.slow_page import SlowGenerator


def test_importing_the_app_imports_no_gradio_and_writes_nothing(tmp_path):
    script = "import sys, app; sys.exit('gradio' in sys.modules or 'torch' in sys.modules)"
    before = set(tmp_path.iterdir())
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, env=os.environ | {"CUEWRIGHT_WORK": str(tmp_path)}, timeout=120
    )
    assert done.returncode == 0
    assert set(tmp_path.iterdir()) == before


def test_app_stays_under_two_hundred_lines():
    assert len((ROOT / "app.py").read_text().splitlines()) < 200


def test_two_sessions_have_folders_that_nobody_can_guess(tmp_path):
    storage = Storage(tmp_path)
    one, two = storage.new_session_id(), storage.new_session_id()
    assert one != two and len(one) == 32
    assert storage.folder_of(one) != storage.folder_of(two)
    assert storage.take_folder(one, 1).parent == storage.folder_of(one)


@pytest.mark.parametrize("bad", ["", "../etc", "a" * 31, "A" * 32, "g" * 32, "a" * 32 + "/.."])
def test_a_made_up_session_reaches_no_folder(tmp_path, bad):
    with pytest.raises(OutputError, match="hexadecimal"):
        Storage(tmp_path / "root").folder_of(bad)
    assert not (tmp_path / "root").exists()


def test_a_take_that_was_broken_off_is_never_overwritten(tmp_path):
    storage = Storage(tmp_path)
    session = storage.new_session_id()
    first = storage.take_folder(session, 1)
    first.mkdir(parents=True)
    assert storage.take_folder(session, 1) != first


@pytest.mark.parametrize(
    "name", ["clip.MP4", "no extension", "../../x.mov", "bad.sh; rm -rf", "猫.webm", "x." + "y" * 99]
)
def test_an_uploaded_name_never_becomes_a_path(tmp_path, name):
    storage = Storage(tmp_path / "root")
    session = storage.new_session_id()
    uploaded = tmp_path / Path(name).name
    uploaded.write_bytes(b"film")
    kept = storage.keep_clip(session, uploaded)
    assert kept.parent == storage.folder_of(session)
    assert kept.name.startswith("clip-1")
    assert kept.read_bytes() == b"film"


def test_old_work_is_erased_and_fresh_work_and_strangers_files_stay(tmp_path):
    storage = Storage(tmp_path)
    old, fresh = storage.folder_of("0" * 32), storage.folder_of("1" * 32)
    stranger = tmp_path / "notes"
    stranger.mkdir()
    for path in (old, stranger):
        os.utime(path, (time.time() - 10_000,) * 2)
    storage.erase_older_than(5_000)
    assert not old.exists()
    assert fresh.exists() and stranger.exists()


@pytest.mark.parametrize(
    "words",
    ["<b>x</b>", "$x$ and $$y$$", "[c](javascript:alert(1))", "![i](http://x/y.png)", "**●**", "`k`", "a\\b", "|#|"],
)
def test_words_stand_in_the_chat_as_they_were_typed(words):
    from markdown_it import MarkdownIt

    shown = MarkdownIt("gfm-like", {"linkify": False}).render(as_typed(words))
    inside = shown.removeprefix("<p>").removesuffix("</p>\n")
    assert unescape(inside) == words
    assert AT_WORK not in as_typed(words)


def at_work(now: str = "plan") -> list[dict[str, object]]:
    text = Progress("en", (("interpret", 0.1),), now).text()
    return [
        {"role": "user", "content": "calm harp"},
        {"role": "assistant", "content": [{"type": "text", "text": text}]},
    ]


@pytest.mark.parametrize("now", ["plan", ""], ids=["at a station", "between two"])
def test_a_stopped_run_says_so_in_place_of_its_progress(now):
    chat, *_ = conversation.stopped(at_work(now), Session("", language="zh"))
    assert [message["role"] for message in chat] == ["user", "assistant"]
    assert "已停止" in str(chat[-1]["content"])
    assert conversation.stopped(chat, Session(""))[0] == chat


def test_a_click_on_an_offered_reply_is_nothing_while_a_run_is_at_work():
    click = SimpleNamespace(value="sadder")
    assert conversation.picked(at_work(), click)["text"] == ""
    assert conversation.picked([{"role": "assistant", "content": "Take 1 is ready."}], click)["text"] == "sadder"
    assert conversation.picked([], click)["text"] == "sadder"


SHOWN = conversation.Shown(*(field.name for field in fields(conversation.Shown)))


def updates_of(tmp_path: Path, library, settings, words: str, *, files=(), seed=None, engine=None):
    """What one message changes on the page, step by step, without a browser."""
    find = (lambda name: engine) if engine else get_engine
    house = House(library, settings, find, engine_card, ("rules",), "rules", Storage(tmp_path / "work"))
    message = {"text": words, "files": [str(path) for path in files]}
    return conversation.send(house, SHOWN, message, [], Session(""), "rules", seed)


def send(tmp_path: Path, library, settings, words: str, *, clip: Path | None = None, seed: float | None = None) -> str:
    """What the assistant says to one message, in a page without a browser."""
    updates = list(updates_of(tmp_path, library, settings, words, files=[clip] if clip else [], seed=seed))
    assert updates[-1]["message"].interactive, "the box must be the visitor's again"
    last = [update["chat"] for update in updates if "chat" in update][-1]
    return " ".join(str(message["content"]) for message in last if message["role"] == "assistant")


def test_a_bad_clip_is_named_as_the_visitor_named_it(tmp_path, library, settings, caplog):
    words = tmp_path / "my film.mp4"
    words.write_text("this is no film")
    said = send(tmp_path, library, settings, "music for this", clip=words)
    assert "my film.mp4" in said and "clip-1" not in said
    assert not caplog.records


@pytest.mark.parametrize("seed", [-5, 1e300, 2.0**32])
def test_a_seed_out_of_range_is_a_message_in_the_chat(tmp_path, library, settings, caplog, seed):
    assert "0 to 4294967295" in send(tmp_path, library, settings, "calm harp, 3 s", seed=seed)
    assert not caplog.records


def percents(views: list[str]) -> list[int]:
    return [int(found) for view in views for found in re.findall(r'aria-valuenow="(\d+)"', view)]


def test_the_view_shows_the_plan_then_the_score_as_it_grows_then_the_take(tmp_path, library, settings):
    engine = SlowGenerator(pause_s=0.3)
    updates = list(updates_of(tmp_path, library, settings, "安静的钢琴，12秒", engine=engine, seed=3))
    seen = [update["view"] for update in updates if "view" in update]
    sketches = [view for view in seen if "cw-sketch" in view]
    assert "data-take" in seen[-1] and seen[:-1] == sketches
    composing = [view for view in sketches if "正在作曲" in view]
    assert composing[0] in sketches[:2] and percents(composing)[0] == 0
    assert percents(composing) == sorted(percents(composing)) and len(set(percents(composing))) > 2
    assert "%" in "".join(str(update["chat"][-1]) for update in updates if "chat" in update)


class BusyGenerator:
    """Calls its progress without end, until it is stopped or a while has passed."""

    name = "busy"

    def __init__(self, *, fails: bool) -> None:
        self.calls, self.fails = 0, fails
        self.has_ended = threading.Event()

    def generate(self, plan, *, keep, seed, progress):
        try:
            for _ in range(20_000):
                self.calls += 1
                progress(0.5, "the same again")
                time.sleep(0.0005)
                if self.fails and self.calls == 1000:
                    raise EngineError("a take", "an idea", "try again")
        finally:
            self.has_ended.set()


def test_a_visitor_who_leaves_stops_the_engine_and_does_not_keep_others_waiting(tmp_path, library, settings):
    engine = BusyGenerator(fails=False)
    updates = updates_of(tmp_path, library, settings, "calm piano, 4 s", engine=engine)
    next(update for update in updates if 'aria-valuenow="50"' in update.get("view", ""))
    updates.close()
    assert engine.has_ended.wait(60)
    assert engine.calls < 20_000


def test_an_engine_is_looked_at_seldom_and_where_it_fails_its_sketch_makes_way(tmp_path, library, settings):
    engine = BusyGenerator(fails=True)
    updates = list(updates_of(tmp_path, library, settings, "calm piano, 4 s", engine=engine))
    began = sum('aria-valuenow="50"' in update.get("view", "") for update in updates)
    assert 1 <= began < engine.calls / 10
    last = [update["view"] for update in updates if "view" in update][-1]
    assert "cw-empty" in last
    assert "try again" in str([update["chat"] for update in updates if "chat" in update][-1])


def test_a_stopped_run_gives_back_the_view_that_was_there():
    *_, view = conversation.stopped(at_work("compose"), Session("", language="zh"))
    assert "cw-empty" in view and "配乐会出现在这里" in view


CHOSEN = """
from assistant.page import build_page
from assistant.page.house import House
from assistant.page.layout import CLIP_TYPES
page, _ = build_page(House(None, None, None, None, ("one", "two"), "two", None))
print(*(block.value for block in page.blocks.values() if getattr(block, "elem_id", "") == "engine"))
"""


def test_the_page_composes_with_the_default_engine_unless_another_is_chosen():
    done = subprocess.run([sys.executable, "-c", CHOSEN], cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.stdout.split() == ["two"], done.stderr


def test_an_offered_cut_comes_with_answers_to_click(library):
    cuts = (Cut(11.875, 0.8), Cut(15.75, 0.9))
    clip = Clip("film.mp4", 30.0, 25.0, cuts=cuts)
    found = read_brief(Brief("warm music", "film.mp4"), library=library, clip=clip)
    (message,) = conversation._heard(pipeline.Step("interpret", found, 0.1), "en", None)
    assert "0:15.75" in message["content"].replace("\\", "")
    for answer in (option["value"] for option in message["options"]):
        reply = read_reply(answer, constraints=found.constraints, library=library, cuts=cuts)
        assert [change.field for change in reply.changes] == ["hits"], answer


@pytest.mark.parametrize("name", ["board.png", "pulse.csv", "spot.edl", "spot.fcpxml", "spot.otio"])
def test_what_stands_for_a_clip_may_be_uploaded_and_keeps_its_ending(tmp_path, name):
    assert Path(name).suffix in CLIP_TYPES
    (tmp_path / name).write_bytes(b"x")
    storage = Storage(tmp_path / "work")
    assert storage.keep_clip(storage.new_session_id(), tmp_path / name).suffix == Path(name).suffix
