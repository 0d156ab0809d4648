"""Melodies of a region move and close as its mode does; without a region nothing of that is heard."""

from dataclasses import replace
from functools import cache
from types import MappingProxyType

import pytest

from assistant.constraints import Constraints, arc_of
from assistant.errors import DataError
from assistant.generator import NOTHING_KEPT
from assistant.library import Library, load
from assistant.library.profiles import NOTHING_MORE, Cycle, OrnamentName, Turning
from assistant.plan import Chord, Key, Plan, make_plan
from assistant.score import Meter, Score
from models.evaluation.modes import Cue, measured
from models.rules import RulesGenerator
from models.rules.context import Context, Tone, groups
from models.rules.keeping import Kept
from models.rules.modal import turned
from models.rules.modes import Mode, dominant, mode_of
from models.rules.ornaments import places_of
from models.transformer.modal import approach


def brief(region: str | None, *, meter: str | None = None, valence: float = 0.5, length_s: float = 20.0) -> Constraints:
    arc = arc_of([(0.0, valence, 0.0), (1.0, valence, 0.3)])
    return Constraints(use="film", duration_s=length_s, region=region, meter=meter, arc=arc)


@cache
def cue(region: str, valence: float = 0.5, *, idiom: bool = False) -> Cue:
    library = load()
    plan = make_plan(brief(region, valence=valence), library=library, seed=1)
    score = RulesGenerator(library, idiom=idiom).generate(plan, seed=1)
    return Cue(plan, score, context_of(plan, library))


def context_of(plan: Plan, library: Library) -> Context:
    return Context(plan, library, 1, Kept(plan, NOTHING_KEPT))


@pytest.mark.parametrize("region", ["turkey", "arab", "indonesia"])
def test_themes_begin_and_move_as_the_mode_does(region: str) -> None:
    found = measured(cue(region))
    assert found["begins"] and all(found["begins"])
    assert any(found["moves"])


@pytest.mark.parametrize("region", ["turkey", "mississippi", "ireland"])
def test_phrases_close_and_rest_where_the_mode_does(region: str) -> None:
    found = measured(cue(region))
    assert found["closes"] and all(found["closes"])
    assert sum(found["rests"]) >= 0.5 * len(found["rests"])


def test_a_tune_in_a_mode_stays_in_its_scale_and_mostly_on_its_chords() -> None:
    found = measured(cue("turkey"))
    assert found["in scale"][0] > 0.95 and found["chord tones"][0] > 0.55 and found["range"][0] <= 24


def test_without_a_region_the_profiles_change_nothing() -> None:
    library = load()
    bare = {name: replace(region, profile=NOTHING_MORE) for name, region in library.regions.items()}
    without = replace(library, regions=MappingProxyType(bare))

    def made(data: Library) -> Score:
        return RulesGenerator(data).generate(make_plan(brief(None), library=data, seed=3), seed=3)

    assert made(library) == made(without)


def test_a_style_from_elsewhere_has_no_mode() -> None:
    library = load()
    plan = make_plan(replace(brief("turkey"), styles=("epic",)), library=library, seed=1)
    assert mode_of(context_of(plan, library), plan.key) is None


def test_the_dominant_is_where_a_motion_comes_down_from_or_rises_to() -> None:
    assert [dominant(motion) for motion in ((1, 2, 3, 4, 3), (3, 4, 3, 2, 1), (1, 3, 5, 8, 6, 5))] == [4, 3, 6]


def test_a_close_is_chosen_by_the_chord_that_it_lands_on() -> None:
    key = Key(9, "hicaz", (0, 1, 4, 5, 7, 8, 10))
    mode = Mode(key, ((4, 3, 2, 1),), ((3, 2, 1),), (4, 5))
    home, other = Chord(0.0, 4.0, 9, "maj"), Chord(0.0, 4.0, 2, "min")
    assert mode.full_close(home) == (3, 2, 1) and mode.rest(other) == 4
    assert mode.full_close(Chord(0.0, 4.0, 10, "maj")) == ()


