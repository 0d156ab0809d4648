"""The idiom of regions: key-free lines, honest habits, and melodies that lean on them without losing their plan."""

from dataclasses import replace
from itertools import product
from pathlib import Path
from random import Random

import numpy as np
import pytest

from assistant.cli.regions import idiom
from assistant.library import load
from assistant.plan import Key
from assistant.plan.values import Plan
from assistant.score import Meter
from models.idiom import weights
from models.idiom.classifier import SIZE, classify
from models.idiom.corpus import CLASSES, REGIONS, Tune, dealt, grouped
from models.idiom.counting import count_cells, count_moves, pointed
from models.idiom.features import WIDTH, features
from models.idiom.habits import named, unnamed
from models.idiom.lines import Line, line_of, windows
from models.idiom.speaking import MOST, Speech, speech_of
from models.rules import RulesGenerator
from models.rules.context import groups
from tests.plans import toy_plan

LIBRARY = load()
DORIAN = Key(2, "dorian", (0, 2, 3, 5, 7, 9, 10))


def walked(count: int, *, seed: int = 0, transpose: int = 0, slower: int = 1) -> Line:
    chance = Random(seed)
    pitches = np.cumsum([62 + transpose, *(chance.choice((-2, -1, 0, 1, 2, 5)) for _ in range(count - 1))])
    times = np.array([chance.choice((6, 6, 12)) for _ in range(count)]) * slower
    return Line(np.concatenate([[0], np.cumsum(times)[:-1]]), times, pitches)


def test_key_and_tempo_do_not_change_what_is_seen() -> None:
    first, other = (
        features(list(windows(walked(48, transpose=by, slower=slow), SIZE))) for by, slow in ((0, 1), (5, 2))
    )
    assert first.shape == (2, WIDTH)
    assert np.array_equal(first, other)


def test_octave_plucks_inner_voices_and_graces_are_no_melody() -> None:
    onsets = np.array([0, 0, 6, 12, 17, 18, 24])
    pitches = np.array([69, 57, 55, 71, 74, 72, 69])
    line = line_of(onsets, np.array([6, 24, 6, 6, 1, 6, 6]), pitches)
    assert line.pitches.tolist() == [69, 71, 72, 69]


def test_tunes_that_share_melody_are_dealt_together() -> None:
    lines = [walked(60, seed=1), walked(60, seed=1, transpose=7), walked(60, seed=2), walked(60, seed=3)]
    groups = grouped(lines)
    assert groups[0] == groups[1] != groups[2]
    tunes = [
        Tune(str(at), "ireland", line, group=group) for at, (line, group) in enumerate(zip(lines, groups, strict=True))
    ]
    parts = dealt(tunes, 2)
    assert parts[0] == parts[1] and set(parts) == {0, 1}


def test_habits_are_probabilities_and_point_at_what_is_particular() -> None:
    own, other = count_moves([walked(200)]), count_moves([walked(200, seed=5)])
    assert np.allclose(np.exp(own).sum(-1), 1, atol=1e-4)
    sharper = pointed(own, [other])
    assert np.allclose(np.exp(sharper).sum(-1), 1, atol=1e-3)
    up = np.unravel_index(np.argmax(own - other), own.shape)
    assert sharper[up] > own[up] - 0.2


def test_cells_are_counted_in_their_groups_of_beats() -> None:
    onsets = np.array([0, 6, 18, 24, 36] * 30) + np.repeat(np.arange(30) * 48, 5)
    line = Line(onsets, np.full(len(onsets), 6), np.full(len(onsets), 60))
    cells = count_cells([(line, ((0, 4, 4),))])
    assert cells[2.0,] == {
        ((0.5, 1.0, 0.5),): pytest.approx(0.5, abs=0.02),
        ((1.0, 1.0),): pytest.approx(0.5, abs=0.02),
    }
    assert unnamed(named(((0.5, 1.0), (1.5,)))) == ((0.5, 1.0), (1.5,))


def test_what_was_published_is_small_whole_and_names_its_sources() -> None:
    assert sum(path.stat().st_size for path in weights.FOLDER.iterdir()) < 1_500_000
    assert weights.tensors()["classifier.weights"].shape == (len(CLASSES), WIDTH)
    for region in LIBRARY.regions:
        learned = weights.learned_of(region)
        assert (learned is not None) == (region in REGIONS)
        assert learned is None or (learned.licence and learned.collection and learned.tunes >= 10)
    assert idiom(LIBRARY.region("china")) == {"kind": "grammar"}
    assert idiom(LIBRARY.region("ireland"))["kind"] == "learned"


