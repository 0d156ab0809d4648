"""Bass lines, comping and running figures of grooves are played on the plan's chords."""

from __future__ import annotations

from dataclasses import replace

import pytest

from assistant.errors import DataError
from assistant.generator import NOTHING_KEPT
from assistant.library import Library, load
from assistant.plan import BarIntent, Plan
from assistant.score import Part, Score
from models.evaluation.styles import Cue, guesses
from models.rules import RulesGenerator
from models.rules.context import Context
from models.rules.figures import chord_pattern, marks
from models.rules.keeping import Kept
from tests.plans import toy_plan

LIBRARY = load()
BAND = (
    ("lead-flute", "lead", "flute", 64, 88, "melody"),
    ("harmony-guitar", "harmony", "electric-guitar", 48, 76, "stabs"),
    ("harmony-keys", "harmony", "electric-piano", 48, 76, "block"),
    ("harmony-strings", "harmony", "strings", 48, 72, "pad"),
    ("pulse-piano", "pulse", "piano", 48, 76, "ostinato"),
    ("bass-bass", "bass", "bass", 28, 48, "ostinato"),
    ("drums-drums", "drums", "drums", 35, 81, "pop-straight"),
)


def library(**patterns: tuple[str, ...]) -> Library:
    """The library, its grooves less their own patterns, pop-straight with these."""
    bare = {name: replace(groove, bass=(), comp=(), figure=()) for name, groove in LIBRARY.grooves.items()}
    spelt = {
        name: tuple(text * (bare["pop-straight"].bars if len(text) == 16 else 1) for text in texts)
        for name, texts in patterns.items()
    }
    bare["pop-straight"] = replace(bare["pop-straight"], **spelt)  # type: ignore[arg-type]
    return replace(LIBRARY, grooves=bare)


def played(using: Library, plan: Plan, part_id: str) -> Part:
    score = RulesGenerator(using).generate(plan, seed=0)
    assert isinstance(score, Score)
    part = score.part(part_id)
    assert part is not None
    return part


def plan(density: float = 0.6) -> Plan:
    return toy_plan(16, band=BAND, style="funk", density=density)


def places(part: Part, of: Plan, bar: int) -> set[float]:
    start_q = of.bars[bar].start_q
    return {note.start_q - start_q for note in part.between(start_q, of.bars[bar].end_q)}


def test_the_bass_plays_the_grooves_figure_on_the_chord() -> None:
    cue = plan()
    bass = played(library(bass=("R--.....O...F---",)), cue, "bass-bass")
    for bar in (1, 2, 5):
        chord = cue.chords[bar]
        notes = bass.between(cue.bars[bar].start_q, cue.bars[bar].end_q)
        assert [note.start_q - cue.bars[bar].start_q for note in notes] == [0.0, 2.0, 3.0]
        assert [(note.pitch - chord.root) % 12 for note in notes] == [0, 0, 7]
        assert notes[1].pitch - notes[0].pitch in (0, 12)


def test_a_tone_over_the_bar_line_belongs_to_the_chord_after_it() -> None:
    cue = plan()
    bass = played(library(bass=("R-----------N---" + "----....F---....",)), cue, "bass-bass")
    early = bass.between(cue.bars[4].start_q + 3, cue.bars[4].end_q)
    assert [note.pitch % 12 for note in early] == [cue.chords[5].bass_class]
    assert early[0].length_q > 1.0


def test_each_chord_player_has_a_rhythm_of_its_own_and_pads_have_none() -> None:
    using = library(comp=("..X...X...X...X.", "X-------........"))
    cue = plan()
    assert places(played(using, cue, "harmony-guitar"), cue, 1) == {0.5, 1.5, 2.5, 3.5}
    assert places(played(using, cue, "harmony-keys"), cue, 1) == {0.0}
    context = Context(cue, using, 0, Kept(cue, NOTHING_KEPT))
    assert chord_pattern(context, cue.parts[3]) == ""


def test_soft_marks_go_when_it_is_thin() -> None:
    using = library(comp=("X...o...x...g...",))
    assert places(played(using, plan(0.7), "harmony-guitar"), plan(), 1) == {0.0, 1.0, 2.0, 3.0}
    assert places(played(using, plan(0.2), "harmony-guitar"), plan(), 1) == {0.0, 2.0}


def test_a_figure_runs_on_the_rungs_of_the_chord() -> None:
    cue = plan()
    part = played(library(figure=("0.1.2.3.0.1.2.3.",)), cue, "pulse-piano")
    notes = part.between(cue.bars[1].start_q, cue.bars[1].start_q + 2)
    assert [note.start_q - cue.bars[1].start_q for note in notes] == [0.0, 0.5, 1.0, 1.5]
    assert {note.pitch % 12 for note in notes} <= set(cue.chords[1].pitch_classes)
    assert notes[0].pitch < notes[1].pitch < notes[2].pitch


def test_a_bar_of_another_metre_is_filled_from_the_beginning() -> None:
    groove = library(bass=("R-..F-..R-..F-..",)).grooves["pop-straight"]
    bar = toy_plan(8, meter="3/4").bars[1]
    assert [mark.at_q - bar.start_q for mark in marks(groove, groove.bass[0], bar)] == [0.0, 1.0, 2.0]


@pytest.mark.parametrize(
    ("field", "pattern", "said"),
    [
        ("bass", "R" * 31, "31 steps"),
        ("bass", "Q" + "." * 31, "R F T"),
        ("comp", "-x" * 16, "do not begin"),
        ("figure", "." * 32, "use"),
    ],
)
def test_a_pattern_that_cannot_be_played_is_refused(field: str, pattern: str, said: str) -> None:
    with pytest.raises(DataError, match=said):
        replace(LIBRARY.grooves["pop-straight"], **{field: (pattern,)})  # type: ignore[arg-type]


def test_trailer_drums_wait_for_a_cue_that_is_loud_somewhere() -> None:
    from assistant.constraints import Constraints, arc_of
    from assistant.plan import make_plan

    def groove(arousal: float, seed: int) -> str:
        wish = Constraints(duration_s=30, styles=("cinematic",), arc=arc_of([(0, 0.0, arousal)]))
        return make_plan(wish, library=LIBRARY, seed=seed).groove

    assert "taiko-trailer" not in {groove(-0.4, seed) for seed in range(12)}
    assert "taiko-trailer" in {groove(0.8, seed) for seed in range(12)}


def test_styles_are_told_apart_by_what_differs_and_not_by_chance() -> None:
    import numpy as np

    chance = np.random.default_rng(0)
    apart = [Cue(str(style), seed, {"x": np.array([2.0 * style]) + chance.normal(0, 0.2, 1)})
             for style in range(4) for seed in range(6)]  # fmt: skip
    alike = [Cue(str(style), seed, {"x": chance.normal(0, 0.2, 1)}) for style in range(4) for seed in range(6)]
    assert all(cue.style == guess for cue, guess in guesses(apart, ["x"]))
    assert sum(cue.style == guess for cue, guess in guesses(alike, ["x"])) < 14


def test_intents_of_the_toy_are_what_the_tests_assume() -> None:
    assert plan(0.2).parts[1].bars[0] == BarIntent(True, 0.2, 0.55)
