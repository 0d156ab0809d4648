"""Engines adapted to a person's own music: learned, nothing forgotten, and whose it is is said."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from assistant.audio import Waveform, save_wav
from assistant.errors import ClipError, EngineError, InputError
from assistant.score import Score
from models.registry import engine_card, get_engine
from models.studio.values import Request
from models.transformer import weights
from models.tuning import adapters, composer, midi, provenance, recordings, sound
from models.tuning.course import Course, follow
from tests import tiny_models
from tests.plans import BAND, toy_plan

pytestmark = pytest.mark.filterwarnings("ignore::FutureWarning")  # torch.nn.utils.weight_norm, within diffusers
RIGHTS = "made for a test"


def strange(path: Path, seed: int, *, bars: int = 16) -> Path:
    """A tune in whole tones over tritones, in a rhythm of 3 3 2 3 3 2: nothing that the composer knows."""
    import symusic

    chance, score, place = random.Random(seed), symusic.Score(480), 6
    lead, bass = symusic.Track(program=73), symusic.Track(program=33)
    for bar in range(bars):
        at = 16 * bar
        for length in (3, 3, 2, 3, 3, 2):
            place = min(11, max(0, place + chance.choice((-3, -2, -1, 1, 2, 3))))
            lead.notes.append(symusic.Note(at * 120, length * 120 - 20, 60 + 2 * place, 90))
            at += length
        for beat in (0, 6, 10):
            bass.notes.append(symusic.Note((16 * bar + beat) * 120, 300, 36 + 6 * (beat == 6), 80))
    score.tracks.append(lead)
    score.tracks.append(bass)
    score.dump_midi(str(path))
    return path


@pytest.fixture(scope="module")
def tunes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tunes")
    for number in range(5):
        strange(folder / f"song-{number}.mid", number)
    return folder


# A course


class Line:
    """A lesson of one number, which should become 3; it may be interrupted at a step, once."""

    def __init__(self, interrupted_at: int = -1) -> None:
        self.value = torch.nn.Parameter(torch.zeros(1))
        self.interrupted_at = interrupted_at

    def parameters(self) -> list[torch.nn.Parameter]:
        return [self.value]

    def loss(self, step: int) -> torch.Tensor:
        if step == self.interrupted_at:
            raise KeyboardInterrupt
        return (self.value - 3 + 0.1 * torch.randn(1)).square().sum()

    def measure(self) -> float:
        return float((self.value.detach() - 3).square())

    def taken(self) -> dict[str, torch.Tensor]:
        return {"value": self.value.detach().clone()}

    def given(self, tensors: Mapping[str, torch.Tensor]) -> None:
        self.value.data.copy_(tensors["value"])


@pytest.fixture(scope="module")
def accelerator() -> object:
    from accelerate import Accelerator

    return Accelerator(mixed_precision="bf16")


COURSE = Course(steps=12, every=4, patience=9, rate=0.4, warm=1)


def test_a_course_that_was_stopped_keeps_what_it_learned_and_goes_on_as_if_it_had_not_been(
    tmp_path: Path, accelerator: object
) -> None:
    whole, stopped, more = Line(), Line(interrupted_at=6), Line()
    at_once = follow(whole, COURSE, accelerator, tmp_path / "one", about="a")
    first = follow(stopped, COURSE, accelerator, tmp_path / "two", about="a")
    assert first.stopped and first.steps == 6 and first.after < first.before
    second = follow(more, COURSE, accelerator, tmp_path / "two", about="a")
    assert not second.stopped and second.after == at_once.after < 0.5 and torch.equal(more.value, whole.value)
    with pytest.raises(InputError, match=r"of other files or settings.*delete it"):
        follow(Line(), COURSE, accelerator, tmp_path / "two", about="b")


def test_a_course_that_makes_it_worse_keeps_the_beginning(tmp_path: Path, accelerator: object) -> None:
    line = Line()
    line.value.data.fill_(3.0)
    learned = follow(line, replace(COURSE, patience=2), accelerator, tmp_path / "c", about="a")
    assert learned.best == 0 and learned.steps == 8 and line.value.item() == 3.0


# The composer


def test_a_composer_learns_strange_music_and_still_knows_its_own(
    tunes: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(weights.VARIABLE, raising=False)
    if weights.missing():
        pytest.skip("the composer's weights are not part of this copy")
    plan, out = toy_plan(2, band=BAND[:3]), tmp_path / "mine.safetensors"
    usual = get_engine("composer").generate(plan, seed=3)
    settings = composer.Settings(batch=4, window=128, measured=16, forget=0.1)
    course = Course(steps=6, every=6, patience=9, rate=1e-3, warm=2)
    made = composer.tune(tunes, out, licence=RIGHTS, course=course, settings=settings)
    assert made.figures["held_out_after"] < made.figures["held_out_before"] - 0.1
    assert made.figures["remembered_after"] < 1.1 * made.figures["remembered_before"]
    assert len(made.files) == 5 and not (tmp_path / "mine.safetensors.checkpoint").exists()
    monkeypatch.setenv(weights.VARIABLE, str(out))
    tuned = get_engine("composer").generate(plan, seed=3)
    assert isinstance(tuned, Score) and tuned != usual and all(part.notes for part in tuned.parts)
    card = engine_card("composer")
    assert "tuned by mine.safetensors" in card.weights and card.weights.startswith("composer.safetensors (SHA-256 ")
    assert card.training_data[-1] == f"5 files of the person who uses it (as they state: {RIGHTS})"
    monkeypatch.delenv(weights.VARIABLE)
    assert get_engine("composer").generate(plan, seed=3) == usual
    tensors = load_file(out)
    save_file(tensors, tmp_path / "other.safetensors", replace(made, base="00").head())
    monkeypatch.setenv(weights.VARIABLE, str(tmp_path / "other.safetensors"))
    with pytest.raises(EngineError, match=r"other.safetensors, learned beside composer 00; beside the composer"):
        weights.load_composer()
    save_file(
        {name: value[..., :3].contiguous() for name, value in tensors.items()},
        tmp_path / "cut.safetensors",
        made.head(),
    )
    monkeypatch.setenv(weights.VARIABLE, str(tmp_path / "cut.safetensors"))
    with pytest.raises(EngineError, match=r"cut.safetensors"):
        weights.load_composer()


def test_whole_pieces_are_held_out_and_the_same_file_twice_is_one_piece(tunes: Path, tmp_path: Path) -> None:
    for path in tunes.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / "again.mid").write_bytes((tmp_path / "song-0.mid").read_bytes())
    own = midi.read_folder(tmp_path)
    assert len(own.files) == 5 and sum(own.bars) == 6 * 16 and min(own.bars) >= 16
    assert midi.read_folder(tmp_path).bars == own.bars


def test_files_that_cannot_be_learned_from_are_named_with_the_reason(tmp_path: Path) -> None:
    (tmp_path / "torn.mid").write_bytes(b"MThd and no more")
    strange(tmp_path / "short.mid", 1, bars=2)
    strange(tmp_path / "fine.mid", 2, bars=8)
    with pytest.raises(InputError) as caught:
        midi.read_folder(tmp_path)
    said = str(caught.value)
    assert "8 bars in 1 different piece " in said and "at least 64 bars in 2 pieces" in said
    assert "torn.mid is no MIDI file that can be read" in said and "short.mid has fewer than" in said
    with pytest.raises(InputError, match="without MIDI files"):
        midi.read_folder(_empty(tmp_path))


def _empty(tmp_path: Path) -> Path:
    folder = tmp_path / "empty"
    folder.mkdir()
    return folder


@pytest.mark.parametrize("command", [composer.main, sound.main])
def test_nothing_is_learned_from_without_a_statement_of_rights(
    command: object, tunes: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    assert callable(command)
    assert command([str(tunes), "--out", str(tmp_path / "x.safetensors")]) == 2
    assert "statement of rights ''; with what right" in caplog.text and not list(tmp_path.iterdir())


# An engine of sound


def tones(folder: Path) -> Path:
    """Recordings of single steady tones, a few seconds each, with words beside them or in their names."""
    folder.mkdir(parents=True, exist_ok=True)
    time = np.arange(7 * tiny_models.RATE_HZ) / tiny_models.RATE_HZ
    for number in range(4):
        wave = 0.5 * np.sin(2 * np.pi * (200 + 20 * number) * time)
        save_wav(folder / f"calm{number}.wav", Waveform(np.stack([wave, wave]).astype(np.float32), tiny_models.RATE_HZ))
    (folder / "calm1.txt").write_text("slow quiet\n", "utf-8")
    (folder / "calm2.json").write_text('{"prompt": "piano strings"}', "utf-8")
    return folder


@pytest.mark.parametrize("name", ["stable-audio-3", "ace-step"])
def test_an_engine_of_sound_learns_tones_and_is_itself_again_without_them(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("peft", reason="tuning an engine of sound needs peft, which the extra tuning brings")
    from models.studio.engines import ace_step, stable_audio_3

    module = {"stable-audio-3": stable_audio_3, "ace-step": ace_step}[name]
    make = {"stable-audio-3": tiny_models.stable_audio_3, "ace-step": tiny_models.ace_step}[name]
    make(tmp_path / "weights" / name)
    monkeypatch.setenv("CUEWRIGHT_WEIGHTS", str(tmp_path / "weights"))
    monkeypatch.setenv(adapters.VARIABLE, "")
    out = tmp_path / "mine.safetensors"
    course = Course(steps=18, every=9, patience=9, rate=2e-2, warm=2)
    settings = sound.Settings(rank=4, batch=4, window_s=1.0, measured=3)
    made = sound.tune(tones(tmp_path / "tones"), out, engine=name, licence=RIGHTS, course=course, settings=settings)
    assert made.figures["held_out_after"] < 0.97 * made.figures["held_out_before"]
    with safe_open(str(out), "pt") as file:
        found = provenance.of_head(file.metadata())
    assert found == made and made.licence == RIGHTS and len(made.files) == 4
    request = Request("slow quiet", 1.0, seeds=(4,))
    usual = module.load(device="cpu").paint(request)[0]
    monkeypatch.setenv(adapters.VARIABLE, str(out))
    wearing = module.load(device="cpu")
    tuned = wearing.paint(request)[0]
    assert wearing.adapter == adapters.card(name)
    assert float(np.abs(tuned.samples - usual.samples).max()) > 1e-3
    card = adapters.card(name)
    assert adapters.card("audioldm2") is None
    assert card is not None and card[0].startswith("mine.safetensors (SHA-256 ") and RIGHTS in card[1]
    _refused(module, tmp_path, made, out, monkeypatch)
    monkeypatch.setenv(adapters.VARIABLE, "")
    assert module.load(device="cpu").paint(request)[0] == usual


def _refused(
    module: object, tmp_path: Path, made: provenance.Provenance, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Adapters of other networks, other programs and other engines."""
    tensors, network = load_file(out), torch.nn.Linear(2, 2)
    narrow = {name: value[:, :-1] if adapters.A in name else value for name, value in tensors.items()}
    save_file(
        {name: value.contiguous() for name, value in narrow.items()}, tmp_path / "narrow.safetensors", made.head()
    )
    save_file(tensors, tmp_path / "nameless.safetensors")
    (tmp_path / "torn.safetensors").write_bytes(b"no tensors")
    for path, said in (("narrow", "another shape"), ("nameless", "says nothing"), ("torn", "torn"), ("gone", "gone")):
        monkeypatch.setenv(adapters.VARIABLE, str(tmp_path / f"{path}.safetensors"))
        with pytest.raises(EngineError, match=said):
            if path == "narrow":
                module.load(device="cpu").warm()  # type: ignore[attr-defined]
            adapters.wear(network, made.engine)
    monkeypatch.setenv(adapters.VARIABLE, str(out))
    assert adapters.wear(network, "audioldm2") is None
    with pytest.raises(EngineError, match=f"learned for {made.engine}"):
        adapters.wear(network, "audioldm2", out)


