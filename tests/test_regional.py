"""The page of all regions, how well a lead is heard, and who stands in for whom."""

import numpy as np
import pytest

from assistant.audio.waveform import Waveform
from assistant.constraints import Constraints, Evidence, Instruments
from assistant.deliver.words import stood_in_for
from assistant.explain import say_plan, voice
from assistant.language import READ_LANGUAGES
from assistant.library import Library, load
from assistant.library.stand_ins import names_of, stand_ins
from assistant.plan import Plan, make_plan
from assistant.settings import RATE_HZ
from models.regional.demos import Heard, level_lu
from models.regional.drawing import HIGH, WIDE, cycle_svg, levels_db, scale_svg, spectrogram
from models.regional.page import Shown, write_page


@pytest.fixture(scope="module")
def library() -> Library:
    return load()


def tone(hertz: float, gain: float, *, from_s: float = 0.0, until_s: float = 4.0) -> np.ndarray:
    at = np.arange(4 * RATE_HZ) / RATE_HZ
    mono = gain * np.sin(2 * np.pi * hertz * at) * ((at >= from_s) & (at < until_s))
    return np.stack((mono, mono)).astype(np.float32)


def test_a_lead_is_held_against_what_sounds_while_it_plays() -> None:
    lead, loud = tone(500.0, 0.1, until_s=2.0), tone(800.0, 0.5, from_s=2.0)
    found = level_lu(Waveform(lead, RATE_HZ), Waveform(lead + loud, RATE_HZ))
    assert found is not None
    # The loud one begins when the lead is through, but for the blocks that hold both.
    assert -6 < found[0] < 0.1 and found[1] == pytest.approx(0.5, abs=0.1)
    under = level_lu(Waveform(lead, RATE_HZ), Waveform(lead + tone(800.0, 0.5), RATE_HZ))
    assert under is not None and under[0] == pytest.approx(-14.5, abs=1.5)
    assert level_lu(Waveform(0 * lead, RATE_HZ), Waveform(loud, RATE_HZ)) is None


def test_a_spectrogram_shows_a_tone_where_it_is() -> None:
    levels = levels_db(Waveform(tone(880.0, 0.5), RATE_HZ))
    assert levels.shape == (HIGH, WIDE)
    row = int(levels[:, WIDE // 2].argmax())
    octaves = (HIGH - row - 0.5) / HIGH * np.log2(14_080 / 55)
    assert 55 * 2**octaves == pytest.approx(880, rel=0.05)
    assert spectrogram(levels, float(levels.max())).startswith("data:image/png;base64,")


def test_scales_and_cycles_are_drawn_with_their_figures() -> None:
    drawn = scale_svg((0, 2, 4), (0.0, 204.0, 385.0))
    assert ">385<" in drawn and ">-15<" in drawn and drawn.count("<circle") == 4
    assert cycle_svg((2, 2, 2, 3)).count("<circle") == 10  # nine counts and the ring


def test_the_page_needs_nothing_from_elsewhere_and_marks_a_lead_that_drowns(library: Library, tmp_path) -> None:
    heard = Heard("lead", "lead", "mandolin", -13.5, 0.8)
    greece = Shown("greece", "Greece", "chordal", (heard,), (), "sound/greece.m4a", "sound/greece-lead.m4a", "data:,",
                   "data:,", "minor", "<svg></svg>", "")  # fmt: skip
    html = write_page(tmp_path, [greece], library, engine="rules").read_text("utf-8")
    assert "http://" not in html and "https://" not in html
    assert "level first quiet" in html and "-13.5 LU" in html and 'id="greece"' in html
    assert "mandolin stands in" in html and all(source[:30] in html for source in library.region("greece").sources)


def plan_of(library: Library, **asked: object) -> Plan:
    return make_plan(Constraints(duration_s=10.0, **asked), library=library, seed=1)


def said(plan: Plan) -> str:
    return ",".join(str(remark.fact("stand_ins")) for remark in plan.remarks if remark.code == "stand_ins")


def test_a_region_tells_once_who_stands_in(library: Library) -> None:
    plan = plan_of(library, region="greece")
    assert said(plan).startswith("bouzouki=mandolin")
    assert stood_in_for(plan)["mandolin"] == "bouzouki"
    for language in READ_LANGUAGES:
        assert say_plan(plan, voice(language)).count("bouzouki") == 1


def test_who_is_at_home_or_was_asked_for_stands_in_for_nobody(library: Library) -> None:
    assert said(plan_of(library, region="china")) == ""
    assert "mandolin" not in said(plan_of(library, region="greece", instruments=Instruments(("mandolin",))))
    assert said(plan_of(library, styles=("jazz",))) == ""


def test_an_instrument_that_a_person_names_is_told_too(library: Library) -> None:
    words = Evidence("instruments.include", "English horn")
    assert said(plan_of(library, instruments=Instruments(("oboe",)), evidence=(words,))) == "english horn=oboe"
    assert said(plan_of(library, instruments=Instruments(("oboe",)))) == ""


def test_who_stands_in_is_an_instrument_that_there_is_and_no_name_of_its_own(library: Library) -> None:
    assert set(stand_ins()) <= set(library.instruments)
    assert not any(player.replace("-", " ") in names for player, names in stand_ins().items())
    assert names_of(library.region("persia").profile.players[0])
