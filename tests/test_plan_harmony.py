"""Palettes and chords: numerals read, chords without a gap, cadences where phrases end."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.constraints import Constraints, arc_of
from assistant.errors import DataError
from assistant.library import load
from assistant.plan import make_plan
from assistant.plan.craft import read_craft, stream
from assistant.plan.harmony import phrase_slots, walk
from assistant.plan.keys import mood_of, parse_key
from assistant.plan.palette import MOODS, fit, is_borrowed, read_numeral, read_palette, spell, to_chord
from assistant.plan.values import QUALITIES, Key
from assistant.score import Meter, TempoMap

LIBRARY = load()
PALETTES = sorted(LIBRARY.harmony)
STYLE_PALETTES = {style.harmony for style in LIBRARY.styles.values()}
MINOR = Key(2, "minor", (0, 2, 3, 5, 7, 8, 10))


@pytest.mark.parametrize("name", PALETTES)
def test_palette_is_whole(name):
    palette = read_palette(LIBRARY, name)
    for mood in MOODS:
        for text in (*palette.mood(mood).full, *palette.mood(mood).plagal):
            assert read_numeral(text.split()[-1]).root == 0, text


def test_every_style_has_its_palette():
    assert set(PALETTES) >= STYLE_PALETTES


def test_bad_numeral_is_named():
    with pytest.raises(DataError, match="'H7'"):
        read_numeral("H7")


def test_numerals_count_against_the_major_scale():
    assert to_chord("bVI", MINOR, 0, 4).root == 10
    assert to_chord("V/vi", Key(0, "major", (0, 2, 4, 5, 7, 9, 11)), 0, 4).root == 4
    assert to_chord("i@b3", MINOR, 0, 4).bass == 5


@given(
    st.sampled_from(
        [text for name in PALETTES for text in " ".join(read_palette(LIBRARY, name).dark.progressions).split()]
    ),
    st.sampled_from([scale for region in LIBRARY.regions.values() for _, scale in region.scales]),
)
def test_a_fitted_chord_lies_in_the_scale(numeral, scale):
    chord = fit(read_numeral(numeral), frozenset(scale))
    tones = {(chord.root + step) % 12 for step in QUALITIES[chord.quality]}
    assert tones <= set(scale) or (chord.root, chord.quality) == (0, "5")


@given(
    st.sampled_from([text for name in PALETTES for text in " ".join(read_palette(LIBRARY, name).bright.half).split()])
)
def test_spelling_a_numeral_gives_it_back(text):
    numeral = read_numeral(text)
    assert read_numeral(spell(numeral)) == numeral


@pytest.mark.parametrize("pace", [0.25, 0.5, 1.0, 2.0])
@pytest.mark.parametrize("meter", ["4/4", "3/4", "6/8", "7/8", "5/4"])
@pytest.mark.parametrize("dense", [True, False])
def test_slots_fill_their_phrase(pace, meter, dense):
    tempo_map = TempoMap.steady(120, Meter.parse(meter))
    bars = tempo_map.bars_until(5 * Meter.parse(meter).bar_q)
    slots = phrase_slots(bars, pace, dense_end=dense)
    assert slots[0].start_q == 0
    for slot, after in itertools.pairwise(slots):
        assert after.start_q == pytest.approx(slot.start_q + slot.length_q)
    assert slots[-1].start_q + slots[-1].length_q == pytest.approx(bars[-1].end_q)


def test_a_walk_only_takes_steps_that_the_palette_knows():
    palette = read_palette(LIBRARY, "pop").bright
    known = set()
    for text in palette.progressions:
        chain = text.split()
        known |= set(zip(chain, [*chain[1:], chain[0]], strict=True)) | set(itertools.pairwise(chain))
    path = walk(palette, 40, stream(3, "walk"))
    assert len(path) == 40
    assert set(itertools.pairwise(path)) <= known


@pytest.mark.parametrize(("text", "tonic"), [("D minor", 2), ("F# major", 6), ("Bb", 10), ("Eb dorian", 3)])
def test_keys_are_read(text, tonic):
    assert parse_key(text, LIBRARY.modes).tonic == tonic


def test_mood_follows_mode_and_valence():
    assert mood_of(MINOR, -0.5) == "dark"
    assert mood_of(Key(0, "major", (0, 2, 4, 5, 7, 9, 11)), 0.5) == "bright"


def test_the_craft_table_is_whole():
    craft = read_craft(LIBRARY)
    assert set(craft.uses) >= {"film", "ad", "game", "other"}
    assert all(name in LIBRARY.styles for use in craft.uses.values() for name in use.styles.values())


def planned(library, valence, *, arousal=0.3, styles=("orchestral",), seed=0, **asked):
    wish = Constraints(duration_s=60.0, styles=styles, arc=arc_of([(0, valence, arousal)]), **asked)
    return make_plan(wish, library=library, seed=seed)


def borrowed_before_the_end(plan):
    """Borrowed chords of the phrases, the second half of each left out: it may be its cadence."""
    found = []
    for phrase in (phrase for section in plan.sections for phrase in section.phrases):
        start_q, end_q = plan.bars[phrase.start_bar].start_q, plan.bars[phrase.start_bar + phrase.bars - 1].end_q
        chords = [chord.degree for chord in plan.chords if start_q <= chord.start_q < end_q]
        found += [degree for degree in chords[: len(chords) // 2] if is_borrowed(degree)]
    return found


def test_plain_joy_borrows_nothing_from_minor_and_bittersweet_film_does(library):
    assert not [name for seed in range(12) for name in borrowed_before_the_end(planned(library, 0.8, seed=seed))]
    assert [name for seed in range(12) for name in borrowed_before_the_end(planned(library, 0.3, seed=seed))]


@pytest.mark.parametrize("style", ["epic", "suspense", "techno", "trap", "rock", "ambient", "lo-fi", "cinematic"])
def test_a_plain_feeling_has_a_plain_mode(library, style):
    for seed in range(6):
        happy, sad = (planned(library, valence, styles=(style,), seed=seed).key for valence in (0.8, -0.8))
        assert 4 in happy.scale
        assert 3 not in happy.scale
        assert 3 in sad.scale
        assert 4 not in sad.scale
        assert sad.mode != "dorian"


def test_a_mild_feeling_keeps_the_mode_that_is_typical_of_its_style(library):
    assert planned(library, 0.35, styles=("rock",), use="ad").key.mode == "mixolydian"
    assert planned(library, -0.35, arousal=0.0, styles=("ambient",)).key.mode == "dorian"
