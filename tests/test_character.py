"""A style's mix has its character, every other style's is as it was; what is masked is measured as masked."""

from dataclasses import replace

import numpy as np
import pytest

from assistant.errors import InputError
from assistant.library import Library
from assistant.render.character import Character
from assistant.render.craft import load_craft
from assistant.render.strip import Fader, placed
from assistant.settings import ROOT
from models.evaluation.masking import heard_share

CRAFT = load_craft(ROOT / "prompts")
RATE_HZ = 48_000
ROOM = np.zeros((2, 8), np.float32)


def power_db(samples: np.ndarray, low_hz: float, high_hz: float) -> float:
    hertz = np.fft.rfftfreq(samples.shape[1], 1 / RATE_HZ)
    power = np.abs(np.fft.rfft(samples, axis=1)) ** 2
    return float(10 * np.log10(power[:, (hertz > low_hz) & (hertz < high_hz)].sum()))


def through(style: str, role: str) -> np.ndarray:
    noise = np.random.default_rng(1).standard_normal((2, RATE_HZ)).astype(np.float32) * np.float32(0.1)
    return placed(noise, RATE_HZ, Fader(CRAFT.in_style(style).roles[role], 0.0, 0.0), ROOM)


def test_every_character_belongs_to_styles_that_there_are_and_no_style_has_two(library: Library):
    styles = [style for each in CRAFT.characters.values() for style in each.styles]
    assert set(styles) <= set(library.styles)
    assert len(styles) == len(set(styles))
    assert {"lo-fi", "trailer", "chamber", "club"} <= set(CRAFT.characters)


def test_a_style_without_a_character_is_mixed_as_ever():
    assert CRAFT.in_style("cinematic") is CRAFT


def test_lo_fi_is_duller_and_nothing_below_is():
    plain, dull = through("cinematic", "harmony"), through("lo-fi", "harmony")
    assert power_db(dull, 8000, 14_000) < power_db(plain, 8000, 14_000) - 5
    assert abs(power_db(dull, 500, 1500) - power_db(plain, 500, 1500)) < 1.5


def test_a_club_has_its_drums_in_front_and_a_chamber_its_peaks():
    club, chamber = CRAFT.in_style("house"), CRAFT.in_style("baroque")
    assert club.roles["drums"].lift_db > club.roles["harmony"].lift_db
    assert club.master.ratio > CRAFT.master.ratio > chamber.master.ratio
    assert chamber.roles["lead"].crest_db > CRAFT.roles["lead"].crest_db
    assert replace(club.master, ratio=2, attack_s=0.03, release_s=0.25) == CRAFT.master


@pytest.mark.parametrize("wrong", [{"lift_db": {"tuba": 1.0}}, {"send_db": 40.0}])
def test_an_impossible_character_is_refused(wrong):
    with pytest.raises(InputError):
        Character(("lo-fi",), **wrong)


def test_a_part_is_heard_less_the_louder_the_rest_of_its_band():
    generator = np.random.default_rng(2)
    part, rest = generator.standard_normal((2, 2, RATE_HZ)).astype(np.float32)
    shares = [heard_share(part, part + np.float32(gain) * rest, RATE_HZ) for gain in (0.1, 1.0, 3.0, 30.0)]
    assert shares == sorted(shares, reverse=True)
    assert shares[0] > 0.95
    assert shares[-1] < 0.05
