"""A session as one file: it comes back as it was, tells nothing of where it came from; a hostile one does nothing."""

import json
import struct
import warnings
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from assistant.clip import Clip
from assistant.deliver import deliver
from assistant.errors import AssistantError, InputError
from assistant.page import views
from assistant.session import Session
from assistant.store import Bubble, Database, GoneError, Limits, Message, Store, export_work, import_work, owner_of
from assistant.taste import Taste
from tests.made_takes import small_materials

ME, YOU = owner_of("1" * 64), owner_of("2" * 64)
ONE = "0123456789abcdef" * 2

Record = dict[str, Any]


def store_in(folder: Path, **limits) -> Store:
    return Store(Database(folder / "sessions.sqlite"), folder / "sessions", Limits(**limits))


@pytest.fixture(scope="module")
def exported(tmp_path_factory) -> tuple[Store, Session, Path]:
    """A store, a session in it that was really delivered, and the file of it."""
    store = store_in(tmp_path_factory.mktemp("one"))
    folder = store.folder(ONE)
    folder.mkdir(parents=True)
    (folder / "clip-1.mp4").write_bytes(b"film")
    materials = small_materials()
    clip = Clip(str(folder / "clip-1.mp4"), 4.0)
    take = replace(materials.take, folder=str(folder / "take-1"), clip=clip)
    deliver(Path(take.folder), replace(materials, take=take, brief=replace(materials.brief, clip_path=clip.path)))
    (folder / "take-1" / "stems.zip").write_bytes(b"made again")
    words = Bubble("user", "<b>calm</b> flute")
    session = store.ask(Session(ONE, taste=Taste()), ME, Message(words.text), [Bubble("user", file=clip.path), words])
    session = session.with_take(take).with_turn(words.text, "ready", clip_path=clip.path)
    session = store.save(session, ME, [Bubble("assistant", "ready", ("sadder",))], answered=True)
    store.runs.end(ME)
    path = export_work(store, ONE, ME).rename(store.root.parent / "work.zip")
    return store, session, path


def brought(path: Path, folder: Path, **limits) -> Store:
    """A store elsewhere into which a file was imported."""
    store = store_in(folder, **limits)
    import_work(store, YOU, path, show=views.session_view)
    return store


def changed(path: Path, target: Path, change: Callable[[dict[str, bytes]], None]) -> Path:
    """A copy of a file of work with other contents."""
    with zipfile.ZipFile(path) as file:
        contents = {name: file.read(name) for name in file.namelist()}
    change(contents)
    with zipfile.ZipFile(target, "w") as file:
        for name, data in contents.items():
            file.writestr(name, data)
    return target


def with_record(change: Callable[[Record], Any]) -> Callable[[dict[str, bytes]], None]:
    def write(contents: dict[str, bytes]) -> None:
        record = json.loads(contents["session.json"])
        change(record)
        contents["session.json"] = json.dumps(record).encode()

    return write


def is_untouched(folder: Path) -> bool:
    """Whether nothing of an import is left: no session, no folder, no file."""
    store = store_in(folder)
    return store.listed(YOU) == () and not [*store.root.glob("*"), *store.root.glob(".*")]


def test_an_imported_session_is_the_exported_one_with_an_id_and_an_owner_of_its_own(exported, tmp_path):
    before, session, path = exported
    store = brought(path, tmp_path)
    (work,) = store.listed(YOU)
    assert work.id != ONE and work.title == "<b>calm</b> flute" and work.size_bytes > 1000
    opened, original = store.open(work.id, YOU), before.open(ONE, ME)
    take, first = opened.session.current_take, session.current_take
    assert (take.score, take.plan, take.findings, take.constraints) == (
        first.score,
        first.plan,
        first.findings,
        first.constraints,
    )
    assert opened.chat[1:] == original.chat[1:]
    assert [turn.words for turn in opened.session.turns] == [turn.words for turn in session.turns]
    folder = store.folder(work.id)
    assert Path(take.folder) == folder / "take-1" and Path(take.clip.path) == folder / "clip-1.mp4"
    assert opened.chat[0].file == str(folder / "clip-1.mp4") == opened.session.turns[0].clip_path
    for name in ("mix.wav", "mix.m4a", "premaster.wav", "score.mid", "stems/lead-flute.wav", "rights.json"):
        theirs, ours = Path(take.folder) / name, Path(first.folder) / name
        assert ours.exists() == theirs.exists() and (not ours.exists() or theirs.read_bytes() == ours.read_bytes())
    assert (folder / "take-1" / "score.musicxml").read_text() and (folder / "clip-1.mp4").read_bytes() == b"film"
    assert not (folder / "take-1" / "stems.zip").exists()


