"""What the page does with stored work, without a browser: kept before and after, sent again, said where it is not."""

from dataclasses import fields, replace
from pathlib import Path
from threading import Thread

import gradio as gr
import pytest
from gradio.processing_utils import save_file_to_cache
from hypothesis import given
from hypothesis import strategies as st

from assistant.datafile import read_data
from assistant.errors import ClipError, EngineError
from assistant.explain import voice
from assistant.language import READ_LANGUAGES
from assistant.page import conversation, erasing, past, sessions, storage
from assistant.page.bubbles import bubbles_of, messages_of, plain, said
from assistant.page.conversation import Shown
from assistant.page.house import House
from assistant.page.storage import Storage
from assistant.page.views import as_typed
from assistant.session import Session
from assistant.settings import ROOT
from assistant.store import Bubble, Message, owner_of
from models.registry import engine_card, get_engine

SHOWN = Shown(*(field.name for field in fields(Shown)))
PAST = past.Past("key", "folded", "works", "save", "file", "load", "erase")
KEY, OTHER = "a" * 64, "b" * 64
ME = owner_of(KEY)


class Fails:
    """An engine that fails, or is left, in the middle of a take."""

    name = "fails"

    def __init__(self, *, fails: bool = True) -> None:
        self.fails = fails

    def generate(self, plan, *, keep, seed, progress):
        progress(0.5, "half")
        if self.fails:
            raise EngineError("a take", "an idea", "try again")
        while True:
            progress(0.5, "half")


@pytest.fixture
def house(tmp_path, library, settings) -> House:
    return house_in(tmp_path, library, settings)


def house_in(folder: Path, library, settings, engine=None) -> House:
    find = (lambda name: engine) if engine else get_engine
    kept = Storage(folder / "work" / "sessions")
    store = past.open_store(folder / "work", kept.root)
    return House(library, settings, find, engine_card, ("rules",), "rules", kept, store=store)


def sending(house: House, words: str, session: Session, *, chat=(), key=KEY, files=()):
    message = {"text": words, "files": [str(file) for file in files]}
    return sessions.send(house, SHOWN, key, message, list(chat), session, "rules", "3", "")


def sent(house: House, words: str, session: Session, **options) -> tuple[Session, str]:
    """The session and what was said after a message."""
    updates = list(sending(house, words, session, **options))
    last = [update["chat"] for update in updates if "chat" in update][-1]
    after = [update["session"] for update in updates if "session" in update]
    return after[-1] if after else session, " ".join(plain(str(each["content"])) for each in last)


def first_id(house: House, owner: str = ME) -> str:
    return house.store.listed(owner)[0].id


def test_the_database_lies_where_the_page_serves_no_files(house):
    assert not house.store.database.path.is_relative_to(house.storage.root)


def test_a_take_and_what_was_said_are_stored_and_shown_again_with_their_place(house):
    session, _ = sent(house, "calm harp, 3 seconds", Session(""))
    session, _ = sent(house, "sadder", session, chat=[said("before")])
    undo = sessions.kept(house, SHOWN, lambda chat, it: conversation.step_back_or_on(SHOWN, "undo", chat, it))
    (update,) = undo([], session, KEY)
    assert update["session"].current == 1

    shown = past.returned(house, SHOWN, PAST, KEY, Session("", language="fr", taste=session.taste))
    found = shown["session"]
    assert found == update["session"] and (found.current, found.undone) == (1, (2,))
    assert 'data-take="1"' in shown["view"] and shown["redo"].interactive
    texts = [plain(each["content"]) for each in shown["chat"]]
    assert texts[0] == "calm harp, 3 seconds" and "sadder" in texts and texts[-1].endswith("take 1.")
    assert any(each.get("options") for each in shown["chat"]), "the replies that were offered"

    assert past.returned(house, SHOWN, PAST, OTHER, Session("")).keys() == {"key", "message"}


