"""Scores become sound: exact lengths, stems that add up, loudness on target, strikes on the frame."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from assistant.audio import Waveform, load_wav, save_wav
from assistant.audio.loudness import integrated_lufs, true_peak_dbtp
from assistant.check.sound import check_hit, seam_db
from assistant.errors import EngineError
from assistant.plan import BarIntent, Key, Plan, PlannedHit, PlannedPart
from assistant.render import Mixdown, fallback, fluid, render
from assistant.render.craft import load_craft
from assistant.render.performance import Fermata, Performance, Stroke, perform
from assistant.render.room import impulse_response
from assistant.render.soundfonts import find_soundfont
from assistant.score import Control, Meter, Note, Part, Score, TempoMap
from assistant.score.values import PITCH_BEND
from assistant.settings import ROOT, Settings
from models.evaluation.meters import ffmpeg_meter

RATE_HZ = 48_000
D_MINOR = Key(2, "minor", (0, 2, 3, 5, 7, 8, 10))
STEADY = TempoMap.steady(120.0, Meter(4, 4))
LEVELS = {"lead": 0.0, "harmony": -8.0, "bass": -4.0, "drums": -3.0}

needs_fluidsynth = pytest.mark.skipif(fluid.library() is None, reason="needs libfluidsynth on this machine")
needs_symusic = pytest.mark.skipif(fallback.library() is None, reason="needs symusic")
BOTH = [pytest.param("fluidsynth", marks=needs_fluidsynth), pytest.param("fallback", marks=needs_symusic)]


def tune(bars: int = 3, *, velocity: int = 84) -> tuple[Note, ...]:
    steps = (74, 76, 77, 81, 79, 77, 76, 74)
    notes = [Note(float(beat), steps[beat % 8], 0.9, velocity) for beat in range(4 * (bars - 1))]
    return (*notes, Note(4.0 * (bars - 1), 74, 3.0, velocity))


def flute(bars: int = 3, **keys: object) -> Part:
    return Part("lead-flute", "lead", "flute", 73, False, tune(bars), **keys)


def piano(bars: int = 3, **keys: object) -> Part:
    return Part("lead-piano", "lead", "piano", 0, False, tune(bars), **keys)


def strings(bars: int = 3) -> Part:
    chords = tuple(Note(4.0 * bar, pitch, 3.9, 70) for bar in range(bars) for pitch in (57, 62, 65))
    return Part("harmony-strings", "harmony", "strings", 48, False, chords)


def kit(bars: int = 3) -> Part:
    beats = tuple(Note(beat / 1.0, 36 if beat % 2 == 0 else 38, 0.25, 90) for beat in range(4 * bars - 3))
    return Part("drums-drums", "drums", "drums", 0, True, beats)


def cue(*parts: Part, length_s: float = 6.0, **plan: object) -> tuple[Score, Plan]:
    bars = round(length_s / 2)
    seats = tuple(
        PlannedPart(part.id, part.role, part.instrument, 36, 96, "melody", (BarIntent(True),) * bars, LEVELS[part.role])
        for part in parts
    )
    made = Plan(length_s, STEADY, bars, 4.0 * (bars - 1), D_MINOR, (), (), seats, reverb="room")
    return Score(STEADY, parts, length_s, "D minor"), replace(made, **plan)


@pytest.fixture(params=BOTH)
def either(request: pytest.FixtureRequest, settings: Settings) -> Settings:
    return replace(settings, renderer=request.param)


@pytest.fixture
def play(library, settings):
    def played(*parts: Part, using: Settings | None = None, insist: bool = False, **keys: object) -> Mixdown:
        score, plan = cue(*parts, **keys)
        return render(score, plan, library=library, settings=using or settings, loudness_asked=insist)

    return played


def level_db(samples: np.ndarray) -> float:
    return float(10 * np.log10(np.mean(np.square(samples, dtype=np.float64)) + 1e-15))


@pytest.mark.parametrize("length_s", [6.0, 5.4321, 4.99999])
def test_the_length_is_exact_to_the_sample(play, either, length_s):
    mixdown = play(flute(), strings(), length_s=length_s, using=either)
    frames = round(length_s * RATE_HZ)
    assert mixdown.mix.frames == mixdown.premaster.frames == frames
    assert {stem.waveform.frames for stem in mixdown.stems} == {frames}


def test_the_stems_add_up_to_the_premaster_also_on_disk(play, either, tmp_path):
    mixdown = play(flute(), strings(), kit(), using=either)
    residue = load_wav(save_wav(tmp_path / "premaster.wav", mixdown.premaster)).samples.astype(np.float64)
    for stem in mixdown.stems:
        residue -= load_wav(save_wav(tmp_path / f"{stem.part_id}.wav", stem.waveform)).samples
    assert np.abs(residue).max() < 10 ** (-120 / 20)


def test_the_same_score_sounds_the_same(play, either):
    assert play(flute(), kit(), using=either).mix == play(flute(), kit(), using=either).mix


def test_a_stem_does_not_change_when_another_part_does(play, either):
    full, changed, alone = play(flute(), strings(), using=either), play(flute(), kit(), using=either), play(flute())
    assert full.stem("lead-flute") == changed.stem("lead-flute")
    if either.renderer == "fluidsynth":
        assert full.stem("lead-flute") == alone.stem("lead-flute")


@pytest.mark.parametrize("target_lufs", [-14.0, -23.0])
def test_loudness_and_true_peak_are_on_target_by_another_meter(play, either, target_lufs):
    mixdown = play(flute(), strings(), kit(), loudness_lufs=target_lufs, using=either)
    heard = ffmpeg_meter(mixdown.mix)
    loudness, peak = heard.loudness_lufs, heard.true_peak_dbtp
    assert loudness == pytest.approx(target_lufs, abs=0.3)
    assert peak <= -1.0
    assert mixdown.loudness_lufs == pytest.approx(loudness, abs=0.1)
    assert mixdown.true_peak_dbtp == pytest.approx(peak, abs=0.2)
    assert np.abs(mixdown.premaster.samples).max() < 1


def test_sparse_peaks_are_left_quieter_and_it_is_said_unless_loudness_was_asked_for(play):
    claps = Part("drums-drums", "drums", "drums", 0, True, tuple(Note(4.0 * bar, 37, 0.1, 120) for bar in range(3)))
    held_back = play(claps, loudness_lufs=-6.0)
    assert [remark.code for remark in held_back.remarks] == ["loudness_held_back"]
    assert held_back.loudness_lufs < -6.5
    assert held_back.limiting_db < 4.5
    insisted = play(claps, loudness_lufs=-6.0, insist=True)
    assert not insisted.remarks
    assert insisted.loudness_lufs > held_back.loudness_lufs + 1
    assert insisted.true_peak_dbtp <= -1.0


SLOW = {
    "strings": (48, (50, 57, 62)),
    "violin": (40, (62, 69)),
    "flute": (73, (69, 74)),
    "choir": (52, (57, 62)),
    "pad": (89, (57, 64)),
}


@pytest.mark.parametrize("instrument", SLOW)
@pytest.mark.parametrize("legato", [True, False], ids=["legato", "after a rest"])
def test_slow_instruments_strike_on_the_hit(library, either, instrument, legato):
    program, pitches = SLOW[instrument]
    before = tuple(Note(4.0, pitch - 2, 4.0 if legato else 2.0, 70) for pitch in pitches)
    part = Part(
        "lead-slow", "lead", instrument, program, False, (*before, *(Note(8.0, pitch, 3.5, 100) for pitch in pitches))
    )
    score, plan = cue(part, length_s=8.0)
    hit = PlannedHit(4.0, "hit", 8.0)
    mixdown = render(score, replace(plan, hits=(hit,)), library=library, settings=either)
    finding = check_hit(hit, score, mixdown, 0.020)
    assert finding.met, finding


@pytest.mark.parametrize("at_s", [0.0, 0.1])
def test_a_slow_instrument_alone_strikes_at_the_very_beginning(library, either, at_s):
    program, pitches = SLOW["pad"]
    notes = tuple(Note(2 * at_s, pitch, 7.0, 90) for pitch in pitches)
    score, plan = cue(Part("lead-slow", "lead", "pad", program, False, notes), length_s=4.0, reverb="dry")
    hit = PlannedHit(at_s, "hit", 2 * at_s)
    mixdown = render(score, replace(plan, hits=(hit,)), library=library, settings=either)
    finding = check_hit(hit, score, mixdown, 0.020)
    assert finding.met, finding
    sound = mixdown.stems[0].waveform.samples
    assert np.abs(sound[:, :10]).max() < 0.05 * np.abs(sound).max(), "it rises where it is cut out"
    if not at_s and either.renderer == "fluidsynth":  # the fall-back's pad speaks soon enough by itself
        late = check_hit(hit, score, render(score, plan, library=library, settings=either), 0.020)
        assert not late.met, "nobody prepares it"


@needs_fluidsynth
def test_slow_strings_are_at_half_their_level_on_time(play):
    notes = tuple(Note(float(beat), 60 + 2 * (beat % 3), 0.8, 90) for beat in range(2, 9, 2))
    part = Part("lead-strings", "lead", "strings", 48, False, notes)
    sound = play(part, reverb="dry").stems[0].waveform.samples
    for note in notes:
        at = round(note.start_q / 2 * RATE_HZ)
        levels = np.array([level_db(sound[:, at + step : at + step + 960]) for step in range(-9_600, 9_600, 960)])
        first = int(np.argmax(levels > levels.max() - 9)) - 10
        assert -3 <= first <= 2, levels.round()


def test_a_cue_ends_at_zero_and_rings_until_then(play, either):
    mixdown = play(flute(), strings(), using=either)
    assert np.abs(mixdown.mix.samples[:, -48:]).max() < 10 ** (-50 / 20)
    assert level_db(mixdown.mix.samples[:, -24_000:-12_000]) > -60


def test_a_loop_rings_on_over_its_seam(play, either):
    late = replace(piano(), notes=(*tune()[1:-1], Note(8.0, 74, 4.0, 90)))
    once, looped = play(late, using=either), play(late, loop=True, final_q=12.0, using=either)
    assert looped.mix.frames == once.mix.frames
    start = slice(0, 4_800)
    assert level_db(once.stems[0].waveform.samples[:, start]) < -100
    assert level_db(looped.stems[0].waveform.samples[:, start]) > -70
    assert seam_db(looped.premaster) < 6
    assert seam_db(looped.mix) < 6


def test_expression_and_velocity_are_heard(play, either):
    soft_end = piano(controls=(Control(0.0, 11, 120), Control(4.0, 11, 50)))
    changed, plain = play(soft_end, using=either).stems[0].waveform, play(piano(), using=either).stems[0].waveform
    bars = [slice(0, 90_000), slice(100_000, 190_000)]
    fall = [level_db(sound.samples[:, bars[1]]) - level_db(sound.samples[:, bars[0]]) for sound in (changed, plain)]
    assert fall[0] < fall[1] - 6
    quiet = replace(piano(), notes=tune(velocity=50))
    softer = integrated_lufs(play(quiet, using=either).stems[0].waveform) - integrated_lufs(plain)
    assert -8 < softer < -2


def test_the_pedal_holds_notes(play, either):
    short = Part("lead-piano", "lead", "piano", 0, False, (Note(0.0, 60, 0.25, 90), Note(11.0, 60, 0.25, 90)))
    held = replace(short, controls=(Control(0.0, 64, 127), Control(4.0, 64, 0)))
    after = slice(48_000, 72_000)
    dry, rung = (play(part, reverb="dry", using=either).stems[0].waveform.samples[:, after] for part in (short, held))
    assert level_db(rung) > level_db(dry) + 20


@needs_fluidsynth
def test_pitch_bends_are_heard(play):
    steady = Part("lead-flute", "lead", "flute", 73, False, (Note(0.0, 81, 11.0, 90),))
    bent = replace(steady, controls=(Control(0.0, PITCH_BEND, 8192), Control(4.0, PITCH_BEND, 16383)))
    spectrum = np.abs(np.fft.rfft(play(bent).stems[0].waveform.mono()[150_000:250_000]))
    assert np.argmax(spectrum) * RATE_HZ / 100_000 == pytest.approx(440 * 2 ** (14 / 12), rel=0.01)


def test_pan_moves_a_part(play):
    score_left, plan = cue(flute(), length_s=4.0)
    assert score_left.parts[0].id == plan.parts[0].id
    left = (
        play(flute(), parts=(replace(plan.parts[0], pan=-0.8, bars=(BarIntent(True),) * 3),)).stems[0].waveform.samples
    )
    assert level_db(left[0]) > level_db(left[1]) + 6


def test_level_is_what_the_plan_says(play):
    loud = integrated_lufs(play(flute(), kit()).stem("drums-drums").waveform)
    _, plan = cue(flute(), kit())
    lower = tuple(replace(part, level_lu=part.level_lu - 6) for part in plan.parts)
    assert integrated_lufs(play(flute(), kit(), parts=lower).stem("drums-drums").waveform) == pytest.approx(
        loud - 6, abs=0.3
    )


def test_a_fader_moves_in_its_bars_and_every_other_stem_is_untouched(play):
    plain = play(flute(), kit())
    _, plan = cue(flute(), kit())
    lifted = (BarIntent(True), BarIntent(True), BarIntent(True, gain_db=6.0))
    moved = play(flute(), kit(), parts=(plan.parts[0], replace(plan.parts[1], bars=lifted)))
    assert np.array_equal(plain.stem("lead-flute").waveform.samples, moved.stem("lead-flute").waveform.samples)
    before, after = (mix.stem("drums-drums").waveform.samples for mix in (plain, moved))
    assert np.allclose(before[:, :150_000], after[:, :150_000], atol=1e-6)
    assert level_db(after[:, 192_000:240_000]) - level_db(before[:, 192_000:240_000]) == pytest.approx(6.0, abs=0.3)


def test_a_part_without_notes_is_silent_and_a_score_without_parts_too(play):
    resting = Part("harmony-strings", "harmony", "strings", 48)
    assert not play(flute(), resting).stem("harmony-strings").waveform.samples.any()
    assert not play().mix.samples.any()


def test_a_kit_that_the_soundfont_lacks_is_played_on_the_standard_kit(play, either, capfd):
    unknown = replace(kit(), program=77)
    assert play(unknown, using=either).stems == play(kit(), using=either).stems
    assert not capfd.readouterr().err


def test_progress_is_told_and_can_stop_the_work(library, settings):
    score, plan = cue(flute(), kit())
    shares: list[float] = []
    render(score, plan, library=library, settings=settings, progress=lambda share, *rest: shares.append(share))
    assert shares == sorted(shares)
    assert shares[-1] == 1.0

    def stop(share: float, what: str, sketch: object = None, opening: object = None) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        render(score, plan, library=library, settings=settings, progress=stop)


@needs_symusic
def test_without_fluidsynth_the_fallback_plays_and_says_so(play, monkeypatch):
    monkeypatch.setattr(fluid, "library", lambda: None)
    mixdown = play(flute(), kit())
    assert mixdown.renderer == "fallback"
    assert [remark.code for remark in mixdown.remarks] == ["renderer_fallback"]


def test_without_any_synthesiser_the_cure_is_named(play, monkeypatch):
    monkeypatch.setattr(fluid, "library", lambda: None)
    monkeypatch.setattr(fallback, "library", lambda: None)
    with pytest.raises(EngineError, match="install libfluidsynth"):
        play(flute())


def fonts() -> list[Path]:
    """The SoundFont that is found here, and the one that every installation has."""
    search = load_craft(ROOT / "prompts").soundfonts
    return sorted({find_soundfont(search).path, find_soundfont(replace(search, folders=())).path})


@needs_symusic
@pytest.mark.parametrize("font", fonts(), ids=lambda path: path.stem)
def test_the_fallback_plays_the_keys_that_are_written(font):
    """SoundFonts that leave a sample's key to its zone were played up to two octaves off."""
    for program, key in ((0, 60), (0, 69), (40, 69), (56, 69)):
        sound = fallback.Fallback(font, RATE_HZ).play(Performance(program, False, (Stroke(0.0, 1.0, key, 90),)), 48_000)
        spectrum = np.abs(np.fft.rfft(sound[0][12_000:] * np.hanning(36_000), 1 << 18))
        partial = np.argmax(spectrum) * RATE_HZ / (1 << 18) / (440 * 2 ** ((key - 69) / 12))
        assert round(partial) >= 1 and abs(1200 * np.log2(partial / round(partial))) < 25, (program, key, partial)


