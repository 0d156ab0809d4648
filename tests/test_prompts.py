"""Every data file that music is made from: it loads, is in range, names its sources, and can be played."""

import tomllib
from itertools import combinations

import pytest

from assistant.library import GENERIC_STROKES, Library, Region, Style
from assistant.score import Meter
from assistant.settings import ROOT

PROMPTS = ROOT / "prompts"


def words(text: str) -> list[str]:
    return text.split()


INSTRUMENTS = words("""
    accordion acoustic-guitar bagpipes bandoneon banjo bass bassoon bells brass celesta cello charango choir
    clarinet didgeridoo dizi djembe double-bass drums duduk electric-guitar electric-piano erhu fiddle flute
    french-horn gamelan guzheng harmonica harp harpsichord kalimba kora koto mandolin marimba mbira music-box ney
    oboe organ oud pad pan-flute percussion piano pipa qanun saxophone saz shakuhachi shamisen sitar steel-drums
    strings synth tabla taiko timpani tin-whistle trombone trumpet tuba ukulele vibraphone viola violin voice
    woodwinds xylophone
""")
STYLES = words("""
    ambient baroque blues bossa-nova chiptune choral cinematic classical comedy corporate country electronic epic
    folk funk hip-hop horror house indie jazz latin lo-fi lullaby march metal minimalism orchestral pop ragtime
    reggae rock samba soul suspense synthwave tango techno trap waltz world
""")
REGIONS = words("""
    china japan korea mongolia indonesia india persia turkey arab greece balkans russia ireland scotland nordic
    spain france italy alps hungary appalachia mississippi new-orleans mexico cuba brazil argentina andes jamaica
    hawaii west-africa ethiopia southern-africa morocco
""")
FAMILIES = {
    "percussion": {"drums", "taiko", "tabla", "djembe", "timpani"},
    "strings": {"violin", "viola", "cello", "double-bass"},
    "brass": {"trumpet", "french-horn", "trombone", "tuba"},
    "woodwinds": {"flute", "oboe", "clarinet", "bassoon"},
}
DRUM_KITS = {0, 8, 16, 24, 25, 32, 40}
"""Kits of General MIDI 2 whose keys mean the same strokes as the standard kit's."""

FILES = sorted(path.relative_to(PROMPTS).as_posix() for path in PROMPTS.rglob("*.toml"))


def owners(library: Library) -> list[Style | Region]:
    return [*library.styles.values(), *library.regions.values()]


@pytest.mark.parametrize("name", FILES)
def test_every_data_file_names_its_sources(name: str) -> None:
    sources = tomllib.loads((PROMPTS / name).read_text("utf-8")).get("sources")
    assert sources and all(isinstance(source, str) and len(source) > 3 for source in sources)


def test_the_vocabulary_is_complete(library: Library) -> None:
    assert sorted(library.instruments) == sorted(INSTRUMENTS)
    assert sorted(library.styles) == sorted(STYLES)
    assert sorted(library.regions) == sorted(REGIONS)


@pytest.mark.parametrize("family", FAMILIES)
def test_a_family_begins_with_itself_and_holds_its_members(library: Library, family: str) -> None:
    members = library.family_members(family)
    assert members[0] == family
    assert set(members) >= FAMILIES[family]


def test_melodic_ranges_can_hold_a_tune(library: Library) -> None:
    for instrument in library.instruments.values():
        assert 21 <= instrument.low < instrument.high <= 108, instrument.id
        if "lead" in instrument.roles:
            assert instrument.high - instrument.low >= 12, instrument.id


def test_everyone_sits_on_the_stage(library: Library) -> None:
    for instrument in library.instruments.values():
        assert -1 <= instrument.pan <= 1, instrument.id


def test_drum_keys_exist_in_every_soundfont_of_the_standard(library: Library) -> None:
    for instrument in library.instruments.values():
        if instrument.is_drums:
            assert all(27 <= key <= 87 for key in instrument.strokes.values()), instrument.id


def test_pitched_strokes_lie_in_the_range(library: Library) -> None:
    for instrument in library.instruments.values():
        if instrument.is_struck and not instrument.is_drums:
            assert all(instrument.low <= key <= instrument.high for key in instrument.strokes.values()), instrument.id


def test_every_groove_can_be_played_on_every_struck_instrument(library: Library) -> None:
    struck = [instrument for instrument in library.instruments.values() if instrument.is_struck]
    assert len(struck) >= 6
    for groove in library.grooves.values():
        for instrument in struck:
            assert set(library.strokes(groove, instrument)) == set(groove.stroke_names)


def test_grooves_keep_their_low_and_high_strokes_apart_where_they_were_made_for(library: Library) -> None:
    for groove in library.grooves.values():
        strokes = library.strokes(groove, groove.made_for[0])
        sounding = {strokes[line.stroke] for line in (*groove.lines, *groove.more)}
        assert len(sounding) >= min(2, len(groove.stroke_names)), groove.id


