"""The table of how fast a SoundFont speaks gives what measuring gives, and for no other file."""

import pytest

from assistant.errors import DataError
from assistant.render import spoken
from assistant.render.attack import GRID, measure_speech
from assistant.render.craft import load_craft
from assistant.render.players import choose_player
from assistant.settings import RATE_HZ, from_environment


@pytest.mark.parametrize("program", [0, 49, 73])
def test_the_table_says_what_is_measured(settings, program):
    craft = load_craft(settings.prompts_dir)
    band = choose_player(from_environment(), craft, rate_hz=RATE_HZ)
    velocity = craft.attack.test_velocity
    known = spoken.known_speech(band.player.name, band.player.soundfont, RATE_HZ, program, velocity, GRID)
    if band.soundfont.name != "FluidR3 GM" or band.player.name != "fluidsynth":
        pytest.skip("no table for the SoundFont of this machine")
    assert known is not None
    speech = measure_speech(band.player, program, velocity)
    assert known == (speech.half_s, speech.full_s)


def test_another_file_of_the_same_name_is_not_taken_for_it(tmp_path):
    other = tmp_path / "FluidR3_GM.sf2"
    other.write_bytes(b"RIFF and something else")
    assert spoken.known_speech("fluidsynth", other, RATE_HZ, 0, 90, GRID) is None
    assert spoken.known_speech("fluidsynth", tmp_path / "none.sf2", RATE_HZ, 0, 90, GRID) is None


def test_a_table_with_too_few_figures_is_refused(tmp_path, monkeypatch):
    (tmp_path / "bad.toml").write_text(
        'sources = ["x"]\nplayer = "fluidsynth"\nfingerprint = "0"\nrate_hz = 48000\nvelocity = 90\n'
        "pitches = [60, 64]\n"
        "[programs.0]\nhalf_ms = [1]\nfull_ms = [1, 2]\n"
    )
    monkeypatch.setattr(spoken, "FOLDER", tmp_path)
    spoken._tables.cache_clear()
    try:
        with pytest.raises(DataError, match="measure it again"):
            spoken.known_speech("fluidsynth", tmp_path / "bad.toml", 48000, 0, 90, (60, 64))
    finally:
        spoken._tables.cache_clear()