def test_recordings_that_cannot_be_used_are_named_with_the_reason(tmp_path: Path) -> None:
    tones(tmp_path)
    (tmp_path / "torn.wav").write_bytes(b"RIFF")
    (tmp_path / "copied.wav").write_bytes((tmp_path / "calm0.wav").read_bytes())
    save_wav(tmp_path / "nothing.wav", Waveform.silence(7.0, rate_hz=8000))
    save_wav(tmp_path / "brief.wav", Waveform.silence(0.5, rate_hz=8000))
    (tmp_path / "phone.m4a").write_bytes(b"x")
    found, refused = recordings.read_folder(tmp_path, window_s=1.0)
    said = "; ".join(refused)
    assert len(found) == 4 and 1 <= sum(each.held_out for each in found) < 4
    assert {each.prompt for each in found} == {"calm", "slow quiet", "piano strings"}
    assert all(
        word in said for word in ("torn.wav cannot", "same recording", "is silent", "brief.wav has 0.5 s", ".m4a")
    )
    (tmp_path / "calm2.json").write_text("{}", "utf-8")
    with pytest.raises(ClipError, match="words beside it"):
        recordings.words_of(tmp_path / "calm2.wav")
    with pytest.raises(InputError, match=r"0 s in 0 recordings.*at least 20 s"):
        recordings.read_folder(tmp_path, window_s=9.0)
    first = next(each for each in found if each.prompt == "slow quiet")
    windows = list(recordings.windows_of(first, window_s=2.0, rate_hz=8000, channels=2))
    assert [window.shape for window in windows] == [(2, 16000)] * 4
