"""The manner of a cue: which stretch of a training work is leaned on, and what that does to what is drawn."""

from dataclasses import replace

import numpy as np
import pytest

from assistant.constraints import Constraints
from assistant.errors import EngineError
from assistant.generator import NOTHING_KEPT
from assistant.library import load
from assistant.plan import make_plan
from models.registry import get_engine
from models.rules.context import Context
from models.rules.keeping import Kept
from models.transformer import manner, processors
from models.transformer import vocabulary as v
from models.transformer.form import told_manner
from models.transformer.manner import FILE, FOLDER, HEAD, REACH, WIDEST, Leaning, Manner, Wish, manner_of

CALM = Wish(2, 48, 1.2, False)


def shares_of_works() -> dict[str, np.ndarray]:
    return manner._table(FOLDER)


def context_of(**asked: object) -> Context:
    plan = make_plan(Constraints(duration_s=30, **asked), library=load(), seed=1)  # type: ignore[arg-type]
    return Context(plan, load(), 1, Kept(plan, NOTHING_KEPT), None)


def test_the_table_is_of_training_works_alone_and_has_no_order_of_notes() -> None:
    table = shares_of_works()
    assert set(table) == {"moves", "lengths", "places", "works"} and len(table["works"]) == manner.record()["stretches"]
    assert table["moves"].shape[1:] == (len(manner.ROLES), 2 * WIDEST + 1)
    assert not table["moves"][:, manner.ROLES.index("harmony")].any()  # chords do not move as lines do
    assert len(np.unique(table["places"], axis=0)) > 0.9 * len(table["places"])  # works differ


def test_manners_differ_by_seed_and_hold_when_a_wish_changes_a_little() -> None:
    found = [manner_of(CALM, seed=seed) for seed in range(30)]
    leads = {each.roles["lead"].moves.tobytes() for each in found}
    assert len(leads) > 10
    busier = [manner_of(replace(CALM, onsets=1.25), seed=seed) for seed in range(30)]
    same = [np.array_equal(a.roles["lead"].moves, b.roles["lead"].moves) for a, b in zip(found, busier, strict=True)]
    assert sum(same) >= 20


def test_a_manner_comes_from_near_the_wish() -> None:
    works = shares_of_works()["works"]
    for wish in (CALM, Wish(7, 36, 2.5, True), Wish(v.SOURCES, 48, 0.5, True)):
        distance = manner._distance(works, wish)
        chance = [np.random.default_rng((seed, 78)).gumbel(size=len(works)) for seed in range(20)]
        taken = np.array([distance[np.argmax(each - distance / manner.SPREAD)] for each in chance])
        assert taken.mean() < np.quantile(distance, 0.15)


def test_leanings_follow_the_shares() -> None:
    counts = np.array([[90, 10], [50, 50], [10, 90]], float)
    leaned = manner._leaned(counts, 0)
    assert leaned[0] > 0 > leaned[1] and np.abs(manner._leaned(counts, 1)).max() < 0.01
    assert not manner._leaned(np.zeros((3, 2)), 1).any()


def test_a_cue_of_a_region_has_no_manner() -> None:
    plain = context_of()
    assert told_manner(plain, plain.plan.parts) is not None
    assert told_manner(plain, [part for part in plain.plan.parts if part.role != "lead"]) is None
    regional = context_of(region="ireland")
    assert told_manner(regional, regional.plan.parts) is None


def test_another_table_is_refused(tmp_path) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(EngineError, match="not at"):
        manner._table(tmp_path)
    (tmp_path / HEAD).write_text((FOLDER / HEAD).read_text("utf-8"), "utf-8")
    (tmp_path / FILE).write_bytes((FOLDER / FILE).read_bytes() + b"x")
    with pytest.raises(EngineError, match="not the one that was published"):
        manner._table(tmp_path)


def test_a_move_that_the_manner_is_fond_of_is_drawn_oftener(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same cue twice: in a manner that repeats its notes, and in one that never does."""
    plan = make_plan(Constraints(duration_s=40, styles=("classical",)), library=load(), seed=5)
    shares = []
    for liking in (3.0, -6.0):
        moves = processors.PLAIN.moves.copy()
        moves[REACH] += liking
        fond = Leaning(moves, np.zeros(len(v.LENGTHS)), np.zeros(v.STEPS_PER_Q), 0.0)
        own = Manner(dict.fromkeys(manner.ROLES, fond), 2, False)
        monkeypatch.setattr("models.transformer.form.manner_of", lambda wish, *, seed, own=own: own)
        lead = next(part for part in get_engine("composer").generate(plan, seed=5).parts if part.role == "lead")
        pitches = [note.pitch for note in lead.notes]
        shares.append(np.mean(np.diff(pitches) == 0))
    assert shares[0] > shares[1] + 0.1


def test_fine_notes_only_where_the_manner_has_them() -> None:
    found = [manner_of(Wish(6, 36, 2.0, False), seed=seed) for seed in range(40)]
    assert {each.is_fine for each in found} == {True, False}
    from models.transformer.cells import NEVER, onset_table
    from models.transformer.conditions import Conditions

    context = context_of(styles=("classical",))
    lead = next(part for part in context.plan.parts if part.role == "lead")
    for own in (found[0], next(each for each in found if each.is_fine != found[0].is_fine)):
        table = onset_table(Conditions(context, lead, own), context.plan.bars[1], breath=False, closing=False)
        assert (table[1] > NEVER / 2) == own.is_fine and table[5] < NEVER / 2
