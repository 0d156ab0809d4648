"""An engine on a GPU that is lent: the same take, its progress, its end, and nothing where nothing is lent."""

import socket
import subprocess
import sys
from contextvars import ContextVar
from types import SimpleNamespace

import pytest

from assistant.errors import EngineError
from assistant.generator import Generator
from assistant.worker import told
from models import lending
from models.lending import Cost, Lent, enroll, lent, seconds_for
from tests.conftest import ROOT
from tests.plans import toy_plan
from tests.zero_double import Zero, make_failing, make_slow

COST = Cost(start_s=4.0, per_s=0.5)


@pytest.fixture
def zero(monkeypatch):
    """A ZeroGPU Space."""
    lending._borrow.cache_clear()
    double = Zero()
    monkeypatch.setenv("SPACES_ZERO_GPU", "true")
    monkeypatch.setitem(sys.modules, "spaces", double)
    yield double
    lending._borrow.cache_clear()


@pytest.fixture
def plan():
    return toy_plan()


def test_the_take_is_the_engines_own_and_its_progress_comes_back(zero, plan):
    engine, heard = lent("slow", make_slow, COST), []
    take = engine.generate(plan, seed=3, progress=lambda share, what, sketch=None, opening=None: heard.append(share))
    assert isinstance(engine, Generator) and engine.name == "slow"
    assert take == make_slow().generate(plan, seed=3)
    assert heard == sorted(heard) and heard[-1] == 1.0 and len(heard) == plan.bar_count


def test_it_asks_for_the_seconds_that_the_task_needs_and_no_more(zero, plan):
    lent("slow", make_slow, COST).generate(plan)
    assert plan.length_s == 38.0 and zero.asked_s == [30]  # (4 + 38 * 0.5) * 1.3
    assert seconds_for(COST, 30.0) > seconds_for(COST, 20.0) > seconds_for(Cost(4.0, 0.2), 20.0)
    assert seconds_for(Cost(0.0, 0.0), 2.0) == lending.SHORTEST_S


def test_what_is_renewed_alone_is_what_is_asked_for(zero, plan):
    from assistant.audio import Waveform
    from assistant.generator import Guide, Keep
    from models.studio.windows import painted_s

    sound = Waveform.silence(plan.length_s, rate_hz=48_000)
    bars_s = [plan.tempo_map.seconds_at(bar.start_q) for bar in plan.bars]
    guide = Guide(sound, before=sound, renewed_s=((bars_s[6], bars_s[7]),))
    cost = Cost(4.0, 0.5, painted_s)
    lent("slow", make_slow, cost).generate(plan, keep=Keep(guide=guide))
    lent("slow", make_slow, cost).generate(plan)
    around_s = bars_s[9] - bars_s[4]  # two bars on both sides
    assert zero.asked_s == [seconds_for(COST, around_s), seconds_for(COST, plan.length_s)]


def test_the_best_engine_of_sound_is_loaded_where_gpus_are_lent_and_there_alone(zero, monkeypatch, caplog):
    from models import registry

    warmed = []
    monkeypatch.setattr(registry, "warm", warmed.append)
    monkeypatch.setattr(registry, "default_engine", lambda effort: "ace-step" if effort == "final" else "rules")
    registry.warm_for_lending()
    assert warmed == ["ace-step"]
    monkeypatch.setenv("SPACES_ZERO_GPU", "")
    registry.warm_for_lending()
    monkeypatch.setenv("SPACES_ZERO_GPU", "true")
    monkeypatch.setattr(registry, "default_engine", lambda effort: "rules")
    registry.warm_for_lending()
    assert warmed == ["ace-step"]

    def broken(name):
        raise EngineError("its weights are damaged", "whole ones", "fetch them again")

    monkeypatch.setattr(registry, "default_engine", lambda effort: "ace-step")
    monkeypatch.setattr(registry, "warm", broken)
    registry.warm_for_lending()
    assert "weights are damaged" in caplog.text


