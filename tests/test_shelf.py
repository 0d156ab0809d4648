"""Sound of a long cue lies on disk and is worked on block by block: the same sound, and memory let go."""

import dataclasses

import numpy as np
import pytest

from assistant.audio import Waveform, load_wav, save_wav, shelf
from assistant.audio.dynamics import applied, compressor_gain
from assistant.audio.loudness import integrated_lufs, k_energies, true_peak_dbtp
from assistant.audio.peaks import peak_envelope
from assistant.audio.riff import save_riff
from assistant.check import sound
from assistant.constraints import Constraints
from assistant.errors import OutputError
from assistant.plan import make_plan
from assistant.render import render
from assistant.render.craft import load_craft
from models.registry import get_engine

RATE_HZ = 48_000


@pytest.fixture
def short_shelf(monkeypatch):
    """Everything over a second counts as long, and blocks are of 4800 frames."""
    for module in (shelf, "assistant.render.fluid"):
        name = f"{module}.LONG_FRAMES" if isinstance(module, str) else "assistant.audio.shelf.LONG_FRAMES"
        monkeypatch.setattr(name, RATE_HZ)
    monkeypatch.setattr(shelf, "BLOCK_FRAMES", 38_400)


def noise(seconds: float) -> np.ndarray:
    made = np.random.default_rng(1).standard_normal((2, round(seconds * RATE_HZ))) * 0.2
    return (made * np.linspace(0.1, 1.2, made.shape[1])).astype(np.float32)


def measures(samples: np.ndarray) -> list[np.ndarray]:
    waveform = Waveform(np.array(samples), RATE_HZ)
    gain = compressor_gain(samples, RATE_HZ, load_craft_master())
    return [
        k_energies(samples, RATE_HZ),
        peak_envelope(samples, above=0.1),
        gain,
        applied(samples, gain),
        np.array([integrated_lufs(waveform), true_peak_dbtp(waveform), shelf.highest(samples)]),
        np.array([sound.check_dc(waveform).achieved, sound.check_tail(waveform).achieved]),
    ]


def load_craft_master():
    from assistant.settings import ROOT

    return load_craft(ROOT / "prompts").master.compression(-20.0)


def test_measures_in_blocks_are_those_of_the_whole(short_shelf, monkeypatch) -> None:
    samples = noise(3.37)
    blocked = measures(samples)
    monkeypatch.undo()
    for one, other in zip(blocked, measures(samples), strict=True):
        assert one.shape == other.shape
        assert np.allclose(one, other, rtol=1e-4, atol=1e-6)


def test_a_long_array_is_silent_writable_and_keeps_what_is_written_when_memory_is_let_go(short_shelf) -> None:
    long = shelf.zeros(2, 3 * RATE_HZ)
    assert not long.any()
    long[:] = 0.5
    shelf.let_go()
    assert float(long.min()) == 0.5
    assert shelf.mine(long) is long, "a long sound is changed where it lies"
    assert shelf.mine(long[:, :10]) is not long


def test_blocks_cover_a_sound_once_and_begin_on_whole_units(short_shelf) -> None:
    spans = list(shelf.blocks(5 * RATE_HZ + 7, unit=512))
    assert [span.start for span in spans[1:]] == [span.stop for span in spans[:-1]]
    assert (spans[0].start, spans[-1].stop) == (0, 5 * RATE_HZ + 7)
    assert all(span.start % 512 == 0 for span in spans)
    assert list(shelf.blocks(RATE_HZ)) == [slice(0, RATE_HZ)], "a short sound is one block"


def test_a_disk_without_room_is_said_before_anything_is_written(short_shelf, monkeypatch) -> None:
    def full(file: int, size: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(shelf, "_reserve", full)
    with pytest.raises(OutputError, match="TMPDIR"):
        shelf.zeros(2, 2 * RATE_HZ)


def test_a_file_written_in_blocks_is_that_of_the_whole(short_shelf, monkeypatch, tmp_path) -> None:
    waveform = Waveform(np.clip(noise(2.5), -1, 1), RATE_HZ)
    save_wav(tmp_path / "blocks.wav", waveform)
    monkeypatch.undo()
    save_wav(tmp_path / "whole.wav", waveform)
    assert (tmp_path / "blocks.wav").read_bytes() == (tmp_path / "whole.wav").read_bytes()
    assert load_wav(tmp_path / "blocks.wav").frames == waveform.frames


def test_a_long_sound_leaves_memory_while_it_is_written_as_a_delivery_has_it(
    short_shelf, monkeypatch, tmp_path
) -> None:
    gone: list[int] = []
    monkeypatch.setattr(shelf, "let_go", lambda: gone.append(1))
    save_riff(tmp_path / "long.wav", Waveform(shelf.zeros(2, 3 * RATE_HZ), RATE_HZ))
    assert len(gone) >= 3


def test_a_mixdown_in_blocks_is_that_of_the_whole_and_its_stems_add_up(
    short_shelf, monkeypatch, library, settings
) -> None:
    plan = make_plan(Constraints(duration_s=4.0, styles=("classical",)), library=library, seed=2)
    score = get_engine("rules").generate(plan, seed=2)
    blocked = render(score, plan, library=library, settings=settings)
    assert sound.check_stems(blocked).met
    monkeypatch.undo()
    whole = render(score, plan, library=library, settings=settings)
    for one, other in zip((*blocked.stems,), whole.stems, strict=True):
        assert np.abs(one.waveform.samples - other.waveform.samples).max() < 1e-5
    assert np.abs(blocked.mix.samples - whole.mix.samples).max() < 1e-3
    assert dataclasses.replace(sound.check_stems(whole)).met
