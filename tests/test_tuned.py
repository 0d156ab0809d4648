"""Regional tunings: who follows them, what stays equal, what is heard to the cent, and what the MIDI file says."""

import math
from dataclasses import replace
from functools import cache
from pathlib import Path

import mido
import numpy as np
import pytest

from assistant.constraints import Constraints
from assistant.generator import NOTHING_KEPT, Keep, Opening, Retouched
from assistant.library import Library, load
from assistant.plan import Key, Plan, make_plan
from assistant.render import fallback, fluid
from assistant.render.craft import load_craft
from assistant.render.performance import Performance, Stroke, perform
from assistant.render.soundfonts import find_soundfont
from assistant.render.voiced import Voiced
from assistant.render.voices import load_voices
from assistant.score import Cell, Meter, Note, Part, Score, TempoMap
from assistant.score.midi import read_midi, write_midi
from assistant.score.tuning import as_bends, bend_of, cents_of, is_tuning, tuning_controls
from assistant.score.values import IN_TUNE, PITCH_BEND
from assistant.settings import ROOT, from_environment
from assistant.tuned import in_tune, scale_name, tuned
from models.evaluation.tones import cents_off, mono
from models.evaluation.tunings import shift_cents
from models.rules import RulesGenerator
from tests.plans import toy_plan

RATE_HZ = 48_000
STEADY = TempoMap.steady(60, Meter.parse("4/4"))
BAYATI = Key(2, "bayati", (0, 2, 3, 5, 7, 8, 10))
TAKHT = (
    ("lead-ney", "lead", "ney", 57, 84, "melody"),
    ("counter-acoustic-guitar", "counter", "acoustic-guitar", 45, 76, "countermelody"),
    ("harmony-qanun", "harmony", "qanun", 45, 76, "block"),
    ("harmony-acoustic-guitar", "harmony", "acoustic-guitar", 45, 76, "strum"),
    ("pulse-piano", "pulse", "piano", 48, 76, "arpeggio"),
    ("percussion-percussion", "percussion", "percussion", 35, 81, "maqsum"),
)


@pytest.fixture(scope="module")
def library() -> Library:
    return load()


@cache
def take(region: str | None = "arab") -> tuple[Plan, Score]:
    plan = toy_plan(6, key=BAYATI, band=TAKHT, region=region)
    score = in_tune(RulesGenerator(), load()).generate(plan, seed=1)
    assert isinstance(score, Score)
    return plan, score


def tunings(part: Part | None) -> set[tuple[int, float]]:
    assert part is not None
    cents = cents_of(part)
    return {(note.pitch % 12, round(cents(note), 1)) for note in part.notes if cents(note)}


def test_free_pitches_and_a_line_on_frets_follow_and_fixed_ones_stay() -> None:
    _, score = take()
    assert tunings(score.part("lead-ney")) <= {(4, -50.0)}
    followers = {part.id for part in score.parts if any(map(is_tuning, part.controls))}
    assert followers == {"lead-ney", "counter-acoustic-guitar", "harmony-qanun"}
    assert any(tunings(score.part(name)) for name in followers)


def test_no_region_no_tuning_and_the_notes_are_the_same() -> None:
    plan, score = take(None)
    assert score == RulesGenerator().generate(plan, seed=1)


def test_a_style_beside_the_region_keeps_its_equal_steps(library: Library) -> None:
    plan, score = take()
    beside = replace(plan, asked=Constraints(region="arab", styles=("pop",)))
    assert not any(is_tuning(control) for part in tuned(score, beside, library).parts for control in part.controls)
    alone = replace(plan, asked=Constraints(region="arab", styles=("ambient", "world")))
    assert tuned(score, alone, library) == score


def test_tuning_twice_is_tuning_once_and_another_region_replaces_it(library: Library) -> None:
    plan, score = take()
    assert tuned(score, plan, library) == score
    moved = replace(plan, region="turkey", key=replace(BAYATI, mode="ussak"))
    sections = tuple(replace(section, key=moved.key) for section in plan.sections)
    again = tuned(score, replace(moved, sections=sections), library)
    assert tunings(again.part("lead-ney")) <= {(4, -19.0), (5, -6.0), (7, -2.0), (9, 2.0), (10, -8.0), (0, -4.0)}


