"""The judge: what it measures in notes and sound of known content, and what it says to files that are neither."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import mido
import numpy as np
import pytest

from assistant.cli import main
from assistant.errors import ClipError
from assistant.judge import Judgement, judge_file, judge_score
from assistant.records import from_data, to_data
from assistant.score import Meter, MeterChange, Note, Part, Score, TempoChange, TempoMap
from assistant.score.midi import write_midi
from assistant.settings import RATE_HZ
from tests import media

MAJOR, MINOR = (0, 2, 4, 5, 7, 9, 11), (0, 2, 3, 5, 7, 8, 10)


def piece(
    *,
    tonic: int = 60,
    scale: tuple[int, ...] = MAJOR,
    quarter_bpm: float = 120.0,
    notes_a_beat: int = 1,
    velocity: int = 80,
    meter: str = "4/4",
    key: str = "C major",
    bars: int = 8,
) -> Score:
    """A tune over the chords I, IV, V, I of a scale, that ends on its tonic."""
    step = lambda degree: tonic + 12 * (degree // 7) + scale[degree % 7]  # noqa: E731
    tempo_map = TempoMap.steady(quarter_bpm, Meter.parse(meter))
    bar_q = Meter.parse(meter).bar_q
    roots = [(0, 3, 4, 0)[bar % 4] for bar in range(bars)]
    chords = [
        Note(bar * bar_q, step(root + third), bar_q, velocity) for bar, root in enumerate(roots) for third in (0, 2, 4)
    ]
    bass = [Note(bar * bar_q, step(root) - 24, bar_q, velocity) for bar, root in enumerate(roots)]
    count = int(bar_q * notes_a_beat)
    turn = (7, 8, 9, 11, 9, 8)
    tune = [
        Note(bar * bar_q + place / notes_a_beat, step(root + turn[place % 6]), 0.9 / notes_a_beat, velocity)
        for bar, root in enumerate(roots)
        for place in range(count)
    ]
    parts = (
        Part("tune", "lead", "flute", 73, False, tuple(tune)),
        Part("chords", "harmony", "strings", 48, False, tuple(chords)),
        Part("bass", "bass", "double-bass", 43, False, tuple(bass)),
    )
    return Score(tempo_map, parts, tempo_map.seconds_at(bars * bar_q), key)


# --- notes


@pytest.mark.parametrize(
    ("tonic", "scale", "key"),
    [(60, MAJOR, "C major"), (62, MINOR, "D minor"), (58, MAJOR, "Bb major"), (54, MINOR, "F# minor")],
)
def test_the_key_is_that_of_the_notes_whatever_the_file_says_of_it(tmp_path: Path, tonic, scale, key) -> None:
    score = piece(tonic=tonic, scale=scale, key="Ab major")
    write_midi(score, tmp_path / "piece.mid")
    found = judge_file(tmp_path / "piece.mid")
    assert (found.key, found.mode) == (key, key.split()[1])
    assert found.kind == "midi"


def test_the_key_does_not_depend_on_who_plays_what(tmp_path: Path) -> None:
    score = piece(tonic=62, scale=MINOR)
    one = Part("all", "lead", "piano", 0, False, tuple(note for part in score.parts for note in part.notes))
    assert judge_score(replace(score, parts=(one,))).key == judge_score(score).key == "D minor"


def test_tempo_counts_the_felt_beat() -> None:
    assert judge_score(piece(quarter_bpm=93.0)).tempo_bpm == pytest.approx(93.0, abs=0.1)
    assert judge_score(piece(quarter_bpm=90.0, meter="6/8")).tempo_bpm == pytest.approx(60.0, abs=0.1)


def test_a_tempo_that_changes_counts_by_the_seconds_it_lasts() -> None:
    score = piece(bars=8)
    changes = (TempoChange(0.0, 60.0), TempoChange(16.0, 120.0))
    score = replace(score, tempo_map=TempoMap(changes, (MeterChange(0.0, Meter(4, 4)),)))
    assert judge_score(score).tempo_bpm == pytest.approx((60 * 16 + 120 * 8) / 24, abs=0.5)


def test_a_file_that_was_played_in_freely_gives_the_tempo_of_its_notes() -> None:
    beats_s = np.arange(96) * 60 / 87  # on a map of 120, which the player never heard
    notes = tuple(Note(float(at_s * 2), 60 + MAJOR[index % 7], 0.4, 80) for index, at_s in enumerate(beats_s))
    score = Score(TempoMap.steady(120.0, Meter(4, 4)), (Part("piano", "lead", "piano", 0, False, notes),), 67.0)
    found = judge_score(score)
    assert found.tempo_bpm is not None
    assert min(abs(found.tempo_bpm - bpm) for bpm in (43.5, 87.0, 174.0)) < 1.0
    assert "do not keep" in found.notes["tempo_bpm"]


def test_density_counts_onsets_a_second_and_a_chord_once() -> None:
    found = judge_score(piece(quarter_bpm=120.0, notes_a_beat=2, bars=8))
    tune, chords, bass = 8 * 8, 8, 8
    assert found.density_onsets_per_s == pytest.approx((tune + chords + bass) / 16, rel=0.02)


def test_level_register_and_mode_follow_the_notes() -> None:
    soft, loud = judge_score(piece(velocity=40)), judge_score(piece(velocity=110))
    assert (soft.level_velocity, loud.level_velocity) == (40, 110)
    assert soft.level_lufs is None
    low, high = judge_score(piece(tonic=48)), judge_score(piece(tonic=60))
    assert high.register_midi_pitch == pytest.approx(low.register_midi_pitch + 12, abs=0.11)
    assert (
        judge_score(piece(scale=MAJOR)).mode_brightness > 0.3 > -0.3 > judge_score(piece(scale=MINOR)).mode_brightness
    )


def test_seconds_are_more_dissonant_than_thirds() -> None:
    def held(*pitches: int) -> Score:
        notes = tuple(Note(bar * 4.0, pitch, 4.0, 80) for bar in range(4) for pitch in pitches)
        return Score(TempoMap.steady(90.0, Meter(4, 4)), (Part("p", "lead", "piano", 0, False, notes),), 12.0)

    assert judge_score(held(60, 64, 67)).dissonance_share == 0.0
    assert judge_score(held(60, 61, 62)).dissonance_share == 1.0


def test_drums_alone_have_no_key_pitch_or_valence() -> None:
    kit = tuple(Note(beat / 2, 36 + 2 * (beat % 2), 0.2, 100) for beat in range(32))
    score = Score(TempoMap.steady(100.0, Meter(4, 4)), (Part("drums", "drums", "drums", 0, True, kit),), 10.0)
    found = judge_score(score)
    assert (found.key, found.register_midi_pitch, found.valence, found.dissonance_share) == (None, None, None, None)
    assert found.tempo_bpm == 100.0
    assert found.arousal is not None


def test_a_taiko_has_no_pitch_whatever_its_channel() -> None:
    score = piece(tonic=58)
    beats = tuple(Note(beat / 2, (47, 48, 53)[beat % 3], 0.5, 110) for beat in range(64))
    with_taiko = replace(score, parts=(*score.parts, Part("taiko", "pulse", "taiko", 116, False, beats)))
    before, after = judge_score(score), judge_score(with_taiko)
    names = ("key", "register_midi_pitch", "dissonance_share", "mode_brightness")
    assert [getattr(after, name) for name in names] == [getattr(before, name) for name in names]
    assert after.density_onsets_per_s > before.density_onsets_per_s


def test_moods_come_in_their_order() -> None:
    dirge = judge_score(piece(tonic=48, scale=MINOR, quarter_bpm=56, velocity=42))
    lullaby = judge_score(piece(scale=MAJOR, quarter_bpm=60, velocity=45))
    chase = judge_score(piece(tonic=50, scale=MINOR, quarter_bpm=160, notes_a_beat=4, velocity=112))
    fanfare = judge_score(piece(scale=MAJOR, quarter_bpm=150, notes_a_beat=4, velocity=110))
    assert max(dirge.arousal, lullaby.arousal) < -0.2 < 0.4 < min(chase.arousal, fanfare.arousal)
    assert max(dirge.valence, chase.valence) < -0.2 < 0.2 < min(lullaby.valence, fanfare.valence)


# --- sound

C_MAJOR, A_MINOR = ((48, 64, 67), (53, 60, 69), (55, 62, 71), (48, 60, 64)), ((45, 60, 64), (50, 62, 65), (52, 59, 68))


@pytest.mark.parametrize("suffix", [".wav", ".flac", ".mp3", ".m4a", ".ogg"])
def test_sound_of_every_kind_gives_tempo_key_and_loudness(tmp_path: Path, suffix: str) -> None:
    mono = media.play_tones(100, 12.0, chords=C_MAJOR)
    found = judge_file(media.write_sound(tmp_path / f"music{suffix}", np.concatenate([mono, mono])))
    assert found.kind == "audio"
    assert found.tempo_bpm == pytest.approx(100, rel=0.02)
    assert (found.key, found.mode) == ("C major", "major")
    assert found.length_s == pytest.approx(12.0, abs=0.1)
    assert found.density_onsets_per_s == pytest.approx(100 / 60, rel=0.15)
    assert found.level_velocity is None


def test_loudness_is_in_lufs(tmp_path: Path) -> None:
    tone = 0.1 * np.sin(2 * np.pi * 997 * np.arange(3 * media.RATE_HZ) / media.RATE_HZ).astype(np.float32)
    found = judge_file(media.write_sound(tmp_path / "tone.wav", np.stack([tone, tone])))
    assert found.level_lufs == pytest.approx(-20.0, abs=0.2)


def test_a_film_is_judged_by_its_sound(tmp_path: Path) -> None:
    sound = media.play_tones(120, 10.0, chords=A_MINOR)
    found = judge_file(media.write_film(tmp_path / "film.mp4", media.paint_shots([125, 125]), sound=sound))
    assert (found.key, found.kind) == ("A minor", "audio")
    assert found.tempo_bpm == pytest.approx(120, rel=0.02)


def test_lively_sound_is_more_aroused_and_major_sound_brighter(tmp_path: Path) -> None:
    lively = media.play_tones(160, 12.0, chords=C_MAJOR, level=0.3)
    calm = media.play_tones(60, 12.0, chords=A_MINOR, level=0.02)
    first, second = (
        judge_file(media.write_sound(tmp_path / name, sound))
        for name, sound in (("lively.wav", lively), ("calm.wav", calm))
    )
    assert first.arousal > second.arousal + 0.3
    assert first.valence > second.valence + 0.3


def test_register_of_sound_follows_its_pitch(tmp_path: Path) -> None:
    low, high = (
        judge_file(media.write_sound(tmp_path / f"{up}.wav", media.play_tones(90, 6.0, chords=[[48 + up, 55 + up]])))
        for up in (0, 24)
    )
    assert high.register_midi_pitch > low.register_midi_pitch + 12


def test_what_cannot_be_told_is_null_and_says_why(tmp_path: Path) -> None:
    silence = judge_file(media.write_sound(tmp_path / "silence.wav", np.zeros((1, 5 * media.RATE_HZ), np.float32)))
    assert (silence.level_lufs, silence.tempo_bpm, silence.valence, silence.arousal) == (None, None, None, None)
    assert "silent" in silence.notes["level_lufs"]
    speech = judge_file(media.write_sound(tmp_path / "speech.wav", media.babble(12.0)))
    assert (speech.tempo_bpm, speech.key, speech.valence) == (None, None, None)
    assert "not clear" in speech.notes["key"]
    blip = judge_file(media.write_sound(tmp_path / "blip.wav", 0.1 * np.ones((1, 4800), np.float32)))
    assert blip.arousal is None


# --- the command


def test_the_command_prints_every_value_with_its_note(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_midi(piece(), tmp_path / "piece.mid")
    assert main(["judge", str(tmp_path / "piece.mid")]) == 0
    answer = json.loads(capsys.readouterr().out)
    measured = (
        "tempo_bpm", "key", "mode", "density_onsets_per_s", "register_midi_pitch", "level_velocity", "dissonance_share",
        "valence", "arousal",
    )  # fmt: skip
    assert all(answer[name] is not None for name in measured)
    assert set(answer["notes"]) >= set(measured) - {"mode"}
    assert from_data(Judgement, answer) == judge_score(piece(), file="piece.mid")


def test_a_midi_file_is_known_by_its_content(tmp_path: Path) -> None:
    write_midi(piece(), tmp_path / "piece.mid")
    odd = (tmp_path / "piece.mid").rename(tmp_path / "piece.wav")
    assert to_data(judge_file(odd)) == to_data(judge_score(piece(), file="piece.wav"))


def bad_files(folder: Path) -> dict[str, Path]:
    (folder / "words.mid").write_text("this is no music")
    (folder / "words.mp3").write_text("this is no music")
    (folder / "empty.wav").touch()
    (folder / "cut.mid").write_bytes(b"MThd\x00\x00\x00\x06\x00\x01\x00\x01\x01\xe0MTrk\x00\x00\x01\x00\x00\x90")
    mido.MidiFile(tracks=[mido.MidiTrack()]).save(folder / "no-notes.mid")
    media.write_film(folder / "mute.mp4", media.paint_shots([25]))
    return {path.name: path for path in folder.iterdir()} | {"missing": folder / "no.mid", "folder": folder}


@pytest.mark.parametrize(
    "name", ["words.mid", "words.mp3", "empty.wav", "cut.mid", "no-notes.mid", "mute.mp4", "missing", "folder"]
)
def test_a_bad_file_is_one_line_with_its_cure(tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str) -> None:
    path = bad_files(tmp_path)[name]
    assert main(["judge", str(path)]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("error: ")
    assert err.count("\n") == 1
    assert len(err.removeprefix("error: ").split("; ")) == 3
    with pytest.raises(ClipError, match=path.name):
        judge_file(path)


def test_a_second_of_sound_is_judged(tmp_path: Path) -> None:
    import soundfile

    path = tmp_path / "second.wav"
    soundfile.write(path, np.random.default_rng(1).normal(0, 0.1, (RATE_HZ, 2)), RATE_HZ)
    assert judge_file(path).length_s == pytest.approx(1.0)


def test_more_channels_than_can_be_mixed_are_refused_with_the_cure(tmp_path: Path) -> None:
    import soundfile

    path = tmp_path / "many.wav"
    soundfile.write(path, np.zeros((RATE_HZ, 100)) + 0.1, RATE_HZ)
    with pytest.raises(ClipError, match=r"100 channels.*one or two.*mix it down"):
        judge_file(path)