def test_fluidsynth_asked_for_and_missing_is_an_error(play, settings, monkeypatch):
    monkeypatch.setattr(fluid, "library", lambda: None)
    with pytest.raises(EngineError, match="renderer fluidsynth"):
        play(flute(), using=replace(settings, renderer="fluidsynth"))


def test_a_mixdown_names_the_parts_that_our_own_voices_played(play, library):
    guzheng = Part("harmony-guzheng", "harmony", "guzheng", library.instruments["guzheng"].program, False, tune(2))
    assert play(replace(flute(2), notes=tune(2)), guzheng, length_s=4.0).voiced == ("harmony-guzheng",)


def test_a_soundfont_can_be_named_and_the_last_resort_is_found(play, settings, tmp_path):
    craft = load_craft(ROOT / "prompts")
    nowhere = replace(craft.soundfonts, folders=(str(tmp_path),))
    carried = find_soundfont(nowhere)
    assert (carried.name, carried.licence) == ("TimGM6mb", "GPL-2.0")
    assert len(carried.sha256) == 64
    assert play(flute(), using=replace(settings, soundfont=carried.path)).soundfont == carried
    with pytest.raises(EngineError, match="correct CUEWRIGHT_SOUNDFONT"):
        find_soundfont(nowhere, Path(tmp_path / "none.sf2"))