def test_an_import_can_be_exported_and_imported_again(exported, tmp_path):
    *_, path = exported
    store = brought(path, tmp_path / "a")
    (work,) = store.listed(YOU)
    again = brought(export_work(store, work.id, YOU), tmp_path / "b")
    (other,) = again.listed(YOU)
    takes = [each.open(found.id, YOU).session.takes[0] for each, found in ((store, work), (again, other))]
    assert takes[0].score == takes[1].score


def test_the_file_tells_nothing_of_where_it_came_from(exported):
    store, _, path = exported
    with zipfile.ZipFile(path) as file:
        assert file.testzip() is None
        for name in file.namelist():
            data = file.read(name)
            for secret in (ONE, ME, str(store.root), store.root.parent.name):
                assert secret.encode() not in data, f"{secret} in {name}"


def test_only_the_owner_saves_a_session_and_an_earlier_file_makes_way(exported):
    store, *_ = exported
    with pytest.raises(GoneError):
        export_work(store, ONE, YOU)
    first = export_work(store, ONE, ME)
    second = export_work(store, ONE, ME)
    assert second != first and not first.exists() and second.exists()


def test_a_waiting_message_comes_along(exported, tmp_path):
    store, *_ = exported
    session = store.ask(store.open(ONE, ME).session, ME, Message("slower", engine="rules"), [Bubble("user", "slower")])
    store.runs.end(ME)
    path = export_work(store, ONE, ME).rename(tmp_path / "waiting.zip")
    store.close(ONE, ME)
    assert session.current == 1
    other = brought(path, tmp_path)
    (work,) = other.listed(YOU)
    assert other.open(work.id, YOU).unanswered == Message("slower", engine="rules")


BAD_NAMES = [
    "../evil.wav",
    "/etc/evil.wav",
    "take-1/../../evil.wav",
    "take-1\\..\\evil.wav",
    "C:/evil.wav",
    ".hidden",
    "take-1/.hidden.wav",
    "take-1/stems/",
    "take-1/a/b/c.wav",
    "take-1/" + "x" * 200 + ".wav",
    "take-1/\u202eevil.wav",
    "take-1/a b.wav",
    "take-1/mix.wav\n",
]


@pytest.mark.parametrize("name", BAD_NAMES)
def test_a_name_that_is_not_ours_refuses_the_file(exported, tmp_path, name):
    *_, path = exported
    bad = changed(path, tmp_path / "bad.zip", lambda contents: contents.update({name: b"x"}))
    with pytest.raises(InputError, match="the name"):
        brought(bad, tmp_path / "in")
    assert is_untouched(tmp_path / "in") and not list(tmp_path.rglob("*evil*"))


def set_take(field: str, value: Any) -> Callable[[Record], Any]:
    return lambda record: record["session"]["takes"][0].__setitem__(field, value)


def set_in(*steps: Any) -> Callable[[Record], Any]:
    *way, last, value = steps

    def change(record: Record) -> None:
        for step in way:
            record = record[step]
        record[last] = value

    return change


SCORE = ("session", "takes", 0, "score")
PLAN = ("session", "takes", 0, "plan")
BAD_RECORDS: dict[str, Callable[[Record], Any]] = {
    "an unknown field": set_in("evil", 1),
    "a later format": set_in("format", 2),
    "a folder upwards": set_take("folder", "../../etc"),
    "an absolute folder": set_take("folder", "/etc"),
    "a folder that is not there": set_take("folder", "take-9"),
    "a take without a number": set_take("number", 0),
    "a number beyond all": set_take("number", 10**30),
    "a take that revises itself": set_take("parent", 1),
    "a seed of nobody": set_take("seed", -1),
    "a clip elsewhere": set_in("session", "takes", 0, "clip", "path", "/etc/passwd"),
    "a clip upwards in a turn": set_in("session", "turns", 0, "clip_path", "../clip-1.mp4"),
    "a file elsewhere in the chat": set_in("chat", 0, "file", "/etc/passwd"),
    "a waiting clip elsewhere": set_in("asked", {"words": "x", "clip": "/etc/passwd"}),
    "a current take that is not there": set_in("session", "current", 7),
    "an undone take that is not there": set_in("session", "undone", [7]),
    "a turn's take that is not there": set_in("session", "turns", 0, "take", 7),
    "a language that is a path": set_in("session", "language", "../../../tmp/evil"),
    "a take's language that is a path": set_in("session", "takes", 0, "constraints", "language", "../en"),
    "a chat of somebody else": set_in("chat", 0, "role", "system"),
    "a title without end": set_in("title", "x" * 10_000),
    "a score without end": set_in(*SCORE, "length_s", 1e12),
    "a plan without end": set_in(*PLAN, "length_s", 1e300),
    "bars without end": set_in(*PLAN, "bar_count", 10**9),
    "no bars": set_in(*PLAN, "bar_count", 0),
    "an end beyond time": set_in(*PLAN, "final_q", 1e9),
    "an infinite length": set_in(*SCORE, "length_s", float("inf")),
    "a length that is no number": set_in(*PLAN, "length_s", float("nan")),
    "notes beyond time": set_in(*SCORE, "parts", 0, "notes", 0, "start_q", 1e15),
    "an empty score": set_in(*SCORE, "parts", []),
    "a score of another kind": set_in("session", "takes", 0, "score", 7),
}
BAD_RECORDS["metres beyond time"] = lambda record: record["session"]["takes"][0]["score"]["tempo_map"]["meters"].append(
    {"at_q": 4e8, "meter": {"beats": 4, "unit": 4}}
)


