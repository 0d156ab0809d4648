"""The store keeps what it was given, whole or not at all, for its owner and nobody else, within its limits."""

import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.clip import Clip
from assistant.constraints import Constraints
from assistant.errors import InputError, OutputError
from assistant.session import Session, TakeRecord
from assistant.store import Bubble, BusyError, Database, GoneError, Limits, Message, Store, Work, owner_of
from assistant.store import database as databases
from assistant.store.limits import to_erase
from assistant.store.merging import merged
from assistant.store.runs import SILENT_S, Runs
from tests.conftest import ROOT
from tests.made_takes import small_materials

ME, YOU = owner_of("1" * 64), owner_of("2" * 64)
ONE, TWO = "1" * 32, "2" * 32
HELLO = Message("calm harp")
RECORD = small_materials().take


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return store_in(tmp_path)


def store_in(folder: Path, **options) -> Store:
    return Store(Database(folder / "sessions.sqlite"), folder / "sessions", **options)


def take(store: Store, session: Session, *, size: int = 10) -> TakeRecord:
    """The next take of a session, delivered."""
    folder = store.folder(session.id) / f"take-{session.next_number}"
    while folder.exists():  # left by a take that was broken off
        folder = folder.with_name(folder.name + "-2")
    folder.mkdir(parents=True)
    (folder / "mix.wav").write_bytes(b"x" * size)
    clip = Clip(str(store.folder(session.id) / "clip-1.mp4"), 4.0)
    return replace(RECORD, number=session.next_number, parent=session.current, folder=str(folder), clip=clip)


def answered(store: Store, session: Session, words: str = "calm harp", *, owner: str = ME, size: int = 10) -> Session:
    """The session after one message that led to a take."""
    session = store.ask(session, owner, Message(words), [Bubble("user", words)])
    done = session.with_take(take(store, session, size=size)).with_turn(words, "ready")
    done = store.save(done, owner, [Bubble("assistant", "ready", ("sadder",))], answered=True)
    store.runs.end(owner)
    return done


def restarted(store: Store) -> Store:
    """The store as the next process finds it."""
    return Store(store.database, store.root, store.limits, clock=store.clock)


def test_what_was_stored_is_found_again_to_the_last_note_with_its_place_in_the_history(store):
    session = answered(store, answered(store, answered(store, Session(ONE))))
    session = store.save(session.undo().undo(), ME)
    session = store.save(replace(session, pending=Constraints(styles=("jazz",)), language="zh"), ME)
    opened = restarted(store).open(ONE, ME)
    assert opened.session == session
    assert (opened.session.current, opened.session.undone) == (1, (3, 2))
    assert opened.title == "calm harp" and opened.unanswered is None
    assert opened.chat == (Bubble("user", "calm harp"), Bubble("assistant", "ready", ("sadder",))) * 3


def test_a_message_is_there_before_its_answer_and_waits_after_a_crash(store):
    session = answered(store, Session(ONE))
    message = Message("slower", str(store.folder(ONE) / "clip-2.mov"), "C4 D4", "rules", "7")
    store.ask(session, ME, message, [Bubble("user", "slower")])
    opened = restarted(store).open(ONE, ME)
    assert opened.unanswered == message
    assert opened.chat[-1] == Bubble("user", "slower")
    assert opened.session.takes == session.takes


KILLED = """
import os, sys
from pathlib import Path
from assistant.session import Session
from assistant.store import Bubble, Message, rows
from tests.test_store import ME, ONE, answered, store_in, take

store = store_in(Path(sys.argv[1]))
session = answered(store, Session(ONE))
session = store.ask(session, ME, Message("slower"), [Bubble("user", "slower")])
done = session.with_take(take(store, session)).with_turn("slower", "ready")
rows.write_asked = lambda *others: os._exit(9)  # the last step of the transaction that keeps the answer
store.save(done, ME, [Bubble("assistant", "ready")], answered=True)
"""


