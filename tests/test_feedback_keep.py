"""What nobody names comes back, and the difference says so."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.check import Findings
from assistant.constraints import Constraints, HitPoint, Span
from assistant.explain import voice
from assistant.feedback import Change, KeepWish, Reply, cells_to_keep, compare_scores, now_of, summarise
from assistant.generator import Keep
from assistant.plan import BarIntent, Chord, Key, Plan, PlannedPart
from assistant.score import Meter, Note, Part, Score, TempoMap
from assistant.session import TakeRecord

MAJOR = (0, 2, 4, 5, 7, 9, 11)
MINOR = (0, 2, 3, 5, 7, 8, 10)
COMMON = Meter(4, 4)
C_MAJOR = Key(0, "major", MAJOR)
PLAYERS = {
    "lead-flute": ("lead", "flute", 60, 96),
    "harmony-strings": ("harmony", "strings", 48, 84),
    "bass-cello": ("bass", "cello", 36, 60),
    "drums-drums": ("drums", "drums", 0, 127),
}
ALL = tuple(PLAYERS)


def planned(part_id: str, bars: int) -> PlannedPart:
    role, instrument, low, high = PLAYERS.get(part_id, ("lead", part_id.split("-")[1], 55, 100))
    return PlannedPart(part_id, role, instrument, low, high, "melody", (BarIntent(True),) * bars)


def plan(
    bars: int = 8,
    *,
    parts: tuple[str, ...] = ALL,
    bpm: float = 120.0,
    meter: Meter = COMMON,
    key: Key = C_MAJOR,
) -> Plan:
    tempo_map = TempoMap.steady(bpm, meter)
    end_q = bars * meter.bar_q
    chords = tuple(
        Chord(bar * meter.bar_q, meter.bar_q, (key.tonic + 7 * (bar % 2)) % 12, "maj") for bar in range(bars)
    )
    players = tuple(planned(part_id, bars) for part_id in parts)
    return Plan(tempo_map.seconds_at(end_q), tempo_map, bars, end_q - meter.bar_q, key, (), chords, players)


def score_of(made: Plan) -> Score:
    parts = []
    for player in made.parts:
        notes = tuple(
            Note(bar.start_q + beat, player.low + 7 + (bar.index + beat) % 5, 0.9, 80)
            for bar in made.bars
            for beat in range(bar.meter.beats)
        )
        parts.append(Part(player.id, player.role, player.instrument, 0, player.role == "drums", notes))
    return Score(made.tempo_map, tuple(parts), made.length_s, made.key.name)


def take(made: Plan, **asked: object) -> TakeRecord:
    constraints = Constraints(duration_s=made.length_s, **asked)  # type: ignore[arg-type]
    return TakeRecord(1, constraints, made, score_of(made), Findings(), "rules", 1, "take-1")


def kept(keep: Keep) -> dict[str, set[int]]:
    bars: dict[str, set[int]] = {}
    for cell in keep.cells:
        bars.setdefault(cell.part_id, set()).add(cell.bar)
    return bars


def keep_after(*changes: Change, keep: tuple[str | Span, ...] = (), to: Plan | None = None) -> dict[str, set[int]]:
    reply = Reply(changes, tuple(KeepWish(what) for what in keep))
    return kept(cells_to_keep(reply, take(plan(), hits=(HitPoint(4.0),)), to or plan()))


EVERY = set(range(8))


def test_without_an_instrument_every_cell_of_the_others_comes_back() -> None:
    rest = ALL[:3]
    found = keep_after(Change("instruments.include", remove=("drums",)), to=plan(parts=rest))
    assert found == dict.fromkeys(rest, EVERY)


def test_slower_keeps_all_but_the_closing_bars() -> None:
    assert keep_after(Change("tempo_bpm", "lower"), to=plan(7, bpm=105.0)) == {key: set(range(5)) for key in ALL}


def test_a_longer_cue_keeps_all_but_the_old_ending() -> None:
    assert keep_after(Change("duration_s", "higher"), to=plan(12)) == {key: set(range(6)) for key in ALL}


def test_fewer_notes_for_one_part_frees_only_that_part() -> None:
    found = keep_after(Change("density", "lower", part="strings"))
    assert found == {part: EVERY for part in ALL if part != "harmony-strings"}


def test_a_change_in_one_place_frees_only_the_bars_that_touch_it() -> None:
    found = keep_after(Change("density", "lower", part="melody", where=Span(4.5, 7.0)))
    assert found["lead-flute"] == {0, 1, 4, 5, 6, 7}
    assert found["bass-cello"] == EVERY


def test_a_sadder_end_frees_the_end_of_all_parts() -> None:
    assert keep_after(Change("valence", "lower", where="end")) == {key: set(range(5)) for key in ALL}


@pytest.mark.parametrize(
    "change",
    [
        Change("valence", "lower", where="all"),
        Change("styles", add=("jazz",)),
        Change("region", value="japan"),
        Change("mode", value="minor"),
    ],
    ids=lambda change: change.field,
)
def test_a_new_character_frees_everything_but_what_is_kept(change: Change) -> None:
    assert keep_after(change) == {}
    assert keep_after(change, keep=("melody",)) == {"lead-flute": EVERY}


def test_louder_touches_no_note() -> None:
    assert keep_after(Change("loudness", "higher", part="flute")) == dict.fromkeys(ALL, EVERY)


def test_another_metre_keeps_no_bar_not_even_a_kept_melody() -> None:
    found = keep_after(Change("meter", value="3/4"), keep=("melody",), to=plan(meter=Meter(3, 4)))
    assert found == {}


def test_a_kept_stretch_is_kept_for_all_parts() -> None:
    found = keep_after(Change("arousal", "higher", where="all"), keep=(Span(0.0, 6.0),))
    assert found == {key: {0, 1, 2} for key in ALL}


def test_the_rest_is_the_melody_when_the_style_changes() -> None:
    assert keep_after(Change("styles", add=("jazz",)), keep=("everything",)) == {"lead-flute": EVERY}


def test_a_new_hit_frees_the_bars_around_it_and_around_the_one_that_went() -> None:
    found = keep_after(Change("hits", value=(10.0,)))
    assert found == {key: {0, 7} for key in ALL}


def test_a_new_key_moves_what_comes_back() -> None:
    d_major = replace(C_MAJOR, tonic=2)
    before = take(plan())
    keep = cells_to_keep(Reply((Change("key", value="D major"),)), before, plan(key=d_major))
    assert kept(keep) == dict.fromkeys(ALL, EVERY)
    assert keep.score is not None
    old, new = before.score.part("lead-flute"), keep.score.part("lead-flute")
    assert old is not None and new is not None
    assert [note.pitch + 2 for note in old.notes] == [note.pitch for note in new.notes]
    assert keep.score.part("drums-drums") == before.score.part("drums-drums")


def test_a_kept_melody_follows_a_named_mode_by_degrees() -> None:
    before = take(plan())
    reply = Reply((Change("mode", value="minor"),), (KeepWish("melody"),))
    keep = cells_to_keep(reply, before, plan(key=Key(0, "minor", MINOR)))
    assert keep.score is not None
    pitches = {note.pitch % 12 for note in keep.score.parts[0].notes}
    assert pitches <= {note.pitch % 12 for note in before.score.parts[0].notes} | set(MINOR)


def test_whoever_replaces_an_instrument_plays_its_notes() -> None:
    changes = (Change("instruments.include", remove=("flute",)), Change("instruments.include", add=("violin",)))
    before = take(plan())
    keep = cells_to_keep(Reply(changes), before, plan(parts=("lead-violin", *ALL[1:])))
    assert kept(keep)["lead-violin"] == EVERY
    assert keep.score is not None
    violin, flute = keep.score.part("lead-violin"), before.score.part("lead-flute")
    assert violin is not None and flute is not None
    assert violin.notes == flute.notes and violin.instrument == "violin"


@given(
    st.lists(
        st.sampled_from(
            [
                Change("tempo_bpm", "lower"),
                Change("valence", "lower", where="middle"),
                Change("density", "lower", part="bass", where="start"),
                Change("loudness", "lower", part="all"),
                Change("hits", value=()),
            ]
        ),
        max_size=4,
    ),
    st.integers(1, 12),
    st.sampled_from([Meter(4, 4), Meter(3, 4)]),
)
def test_every_kept_cell_exists_in_both_takes_and_fits(changes: list[Change], bars: int, meter: Meter) -> None:
    before, after = take(plan()), plan(bars, meter=meter, parts=ALL[:3])
    keep = cells_to_keep(Reply(tuple(changes)), before, after)
    for cell in keep.cells:
        assert after.part(cell.part_id) is not None
        assert before.plan.bars[cell.bar].meter == after.bars[cell.bar].meter
        assert keep.score is not None
        assert keep.score.cell(cell) == before.score.cell(cell)


def test_the_tempo_of_a_take_is_that_of_its_felt_beats() -> None:
    assert now_of(plan(bpm=120.0, meter=Meter(6, 8))).tempo_bpm == 80.0


def test_a_score_differs_in_nothing_from_itself() -> None:
    score = score_of(plan())
    difference = compare_scores(score, score)
    assert {part.status for part in difference.parts} == {"same"}
    assert difference.kept == difference.notes_before == sum(len(part.notes) for part in score.parts)


@given(st.integers(1, 12), st.integers(1, 12), st.sets(st.sampled_from(ALL)), st.sets(st.sampled_from(ALL)))
def test_every_note_has_one_fate(bars: int, after_bars: int, old: set[str], new: set[str]) -> None:
    before = score_of(plan(bars, parts=tuple(sorted(old))))
    after = score_of(plan(after_bars, parts=tuple(sorted(new))))
    for part in compare_scores(before, after).parts:
        assert part.kept + part.changed + part.removed == part.notes_before
        assert part.kept + part.changed + part.added == part.notes_after
        assert part.cells_same <= part.cells_both


def test_a_changed_note_is_named_by_bar_and_beat() -> None:
    before = score_of(plan(parts=("lead-flute",)))
    lead = before.parts[0]
    other = tuple(replace(note, pitch=note.pitch + 1) if note.start_q == 5.0 else note for note in lead.notes)
    difference = compare_scores(before, replace(before, parts=(replace(lead, notes=other),)))
    changed = [(note.bar, note.beat, note.start_s) for note in difference.notes if note.status == "changed"]
    assert changed == [(2, 2.0, 2.5)]
    assert difference.parts[0].cells_same == 7


def test_the_summary_tells_a_region_and_how_much_of_it_is_heard() -> None:
    take, asked = score_of(plan()), Constraints(region="turkey", colour="full")
    changes = [Change("region", value="turkey"), Change("colour", "higher")]
    told = summarise(changes, compare_scores(take, take), (), asked)
    assert voice("en").say_all(told).startswith("Region: Turkey. Strength of colour: full.")
    assert voice("zh").say_all(told).startswith("地域：土耳其。色彩的浓淡：浓郁。")


def test_the_summary_tells_tempo_players_and_what_stayed() -> None:
    before, after = score_of(plan()), score_of(plan(7, bpm=105.0, parts=ALL[:3]))
    changes = [Change("tempo_bpm", "lower"), Change("instruments.include", remove=("drums",))]
    remarks = {remark.code: remark for remark in summarise(changes, compare_scores(before, after))}
    assert remarks["changed_tempo"].fact("after") == 105
    assert remarks["changed_out"].fact("instruments") == "drums"
    assert remarks["kept_melody_no_room"].fact("no_room") == 4
