"""What is known of the regions: complete, consistent, each statement with its source; bad data is refused clearly."""

import json
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import soundfile

from assistant.cli import main
from assistant.cli.regions import named
from assistant.constraints import Constraints, arc_of
from assistant.errors import DataError, InputError
from assistant.library import Library, Region, load
from assistant.library.loading import PROFILE_FIELDS
from assistant.library.profiles import Player, Profile, Tuning, checked_pitch
from assistant.plan import make_plan
from assistant.records import from_data
from assistant.score import Score
from assistant.score.tuning import is_tuning
from assistant.settings import ROOT
from assistant.tuned import can_follow, in_tune
from models.rules import RulesGenerator

REGIONS = sorted(path.stem for path in (ROOT / "prompts" / "regions").glob("*.toml"))


@pytest.fixture(scope="module")
def library() -> Library:
    return load()


def test_there_are_thirty_four_regions() -> None:
    assert len(REGIONS) == 34


@pytest.mark.parametrize("name", REGIONS)
def test_a_profile_is_complete(library: Library, name: str) -> None:
    region = library.region(name)
    profile = region.profile
    assert len(region.sources) >= 2
    assert all(profile.tuning(scale) is not None for scale, _ in region.scales)
    assert len(profile.motions) >= 2 and profile.cadences and profile.weaves and profile.modern and region.avoid
    assert len(profile.ornamentation) >= 3 or profile.no_ornaments
    assert sum(bool(cycle.groove) for cycle in profile.cycles) >= 2
    assert len({player.name for player in profile.players}) >= 5
    assert {role for player in profile.players for role in player.roles} >= {"lead", "harmony"}


@pytest.mark.parametrize("name", REGIONS)
def test_what_is_said_agrees_with_what_is_composed(library: Library, name: str) -> None:
    region = library.region(name)
    assert {cycle.groove for cycle in region.profile.cycles if cycle.groove} <= set(region.grooves)
    assert region.texture in {weave.kind for weave in region.profile.weaves}
    named = {ornament.plays for ornament in region.profile.ornamentation if ornament.plays}
    assert named == set(region.ornaments)


@pytest.mark.parametrize("name", REGIONS)
def test_every_source_has_something_to_say(library: Library, name: str) -> None:
    region = library.region(name)
    said = {source for source in region.sources for one in region.profile.statements if source.startswith(one.source)}
    archives = {source for source in region.sources if not source.rstrip(")").endswith(tuple("0123456789"))}
    assert set(region.sources) - said <= archives


def test_figures_that_are_not_measured_do_not_pretend_to_be(library: Library) -> None:
    for region in library.regions.values():
        for tuning in region.profile.tunings:
            finer = [cents for cents in tuning.cents if cents != round(cents)]
            assert not finer or tuning.certainty == "theory", region.id


def test_quarter_tones_commas_and_slendro_lie_where_their_sources_have_them(library: Library) -> None:
    def off(region: str, scale: str) -> tuple[float, ...]:
        profile, steps = library.region(region).profile, dict(library.region(region).scales)[scale]
        tuning = profile.tuning(scale)
        assert tuning is not None
        return tuning.deviations(steps)

    assert off("arab", "rast") == (0, 0, -50, 0, 0, 0, -50)
    assert off("arab", "bayati")[1] == -50
    assert off("turkey", "rast")[2] == -15
    assert off("persia", "shur")[1] == 35
    assert off("indonesia", "slendro") == (0, 31, -26, 17, 55)
    assert off("alps", "alphorn")[3] == -49
    assert off("france", "major") == (0,) * 7


def data_of(name: str) -> dict[str, Any]:
    data = tomllib.loads((ROOT / "prompts" / "regions" / f"{name}.toml").read_text("utf-8"))
    data |= {"id": name, "scales": list(data["scales"].items())}
    data["sounds"] = list(data.get("sounds", {}).items())
    data["profile"] = {field: data.pop(field) for field in PROFILE_FIELDS if field in data}
    return data


