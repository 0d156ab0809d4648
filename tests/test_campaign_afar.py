"""A campaign whose results lie afar: gone on with from anywhere, never mixed with another, its sheet beside it."""

import argparse
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import fsspec
import pytest

from assistant.campaign.afar import Afar
from assistant.campaign.journal import read_journal
from assistant.campaign.on_ray import RayExecutor
from assistant.campaign.run import Event, run_campaign
from assistant.campaign.values import Campaign, Figures, Job, Outcome, Shared
from assistant.cli import main
from assistant.cli.whereabouts import Whereabouts, whereabouts
from assistant.errors import InputError, OutputError
from tests import small_campaign
from tests.small_campaign import SHARED, jobs
from tests.toy_ray import ToyRay


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    yield f"memory://{tmp_path.name}/spots"
    fsspec.filesystem("memory").store.clear()


def told(job: Job, shared: Shared, out: Path) -> Outcome:
    return replace(small_campaign.write(job, shared, out), figures=Figures(4.0, "C", 100.0, -14.0, -1.0))


def walked(afar: Afar, campaign: Campaign, toy: ToyRay, *, most: int = 99) -> list[Event]:
    afar.fetch()
    events = list[Event]()
    run = run_campaign(campaign, afar.desk, RayExecutor(toy, afar.variants, make=told), sleep=lambda _: None)
    for event in run:
        if event.kind == "begun":
            afar.begin()
        events.append(event)
        if event.done >= most:
            run.close()  # type: ignore[attr-defined]  # a generator
            break
    return events


def test_it_is_gone_on_with_at_another_desk_and_nothing_is_made_twice(address: str, tmp_path: Path) -> None:
    campaign = Campaign(SHARED, tuple(jobs(8)))
    walked(Afar(address, tmp_path / "one"), campaign, ToyRay(), most=5)
    other, toy = Afar(address, tmp_path / "two"), ToyRay()
    events = walked(other, campaign, toy)
    assert events[-1].kind == "ended" and events[-1].done == 8
    assert 0 < toy.begun <= 3, "what the first desk had made is told and not made"
    results = other.finish()
    assert len(results.outcomes) == 8 and all(each.is_done for each in results.outcomes.values())
    sheet = (other.root.get("index.html") or b"").decode()
    assert "variants/v0000/mix.m4a" in sheet and other.root.get("outcomes.jsonl")
    assert json.loads(other.root.get("campaign.json") or b"{}")["shared"]["text"] == SHARED.text


def test_a_lost_desk_loses_nothing_of_the_plan(address: str, tmp_path: Path) -> None:
    three = jobs(3)
    walked(Afar(address, tmp_path / "one"), Campaign(SHARED, tuple(three[:2])), ToyRay())
    other, toy = Afar(address, tmp_path / "two"), ToyRay()
    assert walked(other, Campaign(SHARED, tuple(three[2:])), toy)[-1].total == 3 and toy.begun == 1
    results = other.finish()
    assert [job.variant.id for job in results.campaign.jobs] == sorted(results.outcomes) == ["v0000", "v0001", "v0002"]
    other.fetch()
    assert len(read_journal(other.desk)) == 5, "two that were known, told again as they stood, and one that was made"


def test_another_campaign_is_not_mixed_with_it(address: str, tmp_path: Path) -> None:
    walked(Afar(address, tmp_path / "one"), Campaign(SHARED, tuple(jobs(2))), ToyRay())
    with pytest.raises(OutputError, match="another brief"):
        walked(Afar(address, tmp_path / "two"), Campaign(Shared("else"), tuple(jobs(2))), ToyRay())


def test_what_failed_is_on_the_sheet_and_what_the_place_lost_is_not_called_done(address: str, tmp_path: Path) -> None:
    afar = Afar(address, tmp_path)
    walked(afar, Campaign(SHARED, (*jobs(2), *(replace(each) for each in jobs(3, "broken")[2:]))), ToyRay())
    files, root = afar.variants._open()
    files.rm(f"{root}/v0000", recursive=True)
    outcomes = afar.finish().outcomes
    assert {name: each.state for name, each in outcomes.items()} == {"v0001": "done", "v0002": "failed"}


def test_what_a_cluster_says_on_standard_output_does_not_mix_with_the_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def noisy(job: Job, shared: Shared, out: Path) -> Outcome:
        print("(raylet) A worker died")
        return told(job, shared, out)

    @contextmanager
    def there(options: argparse.Namespace) -> Iterator[Whereabouts]:
        yield Whereabouts(RayExecutor(ToyRay(), make=noisy), tmp_path / "spots")

    monkeypatch.setattr("assistant.cli.campaigns.whereabouts", there)
    monkeypatch.setattr("assistant.cli.campaigns._gathered", lambda options: Campaign(SHARED, tuple(jobs(2))))
    assert main(["campaign", "a spot", "--no-zip"]) == 0
    said = capsys.readouterr()
    assert json.loads(said.out)["done"] == 2 and "A worker died" in said.err


def test_a_bucket_needs_a_cluster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUEWRIGHT_WORK", str(tmp_path))
    options = argparse.Namespace(out="memory://spots", ray=None, workers=1)
    with pytest.raises(InputError, match="add --ray local"), whereabouts(options):
        pass
    with whereabouts(argparse.Namespace(out=f"file://{tmp_path}/spots", ray=None, workers=1)) as where:
        assert where.out == tmp_path / "spots" and where.afar is None