def test_a_process_killed_inside_the_keeping_of_an_answer_leaves_the_message_and_nothing_half(tmp_path):
    done = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path)], cwd=ROOT, timeout=120)
    assert done.returncode == 9
    store = store_in(tmp_path)
    opened = store.open(ONE, ME)
    assert opened.unanswered == Message("slower")
    assert [each.text for each in opened.chat] == ["calm harp", "ready", "slower"]
    assert (len(opened.session.takes), len(opened.session.turns)) == (1, 1)
    again = answered(store, opened.session)
    assert again.current == 2 and Path(again.current_take.folder).is_dir()


def test_another_ones_session_is_as_if_it_were_not_there(store):
    session = answered(store, Session(ONE))
    for attempt in (
        lambda: store.open(ONE, YOU),
        lambda: store.save(session.undo() if session.undone else session, YOU),
        lambda: store.ask(session, YOU, HELLO),
        lambda: store.newest(session, YOU),
    ):
        with pytest.raises(GoneError):
            attempt()
    store.close(ONE, YOU, [Bubble("assistant", "mine now")])
    store.touch(ONE, YOU)
    store.adopt(ONE, YOU)
    store.erase(ONE, YOU)
    store.erase_all(YOU)
    assert store.listed(YOU) == ()
    assert store.open(ONE, ME).session == session and Path(session.current_take.folder).is_dir()
    with pytest.raises(OutputError):
        store.ask(Session(ONE), YOU, HELLO)  # an id is never given twice
    assert len(store.open(ONE, ME).chat) == 2


@pytest.mark.parametrize("bad", ["", "..", "../" + "1" * 29, "1" * 31, "A" * 32, "1" * 32 + "/.."])
def test_what_is_no_id_names_no_folder(store, bad):
    with pytest.raises(GoneError):
        store.folder(bad)


def test_a_session_whose_first_message_came_before_the_key_is_adopted_by_it(store):
    session = answered(store, Session(ONE), owner=owner_of(ONE))
    store.adopt(ONE, ME)
    assert store.newest(session, ME) == session
    store.adopt(ONE, YOU)
    assert store.listed(YOU) == ()


def test_a_run_goes_on_as_the_key_that_adopts_its_session(store):
    first = owner_of(ONE)
    session = store.ask(Session(ONE), first, HELLO)
    assert store.holder(ONE, first) == first
    store.adopt(ONE, ME)
    assert store.holder(ONE, first) == ME and store.holder(ONE, YOU) == YOU
    with pytest.raises(BusyError):
        store.erase(ONE, ME)
    with pytest.raises(GoneError):
        store.save(session, first)
    store.save(session, store.holder(ONE, first), answered=True)
    store.runs.end_at(ONE)
    store.erase(ONE, ME)


def test_a_run_signs_for_its_session_also_where_the_adopter_has_a_run_of_his_own():
    now = [0.0]
    runs = Runs(clock=lambda: now[0])
    runs.begin(ME, TWO)
    runs.begin(owner_of(ONE), ONE)
    runs.hand_over(owner_of(ONE), ME)
    for _ in range(3):
        now[0] += SILENT_S - 1
        runs.sign_at(ONE)
    assert runs.sessions() == {ONE}


def test_a_visitor_has_one_message_at_work_and_others_are_not_held_up(store):
    store.ask(Session(ONE), ME, HELLO)
    with pytest.raises(BusyError):
        store.ask(Session(TWO), ME, HELLO)
    with pytest.raises(BusyError):
        store.erase(ONE, ME)
    with pytest.raises(BusyError):
        store.erase_all(ME)
    store.ask(Session(TWO), YOU, HELLO)
    store.runs.end(ME)
    store.ask(Session("3" * 32), ME, HELLO)


def test_a_run_that_gives_no_sign_is_over():
    now = [0.0]
    runs = Runs(clock=lambda: now[0])
    runs.begin(ME, ONE)
    now[0] = SILENT_S - 1
    runs.sign(ME)
    now[0] = SILENT_S + 1
    assert runs.session_of(ME) == ONE
    now[0] = 2 * SILENT_S
    runs.begin(ME, TWO)
    assert runs.sessions() == {TWO}


