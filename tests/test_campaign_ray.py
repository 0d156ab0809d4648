"""Variants on Ray: the loop on a toy of it, and, slow, a real cluster of several processes of which one is killed."""

import os
import random
import signal
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from assistant.campaign.cluster import on_cluster, runtime_env
from assistant.campaign.making import VARIANT_FILE
from assistant.campaign.on_ray import (
    HUNG,
    Common,
    Needs,
    RayExecutor,
    ended_after,
    make_there,
    needs_of,
    voiced,
    voices_of,
)
from assistant.campaign.places import Place
from assistant.campaign.values import Job, Outcome, Shared, Variant, VoiceOver, job_digest
from assistant.clip import Clip
from assistant.constraints import Constraints
from assistant.errors import InputError
from assistant.settings import ROOT
from tests import small_campaign
from tests.small_campaign import SHARED, jobs
from tests.toy_ray import ToyRay


def toy_run(toy: ToyRay, work: list[Job], out: Path, **more: Any) -> Iterator[Outcome]:
    return RayExecutor(toy, make=small_campaign.write).run(work, SHARED, out, **more)


def test_every_job_is_made_once_and_no_more_wait_than_keep_the_cluster_busy(tmp_path: Path) -> None:
    toy = ToyRay(cpus=4)
    outcomes = list(toy_run(toy, jobs(20), tmp_path))
    assert Counter(each.variant_id for each in outcomes) == {f"v{number:04}": 1 for number in range(20)}
    assert toy.most == 5 and toy.puts == 1
    assert not (tmp_path / ".attempts").exists()
    assert toy.asked == {"num_cpus": 1.0, "num_gpus": 0.0, "max_retries": 3}


