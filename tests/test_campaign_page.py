"""The campaign's tab without a browser: what is filled in becomes a request, and visitors never meet."""

import os
import time
from collections.abc import Iterable
from dataclasses import replace
from itertools import islice
from pathlib import Path

import pytest

from assistant.campaign.estimate import Estimate
from assistant.campaign.journal import PAUSE_FILE
from assistant.campaign.packing import write_results
from assistant.campaign.rows import Row
from assistant.campaign.run import run_campaign
from assistant.campaign.values import Campaign
from assistant.errors import InputError
from assistant.library import Library
from assistant.page import campaign_run
from assistant.page.campaign_form import Form, request_of
from assistant.page.house import House
from assistant.page.storage import Storage
from assistant.settings import Settings
from models.registry import engine_card, get_engine
from tests.campaigns import Toy, campaign_of


def filled(**more: object) -> Form:
    empty = Form("A calm spot for tea", ["japan"], "6", "", None, [["", ""]], "", "rules", "", None,
                 "", "", "", [], [], "", "", "")  # fmt: skip
    return replace(empty, **more)  # type: ignore[arg-type]


def test_a_form_becomes_a_request_and_rows_of_its_table_take_the_place_of_its_choice(
    library: Library, tmp_path: Path
) -> None:
    request = request_of(filled(moods="calm，bold", key="D", slowest_bpm="90", tune="C4 D4 E4"), tmp_path, library)
    assert [row.mood for row in request.rows] == ["calm", "bold"] and request.motif == "C4 D4 E4"
    assert (request.brand.key, request.brand.tempo_bpm) == ("D", (90.0, 90.0))
    table = [["brazil", "4", None, "", "nan", ""], [None] * 6]
    assert request_of(filled(table=table), tmp_path, library).rows == (Row("brazil", 4.0, place="row 2"),)
    with pytest.raises(InputError, match="loudness 'loud'; a number"):
        request_of(filled(loudness_lufs="loud"), tmp_path, library)
    with pytest.raises(InputError, match="say what the spot is about"):
        request_of(filled(text=" "), tmp_path, library)
    with pytest.raises(InputError, match="motif with"):
        request_of(filled(tune="/etc/passwd"), tmp_path, library)
    for name in ("lengths", "moods"):
        with pytest.raises(InputError, match=f"{name} '6,6,.*1000 characters at most"):
            request_of(filled(**{name: "6," * 5000}), tmp_path, library)
    with pytest.raises(InputError, match="row 2, column voice"):
        request_of(filled(table=[["japan", "4", "", "/etc/passwd", "", ""]]), tmp_path, library)


def test_an_uploaded_voice_over_is_kept_under_a_name_of_ours(library: Library, tmp_path: Path) -> None:
    (tmp_path / "up").mkdir()
    (tmp_path / "up" / "../up/Größe & 2.wav").write_bytes(b"RIFF")
    request = request_of(filled(voices=[str(tmp_path / "up" / "Größe & 2.wav")]), tmp_path, library)
    assert [Path(row.voice).relative_to(tmp_path).as_posix() for row in request.rows] == ["voices/groe-2.wav"]
    for name in ("a", "b"):
        (tmp_path / "up" / f"{name * 3}").mkdir()
        (tmp_path / "up" / f"{name * 3}" / f"{'x' * 50}{name}.wav").write_bytes(name.encode())
    two = [str(path) for path in sorted((tmp_path / "up").glob("*/*.wav"))]
    for _ in range(2):
        rows = request_of(filled(voices=two), tmp_path, library).rows
        assert [Path(row.voice).read_bytes() for row in rows] == [b"a", b"b"]
    assert [Path(row.voice).name for row in rows] == [f"{'x' * 40}.wav", f"{'x' * 40}-2.wav"]
    (tmp_path / "x.html").write_text("<script>")
    with pytest.raises(InputError, match="a sound file"):
        request_of(filled(voices=[str(tmp_path / "x.html")]), tmp_path, library)


def house_of(library: Library, root: Path, most: int = 2) -> House:
    return House(library, Settings(root, most_variants=most), get_engine, engine_card, ("rules",), "rules",
                 Storage(root / "sessions"))  # fmt: skip


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> Toy:
    """Campaigns whose variants are folders, and estimates that measure one of them."""
    toy = Toy()

    def measured(campaign: Campaign, folder: Path, *, workers: int, keep: bool) -> Estimate:
        list(islice(run_campaign(campaign, folder, toy), 2))
        return Estimate(1, 0, 1.0, 0.0, 1.0, 1, 10, 100, 1)

    monkeypatch.setattr(campaign_run, "Local", lambda workers: toy)
    monkeypatch.setattr(campaign_run, "estimate", measured)
    monkeypatch.setattr(campaign_run, "LOOK_S", 0.001)
    return toy


def words_of(events: Iterable[tuple[object, ...]]) -> list[str]:
    return [str(event[0]) for event in events]


ME, OTHER = "ab" * 16, "cd" * 16


