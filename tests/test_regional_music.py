"""A region's own music ends, moves and strikes as it does there, whatever mood the words name."""

from dataclasses import replace
from itertools import pairwise

import pytest

from assistant.brief import Brief
from assistant.check.score import check_key
from assistant.constraints import Constraints, Instruments
from assistant.interpret import read_brief, with_motif
from assistant.library import load
from assistant.plan import Plan, make_plan
from assistant.score import Score
from assistant.score.motif import parse_motif
from models.rules import RulesGenerator

MOTIF = "E4 G4 A4:2 G4 E4 D4:2"
LONG = "E4:2 G4:2 A4:2 G4:2 E4:2 D4:2"
CLAVES = 75


def wish(words: str, region: str | None, **more: object) -> Constraints:
    asked = read_brief(Brief(words), library=load()).constraints
    return replace(asked, region=region, duration_s=14.0, **more)


def cue(words: str, region: str | None, seed: int = 1, **more: object) -> tuple[Plan, Score]:
    library = load()
    plan = make_plan(wish(words, region, **more), library=library, seed=seed)
    return plan, RulesGenerator(library).generate(plan, seed=seed)


@pytest.mark.parametrize(
    ("words", "region", "seed"),
    [("a sad garden", "japan", 1), ("a calm evening", "indonesia", 2), ("a sad garden", "turkey", 2)],
)
def test_a_mode_ends_on_its_final_and_never_leaves_its_scale(words: str, region: str, seed: int) -> None:
    plan, score = cue(words, region, seed)
    tonic, scale = plan.key.tonic, set(plan.key.scale)
    for part in score.parts:
        steps = {(note.pitch - tonic) % 12 for note in part.notes if not part.is_drums}
        last = {(note.pitch - tonic) % 12 for note in part.notes if note.start_q >= plan.final_q - 1e-6}
        assert steps <= scale, part.id
        assert part.is_drums or last <= ({0} if part.role in ("lead", "counter", "bass") else {0, 7}), part.id


def test_a_drone_stands_under_any_mood() -> None:
    plan, score = cue("a calm evening", "india")
    drone = next(part for part in score.parts if part.role == "harmony")
    assert {chord.degree for chord in plan.chords} == {"I5"}
    assert {(note.pitch - plan.key.tonic) % 12 for note in drone.notes} <= {0, 7}


def test_a_mood_brings_no_chords_but_a_named_style_does() -> None:
    library = load()
    named = make_plan(wish("an ambient evening", "india"), library=library, seed=1)
    assert {chord.degree for chord in named.chords} != {"I5"}


@pytest.mark.parametrize("region", ["turkey", "persia", "india", "ireland"])
def test_a_motif_takes_the_scale_of_the_mood_where_several_are_as_near(region: str) -> None:
    plan, _ = cue("a sad farewell", region, 3, motif=replace(parse_motif(MOTIF), key="D minor"))
    assert all(section.key.is_minor for section in plan.sections)
    bright, _ = cue("a joyful, happy party", region, 3, motif=parse_motif(MOTIF))
    assert not bright.key.is_minor


def test_a_key_that_was_only_heard_in_a_motif_is_not_judged() -> None:
    motif = replace(parse_motif(MOTIF), key="D minor")
    heard = with_motif(read_brief(Brief("a joyful party"), library=load()), motif).constraints
    asked = replace(heard, region="turkey", duration_s=14.0)
    score = RulesGenerator(load()).generate(make_plan(asked, library=load(), seed=3), seed=3)
    assert not list(check_key(asked, score))
    assert list(check_key(replace(asked, evidence=()), score))


@pytest.mark.parametrize("region", ["turkey", "west-africa"])
def test_chords_under_a_motif_stay_modal(region: str) -> None:
    plan, _ = cue("Lively", region, 3, motif=parse_motif(MOTIF))
    plain, _ = cue("Lively", "ireland", 3, motif=parse_motif(MOTIF))
    assert all(chord.quality in ("5", "sus2", "sus4") for chord in plan.chords)
    assert any(chord.quality == "maj" for chord in plain.chords)


@pytest.mark.parametrize("region", ["turkey", "ireland"])
def test_regional_percussion_has_no_crash(region: str) -> None:
    plan, score = cue("a proud, triumphant dance", region, 1, colour="full")
    drums = [note.pitch for part in score.parts if part.role == "percussion" for note in part.notes]
    assert drums and not {49, 52, 55, 57} & set(drums), plan.groove


def test_breath_plays_no_tremolo() -> None:
    def repeats(player: str) -> list[str]:
        wanted = Instruments(include=(player,))
        plan, _ = cue("a calm evening", "andes", 1, colour="full", motif=parse_motif(LONG), instruments=wanted)
        assert plan.motif is not None
        return [name for statement in plan.motif.statements for name in statement.ornaments if name == "tremolo"]

    assert not repeats("pan-flute") and repeats("charango")


def test_the_clave_goes_on_through_fills() -> None:
    wanted = wish("a joyful, energetic street party", "cuba", colour="full", meter="4/4", tempo_bpm=(96.0, 100.0))
    plan = make_plan(wanted, library=load(), seed=1)
    parts = [replace(part, texture="son-clave") if part.role == "percussion" else part for part in plan.parts]
    score = RulesGenerator(load()).generate(replace(plan, groove="son-clave", parts=tuple(parts)), seed=1)
    player = next(part for part in score.parts if part.role == "percussion")
    active = next(part for part in parts if part.role == "percussion").bars
    struck: dict[int, list[float]] = {}
    for note in player.notes:
        bar = plan.tempo_map.bar_at(note.start_q)
        if note.pitch == CLAVES and bar.end_q <= plan.final_q:
            struck.setdefault(bar.index, []).append(round(note.start_q - bar.start_q, 3))
    bars = [index for index, intent in enumerate(active) if intent.active and plan.bars[index].end_q <= plan.final_q]
    assert len(bars) >= 4
    for index in bars:
        assert struck[index] == ([1.0, 2.0] if index % 2 else [0.0, 1.5, 3.0]), index


def test_a_plucked_drone_sounds_through_the_bar_in_four_plucks() -> None:
    plan, score = cue("a calm evening", "india")
    drone = next(part for part in score.parts if part.role == "harmony")
    for bar in plan.bars[1:-1]:
        here = sorted(note.start_q for note in drone.notes if bar.start_q <= note.start_q < bar.end_q)
        assert len(here) == 4 and max(b - a for a, b in pairwise([*here, bar.end_q])) < 0.3 * bar.length_q


@pytest.mark.parametrize(
    ("words", "meter"), [("a zeibekiko", "9/4"), ("in 9/4", "9/4"), ("a rachenitsa", "7/8"), ("teental", "4/4")]
)
def test_dances_and_cycles_name_their_metre(words: str, meter: str) -> None:
    assert read_brief(Brief(words), library=load()).constraints.meter == meter


def test_a_dance_of_the_region_is_as_quick_as_it_is_danced_and_has_its_drum() -> None:
    plan, score = cue("a wedding dance in 7/8", "balkans", colour="full")
    assert 150 <= plan.tempo_map.tempos[0].quarter_bpm <= 260
    assert any(part.role == "percussion" and part.notes for part in score.parts)
    calm, _ = cue("a calm evening in 7/8", "balkans", colour="full")
    assert calm.tempo_map.tempos[0].quarter_bpm < 150