def test_a_stopped_message_waits_no_more(store):
    store.ask(Session(ONE), ME, HELLO, [Bubble("user", "calm harp")])
    store.close(ONE, ME, [Bubble("assistant", "Stopped.")])
    opened = store.open(ONE, ME)
    assert opened.unanswered is None and opened.chat[-1].text == "Stopped."


def test_two_tabs_lose_nothing_of_each_other(store):
    both = answered(store, answered(store, Session(ONE)))
    here = store.save(both.undo(), ME, [Bubble("assistant", "now take 1")])
    there = store.save(both.with_turn("what key?", "C"), ME, [Bubble("assistant", "C")])
    assert store.newest(here, ME).turns[-1].words == "what key?"
    assert [turn.words for turn in there.turns] == ["calm harp", "calm harp", "what key?"]
    assert [each.text for each in store.open(ONE, ME).chat][-2:] == ["now take 1", "C"]
    assert store.newest(there, ME) is there


@given(st.integers(0, 3), st.integers(0, 3), st.integers(0, 3))
def test_merging_keeps_every_take_once_and_numbers_them_on(common, mine, theirs):
    def grown(session: Session, name: str, count: int) -> Session:
        for index in range(count):
            record = replace(RECORD, number=session.next_number, parent=session.current, folder=f"{name}{index}")
            session = session.with_take(record).with_turn(f"{name}{index}", "")
        return session

    base = grown(Session(ONE), "both", common)
    stored, newcomer = grown(base, "stored", theirs), grown(base, "new", mine)
    both = merged(stored, newcomer)
    assert len(both.takes) == common + mine + theirs == len({each.folder for each in both.takes})
    assert [each.number for each in both.takes] == list(range(1, len(both.takes) + 1))
    assert len(both.turns) == common + mine + theirs
    parents = {each.number: each for each in both.takes}
    for before, after in zip([None, *newcomer.takes], newcomer.takes, strict=False):
        found = next(each for each in both.takes if each.folder == after.folder)
        assert (parents[found.parent].folder if found.parent else None) == (before.folder if before else None)
    if mine:
        assert both.current_take.folder == newcomer.current_take.folder


def test_many_threads_at_once_each_find_their_own(store):
    def visit(number: int) -> tuple[str, ...]:
        owner, session = owner_of(str(number)), Session(f"{number:032x}")
        for turn in range(4):
            session = answered(store, session, f"{number} {turn}", owner=owner)
        return tuple(turn.words for turn in store.open(session.id, owner).session.turns)

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(visit, range(8)))
    assert found == [tuple(f"{number} {turn}" for turn in range(4)) for number in range(8)]


def test_a_take_is_written_once_however_long_the_conversation_grows(store, monkeypatch):
    session = answered(store, answered(store, Session(ONE)))
    written: list[int] = []
    plain = store.database.write

    def counted(work: Callable):
        def watched(db):
            db.set_trace_callback(lambda sql: written.append(1) if "into takes" in sql else None)
            return work(db)

        return plain(watched)

    monkeypatch.setattr(Database, "write", lambda self, work: counted(work))
    answered(store, session)
    assert len(written) == 1


def test_erasing_takes_the_rows_the_files_and_the_words_out_of_the_database(store):
    seen: list[Path] = []
    store = replace(store, forget=seen.append)
    answered(store, Session(ONE), "a very secret harp")
    answered(store, Session(TWO))
    store.erase(ONE, ME)
    assert [work.id for work in store.listed(ME)] == [TWO]
    assert not store.folder(ONE).exists() and seen == [store.folder(ONE)]
    with pytest.raises(GoneError):
        store.open(ONE, ME)
    store.erase_all(ME)
    assert store.listed(ME) == () and not store.folder(TWO).exists()
    stored = b"".join(path.read_bytes() for path in store.root.parent.glob("sessions.sqlite*"))
    assert b"secret" not in stored