def test_known_soundfonts_come_in_the_order_of_the_file(tmp_path):
    search = replace(load_craft(ROOT / "prompts").soundfonts, folders=(str(tmp_path),))
    for name in ("zither.sf2", "MuseScore_General.sf3", "FluidR3_GM.sf2"):
        assert find_soundfont(search).path.name != name
        (tmp_path / name).write_bytes(b"RIFF")
        assert find_soundfont(search).path.name == name


@pytest.mark.parametrize("name", ["room", "hall"])
def test_a_room_decays_as_its_figures_say(name):
    room = load_craft(ROOT / "prompts").rooms[name]
    response = impulse_response(room, RATE_HZ).astype(np.float64)
    energy = np.cumsum((response**2).sum(axis=0)[::-1])[::-1]
    decay_db = 10 * np.log10(energy / energy[0] + 1e-12)
    times = [int(np.argmax(decay_db < level)) / RATE_HZ for level in (-5.0, -25.0)]
    assert 3 * (times[1] - times[0]) == pytest.approx(room.decay_s, rel=0.4)
    assert 10 * np.log10(energy[0] / 2) == pytest.approx(room.return_db, abs=0.2)
    left, right = response
    assert abs(np.corrcoef(left, right)[0, 1]) < 0.5


def test_a_key_is_released_before_it_is_struck_again():
    notes = (Note(0.0, 60, 4.0, 80), Note(1.0, 60, 1.0, 90), Note(1.0, 60, 2.0, 70))
    strokes = perform(Score(STEADY, (), 6.0), Part("lead-piano", "lead", "piano", 0, False, notes)).strokes
    assert strokes == (Stroke(0.0, 0.5, 60, 80), Stroke(0.5, 1.0, 60, 90))


