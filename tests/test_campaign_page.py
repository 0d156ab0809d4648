"""The campaign's tab without a browser: what is filled in becomes a request, and visitors never meet."""

import os
import time
from dataclasses import replace
from pathlib import Path

import pytest

from assistant.campaign.journal import PAUSE_FILE
from assistant.campaign.packing import write_results
from assistant.campaign.rows import Row
from assistant.campaign.run import run_campaign
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
    with pytest.raises(InputError, match="row 2, column voice"):
        request_of(filled(table=[["japan", "4", "", "/etc/passwd", "", ""]]), tmp_path, library)


def test_an_uploaded_voice_over_is_kept_under_a_name_of_ours(library: Library, tmp_path: Path) -> None:
    (tmp_path / "up").mkdir()
    (tmp_path / "up" / "../up/Größe & 2.wav").write_bytes(b"RIFF")
    request = request_of(filled(voices=[str(tmp_path / "up" / "Größe & 2.wav")]), tmp_path, library)
    assert [Path(row.voice).relative_to(tmp_path).as_posix() for row in request.rows] == ["voices/groe-2.wav"]
    (tmp_path / "x.html").write_text("<script>")
    with pytest.raises(InputError, match="a sound file"):
        request_of(filled(voices=[str(tmp_path / "x.html")]), tmp_path, library)


def house_of(library: Library, root: Path, most: int = 2) -> House:
    return House(library, Settings(root, most_variants=most), get_engine, engine_card, ("rules",), "rules",
                 Storage(root / "sessions"))  # fmt: skip


def test_a_campaign_that_is_gone_on_with_is_not_swept(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(campaign_run, "Local", lambda workers: Toy())
    house, visitor, other = house_of(library, tmp_path), "ab" * 16, "cd" * 16
    storage = campaign_run.storage_of(house)
    assert list(campaign_run.started(house, filled(), visitor, "en"))[-1][2] == "ended"
    old = time.time() - campaign_run.KEPT_S - 60
    for name in (visitor, other):
        os.utime(storage.folder_of(name), (old, old))
    assert list(campaign_run.started(house, filled(), visitor, "en"))[-1][2] == "ended"
    assert campaign_run.found_again(house, visitor, "en") and not (storage.root / other).exists()
    os.utime(storage.folder_of(visitor), (old, old))
    assert campaign_run.found_again(house, visitor, "en")
    storage.erase_older_than(campaign_run.KEPT_S)
    assert (storage.root / visitor).exists(), "who looks at it uses it"


def test_the_page_holds_its_bound_pauses_and_finds_a_campaign_again(library: Library, tmp_path: Path) -> None:
    house = house_of(library, tmp_path)
    visitor = "ab" * 16
    ((words, can_start),) = campaign_run.estimated(house, filled(lengths="6,15,30"), visitor, "en")
    assert "3 variants" in words and "1 to 2" in words and not can_start
    assert campaign_run.found_again(house, visitor, "en") == ""
    folder = campaign_run.storage_of(house).folder_of(visitor) / "campaign-1"
    list(run_campaign(campaign_of("a", text="<script>tea"), folder, Toy()))
    (folder.parent / campaign_run.CURRENT).write_text(folder.name)
    write_results(folder)
    frame = campaign_run.found_again(house, visitor, "zh")
    assert "&amp;lt;script&amp;gt;tea" in frame and "完成 1 个" in frame and "<script>" not in frame
    campaign_run.paused(house, visitor, "en")
    assert (folder / PAUSE_FILE).exists()
    assert campaign_run.found_again(house, "cd" * 16, "en") == "", "nobody sees what another visitor made"