def test_what_is_touched_stays_and_the_rest_goes_when_stored_work_does(
    library: Library, tmp_path: Path, quick: Toy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CUEWRIGHT_KEEP_DAYS", "1")
    house = house_of(library, tmp_path)
    for visitor in (ME, OTHER):
        assert list(campaign_run.started(house, filled(), visitor, "en"))[-1][2] == "ended"
    mine, others = (campaign_run.place_of(house, visitor) for visitor in (ME, OTHER))
    old = time.time() - 86_400 - 60
    for path in [path for place in (mine, others) for path in (*place.rglob("*"), place)]:
        os.utime(path, (old, old))
    (newest,) = mine.glob("campaign-*/outcomes.jsonl")
    os.utime(newest)
    campaign_run.sweep(house)
    assert mine.exists() and not others.exists()
    os.utime(newest, (old, old))
    assert campaign_run.found_again(house, ME, "en")
    campaign_run.sweep(house)
    assert mine.exists(), "who looks at it uses it"


def test_another_brief_erases_no_campaign_that_was_started(library: Library, tmp_path: Path, quick: Toy) -> None:
    house = house_of(library, tmp_path)
    assert list(campaign_run.started(house, filled(), ME, "en"))[-1][2] == "ended"
    (before,) = campaign_run.place_of(house, ME).glob("campaign-*")
    for text in ("A calm spot for  tea", "A calm spot for coffee"):
        assert list(campaign_run.estimated(house, filled(text=text), ME, "en"))[-1][1]
    assert (before / "index.html").exists() and campaign_run.folder_of(house, ME) == before
    assert len(list(before.parent.glob("campaign-*"))) == 2, "of what was only estimated, the last one"
    assert campaign_run.found_again(house, ME, "en")


def test_who_comes_later_is_told_and_waits_and_estimates_do_not(library: Library, tmp_path: Path, quick: Toy) -> None:
    house = house_of(library, tmp_path)
    first = campaign_run.started(house, filled(), ME, "en")
    assert next(first)[2] == "begun"
    second = campaign_run.started(house, filled(), OTHER, "en")
    words, sheet, stage = next(second)
    assert "Waiting for 1 others" in words and (sheet, stage) == ("", "waiting")
    estimate = campaign_run.estimated(house, filled(text="A calm spot for coffee"), OTHER, "en")
    assert "Waiting" not in " ".join(words_of(estimate))
    assert list(first)[-1][2] == "ended" and quick.begun
    assert list(second)[-1][2] == "ended"


def test_a_second_start_changes_nothing_not_even_a_pause(library: Library, tmp_path: Path, quick: Toy) -> None:
    house, form = house_of(library, tmp_path), filled(lengths="6,15")
    run = campaign_run.started(house, form, ME, "en")
    assert next(run)[2] == "begun"
    campaign_run.paused(house, ME, "en")
    ((words, sheet, stage),) = campaign_run.started(house, form, ME, "en")
    assert "still being made" in words and (sheet, stage) == ("", "refused")
    assert list(run)[-1][2] == "paused"
    assert list(campaign_run.started(house, form, ME, "en"))[-1][2] == "ended"


def test_who_waits_and_pauses_leaves_the_line(library: Library, tmp_path: Path, quick: Toy) -> None:
    house = house_of(library, tmp_path)
    first = campaign_run.started(house, filled(), ME, "en")
    next(first)
    second = campaign_run.started(house, filled(), OTHER, "en")
    next(second)
    campaign_run.paused(house, OTHER, "en")
    assert "No longer waiting" in list(second)[-1][0]
    assert not house.campaigns.holds(campaign_run.MAKE, campaign_run.name_of(OTHER))
    first.close()


def test_erasing_takes_campaigns_too_and_one_at_work_once_it_has_stopped(
    library: Library, tmp_path: Path, quick: Toy
) -> None:
    house, form = house_of(library, tmp_path), filled(lengths="6,15")
    for visitor, owner in ((ME, "me"), (OTHER, "other")):
        list(campaign_run.started(house, form, visitor, "en", owner))
    mine = campaign_run.place_of(house, ME)
    campaign_run.erase_all(house, "me")
    assert not mine.exists() and campaign_run.folder_of(house, OTHER) is not None
    run = campaign_run.started(house, form, ME, "en", "me")
    next(run)
    campaign_run.erase_all(house, "me")
    assert mine.exists()
    assert list(run)[-1][2] == "paused" and not mine.exists()


def test_what_opens_a_folder_is_not_its_name(library: Library, tmp_path: Path) -> None:
    house = house_of(library, tmp_path)
    place = campaign_run.place_of(house, ME)
    assert ME not in str(place) and campaign_run.place_of(house, place.name) != place
    with pytest.raises(InputError, match="reload"):
        campaign_run.place_of(house, "../up")


def test_the_page_holds_its_bound_pauses_and_finds_a_campaign_again(library: Library, tmp_path: Path) -> None:
    house = house_of(library, tmp_path)
    visitor = "ab" * 16
    ((words, can_start),) = campaign_run.estimated(house, filled(lengths="6,15,30"), visitor, "en")
    assert "3 variants" in words and "1 to 2" in words and not can_start
    assert campaign_run.found_again(house, visitor, "en") == ""
    folder = campaign_run.place_of(house, visitor) / "campaign-1"
    list(run_campaign(campaign_of("a", text="<script>tea"), folder, Toy()))
    (folder.parent / campaign_run.CURRENT).write_text(folder.name)
    write_results(folder)
    frame = campaign_run.found_again(house, visitor, "zh")
    assert "&amp;lt;script&amp;gt;tea" in frame and "完成 1 个" in frame and "<script>" not in frame
    campaign_run.paused(house, visitor, "en")
    assert (folder / PAUSE_FILE).exists()
    assert campaign_run.found_again(house, "cd" * 16, "en") == "", "nobody sees what another visitor made"
