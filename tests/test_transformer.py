"""The composer: what it learns from, what it may draw, and that it keeps the engine's promises with any network."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.constraints import Constraints, arc_of
from assistant.errors import EngineError, InputError
from assistant.generator import Keep
from assistant.library import load
from assistant.plan import Chord, Key, Plan, make_plan
from assistant.score import Cell, Part, Score
from assistant.score.midi import write_midi
from models.registry import engine_card
from models.rules.context import Context
from models.rules.keeping import Kept
from models.transformer import TransformerGenerator, corpus, decoding, processors, sampling, weights, windows
from models.transformer import vocabulary as v
from models.transformer.baselines import Recurrent
from models.transformer.cells import FOREIGN, NEVER, Played, task_of
from models.transformer.conditions import ONSETS_A_BAR, QUALITY_OF, Conditions, chord_fields
from models.transformer.decoding import Decoder
from models.transformer.drafts import against, reference, rise, taking_after
from models.transformer.form import Form
from models.transformer.network import Composer, Shape, losses
from models.transformer.train import PRESETS, Recipe, recipe_of, train
from models.transformer.windows import Corpus, Windows
from tests.made_scores import small_score
from tests.plans import BAND, toy_plan

TINY = Shape(width=32, layers=2, heads=2)


@pytest.fixture(scope="module")
def network() -> Composer:
    torch.manual_seed(0)
    return Composer(TINY).eval()


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A corpus of made files, one of them a transposed copy."""
    folder = tmp_path_factory.mktemp("music")
    for name, bpm, up in (("one", 90.0, 0), ("copy", 90.0, 3), ("two", 120.0, 0)):
        where = folder / "openscore_lieder"
        where.mkdir(exist_ok=True)
        score = long_score(bpm, drums=name == "two", up=up)
        write_midi(score, where / f"{name}.mid")
    target = folder / "corpus.npz"
    corpus.build(folder, target, workers=1)
    return target


def long_score(bpm: float, *, drums: bool, up: int) -> Score:
    """Ten bars that are alike enough to be learned."""
    score = small_score(quarter_bpm=bpm, drums=drums, length_s=40.0)
    parts = []
    for part in score.parts:
        notes = tuple(
            replace(note, start_q=note.start_q + 16 * turn, nudge_q=0.0,
                    pitch=note.pitch + (0 if part.is_drums else up))
            for turn in range(3) for note in part.notes if note.start_q < 16
        )  # fmt: skip
        parts.append(Part(part.id, part.role, part.instrument, part.program, part.is_drums, notes))
    return Score(score.tempo_map, tuple(parts), 60.0)


def context_of(plan: Plan, keep: Keep | None = None) -> Context:
    return Context(plan, load(), 1, Kept(plan, keep or Keep()))


def conditions_of(plan: Plan, part_id: str = "lead-flute") -> Conditions:
    part = plan.part(part_id)
    assert part is not None
    return Conditions(context_of(plan), part)


# What is learned from


def test_a_file_becomes_cells_with_roles_keys_and_chords(table: Path) -> None:
    found = Corpus.load(table)
    assert len(found.piece) == 3
    assert {0, 3} <= set(found.role.tolist())
    assert (found.bar[:, 0] == 48).all() and (found.bar[:, 3] < 12).all() and (found.bar[:, 6] < len(v.QUALITIES)).all()
    assert found.cell_notes.sum() == len(found.note)


def test_a_piece_and_its_transposed_copy_lie_in_the_same_split(table: Path) -> None:
    names = list(np.load(table)["names"])
    splits = np.load(table)["piece"][:, 1]
    assert splits[names.index("one.mid")] == splits[names.index("copy.mid")]


def test_controls_are_what_the_notes_say(table: Path) -> None:
    found = Corpus.load(table)
    first = next(index for index, count in enumerate(found.cell_notes) if count)
    notes = found.note[found.note_start[first] : found.note_start[first] + found.cell_notes[first]]
    assert found.controls[first, 0] == v.nearest([len(set(notes[:, 0].tolist()))], v.DENSITIES)[0]
    assert found.controls[first, 4] == v.RELATIONS.index("new")