def spoken(region: str, seed: int) -> Line:
    """A tune of nothing but a region's habits."""
    habits, chance = weights.habits_of(region), Random(seed)
    assert habits is not None
    speech = Speech(habits, Key(0, "ionian", tuple(range(12))))
    rhythms = speech.rhythms((2.0, 2.0)) or speech.rhythms((3.0,))
    lengths = [length for _ in range(16) for cell in chance.choice(rhythms[:4]) for length in cell][: 2 * SIZE]
    times = np.array([round(12 * length) for length in lengths])
    return Line(np.cumsum(times) - times, times, 60 + np.array(speech.walk(len(times), chance)))


def region_of(line: Line) -> str | None:
    """The region that most windows of a line speak of."""
    found = classify(list(windows(line, SIZE)))
    return CLASSES[int(np.bincount(found).argmax())] if len(found) else None


def test_no_metre_has_more_rhythms_than_can_be_weighed_and_usual_metres_have_all() -> None:
    for region in REGIONS:
        habits = weights.habits_of(region)
        assert habits is not None
        speech = Speech(habits, DORIAN)
        aksak = Meter(9, 8, (2, 2, 2, 3))
        for meter in (Meter(2, 4), Meter(3, 4), Meter(4, 4), Meter(6, 8), Meter(7, 8), Meter(9, 8), aksak):
            spans = groups(meter)
            pairs = [habits.cells.get(tuple(spans[at : at + 2]), {}) for at in range(0, len(spans), 2)]
            own = pairs if all(pairs) else [habits.cells.get((span,), {}) for span in spans]
            bars = [tuple(cell for part in parts for cell in part) for parts in product(*own)]
            assert list(speech.rhythms(spans)) == bars
        many = speech.rhythms((2.0,) * 6)
        assert len(many) <= MOST and many == speech.rhythms((2.0,) * 6)
        if many:
            cells = habits.cells[2.0, 2.0]
            assert max(cells, key=lambda rhythm: cells[rhythm]) * 3 in many, "the most usual bar is kept"


def test_the_published_judge_tells_habits_apart() -> None:
    found = {region: [region_of(spoken(region, seed)) for seed in range(4)] for region in REGIONS}
    right = sum(names.count(region) for region, names in found.items())
    assert right >= 10 and len({name for names in found.values() for name in names}) >= 4


def test_a_damaged_file_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from assistant.errors import EngineError

    (tmp_path / weights.FILE).write_bytes(b"none")
    monkeypatch.setattr(weights, "FOLDER", tmp_path)
    with pytest.raises(EngineError, match="SHA-256"):
        weights.tensors.__wrapped__()


def test_a_walk_keeps_to_the_scale_and_prices_what_is_rare() -> None:
    habits = weights.habits_of("persia")
    assert habits is not None
    speech = Speech(habits, DORIAN)
    walks = [speech.walk(9, Random(seed)) for seed in range(20)]
    assert all(walk[0] == 0 and max(map(abs, walk)) <= 7 for walk in walks)
    assert speech.price((62, 64), 65) < speech.price((62, 64), 74)


def lead(plan: Plan, *, idiom: bool, seed: int = 1) -> list[tuple[float, int]]:
    score = RulesGenerator(LIBRARY, idiom=idiom).generate(plan, seed=seed)
    return [(note.start_q, note.pitch) for note in next(part for part in score.parts if part.role == "lead").notes]


def test_only_regions_with_tunes_are_changed() -> None:
    for region in (None, "china"):
        plan = replace(toy_plan(4), region=region)
        assert speech_of(plan) is None
        assert lead(plan, idiom=True) == lead(plan, idiom=False)
    plan = replace(toy_plan(4), region="persia")
    assert lead(plan, idiom=True) != lead(plan, idiom=False)


def test_a_tune_in_its_idiom_keeps_scale_and_range() -> None:
    plan = replace(toy_plan(6), region="ireland")
    part = next(part for part in plan.parts if part.role == "lead")
    tune = lead(plan, idiom=True)
    assert all(part.low <= pitch <= part.high for _, pitch in tune)
    inside = [pitch % 12 in plan.key.pitch_classes for _, pitch in tune]
    assert sum(inside) > 0.9 * len(inside)


def test_a_line_shorter_than_a_window_has_no_region() -> None:
    assert region_of(walked(SIZE - 1)) is None
    assert region_of(walked(SIZE)) in CLASSES
    assert len(classify([])) == 0