def test_what_stands_already_is_not_made_again(tmp_path: Path) -> None:
    first = list(toy_run(ToyRay(), jobs(3), tmp_path))
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*") if path.is_file()}
    again = list(toy_run(ToyRay(), jobs(3), tmp_path))
    assert sorted(first, key=lambda each: each.variant_id) == sorted(again, key=lambda each: each.variant_id)
    assert before == {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*") if path.is_file()}


def test_a_job_that_comes_twice_is_told_once(tmp_path: Path) -> None:
    assert len(list(toy_run(ToyRay(), [*jobs(2), *jobs(2)], tmp_path))) == 2


def test_a_worker_that_dies_too_often_is_a_failure_that_may_pass_and_stops_nothing(tmp_path: Path) -> None:
    outcomes = {each.variant_id: each for each in toy_run(ToyRay(dies=frozenset({"v0001"})), jobs(4), tmp_path)}
    assert [name for name, each in outcomes.items() if not each.is_done] == ["v0001"]
    assert outcomes["v0001"].may_pass and "killed by the system" in outcomes["v0001"].error
    assert not (tmp_path / "v0001").exists()


def test_stopping_begins_no_more_and_finishes_what_was_handed_over(tmp_path: Path) -> None:
    toy, told = ToyRay(cpus=2), list[Outcome]()
    for outcome in toy_run(toy, jobs(20), tmp_path, stop=lambda: len(told) >= 4):
        told.append(outcome)
    assert 4 <= len(told) <= 4 + 3 and not toy.flying and not toy.cancelled


def test_closing_gives_up_what_runs(tmp_path: Path) -> None:
    toy = ToyRay(cpus=2)
    outcomes = toy_run(toy, jobs(20), tmp_path)
    next(outcomes)
    outcomes.close()  # type: ignore[attr-defined]  # a generator
    assert toy.cancelled == 2 and not toy.flying


def test_a_folder_that_the_worker_wrote_on_another_machine_is_said(tmp_path: Path) -> None:
    def elsewhere(job: Job, shared: Shared, out: Path) -> Outcome:
        outcome = small_campaign.write(job, shared, out)
        return replace(outcome, variant_id="elsewhere") if (out / job.variant.id).rename(out / "elsewhere") else outcome

    (outcome,) = RayExecutor(ToyRay(), make=elsewhere).run(jobs(1), SHARED, tmp_path)
    assert not outcome.is_done and "all machines reach" in outcome.error


def test_a_voice_over_travels_to_workers_that_lack_its_file(tmp_path: Path) -> None:
    (voice := tmp_path / "voice.wav").write_bytes(b"spoken")
    shared = replace(SHARED, voices=(VoiceOver("voice.wav", "abc", Clip(str(voice), 1.0)),))
    common = Common(shared, Place(str(tmp_path)), small_campaign.write, voices_of(shared))
    with voiced(common) as there:
        assert there == shared
    voice.unlink()
    with voiced(common) as there:
        (copy,) = there.voices
        assert Path(copy.clip.path).read_bytes() == b"spoken" and (copy.path, copy.sha256) == ("voice.wav", "abc")
    assert not Path(copy.clip.path).exists()
    made = make_there(jobs(1)[0], common)
    assert made.digest == job_digest(jobs(1)[0], shared), "a variant is known by the file that the person named"


def test_engines_that_need_a_graphics_processor_get_one() -> None:
    assert RayExecutor(ToyRay(cpus=8), needs=needs_of(("weights", "GPU"))).workers == 2
    assert RayExecutor(ToyRay(cpus=8), needs=Needs(cpus=2)).workers == 4
    assert RayExecutor(ToyRay(cpus=0)).workers == 1


def test_without_ray_the_cure_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(InputError, match=r"pip install 'cuewright\[ray\]'"), on_cluster("local"):
        pass


@pytest.mark.parametrize("address", ["", "cluster", "http://x:1", "ray://", "10.0.0.1"])
def test_an_address_of_another_form_is_refused_before_ray_is_asked(address: str) -> None:
    with pytest.raises(InputError, match="ray://host:port"), on_cluster(address):
        pass


def test_a_clone_travels_without_what_no_worker_needs() -> None:
    shipped = runtime_env("ship")
    assert shipped["working_dir"] == str(ROOT)
    assert {"/tests", "/docs", "__pycache__"} <= set(shipped["excludes"])
    assert not {"/assistant", "/models", "/prompts"} & set(shipped["excludes"])


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    """A real cluster: a head that makes nothing, and three nodes of one core each."""
    pytest.importorskip("ray")
    from tests.scale_cluster import started

    with started(3) as made:
        yield made


@pytest.mark.slow
@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize("scheme", ["file://", "dir::file://"])
def test_a_worker_killed_in_the_middle_loses_nothing_and_doubles_nothing(
    cluster: Any, tmp_path: Path, scheme: str
) -> None:
    work, chance, killed = jobs(60, mood="0.2"), random.Random(7), None
    (notes := tmp_path / ".notes").mkdir()
    shared = Shared(str(notes))
    with on_cluster(cluster.address, place=Place(f"{scheme}{tmp_path}"), code="here") as executor:
        executor = replace(executor, make=small_campaign.write)
        assert executor.workers == 3
        outcomes, deadline = list[Outcome](), 10 + chance.randrange(10)
        for outcome in executor.run(work, shared, tmp_path / "unused"):
            outcomes.append(outcome)
            if len(outcomes) == deadline:
                killed = kill_one(notes)
        again = list(executor.run(work, shared, tmp_path / "unused"))
    place = Place(f"{scheme}{tmp_path}")
    assert killed is not None
    assert Counter(each.variant_id for each in outcomes) == {job.variant.id: 1 for job in work}
    assert all(each.is_done for each in outcomes)
    assert {each.variant_id for each in place.outcomes()} == {job.variant.id for job in work}
    assert sorted(again, key=str) == sorted(outcomes, key=str), "a second run makes nothing and tells the same"
    assert len(list(tmp_path.rglob(VARIANT_FILE))) == len(list(tmp_path.rglob("bass.wav"))) == 60
    assert len({path.read_text() for path in tmp_path.rglob("pid")}) >= 4, "a new worker took over"


@pytest.mark.slow
@pytest.mark.filterwarnings("default")
def test_a_clone_travels_and_makes_music_there(cluster: Any, tmp_path: Path) -> None:
    def tells(job: Job, shared: Shared, out: Path) -> Outcome:
        import assistant

        return Outcome(job.variant.id, "failed", error=assistant.__file__)

    asked = Constraints(duration_s=4.0, region="japan")
    music = [Job(Variant("japan-4s", "japan", 4.0, seed=1), asked)]
    with on_cluster(cluster.address, code="ship") as executor:
        (told,) = replace(executor, make=tells).run(jobs(1), SHARED, tmp_path)
        (made,) = executor.run(music, Shared("a calm garden"), tmp_path)
    assert "working_dir_files" in told.error and not told.error.startswith(str(ROOT))
    assert made.is_done and made.figures is not None and made.figures.notes > 5, made.error
    assert {"mix.wav", "score.mid", "cue.json", VARIANT_FILE} <= {
        path.name for path in (tmp_path / made.variant_id).iterdir()
    }


def kill_one(notes: Path) -> int:
    """Kill a worker that is making something now, without a word of warning; its number."""
    patience = time.monotonic() + 20
    while time.monotonic() < patience:
        for note in notes.iterdir():
            if (number := note.read_text()).isdigit():
                os.kill(int(number), signal.SIGKILL)
                return int(number)
    raise AssertionError("no worker was found at work")


def test_a_worker_whose_job_hangs_ends_itself(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    ended = threading.Event()
    codes: list[int] = []

    def end(code: int) -> None:
        codes.append(code)
        ended.set()

    monkeypatch.setattr("assistant.campaign.on_ray.os._exit", end)
    with ended_after(60.0, "quick"):
        pass
    with ended_after(0.01, "slow"):
        assert ended.wait(30)
    assert codes == [HUNG] and "variant slow hung" in caplog.text