@pytest.mark.parametrize("kept", ["", None, 7, "a" * 63, "A" * 64, "../" + "a" * 61, {"key": KEY}, KEY + "\n"])
def test_a_browser_that_brings_no_key_gets_one_that_nobody_can_guess(house, kept):
    one, two = (past.returned(house, SHOWN, PAST, kept, Session(""))["key"] for _ in range(2))
    assert one != two and len(one) == 64 and one not in (kept, KEY)


def test_a_message_is_stored_before_it_is_worked_at_and_waits_when_the_visitor_leaves(tmp_path, library, settings):
    house = house_in(tmp_path, library, settings, Fails(fails=False))
    clip = tmp_path / "pulse.csv"
    clip.write_text("0,0.1\n4,0.9\n")
    updates = sending(house, "calm harp, 4 seconds", Session(""), files=[clip])
    next(updates)
    opened = house.store.open(first_id(house), ME)
    assert opened.unanswered.words == "calm harp, 4 seconds" and Path(opened.unanswered.clip).is_file()
    _, busy = sent(house, "sad flute", Session(""))
    assert voice("en").text("stored", "busy") in busy and "sad flute" not in str(house.store.listed(ME))
    updates.close()
    shown = past.returned(house, SHOWN, PAST, KEY, Session(""))
    *_, film, words, waits = shown["chat"]
    assert film["content"]["path"] == opened.unanswered.clip and "calm harp" in words["content"]
    assert [each["value"] for each in waits["options"]] == [voice("en").text("stored", "go_on")]
    assert shown["message"].interactive

    again = replace(house, engine=get_engine)
    session, text = sent(again, voice("en").text("stored", "go_on"), shown["session"], chat=shown["chat"])
    assert session.current == 1 and text.count("calm harp, 4 seconds") == 1
    assert session.current_take.clip.path == opened.unanswered.clip
    chat = house.store.open(session.id, ME).chat
    assert sum(each.role == "user" for each in chat) == 2 and house.store.open(session.id, ME).unanswered is None


def test_a_message_that_is_quicker_than_the_visitors_key_is_stored_under_the_key(house):
    updates = sending(house, "calm harp, 4 seconds", Session(""), key=None)
    session = next(updates)[SHOWN.session]
    past.listed(house, session, KEY)
    last = [update for update in updates if "chat" in update][-1]["chat"][-1]
    assert last["options"], "what may be said of the take"
    opened = house.store.open(session.id, ME)
    assert opened.session.current == 1 and opened.unanswered is None
    assert house.store.runs.sessions() == frozenset()


def test_a_message_that_could_not_be_used_has_its_answer_and_does_not_wait(tmp_path, library, settings):
    house = house_in(tmp_path, library, settings, Fails())
    _, text = sent(house, "calm harp, 4 seconds", Session(""))
    assert "try again" in text
    opened = house.store.open(first_id(house), ME)
    assert opened.unanswered is None and "try again" in opened.chat[-1].text
    assert house.store.runs.session_of(ME) is None


def test_stop_is_the_answer_to_a_message(house):
    session = house.store.ask(Session("1" * 32), ME, Message("calm harp"), [Bubble("user", "calm harp")])
    chat, *_ = sessions.stopped(house, [{"role": "user", "content": "calm harp"}], session, KEY)
    opened = house.store.open(session.id, ME)
    assert opened.unanswered is None and [each.text for each in opened.chat] == [
        "calm harp",
        plain(chat[-1]["content"]),
    ]


