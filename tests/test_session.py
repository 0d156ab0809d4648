"""The history moves and never changes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.check import Findings
from assistant.constraints import Constraints
from assistant.errors import InputError
from assistant.plan import Key, Plan
from assistant.score import Meter, Score, TempoMap
from assistant.session import Session, TakeRecord

MAP = TempoMap.steady(120.0, Meter(4, 4))
PLAN = Plan(4.0, MAP, 2, 4.0, Key(0, "major", (0, 2, 4, 5, 7, 9, 11)), (), (), ())
SCORE = Score(MAP, (), 4.0)


def take(number: int, parent: int) -> TakeRecord:
    return TakeRecord(number, Constraints(), PLAN, SCORE, Findings(), "rules", 1, f"take-{number}", parent)


def with_takes(count: int) -> Session:
    session = Session("s")
    for _ in range(count):
        session = session.with_take(take(session.next_number, session.current))
    return session


@given(st.integers(1, 6), st.data())
def test_undo_then_redo_is_where_one_was(count: int, data: st.DataObject) -> None:
    session = with_takes(count)
    steps = data.draw(st.integers(0, count - 1))
    back = session
    for _ in range(steps):
        back = back.undo()
    assert back.current == count - steps
    for _ in range(steps):
        back = back.redo()
    assert back == session


@given(st.integers(1, 6), st.data())
def test_no_step_loses_a_take(count: int, data: st.DataObject) -> None:
    session = with_takes(count)
    moved = session.choose(data.draw(st.integers(1, count)))
    assert moved.takes == session.takes


def test_undo_after_choosing_goes_to_the_parent_of_the_chosen_take() -> None:
    session = with_takes(3).choose(2)
    assert session.undo().current == 1


def test_a_new_take_ends_what_can_be_redone() -> None:
    session = with_takes(2).undo()
    after = session.with_take(take(session.next_number, session.current))
    assert (after.current, after.undone) == (3, ())
    assert after.undo().current == 1


def test_there_is_nothing_before_the_first_take() -> None:
    with pytest.raises(InputError, match="first take"):
        with_takes(1).undo()


def test_there_is_nothing_to_redo_before_an_undo() -> None:
    with pytest.raises(InputError, match="nothing undone"):
        with_takes(2).redo()


def test_a_take_that_is_not_there_cannot_be_chosen() -> None:
    with pytest.raises(InputError, match="take 7"):
        with_takes(2).choose(7)
