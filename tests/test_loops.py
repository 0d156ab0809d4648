"""A preset alone sounds as it does in its SoundFont, and loops that turned with a corner turn without."""

import numpy as np
import pytest

from assistant.audio import Waveform
from assistant.audio.faults import click_times_s
from assistant.audio.soundfont import _TABLES, Preset, read_preset
from assistant.render import fluid, loops
from assistant.render.craft import load_craft
from assistant.render.performance import Performance, Stroke
from assistant.render.players import choose_player
from assistant.render.spoken import known_corners
from assistant.settings import from_environment

RATE_HZ = 48_000
PERIOD = 240
needs_fluidsynth = pytest.mark.skipif(fluid.library() is None, reason="needs libfluidsynth on this machine")


def tone(frames: int = 24_000) -> np.ndarray:
    """Three partials of 200 Hz, and the breath of a bow."""
    at = np.arange(frames)
    partials = sum(9000 / n**2 * np.sin(2 * np.pi * n * at / PERIOD + n) for n in (1, 2, 3))
    breath = np.random.default_rng(3).normal(0, 4, frames)
    return np.rint((partials + breath) * np.minimum(1, at / 2400) ** 2).astype(np.int16)


def preset(first: int, end: int, program: int = 5) -> Preset:
    """One zone that plays `tone` at its own pitch, looped."""
    tables = {name: np.zeros(2, layout) for name, layout in _TABLES.items()}
    for table in ("phdr", "inst", "pbag", "ibag"):
        tables[table][1] = (
            (b"end", 0, 0, 1, (0, 0, 0)) if table == "phdr" else (b"end", 1) if table == "inst" else (1, 0)
        )
    tables["phdr"][0] = (b"bass", program, 0, 0, (0, 0, 0))
    tables["pgen"] = np.array([(41, 0), (0, 0)], tables["pgen"].dtype)
    tables["igen"] = np.array([(54, 1), (53, 0), (0, 0)], tables["igen"].dtype)
    tables["ibag"][1] = (2, 0)
    tables["pmod"], tables["imod"] = tables["pmod"][:1], tables["imod"][:1]
    sound = tone()
    tables["shdr"][0] = (b"bass C", 0, len(sound), first, end, RATE_HZ, 60, 0, 0, 1)
    return Preset(tables, (sound,))


WHOLE, BROKEN = preset(12_000, 12_000 + 40 * PERIOD), preset(12_000, 12_030 + 40 * PERIOD)


def held(font, program: int = 5) -> Waveform:
    """A note held for more than a second."""
    player = fluid.FluidSynth(font, RATE_HZ)
    return Waveform(
        player.play(Performance(program, False, (Stroke(0.1, 2.0, 60, 100),)), round(1.5 * RATE_HZ)), RATE_HZ
    )


def test_a_loop_that_meets_its_beginning_is_left_alone():
    assert loops.corners(WHOLE) == []
    assert loops.corners(BROKEN) == [(0, (12_000, 12_030 + 40 * PERIOD))]


def test_mending_changes_the_end_of_the_loop_alone_and_heals_it():
    ((sample, loop),) = loops.corners(BROKEN)
    before, after = BROKEN.samples[sample], loops.mended(BROKEN, [(sample, loop)]).samples[sample]
    changed = np.flatnonzero(before != after)
    assert loop[1] - round(loops.FADE_S * RATE_HZ) <= changed[0] and changed[-1] < loop[1]
    assert loops.turn_sharpness(after, loop, RATE_HZ) < 0.5 * loops.turn_sharpness(before, loop, RATE_HZ)


def test_a_preset_is_read_back_as_it_was_written(tmp_path):
    again = read_preset(BROKEN.save(tmp_path / "one.sf2"), 0, 5)
    assert again is not None and again.name_of(0) == "bass C" and again.loops() == BROKEN.loops()
    assert np.array_equal(again.samples[0], BROKEN.samples[0])
    assert all(np.array_equal(again.tables[name], table) for name, table in BROKEN.tables.items() if name != "shdr")


@needs_fluidsynth
def test_a_held_note_clicks_no_more(tmp_path, monkeypatch):
    font = BROKEN.save(tmp_path / "broken.sf2")
    mended = held(font)
    monkeypatch.setattr(fluid, "preset_font", lambda *asked: None)
    clicking = held(font)
    assert len(click_times_s(clicking)) >= 3 and click_times_s(mended) == ()
    assert mended.samples.std() == pytest.approx(clicking.samples.std(), rel=0.02)


@needs_fluidsynth
@pytest.mark.parametrize("program", [40, 104])
def test_a_preset_sounds_as_in_its_soundfont_before_its_loops_turn_but_for_its_tuning(settings, monkeypatch, program):
    monkeypatch.setattr(loops, "known_offs", lambda *asked: {})
    monkeypatch.setattr(loops, "_preset_font", loops._preset_font.__wrapped__)
    font = choose_player(from_environment(), load_craft(settings.prompts_dir), rate_hz=RATE_HZ).soundfont.path
    strokes = tuple(Stroke(0.1 * place, 0.1 * place + 0.06, 36 + 3 * place, 90) for place in range(12))
    performance = Performance(program, False, strokes)
    alone = fluid.FluidSynth(font, RATE_HZ).play(performance, RATE_HZ)
    monkeypatch.setattr(fluid, "preset_font", lambda *asked: None)
    assert alone.any() and np.array_equal(alone, fluid.FluidSynth(font, RATE_HZ).play(performance, RATE_HZ))


def test_the_table_names_the_corners_that_are_found(settings):
    font = choose_player(from_environment(), load_craft(settings.prompts_dir), rate_hz=RATE_HZ).soundfont.path
    known, bass = known_corners(font, 43), read_preset(font, 0, 43)
    if known is None or bass is None:
        pytest.skip("no table for the SoundFont of this machine")
    assert known == tuple(dict.fromkeys(bass.name_of(sample) for sample, _ in loops.corners(bass))) != ()


@pytest.mark.parametrize("data", [b"", b"RIFF\x08\x00\x00\x00sfbkLIST", b"no SoundFont at all", b"RIFF" + bytes(60)])
def test_what_is_no_soundfont_is_played_as_it_is(tmp_path, data):
    path = tmp_path / "odd.sf2"
    path.write_bytes(data)
    assert loops.preset_font(path, 0) is None


def test_a_program_that_is_not_there_has_no_file(tmp_path):
    assert loops.preset_font(WHOLE.save(tmp_path / "one.sf2"), 6) is None