def test_a_named_key_takes_the_first_scale_with_its_steps(library: Library) -> None:
    arab = library.region("arab")
    assert scale_name(arab, Key(2, "major", (0, 2, 4, 5, 7, 9, 11))) == "ajam"
    assert scale_name(arab, Key(2, "rast", (0, 2, 4, 5, 7, 9, 11))) == "rast"
    assert scale_name(arab, Key(2, "lydian", (0, 2, 4, 6, 7, 9, 11))) is None


def test_kept_notes_come_back_and_an_opening_is_tuned_as_the_take(library: Library) -> None:
    plan, score = take()
    heard: list[Opening] = []

    def listen(share: float, what: str, sketch: Score | None = None, opening: Opening | None = None) -> None:
        if opening is not None:
            heard.append(opening)

    cells = tuple(Cell("lead-ney", bar) for bar in range(3))
    again = in_tune(RulesGenerator(), library).generate(plan, keep=Keep(score, cells), seed=9, progress=listen)
    assert isinstance(again, Score)
    assert all(again.cell(cell) == score.cell(cell) for cell in cells)
    for opening in heard:
        for part in opening.score.parts:
            whole = again.part(part.id)
            assert whole is not None
            mine, theirs = (tuple(filter(is_tuning, each.controls)) for each in (part, whole))
            assert mine == theirs


def test_a_note_is_tuned_where_it_is_written_and_a_later_change_leaves_it() -> None:
    notes = (Note(0.0, 64, 4.0, 80), Note(4.0, 64, 1.0, 80, -0.1), Note(5.0, 65, 1.0, 80))
    controls = (*tuning_controls(0.0, {4: -50.0}), *tuning_controls(4.0, {4: 0.0}))
    strokes = perform(Score(STEADY, (), 8.0), Part("a", "lead", "ney", 75, False, notes, controls)).strokes
    assert [stroke.cents for stroke in strokes] == [-50.0, 0.0, 0.0]


def players() -> list[object]:
    soundfont = find_soundfont(load_craft(ROOT / "prompts").soundfonts, from_environment().soundfont).path
    found: list[object] = []
    if fluid.library() is not None:
        found.append(fluid.FluidSynth(soundfont, RATE_HZ))
    if fallback.library() is not None:
        found.append(fallback.Fallback(soundfont, RATE_HZ))
    return found


def strongest_hz(sound: np.ndarray) -> float:
    """Where its strongest partial lies, some tenths of a second after the start."""
    piece = sound[round(0.3 * RATE_HZ) : round(0.7 * RATE_HZ)]
    spectrum = np.abs(np.fft.rfft(piece * np.hanning(len(piece)), 1 << 18))
    return float(np.argmax(spectrum) * RATE_HZ / (1 << 18))


CASES = [(player, 71, "") for player in players()]
CASES += [(Voiced(players()[0], load_voices(ROOT / "prompts")), 75, name) for name in ("ney", "oud")]  # type: ignore[arg-type]


@pytest.mark.parametrize(("player", "program", "instrument"), CASES)
@pytest.mark.parametrize("cents", [-50.0, 31.0])
def test_a_held_note_sounds_where_it_is_tuned(player, program, instrument, cents) -> None:
    def sounding(*strokes: Stroke) -> np.ndarray:
        return mono(player.play(Performance(program, False, strokes, instrument=instrument), 50_000))

    plain = sounding(Stroke(0.0, 1.0, 69, 90))
    at_hz = strongest_hz(plain)
    assert abs(cents_off(plain, RATE_HZ, at_hz, from_s=0.3)) < 5.0
    for others in ((), (Stroke(0.0, 1.0, 78, 40),)):
        moved = sounding(Stroke(0.0, 1.0, 69, 90, cents), *others)
        assert abs(cents_off(moved, RATE_HZ, at_hz, from_s=0.3) - cents) < 5.0


