"""The library reads data files, follows their references, and says what is wrong with which of them."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.errors import DataError, InputError
from assistant.library import GENERIC_STROKES, Groove, GrooveLine, Instrument, Library, load

INSTRUMENTS = """
sources = ["a book"]
[families]
percussion = ["hand-drum"]
[strokes]
kick = ["bass", "low"]
snare = ["slap", "accent"]
[instrument.reed]
program = 68
family = "woodwinds"
low = 60
high = 84
roles = ["lead", "counter"]
[instrument.hand-drum]
program = 0
family = "percussion"
low = 35
high = 81
roles = ["percussion"]
is_drums = true
kit = { low = 64, mid = 63, high = 62, accent = 60, slap = 61 }
"""
GROOVE = """
sources = ["a book"]
meter = "4/4"
steps_per_q = 2
bars = 2
[lines]
kick = "X.x. | ...."
[fill]
snare = "x"
"""
STYLE = """
sources = ["a book"]
tempo = [80, 120]
meters = ["4/4"]
harmony = "plain"
grooves = ["beat"]
sounds = { reed = 71 }
ensemble = [
  { role = "lead", instruments = ["reed"], texture = "melody" },
  { role = "percussion", instruments = ["hand-drum"], texture = "groove", enters = 0.2 },
]
"""
REGION = """
sources = ["a book", "another"]
tempo = [80, 120]
meters = ["4/4"]
grooves = ["beat"]
sounds = { reed = 69 }
ensemble = [{ role = "lead", instruments = ["reed"], texture = "melody" }]
[scales]
bright = [0, 2, 4, 7, 9]
"""
MODES = 'sources = ["a book"]\n[modes]\nmajor = [0, 2, 4, 5, 7, 9, 11]\nminor = [0, 2, 3, 5, 7, 8, 10]\n'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A small, complete folder of data."""
    for name, text in {
        "instruments.toml": INSTRUMENTS,
        "modes.toml": MODES,
        "grooves/beat.toml": GROOVE,
        "styles/plain.toml": STYLE,
        "regions/here.toml": REGION,
    }.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, "utf-8")
    return tmp_path


def rewrite(folder: Path, name: str, old: str, new: str) -> Path:
    text = (folder / name).read_text("utf-8")
    assert old in text
    (folder / name).write_text(text.replace(old, new), "utf-8")
    return folder


def test_a_folder_is_read_once(folder: Path) -> None:
    assert load(folder) is load(folder / ".")


def test_patterns_are_spelt_out_to_the_length_of_the_groove(folder: Path) -> None:
    groove = load(folder).groove("beat")
    assert groove.lines == (GrooveLine("kick", "X.x.....X.x....."),)
    assert groove.fill == (GrooveLine("snare", "xxxxxxxx"),)


def test_mappings_are_read_only(folder: Path) -> None:
    library = load(folder)
    with pytest.raises(TypeError):
        library.styles["other"] = library.styles["plain"]  # type: ignore[index]


def test_palettes_and_emotions_are_optional_and_frozen(folder: Path) -> None:
    assert load(folder).emotions == {} and load(folder).harmony == {}
    rewrite(folder, "instruments.toml", "a book", "a second book")
    (folder / "emotions.toml").write_text('sources = ["x"]\ntempo = [[-1, 60]]\n', "utf-8")
    elsewhere = folder.parent / "elsewhere"
    folder.rename(elsewhere)
    assert load(elsewhere).emotions["tempo"] == ((-1, 60),)


@pytest.mark.parametrize(
    ("name", "old", "new", "said"),
    [
        ("styles/plain.toml", 'sources = ["a book"]', "sources = []", r"plain\.toml.*sources"),
        ("styles/plain.toml", 'sources = ["a book"]\n', "", r"plain\.toml.*sources"),
        ("styles/plain.toml", "tempo = [80, 120]", "tempo = [120, 80]", r"plain\.toml.*tempo"),
        ("styles/plain.toml", "tempo = [80, 120]", 'tempo = "fast"', r"plain\.toml.*tempo"),
        ("styles/plain.toml", "tempo = [80, 120]", "temp = [80, 120]", r"plain\.toml.*tempo"),
        ("styles/plain.toml", "tempo = [80, 120]", "tempo = [80, 120", r"plain\.toml"),
        ("styles/plain.toml", '["4/4"]', '["four"]', r"plain\.toml.*metre 'four'"),
        ("styles/plain.toml", 'role = "lead"', 'role = "leader"', r"plain\.toml.*'leader'"),
        ("styles/plain.toml", '"melody"', '"tune"', r"plain\.toml.*'tune'"),
        ("styles/plain.toml", '["reed"]', '["kazoo"]', r"plain\.toml.*kazoo"),
        ("styles/plain.toml", '["hand-drum"]', '["reed"]', r"plain\.toml.*reed cannot play a groove"),
        ("styles/plain.toml", '["beat"]', '["off-beat"]', r"plain\.toml.*off-beat"),
        ("styles/plain.toml", 'harmony = "plain"', 'harmony = "p"\nmodes_dark = ["sad"]', r"plain\.toml.*mode 'sad'"),
        ("styles/plain.toml", 'harmony = "plain"', 'harmony = "p"\nreverb = "cave"', r"plain\.toml.*'cave'"),
        ("styles/plain.toml", 'harmony = "plain"', 'harmony = "p"\nid = "other"', r"plain\.toml.*'other'"),
        ("regions/here.toml", "[0, 2, 4, 7, 9]", "[0, 4, 2]", r"here\.toml.*scale bright"),
        ("regions/here.toml", "[scales]", 'ornaments = ["squeal"]\n[scales]', r"here\.toml.*squeal"),
        ("regions/here.toml", "reed = 69", "kazoo = 69", r"here\.toml.*kazoo"),
        ("grooves/beat.toml", "X.x. | ....", "X.x", r"beat\.toml.*lines\.kick with 3 steps"),
        ("grooves/beat.toml", "X.x. | ....", "X.y. | ....", r"beat\.toml.*pattern"),
        ("grooves/beat.toml", "kick", "klunk", r"beat\.toml.*klunk"),
        ("grooves/beat.toml", "bars = 2\n", "", r"beat\.toml.*bars"),
        ("grooves/beat.toml", '"4/4"', '"7/8"', r"beat\.toml.*with 8 steps"),
        ("instruments.toml", 'family = "woodwinds"', 'family = "wood"', r"instruments\.toml: reed.*'wood'"),
        ("instruments.toml", "accent = 60, ", "", r"instruments\.toml: hand-drum.*accent"),
        ("instruments.toml", "low = 60", "low = 90", r"instruments\.toml: reed.*90"),
        ("instruments.toml", '["bass", "low"]', '["bass"]', r"instruments\.toml.*strokes\.kick"),
        ("instruments.toml", 'percussion = ["hand-drum"]', 'percussion = ["bongo"]', r"families\.percussion 'bongo'"),
    ],
)
def test_a_broken_file_is_named_with_its_field(folder: Path, name: str, old: str, new: str, said: str) -> None:
    with pytest.raises(DataError, match=said):
        load(rewrite(folder, name, old, new))