def test_rows_stay_within_their_classes_and_targets_are_the_next_row(table: Path) -> None:
    found = Corpus.load(table)
    windows = Windows(found, 0, length=96, seed=1)
    windows.pieces = np.arange(len(found.piece))
    for piece in range(3):
        rows, targets, counts = windows.window(piece)
        for column, name in enumerate(v.FIELDS):
            assert rows[:, column].min() >= 0 and rows[:, column].max() < v.SIZES[name], name
        notes = np.flatnonzero(rows[1:, 0] == 2)
        assert (rows[1:, 1:5][notes] == np.where(targets[notes] < 0, rows[1:, 1:5][notes], targets[notes])).all()
        assert counts[:, 1].sum() <= counts[:, 0].sum()


def test_what_is_given_is_not_asked_for(table: Path) -> None:
    windows = Windows(Corpus.load(table), 0, length=96, seed=4)
    for _ in range(20):
        rows, _, counts = windows.window(2)
        assert not counts[rows[:, v.FIELDS.index("fixed")] == 1].any()


def test_a_tiny_network_learns_ten_bars_by_heart(table: Path, tmp_path: Path) -> None:
    data = dict(np.load(table))
    for split in (1, 2):
        data["piece"][split, 1] = split
    data["piece"][0, 1] = 0
    np.savez(tmp_path / "made.npz", **data)
    recipe = Recipe(
        str(tmp_path / "made.npz"), str(tmp_path / "run"), Shape(48, 1, 2), steps=90, batch=8, window=96, rate=8e-3,
        warm=10, workers=0, every=1000, dropout=0.0,
    )  # fmt: skip
    figures = train(recipe)
    first = (tmp_path / "run" / "log.jsonl").read_text("utf-8").splitlines()[0]
    assert '"step": 0' in first
    assert figures["bits_a_note"] < 1.0  # 20 before the first step


def split_table(table: Path, target: Path) -> Path:
    """The made corpus with a piece in each split."""
    data = dict(np.load(table))
    data["piece"][:, 1] = [0, 1, 2]
    np.savez(target, **data)
    return target


def test_training_goes_on_from_exported_weights(table: Path, tmp_path: Path) -> None:
    made = split_table(table, tmp_path / "made.npz")
    small = {"batch": 4, "window": 96, "warm": 5, "workers": 0, "every": 1000, "dropout": 0.0}
    first = Recipe(str(made), str(tmp_path / "one"), Shape(48, 1, 2), steps=60, rate=8e-3, **small)  # type: ignore[arg-type]
    reached = train(first)["bits_a_note"]
    exported = tmp_path / "one" / "composer.safetensors"
    more = replace(recipe_of(["--from", str(exported)]), corpus=str(made), out=str(tmp_path / "two"), steps=2, **small)  # type: ignore[arg-type]
    assert more.shape == Shape(48, 1, 2) and more.rate == PRESETS["from"]["rate"]
    train(more)
    begun = json.loads((tmp_path / "two" / "log.jsonl").read_text("utf-8").splitlines()[0])
    assert begun["step"] == 0 and abs(begun["bits_a_note"] - reached) < 0.5  # 20 where it began with chance
    assert (tmp_path / "two" / "losses.svg").read_text("utf-8").startswith("<svg")


def test_weights_to_go_on_from_that_are_not_there_are_said(tmp_path: Path) -> None:
    with pytest.raises(
        InputError, match=r"gone.safetensors.*; a .safetensors file that training wrote; correct --from"
    ):
        recipe_of(["--from", str(tmp_path / "gone.safetensors")])
    with pytest.raises(InputError, match=r"corpus .*gone.npz.*run make data"):
        train(Recipe(str(tmp_path / "gone.npz"), str(tmp_path)))


def test_a_resumed_run_goes_on_where_it_stopped(table: Path, tmp_path: Path) -> None:
    made = split_table(table, tmp_path / "made.npz")
    recipe = Recipe(str(made), str(tmp_path / "run"), TINY, steps=3, batch=2, window=64, warm=2, workers=0, every=2)
    train(recipe)
    train(replace(recipe, steps=5))
    lines = (tmp_path / "run" / "log.jsonl").read_text("utf-8").splitlines()
    assert [json.loads(line)["step"] for line in lines] == [0, 2, 4]