@pytest.mark.parametrize("name", BAD_RECORDS)
def test_a_record_that_is_not_ours_refuses_the_file(exported, tmp_path, name):
    *_, path = exported
    bad = changed(path, tmp_path / "bad.zip", with_record(BAD_RECORDS[name]))
    with pytest.raises(InputError):
        brought(bad, tmp_path / "in")
    assert is_untouched(tmp_path / "in")


BAD_FILES: dict[str, Callable[[dict[str, bytes]], Any]] = {
    "no record": lambda contents: contents.pop("session.json"),
    "a record that is no JSON": lambda contents: contents.update({"session.json": b"{"}),
    "a record that is no text": lambda contents: contents.update({"session.json": b"\xff\xfe"}),
    "a record nested without end": lambda contents: contents.update({"session.json": b"[" * 200_000}),
    "no mix": lambda contents: contents.pop("take-1/mix.wav"),
    "no report": lambda contents: contents.pop("take-1/report.html"),
    "a mix that is no sound": lambda contents: contents.update({"take-1/mix.wav": b"RIFF....WAVE"}),
    "a stem that is no sound": lambda contents: contents.update({"take-1/stems/lead.wav": b"<script>"}),
    "a report that is no text": lambda contents: contents.update({"take-1/report.html": b"\xff\xfe<\0"}),
}


@pytest.mark.parametrize("name", BAD_FILES)
def test_a_file_that_is_missing_or_not_what_it_says_refuses_all(exported, tmp_path, name):
    *_, path = exported
    bad = changed(path, tmp_path / "bad.zip", BAD_FILES[name])
    with pytest.raises(InputError):
        brought(bad, tmp_path / "in")
    assert is_untouched(tmp_path / "in")


def test_a_bomb_is_refused_before_and_while_it_is_unpacked(exported, tmp_path):
    *_, path = exported
    bomb = tmp_path / "bomb.zip"
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as file:
        for name in source.namelist():
            file.writestr(name, source.read(name))
        file.writestr("take-1/stems/zero.wav", b"\0" * 50_000_000)
    assert bomb.stat().st_size < 20_000_000
    with pytest.raises(InputError, match="inside"):
        brought(bomb, tmp_path / "in", import_bytes=30_000_000)

    lying = bytearray(bomb.read_bytes())
    place = lying.rfind(b"take-1/stems/zero.wav") - 46  # its entry in the table says how large it is
    lying[place + 24 : place + 28] = struct.pack("<L", 10)
    (tmp_path / "lying.zip").write_bytes(lying)
    with pytest.raises(InputError):
        brought(tmp_path / "lying.zip", tmp_path / "in", import_bytes=30_000_000)
    assert is_untouched(tmp_path / "in")


def test_entries_that_share_their_bytes_are_counted_each(tmp_path):
    """A bomb that packs nothing twice: many entries of the table point at one piece of data."""
    with zipfile.ZipFile(tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("session.json", b"{}")
        file.writestr("take-1/mix.wav", b"\0" * 1_000_000)
        first = file.infolist()[-1]
        for number in range(100):
            twin = zipfile.ZipInfo(f"take-1/stems/{number}.wav")
            for field in ("header_offset", "compress_type", "CRC", "compress_size", "file_size", "flag_bits"):
                setattr(twin, field, getattr(first, field))
            file.filelist.append(twin)
    with pytest.raises(InputError, match="inside"):
        brought(tmp_path / "bomb.zip", tmp_path / "in", import_bytes=50_000_000)
    assert is_untouched(tmp_path / "in")


def test_a_table_of_contents_without_end_is_never_read(exported, tmp_path, monkeypatch):
    *_, path = exported
    data = bytearray(path.read_bytes())
    data[-22:] = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 65_000, 65_000, 900_000_000, 0, 0)
    (tmp_path / "wide.zip").write_bytes(data)
    monkeypatch.setattr(zipfile, "ZipFile", None)  # whoever opens it would read it
    with pytest.raises(InputError, match="65000 files"):
        brought(tmp_path / "wide.zip", tmp_path / "in")


