"""What the composer learns from: the folder that is wanted, and the card that says what was in it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from assistant.errors import InputError
from assistant.score import Note, Part, Score
from assistant.score.midi import write_midi
from models.transformer import data
from tests.made_scores import small_score

TUNE = np.random.default_rng(5).integers(60, 84, 28).tolist()


def sung(tune: list[int]) -> Score:
    """The small score with another tune."""
    score = small_score(drums=False)
    lead = score.parts[0]
    notes = tuple(Note(float(at), pitch, 0.9, 80) for at, pitch in enumerate(tune))
    return replace(score, parts=(Part(lead.id, "lead", "flute", 73, False, notes), *score.parts[1:]))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return data_folder(tmp_path)


def data_folder(tmp_path: Path) -> Path:
    """A data folder with a tune, its copy three semitones up, and the tune backwards."""
    songs = tmp_path / "data" / "music" / "openscore_lieder" / "mid"
    songs.mkdir(parents=True)
    for name, tune in (("one", TUNE), ("up", [pitch + 3 for pitch in TUNE]), ("back", TUNE[::-1])):
        write_midi(sung(tune), songs / f"{name}.mid")
    (songs.parent / "SOURCE.md").write_text(
        "- repository: https://github.com/a/b\n- commit: 0123456789ab 2026\n", "utf-8"
    )
    return tmp_path / "data"


def made(folder: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> tuple[Path, str]:
    """The table and the card that the command makes."""
    monkeypatch.setenv(data.VARIABLE, str(folder))
    out, card = folder / f"{name}.npz", folder / f"{name}.md"
    assert data.main(["--out", str(out), "--card", str(card), "--workers", "1"]) == 0
    return out, card.read_text("utf-8")


def test_a_folder_that_is_not_there_is_said_with_the_cure(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(
        InputError, match=r"'.*gone', which is not there; a folder that has music/.*; set CUEWRIGHT_DATA"
    ):
        data.music_folder({data.VARIABLE: str(tmp_path / "gone")})
    monkeypatch.setenv(data.VARIABLE, str(tmp_path / "gone"))
    assert data.main([]) == 2
    assert capsys.readouterr().err.startswith("error: data folder")


def test_a_folder_without_any_of_the_sets_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds none of the sets"):
        data.music_folder({data.VARIABLE: str(tmp_path)})


def test_the_card_counts_what_is_there_and_is_the_same_every_time(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, first = made(folder, monkeypatch, "first")
    _, again = made(folder, monkeypatch, "again")
    assert first == again
    assert "| openscore_lieder | 3 | " in first and "a/b | 01234567 |" in first
    assert "2 groups, 1 of more than one piece" in first
    assert "song with piano 3." in first and str(folder) not in first


def test_hours_are_those_of_the_files_own_tempi(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out, _ = made(folder, monkeypatch, "table")
    hours = data.hours_of(np.load(out))
    quarters = (16 / 96 + 16 / (96 * 1.05)) / 60  # eight bars, the second half a little faster
    assert np.allclose(hours, quarters, rtol=1e-3)


def test_a_copy_in_another_key_shares_its_runs_and_the_tune_backwards_does_not(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out, _ = made(folder, monkeypatch, "table")
    table = dict(np.load(out))
    names = table["names"].tolist()
    for name, split in (("one.mid", 0), ("up.mid", 1), ("back.mid", 2)):
        table["piece"][names.index(name), 1] = split
    assert data.shared_runs(table, 1, rhythm=False).tolist() == [1.0]
    assert data.shared_runs(table, 1, rhythm=True).tolist() == [1.0]
    assert data.shared_runs(table, 2, rhythm=False).tolist() == [0.0]