def test_nothing_is_played_before_the_beginning_or_after_the_end():
    notes = (Note(0.0, 60, 1.0, 80), Note(20.0, 62, 1.0, 80))
    part = Part("lead-piano", "lead", "piano", 0, False, notes)
    strokes = perform(Score(STEADY, (), 6.0), part, early_s=lambda note: 0.1).strokes
    assert strokes == (Stroke(0.0, 0.5, 60, 80),)


def test_a_lead_moves_nothing_that_comes_later():
    part = Part("lead-strings", "lead", "strings", 48, False, (Note(0.1, 60, 1.0, 80), Note(4.0, 62, 1.0, 80)),
                (Control(0.0, 11, 90), Control(4.0, 11, 92)))  # fmt: skip
    score = Score(STEADY, (), 6.0)
    plain = perform(score, part, early_s=lambda note: 0.2)
    led = perform(score, part, early_s=lambda note: 0.2, may_lead=lambda note: note.pitch == 60)
    assert (plain.lead_s, led.lead_s) == (0.0, pytest.approx(0.152)) and led.lead_frames(RATE_HZ) % fluid.BLOCK == 0
    assert led.strokes[0].start_s == pytest.approx(0.002) and led.strokes[0].end_s == pytest.approx(0.55 + led.lead_s)
    assert led.strokes[1].start_s - led.lead_s == pytest.approx(plain.strokes[1].start_s)
    assert [turn.at_s for turn in led.turns] == [0.0, pytest.approx(2.0 + led.lead_s)]