def test_the_page_is_not_built_before_what_a_lent_gpu_needs_is_loaded(monkeypatch, tmp_path):
    import app
    from assistant import interpret, page
    from assistant.page import past
    from models import registry

    class BuiltError(Exception):
        pass

    def build(house):
        done.append("page")
        raise BuiltError

    done: list[str] = []
    monkeypatch.setattr(registry, "warm_for_lending", lambda: done.append("weights"))
    monkeypatch.setattr(page, "build_page", build)
    for where, name in ((registry, "warm"), (registry, "warm_advisers"), (interpret, "warm")):
        monkeypatch.setattr(where, name, lambda *_: None)
    monkeypatch.setattr(past, "open_store", lambda work, root: SimpleNamespace(mend=lambda: None))
    monkeypatch.setattr(sys, "setswitchinterval", lambda seconds: None)
    monkeypatch.setenv("CUEWRIGHT_WORK", str(tmp_path))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setenv("GRADIO_ANALYTICS_ENABLED", "False")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with pytest.raises(BuiltError):
        app.main(port=port, block=False)
    assert done == ["weights", "page"]


def test_a_take_that_needs_more_than_is_lent_is_refused_before_anything_is_asked(zero, plan):
    with pytest.raises(EngineError, match="120 s at most"):
        lent("slow", make_slow, Cost(start_s=4.0, per_s=20.0)).generate(plan)
    assert zero.asked_s == []


def test_stopping_gives_the_gpu_back(zero, plan):
    class Stop(BaseException):
        pass

    def progress(share, what, sketch=None, opening=None):
        raise Stop

    with pytest.raises(Stop):
        lent("slow", make_slow, COST).generate(plan, progress=progress)
    assert zero.given_back.is_set() and zero.words < plan.bar_count


def test_an_error_of_the_engine_keeps_its_words(zero, plan):
    with pytest.raises(EngineError, match=r"memory of 48 GB; a cue that fits; make the cue shorter"):
        lent("failing", make_failing, COST).generate(plan)


def test_no_quota_is_an_error_of_ours_with_a_cure(zero, plan):
    zero.refusal = "You have exceeded your GPU quota"
    with pytest.raises(EngineError, match=r"exceeded your GPU quota; .*choose another engine"):
        lent("slow", make_slow, COST).generate(plan)


def test_the_visitor_whose_request_it_is_pays(zero, plan):
    from gradio.context import LocalContext

    token = LocalContext.request.set("a visitor's request")
    try:
        run = told(lambda progress: lent("slow", make_slow, COST).generate(plan, progress=progress), lambda *word: word)
        assert len(list(run)) > 1
    finally:
        LocalContext.request.reset(token)
    assert zero.requests == ["a visitor's request"]


def test_work_on_a_thread_sees_what_its_waiter_sees():
    seen: ContextVar[str] = ContextVar("seen", default="nothing")
    seen.set("something")
    run = told(lambda progress: progress(1.0, seen.get()) or seen.get(), lambda *word: word)
    assert next(run) == (1.0, None)
    with pytest.raises(StopIteration) as ended:
        next(run)
    assert ended.value.value == "something"


def test_one_function_is_marked_before_the_page_starts(zero):
    enroll()
    enroll()
    assert zero.marked == [lending._take]


@pytest.mark.parametrize("value", ["", "0", "false"])
def test_elsewhere_the_engine_itself_composes_and_nothing_is_asked_of_spaces(monkeypatch, value):
    monkeypatch.setenv("SPACES_ZERO_GPU", value)
    monkeypatch.setitem(sys.modules, "spaces", None)
    enroll()
    assert not isinstance(lent("slow", make_slow, COST), Lent)


def test_a_space_without_the_package_composes_where_it_is(monkeypatch, plan, caplog):
    lending._borrow.cache_clear()
    monkeypatch.setenv("SPACES_ZERO_GPU", "true")
    monkeypatch.setitem(sys.modules, "spaces", None)
    assert lent("slow", make_slow, COST).generate(plan, seed=3) == make_slow().generate(plan, seed=3)
    assert "no GPU is lent" in caplog.text
    lending._borrow.cache_clear()


def test_importing_it_touches_no_gpu_and_no_heavy_library():
    heavy = "{'torch', 'spaces', 'gradio'} & set(sys.modules)"
    script = f"import sys, models.lending as l; l.enroll(); sys.exit(bool({heavy}))"
    assert subprocess.run([sys.executable, "-c", script], cwd=ROOT, timeout=120).returncode == 0