def changed(change: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
    data = data_of("turkey")
    change(data["profile"])
    return data


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda profile: profile["tunings"][0].update(cents=[0, 204]), r"2 cents for the 7 steps of scale 'rast'"),
        (lambda profile: profile["tunings"][0]["cents"].__setitem__(2, 290), r"290.0 cents for semitone 4"),
        (lambda profile: profile["tunings"][0]["cents"].__setitem__(0, 5), r"cents \(5.*begin with 0"),
        (lambda profile: profile["tunings"][0].update(scales=["segah"]), r"scale 'segah'; use one of rast"),
        (lambda profile: profile["tunings"][0].update(scales=["hicaz"]), r"two tunings of scale 'hicaz'"),
        (lambda profile: profile["tunings"][0].update(certainty="sure"), r"certainty 'sure'.*measured"),
        (lambda profile: profile["tunings"][0].update(source="Nobody"), r"source 'Nobody', which begins 0"),
        (lambda profile: profile["motions"][0].update(source="B"), r"source 'B', which begins 2"),
        (lambda profile: profile["motions"][0].update(rule=" "), r"motion or cadence with rule"),
        (lambda profile: profile["motions"][0].update(degrees=[1] * 8), r"degrees \(1.*would be a tune"),
        (lambda profile: profile["ornamentation"][0].update(plays="squeal"), r"plays squeal"),
        (lambda profile: profile["weaves"][0].update(kind="fog"), r"weaves of fog"),
        (lambda profile: profile["cycles"][0].update(groups=[]), r"cycle 'duyek' in groups"),
        (lambda profile: profile["players"][0].update(roles=["hero"]), r"roles \('hero'"),
        (lambda profile: profile["players"][0].update(range=["G5", "G2"]), r"put the lower note first"),
        (lambda profile: profile["players"][0].update(range=["H2", "G5"]), r"note 'H2'"),
    ],
)
def test_bad_data_is_refused_with_its_place(change: Callable[[dict[str, Any]], object], said: str) -> None:
    assert from_data(Region, changed(lambda profile: None)).id == "turkey"
    with pytest.raises(DataError, match=said):
        from_data(Region, changed(change))


def test_a_profile_may_be_empty_and_notes_have_names() -> None:
    assert Profile().tuning("rast") is None
    assert Tuning(("major",), "practice", "Somebody", "frets").deviations((0, 2, 4)) == (0, 0, 0)
    assert checked_pitch(Player("ney", "ney", ("lead",), ("F#3", "Bb5")).range[0]) == 54


def test_the_command_prints_a_region_its_tuning_and_its_sources(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["region", "Turkey"]) == 0
    out, page = capsys.readouterr()
    data = json.loads(out)
    assert data["id"] == "turkey" and data["profile"]["tunings"][0]["cents"][2] == 385
    assert "0 204 385" in page and "duyek, 1+2+1+2+2" in page and "kanun (played as qanun)" in page
    assert all(source in page for source in data["sources"]) and "the Mevlevi ayin" in page


@pytest.mark.parametrize(
    ("name", "region"),
    [("Türkiye", "turkey"), ("土耳其", "turkey"), ("Irish", "ireland"), ("West Africa", "west-africa"),
     ("Schottland", "scotland"), ("アイルランド", "ireland"), ("تركيا", "turkey"), ("Scandinavia", "nordic")],
)  # fmt: skip
def test_a_region_is_named_in_words_of_any_language(library: Library, name: str, region: str) -> None:
    assert named(name, library).id == region


def test_words_that_name_two_regions_are_asked_about_and_none_are_told_the_ids(library: Library) -> None:
    with pytest.raises(InputError, match="which may be japan or brazil"):
        named("Japan and Brazil", library)
    with pytest.raises(InputError, match=r"alps, andes, .*west-africa"):
        named("  ", library)


def test_the_command_lists_regions_and_names_them_when_one_is_unknown(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["region"]) == 0
    assert json.loads(capsys.readouterr().out)["regions"] == REGIONS
    assert main(["region", "atlantis"]) == 2
    assert "west-africa" in capsys.readouterr().err


@pytest.mark.slow
def test_a_demo_is_ten_seconds(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "arab.wav"
    assert main(["region", "arab", "--demo", str(path)]) == 0
    assert json.loads(capsys.readouterr().out)["demo"] == str(path)
    assert soundfile.info(path).frames == 480_000


def test_a_demo_overwrites_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "taken.wav").touch()
    for name in (tmp_path / "taken.wav", tmp_path / "nowhere" / "a.wav", tmp_path / "a.mp3"):
        assert main(["region", "arab", "--demo", str(name)]) == 2
        assert "a new .wav file" in capsys.readouterr().err


@pytest.mark.slow
@pytest.mark.parametrize("name", REGIONS)
def test_every_scale_is_composed_and_tuned(library: Library, name: str) -> None:
    region = library.region(name)
    heard = set()
    for step, _ in enumerate(region.scales):
        valence = 0.4 - 0.8 * step / max(1, len(region.scales) - 1)
        asked = Constraints(duration_s=8, region=name, arc=arc_of([(0, valence, 0.3)]))
        plan = make_plan(asked, library=library, seed=step)
        score = in_tune(RulesGenerator(), library).generate(plan, seed=step)
        assert isinstance(score, Score) and any(part.notes for part in score.parts)
        tuning = region.profile.tuning(plan.key.mode)
        assert tuning is not None
        follows = any(is_tuning(control) for part in score.parts for control in part.controls)
        can = any(can_follow(library.instrument(part.instrument), part.role, region) for part in score.parts)
        assert follows == (can and bool(tuning.cents)), plan.key.name
        heard.add(plan.key.mode)
    assert heard == {scale for scale, _ in region.scales}