@pytest.mark.parametrize("cents", [-50.0, 0.0, 17.0])
def test_the_measure_finds_by_how_much_a_beating_tone_was_moved(cents: float) -> None:
    at_s = np.arange(36_000) / RATE_HZ

    def tone(hertz: float) -> np.ndarray:
        pairs = [(number * hertz * share, number) for number in range(1, 7) for share in (1.0, 1.012)]
        return np.sum([np.sin(2 * np.pi * each * at_s + number) / number for each, number in pairs], axis=0)

    assert abs(shift_cents(tone(440.0), tone(440.0 * 2 ** (cents / 1200)), 440.0) - cents) < 1.0


def test_a_key_goes_back_to_its_place(library: Library) -> None:
    for player in players():
        strokes = (Stroke(0.0, 0.4, 69, 90, -50.0), Stroke(1.0, 2.0, 69, 90))
        sound = player.play(Performance(71, False, strokes), 100_000)  # type: ignore[attr-defined]
        fresh = player.play(Performance(71, False, strokes[1:]), 100_000)  # type: ignore[attr-defined]
        late = [strongest_hz(mono(each)[RATE_HZ:]) for each in (sound, fresh)]
        assert abs(late[0] / late[1] - 1) < 0.001


def test_a_midi_file_bends_lines_and_tunes_chords(tmp_path: Path) -> None:
    line = (Note(0.0, 62, 1.0, 80), Note(1.0, 64, 1.0, 80), Note(2.0, 65, 1.0, 80))
    chord = (Note(0.0, 62, 4.0, 80), Note(0.0, 64, 4.0, 80))
    controls = tuning_controls(0.0, {4: -50.0})
    parts = (
        Part("a", "lead", "ney", 75, False, line, controls),
        Part("b", "harmony", "qanun", 15, False, chord, controls),
    )
    path = write_midi(Score(STEADY, parts, 6.0), tmp_path / "score.mid")
    tracks = mido.MidiFile(path).tracks
    assert [message.pitch for message in tracks[1] if message.type == "pitchwheel"] == [-2048, 0]
    (told,) = [message for message in tracks[2] if message.type == "sysex"]
    assert not any(message.type == "pitchwheel" for message in tracks[2])
    steps = [(told.data[7 + 2 * each] << 7 | told.data[8 + 2 * each]) - 0x2000 for each in range(12)]
    assert steps == [0, 0, 0, 0, -0x1000, 0, 0, 0, 0, 0, 0, 0]
    assert told.data[:7] == (0x7F, 0x7F, 8, 9, 0, 0, 2)
    back = read_midi(path).parts[0].controls
    assert [(control.at_q, control.value) for control in back if control.number == PITCH_BEND] == [
        (1.0, bend_of(-50.0)), (2.0, IN_TUNE),
    ]  # fmt: skip
    assert np.isclose(cents_of(parts[1])(chord[1]), -50.0) and not any(map(is_tuning, as_bends(parts[1]).controls))


def test_a_touch_meets_takes_sketches_and_openings_and_lets_sound_pass() -> None:
    plan = make_plan(Constraints(duration_s=6.0), library=load(), seed=1)
    heard: list[tuple[float, bool]] = []

    def touch(score, plan, keep, until_q):
        heard.append((until_q, keep is NOTHING_KEPT))
        return replace(score, parts=(Part("one", "lead", "flute", 73, False, (Note(0.0, 60, 1.0, 80),)),))

    seen = []
    engine = Retouched(RulesGenerator(), touch)
    take = engine.generate(plan, seed=1, progress=lambda share, what, sketch=None, opening=None: seen.append(sketch))
    assert engine.name == "rules" and [part.id for part in take.parts] == ["one"]
    assert all(len(sketch.parts) == 1 for sketch in seen if sketch is not None)
    assert heard and heard[-1] == (math.inf, True)