def test_an_erased_session_does_not_come_back_from_a_tab_that_has_it_still(store):
    session = answered(store, Session(ONE))
    store.erase(ONE, ME)
    for attempt in (lambda: store.newest(session, ME), lambda: store.save(session, ME)):
        with pytest.raises(GoneError):
            attempt()
    with pytest.raises(GoneError):
        store.ask(session, ME, HELLO)
    assert store.runs.session_of(ME) is None
    assert store.listed(ME) == ()


def test_a_damaged_file_is_moved_aside_and_work_goes_on(store, caplog):
    answered(store, Session(ONE))
    damaged = b"this is no database" * 500
    store.database.path.write_bytes(damaged)
    fresh = store_in(store.root.parent)
    assert fresh.listed(ME) == ()
    assert [path.read_bytes() for path in fresh.database.damaged] == [damaged]
    assert "damaged" in caplog.text
    answered(fresh, Session(TWO))
    assert store_in(store.root.parent).open(TWO, ME).session.current == 1


def test_damage_that_comes_while_the_page_runs_is_moved_aside_too(store):
    session = answered(store, Session(ONE))
    for path in store.root.parent.glob("sessions.sqlite*"):
        path.write_bytes(b"\xff" * 8192)
    with pytest.raises(GoneError):
        store.newest(session, YOU)
    assert len(store.database.damaged) == 1
    answered(store, Session(TWO))


def test_a_file_that_was_taken_away_is_made_again(store):
    answered(store, Session(ONE))
    for path in store.root.parent.glob("sessions.sqlite*"):
        path.unlink()
    assert store.listed(ME) == ()


def test_a_full_disk_is_said_and_nothing_half_is_kept(store, monkeypatch):
    session = answered(store, Session(ONE))
    plain = sqlite3.connect

    def full(*args, **options):
        db = plain(*args, **options)
        pages = db.execute("pragma page_count").fetchone()[0]
        db.execute(f"pragma max_page_count={pages}")
        return db

    monkeypatch.setattr(databases.sqlite3, "connect", full)
    long = Message("harp " * 50_000)
    with pytest.raises(OutputError, match=r"full.*free some space"):
        store.ask(session, ME, long, [Bubble("user", long.words)])
    monkeypatch.undo()
    assert store.open(ONE, ME).session == session and store.open(ONE, ME).unanswered is None
    answered(store, session)


