"""Voice and picture: music makes way for a voice, own sound is what was asked, the picture is untouched."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from assistant.audio import Waveform
from assistant.audio.loudness import integrated_lufs, true_peak_dbtp
from assistant.brief import Brief
from assistant.clip import Clip, Span
from assistant.constraints import Constraints, Evidence, arc_of
from assistant.deliver.blend import CEILING_DBTP, Levels, find_levels, mix_sound
from assistant.deliver.ducking import AHEAD_S, BACK_S, HOLD_S, STEP_S, Dip, find_dips, gain_curve, tightened
from assistant.deliver.media import write_scored
from assistant.deliver.own_sound import OwnSound, own_blocks, own_sound_for, said_of_own_sound
from assistant.feedback import Change, KeepWish, Reply, with_own_sound
from assistant.interpret import read_brief
from assistant.interpret.own_sound import find_own_sound
from assistant.library import load
from assistant.plan import make_plan
from models.evaluation import mux
from models.evaluation.voice_over import judged, shares
from tests import media

RATE_HZ = 48_000
SOUNDING = Clip("a.mp4", 9.0, 25.0, has_audio=True)

# --- the picture

SLOW = ("50", "59.94", "varying, Matroska", "WebM, VP9", "programme stream", "FFV1", "Motion JPEG", "AVI")
"""Much like others, so left to `make test-all`."""
FILMS = [pytest.param(case, marks=[pytest.mark.slow] if case.name in SLOW else [], id=case.name) for case in mux.CASES]


@pytest.mark.parametrize("case", FILMS)
def test_the_picture_is_copied_packet_for_packet_and_the_sound_lies_on_its_first_frame(
    tmp_path: Path, case: mux.Case
) -> None:
    row = mux.measured(case, tmp_path)
    assert row.bytes_same and row.times_same and row.shown_same
    assert abs(row.music_ms) < mux.BOUND_MS and abs(row.own_ms or 0.0) < mux.BOUND_MS
    assert row.timecode == case.timecode


@pytest.mark.parametrize("late", [-300, -1, 0, 48, 2000])
def test_the_detector_of_offsets_finds_planted_ones(late: int) -> None:
    sought = mux.noise(2)
    heard = np.roll(np.pad(sought, ((0, 0), (4000, 4000))), late - 4000, axis=1)[:, : sought.shape[1]]
    assert mux.found_ms(heard + 0.5 * mux.noise(1), sought) == pytest.approx(late / 48, abs=1e-3)


def test_a_film_that_is_really_cut_by_its_edit_list_shows_fewer_frames_than_it_holds(tmp_path: Path) -> None:
    case = mux.Case("cut", ".mp4", edit=5)
    film = mux.write_film(tmp_path / "clip.mp4", case)
    assert len(mux.packets_of(film)) - len(mux.shown_of(film)[0]) == 5


def test_a_timecode_that_no_muxer_could_count_is_left_out(tmp_path: Path) -> None:
    row = mux.measured(mux.Case("odd", ".mov", Fraction(25), timecode="10:00:00:00"), tmp_path)
    assert row.timecode == "10:00:00:00"
    film = mux.write_film(tmp_path / "odd.mkv", mux.Case("odd", ".mkv", Fraction(25), timecode="01:00:00;00"))
    scored = write_scored(tmp_path, film, Waveform(mux.noise(2), RATE_HZ)).path
    assert mux.shown_of(scored)[2] == ""


# --- the voice

VOICE = (Span(2.0, 4.0), Span(5.6, 7.0))
LENGTH_S = 9.0


def talking(*, level: float = 0.3) -> media.Samples:
    """Something like speech in the spans, and silence."""
    sound = np.zeros((1, round(LENGTH_S * RATE_HZ)), np.float32)
    for seed, span in enumerate(VOICE):
        first, last = round(span.from_s * RATE_HZ), round(span.to_s * RATE_HZ)
        sound[:, first:last] = level / 0.2 * media.babble(span.to_s - span.from_s, seed=seed)
    return sound


def playing(*, level: float = 0.05) -> Waveform:
    """Noise that is loud in turn with less loud, stereo."""
    noise = np.random.default_rng(5).standard_normal((2, round(LENGTH_S * RATE_HZ)))
    noise[:, 3:] = (noise[:, 3:] + noise[:, 2:-1] + noise[:, 1:-2] + noise[:, :-3]) / 2  # coders drop the top
    beat = 0.6 + 0.4 * np.sign(np.sin(2 * np.pi * np.arange(noise.shape[1]) / RATE_HZ))
    return Waveform((level * noise * beat).astype(np.float32), RATE_HZ)


@pytest.mark.parametrize(("voice", "own_sound"), [(0.3, OwnSound.UNDER), (0.01, OwnSound.UNDER), (0.3, OwnSound.OVER)])
def test_music_lies_twelve_lu_under_the_voice_and_is_back_soon_after(
    tmp_path: Path, voice: float, own_sound: OwnSound
) -> None:
    clip = media.write_film(tmp_path / "clip.mp4", media.paint_shots([225]), sound=talking(level=voice))
    music = playing()
    scored = write_scored(tmp_path, clip, music, own_sound=own_sound, speech=VOICE)
    heard = media.read_sound(scored.path)
    spoken = np.zeros(round(LENGTH_S * 100), bool)
    for span in VOICE:
        spoken[round(span.from_s * 100) : round(span.to_s * 100)] = True
    under, peak, back_s = judged(*shares(heard, media.read_sound(clip), music.samples), spoken)
    assert under > 12 and peak > 11.5
    assert 0.1 < back_s <= 0.8
    whole = Waveform(heard[:, : music.frames], RATE_HZ)
    assert integrated_lufs(whole) == pytest.approx(integrated_lufs(music), abs=0.4)
    assert true_peak_dbtp(whole) < CEILING_DBTP + 1.0


def test_without_ducking_the_measure_says_so(tmp_path: Path) -> None:
    clip = media.write_film(tmp_path / "clip.mp4", media.paint_shots([225]), sound=talking())
    scored = write_scored(tmp_path, clip, playing(), own_sound=OwnSound.UNDER, speech=())
    spoken = np.zeros(round(LENGTH_S * 100), bool)
    spoken[200:400] = spoken[560:700] = True
    heard = media.read_sound(scored.path)
    assert judged(*shares(heard, media.read_sound(clip), playing().samples), spoken)[0] < 6


def test_depth_follows_the_loudness_of_voice_and_music() -> None:
    voice, music = np.full(90, 1e-9), np.full(90, 1e-2)
    voice[20:40] = 1e-2
    (level,) = find_dips([Span(2.0, 4.0)], voice, music)
    (deeper,) = find_dips([Span(2.0, 4.0)], voice / 10, music)
    (none,) = find_dips([Span(2.0, 4.0)], voice, music / 1000)
    assert deeper.depth_db == pytest.approx(level.depth_db + 10, abs=0.1)
    assert none.depth_db == 0


def test_music_is_down_before_the_first_word_and_moves_without_a_step() -> None:
    curve = 20 * np.log10(gain_curve([Dip(2.0, 4.0, 18.0)], 8.0))
    at = lambda second: curve[round(second / STEP_S)]  # noqa: E731
    assert at(2.0 - AHEAD_S - 0.02) == 0 and at(1.99) == pytest.approx(-18) and at(4.0) == pytest.approx(-18)
    assert at(4.0 + HOLD_S + BACK_S + 0.01) == 0
    assert np.abs(np.diff(curve)).max() < 1.2


def test_a_pause_too_short_to_come_back_in_is_passed_over_and_a_longer_one_is_not() -> None:
    short, long = (gain_curve([Dip(2.0, 3.0, 20.0), Dip(3.0 + gap, 6.0, 20.0)], 8.0) for gap in (0.7, 1.2))
    assert short[200:600].max() < 0.11
    assert long[300:420].max() == pytest.approx(1.0)


def test_a_span_ends_where_its_sound_has_died_away() -> None:
    own = np.full(60, 1e-9)
    own[10:20] = 1e-2
    (span,) = tightened([Span(1.0, 2.6)], own)
    assert (span.from_s, span.to_s) == (1.0, 2.0)


def test_silence_of_either_side_leaves_the_other_as_it_is() -> None:
    silent, loud = np.zeros(50), np.full(50, 1e-2)
    for music, own in ((silent, loud), (loud, silent)):
        levels = find_levels(music, own, OwnSound.UNDER, [Span(1.0, 2.0)])
        assert levels.music == 1.0 and levels.own == (1.0 if own.any() else 0.0)


def test_behind_its_curve_the_music_stays_as_it_was_at_its_end() -> None:
    curve = gain_curve((Dip(9.0, 9.48, 40.0),), 10.0)
    ones = np.ones((2, 4800), np.float32)
    gains = Levels(0.0, 1.0, curve).mix(ones, ones, round(10.05 * 48_000))
    assert gains.min() >= 0.0 and gains.max() <= 1.0


def test_where_blocks_are_cut_makes_no_difference(tmp_path: Path) -> None:
    clip = media.write_film(tmp_path / "clip.mp4", media.paint_shots([50]), sound=talking(level=0.8)[:, : 5 * RATE_HZ])
    whole = np.concatenate(list(mix_sound(clip, playing(level=0.3), OwnSound.UNDER, 0.0, 9.0, speech=VOICE)), axis=1)
    assert whole.shape == (2, 9 * RATE_HZ)
    jumps = np.abs(np.diff(whole[0]))
    edges = jumps[24575 :: 1024 * 24]
    assert edges.max() <= np.quantile(jumps, 0.9999)
    assert np.abs(whole).max() <= 10 ** (CEILING_DBTP / 20) * 1.01


def test_own_sound_that_begins_late_stays_late(tmp_path: Path) -> None:
    film = mux.write_film(tmp_path / "clip.mp4", mux.Case("late sound", ".mp4", edit=10))
    own = np.concatenate(list(own_blocks(film, 0.0, RATE_HZ)), axis=1)
    assert own.shape == (2, RATE_HZ)
    assert mux.found_ms(own, mux.noise(1)) == pytest.approx(0.0, abs=0.03)
    shifted = np.concatenate(list(own_blocks(film, -0.25, RATE_HZ)), axis=1)
    assert mux.found_ms(shifted, mux.noise(1)) == pytest.approx(250.0, abs=0.03)


# --- the words

ASKED = [
    ("en", "Warm piano, 30 seconds, and keep the original sound", "keep"),
    ("en", "replace the audio with something epic", "replace"),
    ("en", "don't keep the original sound", "replace"),
    ("en", "mix the music with the original audio", "mix"),
    ("en", "Calm music for a voice-over about bees", None),
    ("en", "music under the voice-over please", "mix"),
    ("en", "keep the original melody", None),
    ("en", "no drums, keep the sound warm", None),
    ("de", "Bitte den Originalton behalten", "keep"),
    ("de", "Ton ersetzen, ruhiges Klavier", "replace"),
    ("fr", "garde le son original", "keep"),
    ("fr", "remplace le son de la vidéo", "replace"),
    ("es", "mantén el sonido original", "keep"),
    ("es", "reemplaza el audio", "replace"),
    ("pt", "mantenha o som original", "keep"),
    ("it", "mantieni l'audio originale", "keep"),
    ("it", "senza l'audio originale", "replace"),
    ("ru", "оставь исходный звук", "keep"),
    ("ru", "замени исходный звук", "replace"),
    ("tr", "orijinal ses kalsın", "keep"),
    ("tr", "orijinal sesi değiştir", "replace"),
    ("hi", "मूल आवाज़ रखो", "keep"),
    ("hi", "मूल आवाज़ हटा दो", "replace"),
    ("ar", "احتفظ بالصوت الأصلي", "keep"),
    ("ar", "استبدل الصوت الأصلي", "replace"),
    ("zh", "温暖的钢琴，保留原声", "keep"),
    ("zh", "把原声换掉", "replace"),
    ("ja", "元の音声を残して", "keep"),
    ("ja", "元の音を差し替えて", "replace"),
    ("ko", "원래 소리를 유지해 줘", "keep"),
    ("ko", "원본 오디오를 교체해 줘", "replace"),
]


@pytest.mark.parametrize(("language", "words", "wish"), ASKED)
def test_what_becomes_of_the_own_sound_is_read_in_every_language(language: str, words: str, wish: str | None) -> None:
    found = find_own_sound(words, language, SOUNDING)
    assert (found.wish if found else None) == wish
    assert find_own_sound(words, language, replace(SOUNDING, has_audio=False)) is None


def test_a_brief_says_it_with_its_words_and_the_rest_is_read_as_without_it() -> None:
    plain = "Calm piano, 20 seconds"
    with_it = read_brief(Brief(f"{plain}, keep the original sound"), library=load(), clip=SOUNDING).constraints
    without = read_brief(Brief(plain), library=load(), clip=SOUNDING).constraints
    assert with_it.own_sound == "keep" and without.own_sound is None
    assert with_it.evidence_for("own_sound") == Evidence("own_sound", "keep the original sound", 24, 47)
    assert replace(with_it, own_sound=None, evidence=()) == replace(without, evidence=())


def test_a_brief_of_nothing_else_is_enough_with_a_clip() -> None:
    assert read_brief(Brief("keep the original sound"), library=load(), clip=SOUNDING).outcome == "accept"


def test_a_reply_changes_the_own_sound_beside_what_else_it_says() -> None:
    louder, heard = Change("loudness", "higher", part="drums"), []

    def read(text: str) -> Reply:
        heard.append(text)
        return Reply((louder,), (KeepWish("melody"),)) if "drums" in text else Reply(outcome="ask")

    both = with_own_sound("louder drums, and keep the original sound", SOUNDING, "en", read)
    alone = with_own_sound("replace the original sound please", SOUNDING, "en", read)
    assert [change.field for change in both.changes] == ["loudness", "own_sound"] and both.keep
    assert "original" not in heard[0]
    assert (alone.changes[0].value, alone.outcome) == ("replace", "accept")
    assert with_own_sound("keep the original sound", None, "en", read) == Reply(outcome="ask")


@pytest.mark.parametrize(
    ("clip", "wish", "becomes", "codes"),
    [
        (SOUNDING, None, OwnSound.UNDER, ["own_sound_under"]),
        (replace(SOUNDING, speech=VOICE), None, OwnSound.UNDER, ["own_sound_spoken"]),
        (replace(SOUNDING, tempo_bpm=90.0), None, OwnSound.OUT, ["own_sound_replaced"]),
        (replace(SOUNDING, tempo_bpm=90.0, speech=VOICE), None, OwnSound.OUT,
         ["own_sound_replaced", "own_sound_voice_lost"]),
        (replace(SOUNDING, tempo_bpm=90.0, speech=VOICE), "keep", OwnSound.OVER,
         ["own_sound_over", "own_sound_spoken"]),
        (SOUNDING, "replace", OwnSound.OUT, ["own_sound_left_out"]),
        (replace(SOUNDING, has_audio=False), "keep", OwnSound.OUT, []),
    ],
)  # fmt: skip
def test_what_becomes_of_it_is_said(clip: Clip, wish: str | None, becomes: OwnSound, codes: list[str]) -> None:
    assert own_sound_for(clip, wish) is becomes  # type: ignore[arg-type]
    said = said_of_own_sound(clip, becomes, wish, "scored.mp4")  # type: ignore[arg-type]
    assert [remark.code for remark in said] == codes


# --- the score


def test_second_tunes_rest_where_somebody_talks_through_a_bar_unless_they_were_asked_for() -> None:
    asked = Constraints(duration_s=40.0, styles=("cinematic",), arc=arc_of([(0, 0.2, 0.8), (1, 0.2, 0.8)]))
    clip = Clip("talk.mp4", 40.0, speech=(Span(8.0, 30.0),))
    free, spoken = (make_plan(asked, library=load(), clip=each, seed=5) for each in (replace(clip, speech=()), clip))
    begins = [free.tempo_map.seconds_at(bar.start_q) for bar in free.bars]
    talked = [bar for bar in range(free.bar_count - 1) if begins[bar] >= 8 and begins[bar + 1] <= 30]
    second = [part for part in free.parts if part.role in ("counter", "colour")
              and any(part.bars[bar].active for bar in talked)]  # fmt: skip
    assert second
    for part in second:
        now = spoken.part(part.id)
        assert now is not None and not any(now.bars[bar].active for bar in talked)