def test_rast_loses_its_leading_tone_on_the_way_down_and_keeps_it_about_the_tonic() -> None:
    library = load()
    plan = make_plan(replace(brief("turkey"), key=None), library=library, seed=1)
    assert plan.key.mode == "rast"
    context, tonic = context_of(plan, library), 60 + plan.key.tonic
    at_q = next(chord.start_q for chord in plan.chords if (tonic + 11) % 12 not in chord.pitch_classes)
    falling = [Tone(at_q, 0.1, tonic + step) for step in (12, 11, 9)]
    around = [Tone(at_q, 0.1, tonic + step) for step in (12, 11, 12)]
    assert [tone.pitch - tonic for tone in turned(context, falling)] == [12, 10, 9]
    assert [tone.pitch - tonic for tone in turned(context, around)] == [12, 11, 12]


def test_an_ornament_knows_which_tones_bear_it() -> None:
    made = cue("turkey")
    part = next(part for part in made.plan.parts if part.role == "lead")
    bars = made.plan.bars
    row = [Tone(0.0, 0.5, 72), Tone(0.5, 0.5, 72), Tone(1.0, 3.0, 64), Tone(bars[4].start_q, 1.0, 62)]
    places = [places_of(made.context, part, row, index) for index in range(3)]
    assert "repeated" in places[1] and "fall" in places[1] and {"long", "leap"} <= places[2]
    assert all("repeated" not in place for place in (places[0], places[2]))


def test_every_cycle_of_every_region_plays_a_groove_and_every_region_has_two() -> None:
    library = load()
    for region in library.regions.values():
        assert all(cycle.groove in library.grooves for cycle in region.profile.cycles), region.id
        assert len({cycle.groove for cycle in region.profile.cycles}) >= 2, region.id


@pytest.mark.parametrize(
    ("region", "meter", "wanted", "groove"),
    [
        ("turkey", "9/8", (2, 2, 2, 3), "aksak-98"),
        ("greece", "7/8", (3, 2, 2), "kalamatianos-78"),
        ("india", "7/8", (3, 2, 2), "rupak"),
        ("india", "10/8", (2, 3, 2, 3), "jhaptal"),
        ("ireland", "9/8", (), "slip-jig"),
    ],
)
def test_odd_metres_limp_as_the_cycle_does_and_last_exactly(
    region: str, meter: str, wanted: tuple[int, ...], groove: str
) -> None:
    plan = make_plan(brief(region, meter=meter, length_s=17.3), library=load(), seed=2)
    assert plan.tempo_map.counted_meter.groups == wanted and plan.groove == groove
    assert plan.length_s == 17.3
    assert plan.tempo_map.seconds_at(plan.final_q) < 17.3


def test_a_limping_bar_is_strong_where_its_groups_begin() -> None:
    assert groups(Meter(9, 8, (2, 2, 2, 3))) == (1.0, 1.0, 1.0, 1.5)
    assert not Meter(9, 8, (2, 2, 2, 3)).is_compound and Meter(9, 8, (3, 3, 3)).is_compound
    with pytest.raises(Exception, match="groups"):
        Meter(7, 8, (2, 2))


def test_a_cycle_limps_only_in_a_metre_that_it_fills() -> None:
    cycle = Cycle("jhaptal", (2, 3, 2, 3), "ten", "Clayton")
    assert cycle.limping(10) == (2, 3, 2, 3) and cycle.limping(5) == (2, 3) and cycle.limping(7) == ()


def test_a_tala_is_played_only_where_its_region_names_it() -> None:
    library = load()
    meters = {groove.meter for groove in library.grooves.values() if groove.at_home}
    for meter in meters:
        plan = make_plan(replace(brief(None, meter=meter), styles=("jazz",)), library=library, seed=4)
        assert not plan.groove or not library.groove(plan.groove).at_home


def test_a_close_has_its_tones_before_its_landing() -> None:
    for landing_q in (1.0, 1.5, 2.0, 3.0):
        for count in range(5):
            places = approach(landing_q, count)
            assert len(places) == count and list(places) == sorted(set(places))
            assert all(0 <= place < landing_q for place in places)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: OrnamentName("tril", "shakes", "Signell", "trill", on=("loud",)), "on .'loud'"),
        (lambda: Turning(("rast",), 11, 5, "down", "lower", "Signell"), "becomes 5"),
        (lambda: Turning(("rast",), 11, 10, "sideways", "lower", "Signell"), "sideways"),
    ],
)
def test_statements_that_cannot_be_played_are_refused(make: object, said: str) -> None:
    with pytest.raises(DataError, match=said):
        make()  # type: ignore[operator]