def test_a_missing_file_is_named(folder: Path) -> None:
    (folder / "modes.toml").unlink()
    with pytest.raises(DataError, match=r"modes\.toml.*cannot be read"):
        load(folder)


def test_an_unknown_harmony_is_an_error_once_there_are_palettes(folder: Path) -> None:
    (folder / "harmony").mkdir()
    (folder / "harmony/rich.toml").write_text('sources = ["a book"]\n', "utf-8")
    with pytest.raises(DataError, match=r"plain\.toml.*harmony 'plain'.*rich"):
        load(folder)


@pytest.mark.parametrize("kind", ["instrument", "style", "region", "groove"])
def test_an_unknown_id_is_answered_with_the_legal_ones(folder: Path, kind: str) -> None:
    library = load(folder)
    legal = next(iter(getattr(library, f"{kind}s")))
    with pytest.raises(InputError, match=f"{kind} 'nothing'.*{legal}"):
        getattr(library, kind)("nothing")


def test_a_near_miss_is_suggested(folder: Path) -> None:
    with pytest.raises(InputError, match="did you mean 'reed'"):
        load(folder).instrument("reeds")


def test_a_region_colours_an_instrument_before_the_style_does(folder: Path) -> None:
    library = load(folder)
    assert library.program("reed") == 68
    assert library.program("reed", style="plain") == 71
    assert library.program("reed", style="plain", region="here") == 69
    assert library.program("hand-drum", style="plain", region="here") == 0


def test_a_family_stands_for_its_members_and_others_for_nobody(folder: Path) -> None:
    assert load(folder).family_members("percussion") == ("hand-drum",)
    assert load(folder).family_members("reed") == ()


def test_a_stroke_goes_to_the_first_stand_in_that_the_instrument_has(folder: Path) -> None:
    assert dict(load(folder).strokes("beat", "hand-drum")) == {"kick": 64, "snare": 61}


def test_a_groove_on_an_instrument_that_is_not_struck_is_refused(folder: Path) -> None:
    with pytest.raises(InputError, match=r"groove 'beat' on 'reed'; hand-drum"):
        load(folder).strokes("beat", "reed")


STROKES = ("kick", "snare", "hat", "bell")


@given(
    chains=st.fixed_dictionaries(
        {
            name: st.tuples(
                st.lists(st.sampled_from(STROKES), max_size=3).map(tuple), st.sampled_from(GENERIC_STROKES)
            ).map(lambda chain: (*chain[0], chain[1]))
            for name in STROKES
        }
    ),
    kit=st.dictionaries(st.sampled_from(STROKES), st.integers(35, 81)),
    used=st.lists(st.sampled_from((*STROKES, *GENERIC_STROKES)), min_size=1, unique=True),
)
def test_no_stroke_is_ever_dropped(chains: dict[str, tuple[str, ...]], kit: dict[str, int], used: list[str]) -> None:
    kit = kit | dict(zip(GENERIC_STROKES, range(60, 64), strict=True))
    drum = Instrument("drum", 0, "drums", 35, 81, ("drums",), kit=tuple(kit.items()))
    groove = Groove("g", "4/4", 1, 1, tuple(GrooveLine(name, "x...") for name in used))
    strokes = Library({"drum": drum}, {}, {}, {"g": groove}, stroke_fallbacks=chains).strokes("g", "drum")
    assert list(strokes) == used
    assert all(strokes[name] == kit[name] for name in used if name in kit)
    assert set(strokes.values()) <= set(kit.values())