@pytest.mark.parametrize(
    "data",
    [b"", b"PK", b"no zip at all" * 99, b"PK\5\6" + b"\0" * 18 + b"x", b"PK\6\7" + b"\0" * 16 + b"PK\5\6" + b"\0" * 18],
    ids=["nothing", "two letters", "words", "a remark", "a table elsewhere"],
)
def test_what_is_no_zip_of_ours_is_said(tmp_path, data):
    (tmp_path / "bad.zip").write_bytes(data)
    with pytest.raises(InputError, match="a file of work"):
        brought(tmp_path / "bad.zip", tmp_path / "in")


def test_a_file_that_is_too_large_is_not_even_opened(exported, tmp_path):
    *_, path = exported
    with pytest.raises(InputError, match="1000 at most"):
        brought(path, tmp_path / "in", import_bytes=1000)


def test_a_damaged_byte_is_found(exported, tmp_path):
    *_, path = exported
    with zipfile.ZipFile(path) as file:
        entry = file.getinfo("take-1/mix.wav")
    data = bytearray(path.read_bytes())
    data[entry.header_offset + 5000] ^= 0xFF
    (tmp_path / "bad.zip").write_bytes(data)
    with pytest.raises(InputError, match="damage"):
        brought(tmp_path / "bad.zip", tmp_path / "in")
    assert is_untouched(tmp_path / "in")


def test_a_name_twice_or_a_link_is_nothing_more_than_a_refusal_or_a_file(exported, tmp_path):
    *_, path = exported
    twice = tmp_path / "twice.zip"
    twice.write_bytes(path.read_bytes())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with zipfile.ZipFile(twice, "a") as file:
            file.writestr("take-1/mix.wav", b"x")
    with pytest.raises(InputError, match="twice"):
        brought(twice, tmp_path / "in")

    linked = tmp_path / "linked.zip"
    linked.write_bytes(path.read_bytes())
    with zipfile.ZipFile(linked, "a") as file:
        link = zipfile.ZipInfo("take-1/link.json")
        link.external_attr = 0o120777 << 16
        file.writestr(link, "/etc/passwd")
    store = brought(linked, tmp_path / "in")
    (folder,) = store.root.iterdir()
    assert not (folder / "take-1" / "link.json").is_symlink()
    assert (folder / "take-1" / "link.json").read_text() == "/etc/passwd"


def test_nothing_that_a_browser_would_run_is_unpacked_as_it_came(exported, tmp_path):
    *_, path = exported
    script = b"<script>alert(1)</script>"

    def infect(contents: dict[str, bytes]) -> None:
        contents["take-1/report.html"] = script
        contents["take-1/score.musicxml"] = script
        contents["take-1/extra.svg"] = script
        contents["take-1/extra.xhtml"] = script
        contents["clip-2.html"] = script
        contents["evil.html"] = script

    store = brought(changed(path, tmp_path / "bad.zip", infect), tmp_path / "in")
    (folder,) = store.root.iterdir()
    infected = [each for each in folder.rglob("*") if each.is_file() and script in each.read_bytes()]
    assert [each.name for each in infected] == ["report.html"]
    head = infected[0].read_bytes().split(script)[0].decode()
    assert head.startswith('<!doctype html><meta charset="utf-8"><meta http-equiv="Content-Security-Policy"')
    assert "script-src 'sha256-" in head and "unsafe" not in head.split("script-src")[1]


def test_words_of_an_imported_chat_are_shown_as_words(exported, tmp_path):
    from assistant.page.bubbles import messages_of

    *_, path = exported
    hostile = "![](http://x/y.png) <img src=x onerror=alert(1)>"
    bad = changed(path, tmp_path / "bad.zip", with_record(set_in("chat", 1, "text", hostile)))
    store = brought(bad, tmp_path / "in")
    (work,) = store.listed(YOU)
    shown = messages_of(store.open(work.id, YOU).chat)[1]["content"]
    assert shown == views.as_typed(hostile) != hostile


def test_an_import_that_cannot_be_stored_leaves_nothing(exported, tmp_path):
    *_, path = exported
    store = store_in(tmp_path)
    store.database.path.mkdir(parents=True)
    with pytest.raises(AssistantError):
        import_work(store, YOU, path, show=views.session_view)
    assert not [*store.root.glob("*"), *store.root.glob(".*")]