def test_grooves_are_many_and_each_has_a_layer_more_and_a_fill(library: Library) -> None:
    assert len(library.grooves) >= 30
    for groove in library.grooves.values():
        assert groove.more and groove.fill and groove.made_for, groove.id
        assert all(set(line.pattern) != {"."} for line in (*groove.lines, *groove.more, *groove.fill)), groove.id


def test_grooves_breathe_in_level(library: Library) -> None:
    for groove in library.grooves.values():
        marks = set("".join(line.pattern for line in (*groove.lines, *groove.more))) - {"."}
        assert len(marks) >= 2, groove.id


def test_every_stroke_of_a_kit_is_reachable_or_generic(library: Library) -> None:
    known = {*library.stroke_fallbacks, *GENERIC_STROKES}
    for instrument in library.instruments.values():
        assert set(instrument.strokes) <= known, instrument.id


def test_every_metre_of_a_style_or_region_has_a_groove(library: Library) -> None:
    for owner in owners(library):
        assert set(owner.meters) <= {library.groove(groove).meter for groove in owner.grooves}, owner.id


def test_a_groove_of_the_first_metre_fits_the_tempo(library: Library) -> None:
    for owner in owners(library):
        quarters = Meter.parse(owner.meters[0]).beat_q
        low, high = owner.tempo[0] * quarters, owner.tempo[1] * quarters
        grooves = [library.groove(name) for name in owner.grooves]
        first = [groove for groove in grooves if groove.meter == owner.meters[0]]
        assert any(groove.tempo[0] <= high and low <= groove.tempo[1] for groove in first), owner.id


def test_seats_ask_nobody_for_what_they_cannot_do(library: Library) -> None:
    chordal = {"pad", "block", "strum", "swell"}
    for owner in owners(library):
        for seat in owner.ensemble:
            for name in seat.instruments:
                instrument = library.instrument(name)
                assert seat.role in instrument.roles, (owner.id, seat.role, name)
                assert instrument.polyphonic or seat.texture not in chordal, (owner.id, seat.texture, name)
                assert instrument.sustained or seat.texture not in {"pad", "swell"}, (owner.id, seat.texture, name)


def test_someone_always_carries_the_tune(library: Library) -> None:
    for owner in owners(library):
        leads = [seat for seat in owner.ensemble if seat.role == "lead"]
        assert leads and leads[0].enters == -1 and leads[0].texture == "melody", owner.id


def test_seats_fill_as_arousal_grows(library: Library) -> None:
    for owner in owners(library):
        calm = sum(seat.enters <= -0.9 for seat in owner.ensemble)
        wild = sum(seat.enters <= 0.9 for seat in owner.ensemble)
        assert calm < wild == len(owner.ensemble), owner.id


def test_drum_kits_share_the_standard_keys(library: Library) -> None:
    for owner in owners(library):
        for name, program in owner.sounds:
            if library.instrument(name).is_drums:
                assert program in DRUM_KITS, (owner.id, name)


def test_no_two_styles_are_the_same_music(library: Library) -> None:
    for one, other in combinations(library.styles.values(), 2):
        same = [
            one.harmony == other.harmony,
            one.grooves[0] == other.grooves[0],
            one.ensemble[0].instruments[:2] == other.ensemble[0].instruments[:2],
            one.tempo == other.tempo,
            one.sounds == other.sounds,
        ]
        assert sum(same) <= 2, (one.id, other.id)


@pytest.mark.parametrize("region", REGIONS)
def test_a_region_is_described_in_full(library: Library, region: str) -> None:
    profile = library.region(region)
    assert len(profile.sources) >= 2
    assert len(profile.scales) >= 3
    assert profile.ornaments and profile.avoid
    seated = {seat.role for seat in profile.ensemble}
    assert seated >= {"lead", "harmony", "bass"} and seated & {"drums", "percussion"}


def test_a_region_begins_bright_and_ends_dark(library: Library) -> None:
    for profile in library.regions.values():
        first, last = profile.scales[0][1], profile.scales[-1][1]
        assert 1 not in first and (4 in first or 3 not in first), profile.id
        assert {1, 3} & set(last), profile.id


def test_regions_differ_in_scales_or_leading_instruments(library: Library) -> None:
    for one, other in combinations(library.regions.values(), 2):
        assert (one.scales, one.ensemble[0].instruments) != (other.scales, other.ensemble[0].instruments)


def test_stand_ins_are_said(library: Library) -> None:
    shared: dict[tuple[int, bool], list[str]] = {}
    for instrument in library.instruments.values():
        if not instrument.is_drums:
            shared.setdefault((instrument.program, instrument.is_drums), []).append(instrument.id)
    for names in shared.values():
        unsaid = [name for name in names if not library.instrument(name).stand_in]
        assert len(unsaid) <= 1, names