def test_a_note_gives_way_to_the_hit_that_takes_its_key_early():
    part = Part("lead-strings", "lead", "strings", 48, False, (Note(3.8, 60, 0.2, 80), Note(4.0, 60, 4.0, 90)))
    strokes = perform(Score(STEADY, (), 6.0), part, early_s=lambda note: 0.4 if note.start_q == 4 else 0.1).strokes
    assert strokes == (Stroke(1.6, 4.0, 60, 90),)


def test_only_long_notes_of_the_final_chord_are_held():
    notes = (Note(4.0, 60, 1.0, 80), Note(8.0, 62, 2.0, 80), Note(8.0, 64, 0.5, 80))
    part = Part("lead-piano", "lead", "piano", 0, False, notes)
    held = perform(Score(STEADY, (), 6.0), part, fermata=Fermata(3.9, 0.8, 5.7)).strokes
    assert [stroke.end_s for stroke in held] == [2.5, 5.7, 4.25]


def test_large_jumps_of_a_controller_become_glides():
    part = Part(
        "lead-flute",
        "lead",
        "flute",
        73,
        False,
        (Note(0.0, 74, 8.0, 80),),
        (Control(0.0, 11, 20), Control(4.0, 11, 110)),
    )
    values = [turn.value for turn in perform(Score(STEADY, (), 6.0), part).turns]
    assert values[0] == 20
    assert values[-1] == 110
    assert max(np.diff(values)) <= 10


def test_a_mixdown_has_sound_in_both_channels(play):
    mixdown = play(flute(), strings())
    assert isinstance(mixdown.mix, Waveform)
    assert min(level_db(channel) for channel in mixdown.mix.samples) > -40
    assert true_peak_dbtp(mixdown.mix) <= -1.0