def test_a_place_that_cannot_be_written_is_said(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(OutputError, match="CUEWRIGHT_WORK"):
        store_in(tmp_path / "file").listed(ME)
    (tmp_path / "sessions.sqlite").mkdir()
    with pytest.raises(OutputError, match="CUEWRIGHT_WORK"):
        store_in(tmp_path).ask(Session(ONE), ME, HELLO)


def test_an_older_schema_is_brought_up_and_keeps_its_sessions(store, monkeypatch):
    session = answered(store, Session(ONE))
    step = "alter table sessions add column note text not null default 'none'; create table later (a)"
    monkeypatch.setattr(databases, "STEPS", (*databases.STEPS, step))
    newer = restarted(store)
    assert newer.open(ONE, ME).session == session
    note = newer.database.read(lambda db: db.execute("select note from sessions").fetchone()[0])
    assert note == "none"
    monkeypatch.undo()
    with pytest.raises(OutputError, match="newer Cuewright"):
        restarted(store).listed(ME)


def test_a_step_of_the_schema_that_fails_is_as_if_it_had_not_begun(store, monkeypatch):
    session = answered(store, Session(ONE))
    steps = databases.STEPS
    monkeypatch.setattr(databases, "STEPS", (*steps, "create table later (a); create nonsense"))
    with pytest.raises(OutputError):
        restarted(store).listed(ME)
    monkeypatch.setattr(databases, "STEPS", steps)
    assert store.open(ONE, ME).session == session


def test_what_is_too_old_goes_and_what_is_touched_stays(tmp_path):
    now = [1_000.0]
    store = store_in(tmp_path, limits=Limits(age_s=100.0), clock=lambda: now[0])
    answered(store, Session(ONE))
    answered(store, Session(TWO))
    now[0] += 90.0
    store.touch(TWO, ME)
    now[0] += 20.0
    assert store.tidy() == (ONE,)
    assert [work.id for work in store.listed(ME)] == [TWO] and not store.folder(ONE).exists()


def test_where_all_is_too_large_the_oldest_goes_but_never_what_is_at_work(tmp_path):
    now = [1_000.0]
    store = store_in(tmp_path, limits=Limits(total_bytes=2_500), clock=lambda: now[0])
    sessions = {}
    for number, owner in enumerate((ME, YOU, ME)):
        now[0] += 1
        sessions[number] = answered(store, Session(f"{number:032x}"), owner=owner, size=1_000)
    assert [work.id for work in (*store.listed(ME), *store.listed(YOU))] == [f"{2:032x}", f"{1:032x}"]
    now[0] += 1
    store.ask(sessions[1], YOU, HELLO)
    now[0] += 1
    answered(store, sessions[2], size=1_000)
    assert store.listed(YOU), "its message is worked at"


def test_limits_spare_what_is_at_work_and_the_newest():
    works = [Work(name, "", at_s, 4) for name, at_s in (("a", 1.0), ("b", 2.0), ("c", 3.0))]
    assert to_erase(works, Limits(total_bytes=4), now_s=3.0) == ("a", "b")
    assert to_erase(works, Limits(total_bytes=4), now_s=3.0, at_work=("a",)) == ("b", "c")
    assert to_erase(works, Limits(age_s=1.5), now_s=4.0) == ("a", "b")


@pytest.mark.parametrize("name", ["CUEWRIGHT_KEEP_DAYS", "CUEWRIGHT_KEEP_GB", "CUEWRIGHT_IMPORT_MB"])
@pytest.mark.parametrize("value", ["0", "-1", "nan", "many", "1e99"])
def test_a_limit_that_is_no_number_above_zero_is_named(name, value):
    with pytest.raises(InputError, match=name):
        Limits.from_environment({name: value})


def test_a_hosted_page_keeps_less_than_a_machine_of_ones_own():
    home, hosted = Limits.from_environment({}), Limits.from_environment({"SPACE_ID": "x"})
    assert hosted.age_s < home.age_s and hosted.total_bytes < home.total_bytes
    assert Limits.from_environment({"SPACE_ID": "x", "CUEWRIGHT_KEEP_GB": "3"}).total_bytes == 3_000_000_000


def test_what_a_crash_left_is_swept_once_it_is_stale_and_a_running_delivery_is_not(tmp_path):
    ahead = [0.0]
    store = store_in(tmp_path, clock=lambda: time.time() + ahead[0])
    session = answered(store, Session(ONE))
    part, lost = store.folder(ONE) / ".take-2.abc.part", store.folder(ONE) / "take-2"
    unknown, notes = store.root / ("f" * 32), store.root / "notes"
    for folder in (part, lost, unknown, notes):
        folder.mkdir()
    store.mend()
    assert all(folder.exists() for folder in (part, lost, unknown, notes))
    ahead[0] = 2 * 86_400.0
    store.mend()
    assert not any(folder.exists() for folder in (part, lost, unknown))
    assert notes.exists() and Path(session.current_take.folder).exists()


def test_the_work_folder_may_be_moved(store, tmp_path):
    session = answered(store, Session(ONE))
    moved = tmp_path / "elsewhere"
    moved.mkdir()
    for name in ("sessions.sqlite", "sessions"):
        (tmp_path / name).rename(moved / name)
    opened = store_in(moved).open(ONE, ME).session
    assert opened.takes[0].folder == str(moved / "sessions" / ONE / "take-1")
    assert opened.takes[0].clip.path == str(moved / "sessions" / ONE / "clip-1.mp4")
    assert opened.takes[0].score == session.takes[0].score