def test_a_window_is_made_louder_as_a_whole_with_its_control(table: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = replace(Corpus.load(table), flat=np.zeros(3, bool))
    column = v.FIELDS.index("dynamics")
    heard = {}
    for name, bounds in (("as written", (1.0, 1.0)), ("louder", (1.15, 1.15))):
        monkeypatch.setattr(windows, "LOUDER", bounds)
        rows, targets, counts = Windows(found, 0, length=96, seed=4).window(2)
        asked = rows[:, column]
        heard[name] = (
            targets[counts[:, 1] > 0, 3].mean(),
            asked[(rows[:, 0] > 0) & (asked < len(v.VELOCITIES))].mean(),
        )
    assert heard["louder"][0] > heard["as written"][0] + 0.5
    assert heard["louder"][1] > heard["as written"][1] + 0.5


def test_the_gru_beside_which_it_is_measured_has_its_size_and_learns(table: Path) -> None:
    own, other = (sum(each.numel() for each in kind(Shape()).parameters()) for kind in (Composer, Recurrent))
    assert abs(other / own - 1) < 0.05
    torch.manual_seed(0)
    model = Recurrent(TINY)
    batch = [torch.from_numpy(item)[None] for item in Windows(Corpus.load(table), 0, length=96, seed=4).window(2)]
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    found = []
    for _ in range(12):
        loss = sum(losses(model, *batch).values(), torch.zeros(()))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        found.append(loss.item())
    assert found[-1] < 0.7 * found[0]


# The network, one row at a time


@pytest.mark.parametrize(("precision", "near"), [(torch.float32, 1e-4), (torch.bfloat16, 0.1)])
def test_decoding_row_by_row_is_the_network(network: Composer, precision: torch.dtype, near: float) -> None:
    random = np.random.default_rng(0)
    rows = np.stack([random.integers(0, v.SIZES[name], (2, 14)) for name in v.FIELDS], -1)
    with torch.inference_mode():
        whole = network(torch.from_numpy(rows))
        decoder = Decoder(network, 2, precision)
        decoder.feed([rows[0, :5], rows[1, :9]])
        decoder.feed([rows[0, 5:10], rows[1, :0]])
        last = decoder.feed([rows[0, 10:11], rows[1, 9:10]])
        decoder.keep([1])
        alone = decoder.feed([rows[1, 10:11]])
    assert torch.allclose(last[0], whole[0, 10], atol=near)
    assert torch.allclose(last[1], whole[1, 9], atol=near)
    assert torch.allclose(alone[0], whole[1, 10], atol=near)


def test_the_nucleus_leaves_out_what_is_improbable() -> None:
    logits = np.log(np.array([[0.6, 0.3, 0.07, 0.03]]))
    drawn = {int(sampling.pick(logits, np.array([chance]), 1.0, 0.85)[0]) for chance in np.linspace(0, 0.999, 50)}
    assert drawn == {0, 1}


# The rules


def state_of(**changes: object) -> processors.State:
    """One sequence at the beginning of an empty cell."""
    one = np.array
    base = processors.State(
        np.zeros((1, v.ONSETS)), np.zeros((1, 128)), np.full((1, v.LONGEST_BAR + 1), 144),
        np.full((1, v.LONGEST_BAR + 1), -1), one([-1]), one([0]), one([0]), one([1]), one([0]), one([0]), one([9]),
        one([processors.OPENED]), one([-1]), one([0]), one([0]), one([False]), one([-1]), one([0]), one([False]),
        processors.PLAIN.moves[None], one([processors.WIDE]), one([processors.TIRED]), np.zeros((1, len(v.LENGTHS))),
    )  # fmt: skip
    return replace(base, **{name: np.asarray(value) for name, value in changes.items()})


def test_notes_go_on_in_time() -> None:
    logits = processors.move_on(np.zeros((1, v.ONSETS)), state_of(last=[12], voices=[1]))
    assert (logits[0, :13] == NEVER).all() and (logits[0, 13:] == 0).all()


def test_a_chord_grows_until_it_is_full() -> None:
    grows = processors.move_on(np.zeros((1, v.ONSETS)), state_of(last=[12], voices=[1], polyphony=[3]))
    full = processors.move_on(np.zeros((1, v.ONSETS)), state_of(last=[12], voices=[3], polyphony=[3]))
    assert grows[0, 12] == 0 and full[0, 12] == NEVER


def test_a_hit_is_struck_before_anything_later() -> None:
    logits = processors.strike_hits(np.zeros((1, v.ONSETS)), state_of(must=[24]))
    assert logits[0, 24] == 0 and (logits[0, 25:] == NEVER).all()


def test_a_cell_ends_within_its_density() -> None:
    short = processors.keep_to_density(np.zeros((1, v.ONSETS)), state_of(count=[1], fewest=[3]))
    enough = processors.keep_to_density(np.zeros((1, v.ONSETS)), state_of(count=[9], last=[30]))
    assert short[0, v.ONSET_END] == NEVER
    assert enough[0, v.ONSET_END] == 0 and (enough[0, 31 : v.ONSET_END] == NEVER).all()


def test_a_cell_without_room_may_end_early() -> None:
    full = np.full((1, v.ONSETS), NEVER)
    full[0, v.ONSET_END] = 0
    assert processors.keep_to_density(full, state_of(fewest=[3]))[0, v.ONSET_END] == 0


def test_no_step_is_so_late_that_the_fewest_notes_do_not_fit_after_it() -> None:
    onsets = np.zeros((1, v.ONSETS))
    onsets[0, 48 : v.ONSET_END] = NEVER
    logits = processors.leave_room(np.zeros((1, v.ONSETS)), state_of(fewest=[4], onsets=onsets))
    assert (logits[0, :30] == 0).all() and (logits[0, 30:48] < 0).all() and logits[0, v.ONSET_END] == 0


def passing_state(**changes: object) -> processors.State:
    """Over C major after an E, with F sharp marked as foreign and a place after it."""
    pitches = np.full((1, 128), NEVER)
    pitches[0, [60, 62, 64, 65, 67, 69, 71, 72]] = 0.0
    pitches[0, [61, 66]] = FOREIGN
    return state_of(**({"pitches": pitches, "line": [64], "room": [True]} | changes))


def test_a_note_outside_the_scale_is_entered_by_step_where_another_may_follow() -> None:
    state = passing_state()
    logits = processors.pass_by_step(state.pitches, state)
    assert abs(logits[0, 66]) < 5 and logits[0, 61] < -500  # F sharp is a step from E, C sharp is not
    last = passing_state(room=[False])
    assert (processors.pass_by_step(last.pitches, last)[0, [61, 66]] < -500).all()


def test_a_note_outside_the_scale_is_left_by_step_and_soon() -> None:
    state = passing_state(line=[66], bound=[True], origin=[64])
    logits = processors.pass_by_step(state.pitches, state)
    assert logits[0, 67] == logits[0, 64] == 0 and (logits[0, [60, 65, 69]] < -20).all()  # on to G, or back to E
    ends = processors.resolve_soon(np.zeros((1, v.ONSETS)), state_of(bound=[True], last=[12]))
    assert ends[0, v.ONSET_END] == NEVER and ends[0, 18] == 0 and ends[0, 30] < -20


def test_what_is_done_leaves_the_batch_and_changes_nothing(network: Composer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decoding, "best_precision", lambda: torch.float32)
    engine, scores = TransformerGenerator(model=network), []
    for share in (0.0, 1.0):
        monkeypatch.setattr(sampling, "SPARSE", share)
        scores.append(engine.generate(toy_plan(16), seed=4))
    assert scores[0] == scores[1]


def test_a_beat_has_one_grid() -> None:
    after_triplet = processors.one_grid(np.zeros((1, v.ONSETS)), state_of(last=[16]))
    assert (after_triplet[0, [18, 21]] < -20).all() and (after_triplet[0, [20, 24, 27]] == 0).all()
    after_eighth = processors.one_grid(np.zeros((1, v.ONSETS)), state_of(last=[18]))
    assert after_eighth[0, 20] < -20 and after_eighth[0, 21] == 0


def test_a_full_cell_keeps_its_places_for_what_must_be_struck() -> None:
    logits = processors.keep_to_density(
        np.zeros((1, v.ONSETS)), state_of(count=[2], most=[4], last=[12], must=[24], left=[2])
    )
    assert logits[0, 24] == 0 and logits[0, 18] == NEVER


def test_chords_are_built_upwards() -> None:
    logits = processors.build_upwards(np.zeros((1, 128)), state_of(onset=[5], last=[5], voices=[1], top=[60]))
    assert (logits[0, :63] == NEVER).all() and logits[0, 63] == 0


def test_a_line_never_leaps_beyond_an_octave() -> None:
    logits = processors.no_wild_leaps(np.zeros((1, 128)), state_of(line=[60]))
    assert logits[0, 73] < -1e6 and logits[0, 72] > -2 and logits[0, 62] == logits[0, 67] > logits[0, 72]


def test_the_same_pitch_tires() -> None:
    logits = processors.no_hammering(np.zeros((1, 128)), state_of(line=[60], again=[3]))
    assert logits[0, 60] < -0.5 and logits[0, 61] == 0


def test_a_note_ends_with_its_cell() -> None:
    state = state_of()
    state.longest[0, 0] = 12
    logits = processors.end_in_time(np.zeros((1, len(v.LENGTHS))), state)
    assert (logits[0, v.LENGTHS > 12] == NEVER).all() and (logits[0, v.LENGTHS <= 12] == 0).all()


# From the plan to cells


def test_every_quality_of_the_plan_has_a_name_in_the_network() -> None:
    plan = toy_plan()
    for chord in plan.chords:
        root, quality = chord_fields(chord, plan.key)
        assert 0 <= root < 12 and v.QUALITIES[quality] == QUALITY_OF.get(chord.quality, chord.quality)


def test_a_chord_without_a_third_is_told_with_that_of_the_scale() -> None:
    told = [chord_fields(Chord(0, 4, root, "5"), Key(2, "minor", (0, 2, 3, 5, 7, 8, 10))) for root in (2, 5)]
    assert [v.QUALITIES[quality] for _, quality in told] == ["min", "maj"]
    gapped = chord_fields(Chord(0, 4, 2, "sus2"), Key(2, "min'yo", (0, 2, 5, 7, 9)))
    assert v.QUALITIES[gapped[1]] == "none"


@given(st.floats(0, 1), st.floats(0, 1))
def test_more_density_never_means_fewer_notes(one: float, other: float) -> None:
    low, high = sorted((one, other))
    sparse, dense = (conditions_of(toy_plan(4, density=each)) for each in (low, high))
    assert sparse.wanted(sparse.context.plan.bars[0]) <= dense.wanted(dense.context.plan.bars[0])
    assert all(list(row) == sorted(row) for row in ONSETS_A_BAR.values())


def test_a_melody_may_lean_on_strong_beats_and_settles_where_its_phrase_closes() -> None:
    conditions = conditions_of(toy_plan())
    bar = conditions.context.plan.bars[0]
    task, last = (task_of(conditions, bar, relation=None, closing=each, breath=False) for each in (False, True))
    strong, weak, closing = task.pitches[task.stretch[0]], task.pitches[task.stretch[6]], last.pitches[last.stretch[0]]
    assert strong[74] == 0 and strong[76] > weak[76] and strong[75] == NEVER  # D, E, E flat over D minor
    assert closing[74] > closing[76]


def test_the_end_of_a_phrase_breathes() -> None:
    conditions = conditions_of(toy_plan())
    task = task_of(conditions, conditions.context.plan.bars[3], relation=None, closing=True, breath=False)
    assert (task.onsets[36:48] == NEVER).all()
    assert task.longest[0] <= 36


def test_a_hit_in_a_bar_must_be_struck() -> None:
    conditions = conditions_of(toy_plan(12, hits=((6, "hit"),)))
    assert task_of(conditions, conditions.context.plan.bars[6], relation=None, closing=False, breath=False).musts == (
        0,
    )


TUNE: tuple[Played, ...] = ((0, 69, 12, 80), (12, 72, 12, 80), (24, 71, 24, 80))


def test_a_literal_return_has_the_rhythm_and_asks_for_the_contour() -> None:
    conditions = conditions_of(toy_plan(density=0.25))
    bar = conditions.context.plan.bars[0]
    task = task_of(conditions, bar, relation=None, closing=False, breath=False)
    bent = taking_after(conditions, bar, replace(task, faith=1.0), TUNE, 0)
    assert bent.musts == (0, 12, 24) and (bent.fewest, bent.most) == (3, 3)
    assert set(np.flatnonzero(bent.onsets > NEVER / 2)) == {0, 12, 24, v.ONSET_END}
    row = bent.pitches[bent.stretch[12]]
    assert row[72] > row[76] > row[81]


def test_what_fills_a_return_lies_between_its_notes() -> None:
    conditions = conditions_of(toy_plan(density=0.7))
    bar = conditions.context.plan.bars[0]
    task = task_of(conditions, bar, relation=None, closing=False, breath=False)
    bent = taking_after(conditions, bar, replace(task, faith=1.0), TUNE, 0)
    assert set(bent.musts) == {0, 12, 24} and bent.most == 6
    row = bent.pitches[bent.stretch[6]]  # between A and C
    assert row[69] > row[77] and row[72] > row[81]


def test_a_motif_is_moved_to_where_it_meets_the_chord() -> None:
    conditions = conditions_of(toy_plan())
    bars = conditions.context.plan.bars
    steps = reference(conditions, bars[1:2], [((0, 74, 48, 80),)])  # D over B flat major
    assert steps == 0
    assert reference(conditions, bars[2:3], [((0, 74, 48, 80),)]) != 0  # D over F major


def test_a_counter_line_keeps_out_of_the_leads_way() -> None:
    conditions = conditions_of(toy_plan(), "counter-clarinet")
    bar = conditions.context.plan.bars[0]
    task = task_of(conditions, bar, relation=None, closing=False, breath=False)
    bent = against(conditions, bar, task, TUNE)
    assert bent.onsets[12] < task.onsets[12] and bent.onsets[6] == task.onsets[6]
    row = bent.pitches[bent.stretch[0]]
    assert row[65] > row[57] and row[74] < row[62]  # a third below A, not its octave; not above it


def test_every_bar_of_the_plan_is_written_once() -> None:
    plan = toy_plan()
    form = Form(context_of(plan), tuple(part for part in plan.parts if part.role in ("lead", "counter")))
    cells = [(task.part, task.bar) for stretch in form.stretches() for task in form.tasks(stretch)]
    assert len(cells) == len(set(cells)) == 2 * (plan.bar_count - 1)


def test_full_phrases_are_halved_and_short_ones_joined() -> None:
    sparse, dense = (
        [len(stretch.bars) for stretch in Form(context_of(plan), plan.parts[:4]).stretches()]
        for plan in (toy_plan(16, density=0.0), toy_plan(16, density=1.0))
    )
    assert sum(sparse) == sum(dense) == 16
    assert max(sparse) > max(dense) and min(dense) >= 2


# The engine, with a network that knows nothing


def test_a_network_that_knows_nothing_still_stays_within_the_plan(network: Composer) -> None:
    plan = toy_plan(8)
    score = TransformerGenerator(model=network).generate(plan, seed=2)
    lead = score.part("lead-flute")
    assert lead is not None
    scale = set(plan.key.pitch_classes) | {1}  # and the leading note of the dominant
    assert all(64 <= note.pitch <= 88 for note in lead.notes)
    for before, note, after in zip(lead.notes, lead.notes[1:], lead.notes[2:], strict=False):
        passes = 1 <= abs(note.pitch - before.pitch) <= 2 and 1 <= abs(note.pitch - after.pitch) <= 2
        assert note.pitch % 12 in scale or passes
    assert score == TransformerGenerator(model=network).generate(plan, seed=2)
    assert score != TransformerGenerator(model=network).generate(plan, seed=3)


CELLS = st.sets(st.tuples(st.sampled_from(["lead-flute", "bass-bass", "drums-drums"]), st.integers(0, 5)), min_size=1)


@settings(max_examples=6, deadline=None)
@given(cells=CELLS, seed=st.integers(0, 3))
def test_kept_cells_come_back_bit_for_bit(network: Composer, cells: set[tuple[str, int]], seed: int) -> None:
    engine = TransformerGenerator(model=network)
    before = engine.generate(toy_plan(6), seed=9)
    keep = Keep(before, tuple(Cell(*cell) for cell in sorted(cells)))
    after = engine.generate(toy_plan(6, bpm=84.0, tail_s=3.0), seed=seed, keep=keep)
    assert all(after.cell(cell) == before.cell(cell) for cell in keep.cells)


ANY_CELLS = st.sets(st.tuples(st.sampled_from([row[0] for row in BAND]), st.integers(0, 5)))


def assert_keeps(
    engine: TransformerGenerator, before: Score, after_plan: Plan, cells: tuple[Cell, ...], seed: int
) -> None:
    """Cells that the new plan has room for come back bit for bit, and the same seed gives the same score."""
    keep = Keep(before, cells)
    after = engine.generate(after_plan, seed=seed, keep=keep)
    kept = Kept(after_plan, keep)
    for cell in cells:
        if kept.holds(cell.part_id, cell.bar):
            assert after.cell(cell) == before.cell(cell), cell
    assert after == engine.generate(after_plan, seed=seed, keep=keep)


@settings(max_examples=8, deadline=None)
@given(cells=ANY_CELLS, seed=st.integers(0, 99), bpm=st.sampled_from([100.0, 84.0, 131.0]), density=st.floats(0.1, 0.9))
def test_any_cells_come_back_under_any_seed_and_plan(
    network: Composer, cells: set[tuple[str, int]], seed: int, bpm: float, density: float
) -> None:
    engine = TransformerGenerator(model=network)
    before = engine.generate(toy_plan(6), seed=9)
    after = toy_plan(6, bpm=bpm, density=density, tail_s=3.0)
    assert_keeps(engine, before, after, tuple(Cell(*cell) for cell in sorted(cells)), seed)


WISH = Constraints(duration_s=14, styles=("classical",))
WISHES = (
    replace(WISH, tempo_bpm=(70.0, 70.0)), replace(WISH, duration_s=24), replace(WISH, duration_s=10),
    replace(WISH, styles=("folk",)),
)  # fmt: skip


@settings(max_examples=6, deadline=None)
@given(draw=st.data(), wish=st.sampled_from(WISHES), seed=st.integers(0, 99))
def test_any_cells_come_back_when_the_cue_is_planned_anew(
    network: Composer, draw: st.DataObject, wish: Constraints, seed: int
) -> None:
    engine = TransformerGenerator(model=network)
    plan = make_plan(WISH, library=load(), seed=3)
    before = engine.generate(plan, seed=3)
    every = [Cell(part.id, bar.index) for part in before.parts for bar in before.bars]
    cells = tuple(draw.draw(st.lists(st.sampled_from(every), unique=True)))
    assert_keeps(engine, before, make_plan(wish, library=load(), seed=3, previous=plan), cells, seed)


def test_a_motif_returns_recognisably(network: Composer) -> None:
    plan = toy_plan(20)
    score = TransformerGenerator(model=network).generate(plan, seed=1)
    from assistant.check.music import motif_similarity

    assert motif_similarity(score, plan, "lead-flute") > 0.6


# The weights


def test_absent_weights_are_said_plainly(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(weights.VARIABLE, str(tmp_path / "gone.safetensors"))
    assert "gone.safetensors" in weights.missing()
    with pytest.raises(EngineError, match="gone"):
        weights.load_composer()


def test_a_file_that_is_not_weights_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = tmp_path / "junk.safetensors"
    path.write_bytes(b"no weights at all")
    monkeypatch.setenv(weights.VARIABLE, str(path))
    with pytest.raises(EngineError, match="junk"):
        weights.load_composer()


def test_weights_that_are_not_the_published_ones_are_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv(weights.VARIABLE, raising=False)
    monkeypatch.setattr(weights, "FOLDER", tmp_path)
    (tmp_path / "weights.toml").write_text('file = "a.safetensors"\nsha256 = "00"\n', "utf-8")
    (tmp_path / "a.safetensors").write_bytes(b"x")
    with pytest.raises(EngineError, match="SHA-256"):
        weights.load_composer()


def test_the_papers_say_what_the_weights_learned_from(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(weights.VARIABLE, raising=False)
    card = engine_card("composer")
    assert card.commercial_use and card.weights.startswith("composer.safetensors (SHA-256 ")
    assert len(card.training_data) == len(corpus.SOURCES) and all(each.endswith(")") for each in card.training_data)
    assert not engine_card("rules").weights and not engine_card("rules").training_data


def test_the_published_weights_write_music_in_key() -> None:
    if weights.missing():
        pytest.skip("the composer's weights are not part of this copy")
    from assistant.check.music import portrait

    plan = toy_plan(12)
    found = portrait(TransformerGenerator().generate(plan, seed=5), plan)
    assert found is not None
    assert found.in_key > 0.97 and found.chord_tones > 0.65 and found.wide_leaps == 0


@settings(max_examples=3, deadline=None)
@given(cells=ANY_CELLS, seed=st.integers(0, 99))
def test_the_published_weights_bring_any_cells_back(cells: set[tuple[str, int]], seed: int) -> None:
    if weights.missing():
        pytest.skip("the composer's weights are not part of this copy")
    engine = TransformerGenerator()
    before = engine.generate(toy_plan(6), seed=9)
    after = toy_plan(6, bpm=84.0, tail_s=3.0)
    assert_keeps(engine, before, after, tuple(Cell(*cell) for cell in sorted(cells)), seed)


def plans_of(asked: Constraints) -> list[Plan]:
    if weights.missing():
        pytest.skip("the composer's weights are not part of this copy")
    return [make_plan(asked, library=load(), seed=seed) for seed in range(3)]


def test_the_bass_begins_a_chord_on_its_lowest_note_and_its_beat() -> None:
    """A bass that entered late and on any note of the chord turned a third of the chords round."""
    firsts, downbeats = [], []
    for plan in plans_of(
        Constraints(duration_s=45, styles=("orchestral",), arc=arc_of([(0, 0.5, 0.2), (1, 0.6, 0.6)]))
    ):
        score = TransformerGenerator().generate(plan, seed=1)
        (bass,) = (part for part in score.parts if part.role == "bass")
        for chord in plan.chords:
            under = [note for note in bass.notes if chord.start_q - 1e-6 <= note.start_q < chord.end_q - 1e-6]
            firsts += [note.pitch % 12 in (chord.root, chord.bass_class) for note in under[:1]]
        sounding = {bar.index for bar in plan.bars if plan.part(bass.id).bars[bar.index].active}
        starts = [plan.bars[bar].start_q for bar in sounding]
        downbeats += [any(abs(note.start_q - start_q) < 0.1 for note in bass.notes) for start_q in starts]
    assert sum(firsts) > 0.8 * len(firsts) and sum(downbeats) > 0.9 * len(downbeats)


def test_six_eight_has_two_beats_and_no_three() -> None:
    """To the network bars of 6/8 and of 3/4 are as long; three even crotchets are a waltz."""
    dotted, even = 0, 0
    for plan in plans_of(Constraints(duration_s=30, meter="6/8", key="D major", arc=arc_of([(0, 0.6, 0.5)]))):
        score = TransformerGenerator().generate(plan, seed=1)
        (lead,) = (part for part in score.parts if part.role == "lead")
        for bar in plan.bars:
            eighths = {round(2 * (note.start_q - bar.start_q)) for note in lead.between(bar.start_q, bar.end_q)}
            dotted, even = dotted + (eighths & {3, 4} == {3}), even + (eighths & {3, 4} == {4})
    assert dotted > even


def test_the_tune_lies_higher_where_the_plan_has_it_higher() -> None:
    plan = toy_plan(8)
    conditions = conditions_of(plan)
    bars = [
        replace(bar, register_shift=3 if bar_number >= 4 else 0) for bar_number, bar in enumerate(conditions.part.bars)
    ]
    conditions = replace(conditions, part=replace(conditions.part, bars=tuple(bars)))
    assert rise(conditions, [(4, 0), (5, 1)]) == 2 and rise(conditions, [(2, 0)]) == 0
    line: list[list[Played]] = [[(0, 72, 12, 80), (12, 74, 12, 80)]]
    level = reference(conditions, [plan.bars[4]], line)
    assert reference(conditions, [plan.bars[4]], line, higher=2) >= level
