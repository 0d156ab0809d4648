"""Places of a campaign: whole or not there, one variant once, on folders and on stores that cannot rename."""

import pickle
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import fsspec
import pytest

from assistant.campaign.making import VARIANT_FILE
from assistant.campaign.places import ATTEMPTS, Place
from assistant.campaign.values import Outcome, job_digest
from assistant.errors import InputError, OutputError
from tests.small_campaign import SHARED, jobs, write

(JOB,) = jobs(1)
DIGEST = job_digest(JOB, SHARED)


@pytest.fixture(params=["folder", "file", "memory", "dir", "folder [2026]", "memory [2026]"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    address = {
        "folder": str(tmp_path / "spots"),
        "file": f"file://{tmp_path}/spots",
        "memory": f"memory://{tmp_path.name}/spots",
        "dir": f"dir::file://{tmp_path}",
        "folder [2026]": str(tmp_path / "spots [2026]"),
        "memory [2026]": f"memory://{tmp_path.name}/spots [2026]",
    }[request.param]
    yield Place(address)
    fsspec.filesystem("memory").store.clear()


def attempt(place: Place, digest: str = DIGEST) -> Outcome:
    with place.workroom() as room:
        return place.keep(room / JOB.variant.id, replace(write(JOB, SHARED, room), digest=digest))


def all_files(place: Place) -> set[str]:
    files, root = place._open()
    return {name.removeprefix(root).lstrip("/") for name in files.find(root)}


def test_a_variant_is_whole_with_all_its_files_and_nothing_else_is_left(place: Place) -> None:
    made = attempt(place)
    assert all_files(place) == {f"v0000/{name}" for name in (VARIANT_FILE, "pid", "stems/bass.wav")}
    assert place.outcome("v0000") == made and list(place.outcomes()) == [made]


def test_a_second_attempt_changes_nothing_and_gives_the_first_outcome(place: Place) -> None:
    first = attempt(place)
    again = attempt(place)
    assert again == first
    assert len(list(place.outcomes())) == 1 and not [name for name in all_files(place) if ATTEMPTS in name]


def test_a_variant_of_another_campaign_gives_way(place: Place) -> None:
    attempt(place, digest="old")
    place.put(Path(__file__), "v0000/left-over.txt")
    attempt(place)
    assert all_files(place) == {f"v0000/{name}" for name in (VARIANT_FILE, "pid", "stems/bass.wav")}
    assert place.standing("v0000", DIGEST) and not place.standing("v0000", "old")


def test_what_an_attempt_left_behind_that_died_is_not_whole_and_is_replaced(place: Place) -> None:
    place.put(Path(__file__), "v0000/stems/half.wav")
    place.put(Path(__file__), f"{ATTEMPTS}/dead/v0000/half.wav")
    assert place.outcome("v0000") is None and not list(place.outcomes())
    attempt(place)
    place.sweep()
    assert all_files(place) == {f"v0000/{name}" for name in (VARIANT_FILE, "pid", "stems/bass.wav")}


def test_a_damaged_marker_counts_as_none(place: Place, tmp_path: Path) -> None:
    attempt(place)
    (half := tmp_path / "half").write_text('{"variant_id": "v0')
    place.put(half, f"v0000/{VARIANT_FILE}")
    assert place.outcome("v0000") is None and not list(place.outcomes())
    assert attempt(place).is_done and place.standing("v0000", DIGEST)


def test_an_upload_that_breaks_off_leaves_no_marker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = Place(f"memory://{tmp_path.name}/broken")
    files, _ = place._open()
    moves = []

    def move(one: str, two: str) -> None:
        moves.append(two)
        if len(moves) == 2:
            raise OSError(5, "the line is dead")
        files.copy(one, two)

    monkeypatch.setattr(files, "mv", move)
    with pytest.raises(OutputError, match="the line is dead"):
        attempt(place)
    assert moves and place.outcome("v0000") is None
    monkeypatch.undo()
    assert attempt(place).is_done and place.standing("v0000", DIGEST)


def test_files_come_back_as_they_were_put_and_missing_ones_are_none(place: Place) -> None:
    place.put(Path(__file__), "sheet/index.html")
    assert place.get("sheet/index.html") == Path(__file__).read_bytes() and place.get("no") is None
    assert not list(Place(place.address + "/nowhere").outcomes())


def test_a_place_travels_by_its_address(place: Place) -> None:
    other = pickle.loads(pickle.dumps(place))
    assert other._open() == place._open() and other.folder == place.folder


def test_a_folder_in_a_place_is_a_place(place: Place) -> None:
    attempt(Place(place.address, "variants"))
    assert f"variants/v0000/{VARIANT_FILE}" in all_files(place)
    assert place.get("variants/v0000/pid") == Place(place.address, "variants").get("v0000/pid") is not None


@pytest.mark.parametrize(("address", "match"), [("s4://x/y", "s4"), ("s3://bucket/x", "s3fs")])
def test_an_unknown_place_names_the_cure(address: str, match: str) -> None:
    if address.startswith("s3:"):
        try:
            import s3fs  # noqa: F401

            pytest.skip("s3fs is installed")
        except ImportError:
            pass
    with pytest.raises(InputError, match=match):
        Place(address)
