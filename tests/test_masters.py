"""Masters for several places from one take: as loud as each place asks, under its ceiling, encoded files too."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from assistant.audio import Waveform, load_wav
from assistant.audio.loudness import integrated_lufs, true_peak_dbtp
from assistant.cli import main
from assistant.deliver import deliver
from assistant.deliver.lossy import decoded
from assistant.deliver.masters import mastered_for, write_lossy_mix, write_masters
from assistant.errors import DataError, InputError
from assistant.render.craft import load_craft
from assistant.render.targets import LOSSY_DBTP, Target, load_targets, named_targets, under_ceiling
from assistant.settings import ROOT
from models.evaluation.meters import ffmpeg_meter, pyloudnorm_lufs
from tests.made_takes import small_materials
from tests.test_faults import struck_chords

PROMPTS = ROOT / "prompts"
CRAFT = load_craft(PROMPTS).master
TARGETS = load_targets(PROMPTS)


def spiky(length_s: float = 4.0) -> Waveform:
    """Few loud strokes in soft music: loudness costs it much limiting."""
    music = np.array(struck_chords(length_s).samples) * np.float32(0.3)
    for start in range(RATE_HZ // 3, music.shape[1] - 4800, RATE_HZ // 2):
        music[:, start : start + 480] += 0.7 * np.hanning(480).astype(np.float32) * np.sin(np.arange(480) / 5)
    return Waveform(music, RATE_HZ)


RATE_HZ = 48_000


def test_the_levels_of_the_norms_are_theirs():
    levels = {name: target.loudness_lufs for name, target in TARGETS.items()}
    assert levels.items() >= {
        "youtube": -14, "streaming": -14, "podcast": -16, "broadcast": -23, "atsc": -24, "cinema": -27, "game": -18
    }.items()  # fmt: skip
    assert all(target.ceiling_dbtp <= -1 and target.lossy_dbtp <= -2 for target in TARGETS.values())


def test_places_are_named_by_what_people_call_them_and_by_numbers():
    found = named_targets("TikTok, EBU R128 ,-19", TARGETS)
    assert list(found) == ["social", "broadcast", "19-lufs"]
    assert [target.insisted for target in found.values()] == [False, False, True]


@pytest.mark.parametrize("words", ["mars", "youtube,,podcast", "-5", "-90 LUFS"])
def test_an_unknown_place_or_an_impossible_loudness_is_refused(words):
    with pytest.raises(InputError, match=r"target|loudness"):
        named_targets(words, TARGETS)


def test_one_name_for_two_targets_is_refused(tmp_path: Path):
    text = 'sources = ["somebody"]\n' + "".join(
        f'[{name}]\nname = "{name}"\nloudness_lufs = -14.0\ncalled = ["here"]\n' for name in ("one", "other")
    )
    (tmp_path / "targets.toml").write_text(text, "utf-8")
    with pytest.raises(DataError, match="'here' names two"):
        load_targets(tmp_path)


def test_the_strictest_ceiling_of_a_loudness_holds():
    assert under_ceiling(CRAFT, -24.0, TARGETS).ceiling_dbtp < -2.0
    assert under_ceiling(CRAFT, -14.0, TARGETS) == CRAFT


@pytest.mark.parametrize("name", TARGETS)
def test_two_independent_meters_find_every_target_met(name):
    target = TARGETS[name]
    done = mastered_for(struck_chords(), target, CRAFT)
    wav = Waveform(done.samples, RATE_HZ)
    metered = ffmpeg_meter(wav)
    assert metered.loudness_lufs == pytest.approx(target.loudness_lufs, abs=0.3)
    assert pyloudnorm_lufs(wav) == pytest.approx(target.loudness_lufs, abs=0.3)
    assert metered.true_peak_dbtp <= target.ceiling_dbtp


def test_what_would_be_squashed_is_left_quieter_unless_the_number_was_named():
    wish = Target("loud", -9.0)
    kept = mastered_for(spiky(), wish, CRAFT)
    assert kept.held_back
    assert kept.limiting_db <= 4.05
    assert kept.loudness_lufs < -9.3
    named = mastered_for(spiky(), named_targets("-9", TARGETS)["9-lufs"], CRAFT)
    assert not named.held_back
    assert named.loudness_lufs == pytest.approx(-9.0, abs=0.3)
    assert named.true_peak_dbtp <= -1.0


def test_an_encoded_file_stays_under_its_own_ceiling_when_it_is_decoded(tmp_path: Path):
    premaster = struck_chords(4.0)
    done = mastered_for(premaster, TARGETS["youtube"], CRAFT)
    assert done.true_peak_dbtp > LOSSY_DBTP
    given = replace(
        small_materials().mixdown,
        premaster=premaster,
        mix=Waveform(done.samples, RATE_HZ),
        loudness_lufs=done.loudness_lufs,
        true_peak_dbtp=done.true_peak_dbtp,
    )
    write_lossy_mix(tmp_path / "mix.m4a", given, CRAFT, loop=False)
    sound = decoded(tmp_path / "mix.m4a")
    assert ffmpeg_meter(sound).true_peak_dbtp <= LOSSY_DBTP
    assert integrated_lufs(sound) == pytest.approx(-14.0, abs=0.3)


@pytest.fixture(scope="module")
def delivered(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("masters") / "take"
    deliver(folder, small_materials())
    return folder


def test_masters_are_written_beside_a_take_and_leave_it_as_it_was(delivered: Path, tmp_path: Path, capsys):
    folder = Path(shutil.copytree(delivered, tmp_path / "take"))
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    assert main(["masters", str(folder), "--for", "podcast,-23"]) == 0
    summary = json.loads(capsys.readouterr().out)
    assert [each["file"] for each in summary["masters"]] == [
        "podcast.wav", "podcast.m4a", "23-lufs.wav", "23-lufs.m4a"
    ]  # fmt: skip
    assert all(path.read_bytes() == data for path, data in before.items())
    for each in summary["masters"]:
        path = folder / "masters" / each["file"]
        sound = load_wav(path) if path.suffix == ".wav" else decoded(path)
        assert integrated_lufs(sound) == pytest.approx(each["loudness_lufs"], abs=0.05)
        assert each["held_back"] or each["loudness_lufs"] == pytest.approx(each["target_lufs"], abs=0.3)
        assert true_peak_dbtp(sound) <= each["ceiling_dbtp"]


def test_a_folder_without_a_take_or_a_premaster_is_refused(delivered: Path, tmp_path: Path):
    with pytest.raises(InputError, match=r"cue\.json"):
        write_masters(tmp_path, TARGETS, CRAFT, tmp_path / "out")
    shutil.copytree(delivered, tmp_path / "take")
    (tmp_path / "take" / "premaster.wav").unlink()
    with pytest.raises(InputError, match=r"premaster\.wav"):
        write_masters(tmp_path / "take", TARGETS, CRAFT, tmp_path / "out")
