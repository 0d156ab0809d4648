"""A visitor's own tune on the page: a recording fills the box of notes, notes are drawn, files can't be named."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest

from assistant import library
from assistant.errors import InputError
from assistant.page import conversation, tune
from assistant.page.house import House
from assistant.page.storage import Storage
from assistant.session import Session
from assistant.settings import from_environment
from models.evaluation.humming import hum
from models.registry import engine_card, get_engine
from tests.hums import sung
from tests.media import RATE_HZ, write_sound

HERE = Session("", language="en")


def test_a_recording_fills_the_box_with_its_notes_and_draws_them(tmp_path: Path) -> None:
    box, picture = tune.heard(str(write_sound(tmp_path / "hum.wav", hum(sung(), "reed", seed=2)[None])), HERE)
    assert len(str(box.value).split()) in (8, 9)
    assert "<svg" in picture
    assert tune.checked(str(box.value)) == box.value


def test_a_recording_without_a_tune_says_what_helps(tmp_path: Path) -> None:
    box, said = tune.heard(str(write_sound(tmp_path / "hush.wav", np.zeros((1, RATE_HZ), np.float32))), HERE)
    assert box.value == "" and "hum it again" in said
    assert tune.heard(None, HERE)[1] == ""


def test_typed_notes_are_drawn_and_nonsense_is_answered() -> None:
    assert "<svg" in tune.typed("C4 E4 G4:2", HERE)
    assert "notes such as" in tune.typed("<b>hello</b>", HERE) and "<b>" not in tune.typed("<b>hello</b>", HERE)
    assert tune.typed("  ", HERE) == ""


@pytest.mark.parametrize("given", ["/etc/passwd", "hum.wav", "C4 /etc/passwd", "C4 " * 2000])
def test_the_box_takes_notes_and_never_files(given: str) -> None:
    with pytest.raises(InputError):
        tune.checked(given)


def test_notes_that_are_sent_are_stated_in_the_take(tmp_path: Path) -> None:
    shown = conversation.Shown(*(field.name for field in fields(conversation.Shown)))
    house = House(
        library.load(), from_environment({}), get_engine, engine_card, ("rules",), "rules", Storage(tmp_path / "work")
    )
    message = {"text": "folk, 6 seconds", "files": []}
    updates = list(conversation.send(house, shown, message, [], HERE, "rules", "3", "E4 G4 A4 G4"))
    session = [update["session"] for update in updates if "session" in update][-1]
    first = session.current_take.plan.motif.statements[0]
    assert [note.pitch - first.notes[0].pitch for note in first.notes] == [0, 3, 5, 3]
    said = str([update["chat"] for update in updates if "chat" in update][-1])
    assert "E4 G4 A4 G4" in said
