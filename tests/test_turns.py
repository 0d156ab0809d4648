"""Whose turn it is: first sounds first, never more at once than there are places, and a place is always given back."""

import threading
import time

import pytest

from assistant.errors import InputError
from assistant.page.turns import Turns
from assistant.pipeline import Step

PATIENCE_S = 20


def stations(*names, log, who, gate=None):
    """A walk that notes when its stations work."""
    for name in names:
        yield Step(name)
        log.append((who, name))
        if gate is not None:
            gate.wait(PATIENCE_S)
        yield Step(name, value=True)


def walked(turns, steps):
    thread = threading.Thread(target=lambda: list(turns.turn().walk(steps)), daemon=True)
    thread.start()
    return thread


def wait_until(truth):
    end = time.monotonic() + PATIENCE_S
    while not truth():
        assert time.monotonic() < end
        time.sleep(0.005)


def test_who_has_heard_nothing_goes_before_who_has():
    turns, log, gate = Turns(1), [], threading.Event()
    early = walked(turns, stations("render", "preview", "check", "deliver", log=log, who="early", gate=gate))
    wait_until(lambda: log)
    late = walked(turns, stations("render", "preview", "check", log=log, who="late"))
    wait_until(lambda: len(turns.waiting) == 1)
    gate.set()
    early.join(PATIENCE_S)
    late.join(PATIENCE_S)
    order = [who for who, _ in log]
    assert order == ["early", "early", "late", "late", "early", "early", "late"]


def test_no_more_than_the_places_work_at_once():
    turns, now, most, lock = Turns(2), [0], [0], threading.Lock()

    def busy():
        for _ in range(5):
            yield Step("compose")
            with lock:
                now[0] += 1
                most[0] = max(most[0], now[0])
            time.sleep(0.005)
            with lock:
                now[0] -= 1
            yield Step("compose", value=True)

    threads = [walked(turns, busy()) for _ in range(6)]
    for thread in threads:
        thread.join(PATIENCE_S)
    assert most[0] == 2 and turns.free == 2


def test_a_walk_that_is_closed_gives_its_place_back_and_is_closed_itself():
    turns, closed = Turns(1), []

    def steps():
        try:
            yield Step("compose")
            yield Step("compose", share=0.5)
            yield Step("compose", value=True)
        finally:
            closed.append(True)

    walk = turns.turn().walk(steps())
    assert [next(walk).share for _ in range(2)] == [None, 0.5]
    walk.close()
    assert closed and turns.free == 1


def at_work():
    """A walk in the middle of a station."""
    yield Step("compose")
    yield Step("compose", share=0.5)


def test_what_is_heard_ahead_of_a_take_does_not_wait_for_a_turn():
    turns = Turns(1)

    def ahead():
        yield Step("compose")
        yield Step("compose", value=True)
        yield Step("preview", value=True)
        yield Step("preview", value=True)
        yield Step("render")
        yield Step("render", value=True)

    walk, busy = turns.turn().walk(ahead()), turns.turn().walk(at_work())
    assert [next(walk).station, next(walk).station] == ["compose", "compose"]
    assert [next(busy).share, next(busy).share] == [None, 0.5]
    assert [next(walk).station for _ in range(3)] == ["preview", "preview", "render"]
    assert next(walk).share == 0.0
    busy.close()
    assert next(walk).value is True


def test_a_walk_that_is_closed_while_it_waits_leaves_the_line():
    turns = Turns(1)
    first = turns.turn().walk(at_work())
    assert [next(first).share, next(first).share] == [None, 0.5]
    second = turns.turn().walk(stations("compose", log=[], who="second"))
    assert next(second).begins and next(second).share == 0.0
    second.close()
    assert turns.waiting == []
    first.close()
    assert [step.station for step in turns.turn().walk(stations("plan", log=[], who="third"))] == ["plan", "plan"]


def test_a_long_station_lets_those_go_first_who_have_heard_nothing():
    turns, log = Turns(1), []
    begun, writes = threading.Event(), threading.Event()

    def long(turn):
        yield Step("compose")
        begun.set()
        writes.wait(PATIENCE_S)
        log.append("opening")
        turn.give_way(True)
        log.append("the rest")
        yield Step("compose", value=True)

    turn = turns.turn()
    early = threading.Thread(target=lambda: list(turn.walk(long(turn))), daemon=True)
    early.start()
    assert begun.wait(PATIENCE_S)
    late = walked(turns, stations("compose", "preview", log=log, who="late"))
    wait_until(lambda: turns.waiting)
    writes.set()
    early.join(PATIENCE_S)
    late.join(PATIENCE_S)
    assert log[:2] == ["opening", ("late", "compose")] and "the rest" in log
    assert turns.free == 1 and not turns.waiting


def test_whose_music_runs_dry_first_goes_first_and_nobody_gives_way_to_those_behind():
    now = [0.0]
    turns = Turns(1, clock=lambda: now[0])
    holder, rich, poor = turns.turn(), turns.turn(within_s=9), turns.turn(within_s=3)
    assert sorted([rich, poor, holder], key=lambda each: each.ticket) == [holder, poor, rich]
    walk = holder.walk(at_work())
    assert [next(walk).share, next(walk).share] == [None, 0.5]
    waits = poor.walk(at_work())
    assert next(waits).begins and next(waits).share == 0.0
    holder.give_way()  # returns at once: it has heard nothing yet
    assert turns.free == 0
    walk.close()
    waits.close()


def test_who_leaves_while_giving_way_is_let_go():
    turns = Turns(1)
    gone, left = turns.turn(), threading.Event()

    def work():
        yield Step("compose")
        thread = threading.Thread(target=lambda: (gone.give_way(True), left.set()), daemon=True)
        thread.start()
        yield Step("compose", share=0.5)

    walk = gone.walk(work())
    next(walk)
    other = turns.turn()
    waits = other.walk(at_work())
    turns.waiting.append(other)
    assert next(walk).share == 0.5
    turns.waiting.remove(other)
    wait_until(lambda: gone in turns.waiting or left.is_set())
    assert [next(waits).share, next(waits).share] == [None, 0.5]
    walk.close()
    assert left.wait(PATIENCE_S) and turns.free == 0
    waits.close()
    assert turns.free == 1


def test_an_error_on_the_way_gives_the_place_back():
    turns = Turns(1)

    def failing():
        yield Step("plan")
        raise InputError("a", "b", "c")

    with pytest.raises(InputError):
        list(turns.turn().walk(failing()))
    assert turns.free == 1


def test_a_visitor_has_one_request_at_a_time_and_another_visitor_one_too():
    turns = Turns()
    with turns.one_of("a"):
        with pytest.raises(InputError, match="1 at a time; wait"), turns.one_of("a"):
            pass
        with turns.one_of("b"):
            pass
    with turns.one_of("a"):
        pass
    assert not turns._asking