def test_whoever_stops_a_run_is_answered_after_its_last_update(tmp_path, library, settings):
    house = house_in(tmp_path, library, settings, Fails(fails=False))
    updates, told = [], []
    session_id = ""

    def stop() -> None:
        told.append(house.stops.stop(session_id, patience_s=60))
        updates.append("answered")

    stopping = Thread(target=stop)
    for update in sending(house, "calm piano, 6 seconds", Session("")):
        updates.append(update)
        session_id = update[SHOWN.session].id if SHOWN.session in update else session_id
        at_work = str(update.get(SHOWN.chat, [{"content": ""}])[-1]["content"])
        if voice("en").text("stations", "compose") in at_work and not stopping.ident:
            stopping.start()
    stopping.join()
    assert told == [True] and updates[-1] == "answered"
    chats = [update[SHOWN.chat] for update in updates[:-1] if SHOWN.chat in update]
    assert conversation.is_at_work(chats[-1]), "what it was at stands where the answer comes"


def test_a_run_that_was_quicker_than_its_stop_keeps_its_answer(house):
    updates, run = [], sending(house, "calm piano, 6 seconds", Session(""))
    for update in run:
        updates.append(update)
        after = update.get(SHOWN.session)
        if isinstance(after, Session) and after.takes:
            assert house.stops.stop(after.id, patience_s=0) is False
            assert sessions.stopped(house, update[SHOWN.chat], after, KEY)[0] == gr.skip()
    assert not any("Stopped" in str(update.get(SHOWN.chat, "")) for update in updates)
    assert house.stops.stop(after.id if isinstance(after, Session) else "none") is True, "nothing is under way"


def test_where_nothing_can_be_stored_the_take_is_made_and_the_trouble_said(house):
    house.store.database.path.mkdir(parents=True)
    session, text = sent(house, "calm harp, 3 seconds", Session(""))
    assert session.current == 1
    assert voice("en").text("stored", "unsaved") in text and "CUEWRIGHT_WORK" in text


def test_a_conversation_that_was_erased_elsewhere_is_not_gone_on_with(house):
    session = house.store.ask(Session("1" * 32), ME, Message("calm harp"))
    house.store.runs.end(ME)
    house.store.erase(session.id, ME)
    after, text = sent(house, "delete my data", session)
    assert voice("en").text("stored", "gone") in text and after.id != session.id
    undo = sessions.kept(house, SHOWN, lambda chat, it: iter([{"chat": chat}]))
    assert list(undo([], session, KEY))[-1]["session"].id == ""


def test_takes_whose_files_are_gone_are_left_out_and_that_is_said(house):
    session, _ = sent(house, "calm harp, 3 seconds", Session(""))
    (Path(session.current_take.folder) / "mix.wav").unlink()
    shown = past.returned(house, SHOWN, PAST, KEY, Session(""))
    assert shown["session"].takes == () and "cw-empty" in shown["view"]
    assert plain(shown["chat"][-1]["content"]) == voice("en").text("stored", "files_gone")


def test_nobody_opens_saves_or_erases_what_the_list_of_another_holds(house):
    session = house.store.ask(Session("1" * 32), ME, Message("calm harp"))
    house.store.runs.end(ME)
    assert past.choose(house, SHOWN, PAST, session.id, [], Session(""), OTHER).keys() == {"chat"}
    assert past.listed(house, session, OTHER).choices == []
    assert "zip" not in past.saved(house, session, OTHER)
    list(erasing.taken(house, SHOWN, "erase_this", [], session, owner_of(OTHER), "2" * 32))
    assert [work.id for work in house.store.listed(ME)] == [session.id]


def test_a_question_comes_before_erasing_and_no_is_no(house):
    session = house.store.ask(Session("1" * 32), ME, Message("calm harp"))
    house.store.runs.end(ME)
    (update,) = sending(house, "Please delete my data!", session)
    options = [each["value"] for each in update["chat"][-1]["options"]]
    sent(house, options[-1], session)
    assert house.store.listed(ME)
    after, _ = sent(house, options[0], session)
    assert not house.store.listed(ME) and after.id not in ("", session.id)


@pytest.mark.parametrize("language", READ_LANGUAGES)
def test_the_words_for_erasing_are_understood_and_the_answers_too(language):
    phrases = read_data(ROOT / "prompts" / "erasing.toml")[language]
    assert len(phrases) >= 5
    for phrase in phrases:
        assert erasing.step_of(f" {phrase.capitalize()}! ", language) == "ask", phrase
    for answer in erasing.ANSWERS:
        assert erasing.step_of(voice(language).text("stored", answer), language) == answer


@pytest.mark.parametrize(
    "words",
    [
        "delete the drums",
        "erase everything",
        "start over",
        "delete everything after 0:20",
        "forget it",
        "erase",
        "删除鼓",
        "lösch das Schlagzeug",
        "delete my data from the mix and make it sadder",
        "",
    ],
)
def test_wishes_about_music_are_never_taken_for_erasing(words):
    assert erasing.step_of(words, "en") is None


@pytest.mark.parametrize("language", READ_LANGUAGES)
def test_what_the_page_offers_to_click_is_no_wish_for_erasing(language):
    texts = voice(language).texts
    offered = [*texts["answers"].values(), *(text for key, text in texts["page"].items() if key.startswith("reply_"))]
    assert not [text for text in offered if erasing.step_of(text, language)]


@given(st.text(max_size=60))
def test_what_is_stored_of_a_message_is_what_was_typed(words):
    assert plain(as_typed(words)) == words
    stored = bubbles_of([{"role": "user", "content": as_typed(words)}])
    assert [each.text for each in stored] == ([words] if as_typed(words) else [])
    assert [each["content"] for each in messages_of(stored)] == [as_typed(each.text) for each in stored]


def test_progress_is_never_stored():
    working = {"role": "assistant", "content": "✓ planning · 0.1 s  \n**● composing …**"}
    assert bubbles_of([said("one", ["a", "b"]), working]) == (Bubble("assistant", "one", ("a", "b")),)


def test_a_clip_that_a_browser_would_run_keeps_no_ending_and_one_that_comes_twice_is_kept_once(tmp_path, monkeypatch):
    kept, session_id = Storage(tmp_path / "root"), "1" * 32
    for name in ("page.html", "picture.svg", "page.XHTML", "film.mp4"):
        (tmp_path / name).write_bytes(name.encode())
    assert [kept.keep_clip(session_id, tmp_path / name).suffix for name in ("page.html", "picture.svg")] == ["", ""]
    film = kept.keep_clip(session_id, tmp_path / "film.mp4")
    assert kept.keep_clip(session_id, tmp_path / "film.mp4") == film == kept.keep_clip(session_id, film)
    monkeypatch.setattr(storage, "LARGEST_CLIP", 3)
    with pytest.raises(ClipError, match="3 at most"):
        kept.keep_clip(session_id, tmp_path / "page.XHTML")


def test_copies_that_gradio_made_go_with_the_work(tmp_path, monkeypatch):
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "cache"))
    folder = tmp_path / "work"
    folder.mkdir()
    (folder / "mix.wav").write_bytes(b"mine")
    (tmp_path / "other.wav").write_bytes(b"somebody else's")
    mine = Path(save_file_to_cache(folder / "mix.wav", str(tmp_path / "cache")))
    other = Path(save_file_to_cache(tmp_path / "other.wav", str(tmp_path / "cache")))
    storage.forget_copies(folder)
    assert not mine.exists() and other.exists()


def test_a_visitor_whom_gradio_forgot_goes_on_with_what_his_page_shows_and_new_begins_anew(house):
    session, _ = sent(house, "calm harp, 3 seconds", Session(""))
    shown = past.returned(house, SHOWN, PAST, KEY, Session(""))
    after, _ = sent(house, "what key is it in?", Session(""), chat=shown["chat"])
    assert after.id == session.id and len(after.turns) == 2
    fresh = past.begin(SHOWN, PAST, session)
    assert fresh["chat"] == [] and fresh["session"].id == ""
    other, _ = sent(house, "make it 3 seconds of calm flute", fresh["session"], chat=fresh["chat"])
    assert other.id != session.id and len(other.takes) == 1
    assert len(house.store.listed(ME)) == 2
