"""The clip station: what it measures in films and sounds of known content, and what it says to odd files."""

from __future__ import annotations

import os
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assistant.clip import Clip, measure_clip
from assistant.clip.music import find_music
from assistant.clip.picture import measure_rate
from assistant.clip.still import frame_at
from assistant.errors import ClipError
from tests import media
from tests.conftest import ROOT, shared_file

RATES = [Fraction(24000, 1001), 24, 25, Fraction(30000, 1001), 30, 50, Fraction(60000, 1001), 60]
C_MAJOR = ((60, 64, 67), (65, 69, 72), (67, 71, 74), (60, 64, 67))
A_MINOR = ((57, 60, 64), (62, 65, 69), (64, 68, 71), (57, 60, 64))


def cut_times(clip: Clip) -> list[float]:
    return [cut.at_s for cut in clip.cuts]


def codes(clip: Clip) -> list[str]:
    return [remark.code for remark in clip.remarks]


def noise(length_s: float, *, level: float = 0.1) -> media.Samples:
    return np.random.default_rng(0).normal(0, level, (1, round(length_s * media.RATE_HZ))).astype(np.float32)


# --- cuts


@pytest.mark.parametrize("rate", RATES, ids=lambda rate: f"{float(rate):.2f}")
def test_cuts_are_found_on_their_frame_at_every_rate(tmp_path: Path, rate: Fraction | int) -> None:
    shots = [round(seconds * rate) for seconds in (0.9, 0.6, 0.8)]
    film = media.write_film(tmp_path / "film.mp4", media.paint_shots(shots, speed=0.1 / float(rate)), rate=rate)
    clip = measure_clip(film)
    assert cut_times(clip) == pytest.approx([shots[0] / float(rate), (shots[0] + shots[1]) / float(rate)], abs=1e-3)
    assert clip.frame_rate_hz == pytest.approx(float(rate), rel=1e-9)
    assert not clip.variable_rate
    assert clip.length_s == pytest.approx(sum(shots) / float(rate), abs=2e-3)


@pytest.mark.parametrize(
    ("suffix", "codec"),
    [(".mp4", "mpeg4"), (".mov", "mpeg4"), (".avi", "mpeg4"), (".webm", "libvpx-vp9"), (".mkv", "libvpx")],
)
def test_every_container_gives_the_same_cuts(tmp_path: Path, suffix: str, codec: str) -> None:
    clip = measure_clip(media.write_film(tmp_path / f"film{suffix}", media.paint_shots([30, 25, 20]), codec=codec))
    assert cut_times(clip) == pytest.approx([1.2, 2.2], abs=1e-3)
    assert (clip.width, clip.height, clip.frame_rate_hz) == (160, 90, 25.0)


def test_cuts_of_a_varying_frame_rate_keep_their_times(tmp_path: Path) -> None:
    times_s = [0.0]
    gaps_s = np.random.default_rng(3).choice([0.02, 0.033, 0.05, 0.1], 79)
    for gap_s in gaps_s:
        times_s.append(round(times_s[-1] + float(gap_s), 3))
    film = media.write_film(tmp_path / "phone.mkv", media.paint_shots([40, 40]), times_s=times_s)
    clip = measure_clip(film)
    assert clip.variable_rate
    assert clip.frame_rate_hz == pytest.approx(79 / times_s[-1], rel=1e-3)
    assert cut_times(clip) == pytest.approx([times_s[40]], abs=1.1e-3)


def test_a_flash_is_no_cut(tmp_path: Path) -> None:
    pictures = media.paint_shots([60])
    for index in (20, 21, 40):
        pictures[index] = np.full_like(pictures[index], 250)
    assert measure_clip(media.write_film(tmp_path / "flash.mp4", pictures)).cuts == ()


def test_a_light_that_is_switched_on_is_no_cut(tmp_path: Path) -> None:
    dark = [(picture * 0.4).astype(np.uint8) for picture in media.paint_shots([30])]
    lit = media.paint_shots([60])[30:]
    assert measure_clip(media.write_film(tmp_path / "light.mp4", dark + lit)).cuts == ()


def test_a_fade_and_a_dissolve_are_no_hard_cuts(tmp_path: Path) -> None:
    first, second, third = (media.paint_shots([30], first_seed=seed) for seed in (1, 2, 3))
    out = [(first[-1] * (1 - step / 12)).astype(np.uint8) for step in range(13)]
    into = [(second[0] * (step / 12)).astype(np.uint8) for step in range(13)]
    mix = [(second[-1] * (1 - w) + third[0] * w).astype(np.uint8) for w in np.linspace(0, 1, 14)]
    film = media.write_film(tmp_path / "fade.mp4", [*first, *out, *into, *second, *mix, *third])
    assert measure_clip(film).cuts == ()


def test_a_whip_pan_is_no_cut_but_the_cut_after_it_is_one(tmp_path: Path) -> None:
    still = [media.paint(1, 0.0)] * 25
    pan = [media.paint(1, 0.06 * step) for step in range(1, 13)]
    rest = [media.paint(1, 0.72)] * 25
    film = media.write_film(tmp_path / "pan.mp4", [*still, *pan, *rest, *([media.paint(5)] * 25)])
    assert cut_times(measure_clip(film)) == pytest.approx([62 / 25], abs=1e-3)


def test_shots_of_a_third_of_a_second_are_told_apart(tmp_path: Path) -> None:
    film = media.write_film(tmp_path / "montage.mp4", media.paint_shots([8] * 8))
    assert cut_times(measure_clip(film)) == pytest.approx([8 * shot / 25 for shot in range(1, 8)], abs=1e-3)


def test_a_cut_blended_over_two_frames_is_one_cut(tmp_path: Path) -> None:
    pictures = media.paint_shots([30, 30])
    pictures[29] = (pictures[28] / 2 + pictures[30] / 2).astype(np.uint8)
    clip = measure_clip(media.write_film(tmp_path / "blend.mp4", pictures))
    assert len(clip.cuts) == 1 and clip.cuts[0].at_s == pytest.approx(30 / 25, abs=0.041)


def test_big_buck_bunny_has_its_three_cuts_and_no_other() -> None:
    clip = measure_clip(shared_file("data", "clips", "bbb_480p_30s.mp4"))
    assert cut_times(clip) == pytest.approx([285 / 24, 378 / 24, 553 / 24], abs=1e-4)
    assert (clip.frame_rate_hz, clip.length_s, clip.variable_rate) == (24.0, 30.0, False)
    assert clip.has_audio and clip.loudness_lufs == pytest.approx(-21.45, abs=0.1)


@pytest.mark.parametrize("name", ["flower.mp4", "friday.mp4", "stream-of-water.mp4"])
def test_one_shot_clips_have_no_cut(name: str) -> None:
    assert measure_clip(shared_file("data", "clips", name)).cuts == ()


def test_filmed_shots_joined_at_known_frames_give_those_cuts(tmp_path: Path) -> None:
    names = ("flower.mp4", "friday.mp4", "stream-of-water.mp4", "flower.mp4", "stream-of-water.mp4")
    lengths = (31, 22, 40, 18, 27)
    pictures = [
        picture
        for name, length in zip(names, lengths, strict=True)
        for picture in media.read_pictures(shared_file("data", "clips", name), count=length)
    ]
    clip = measure_clip(media.write_film(tmp_path / "joined.mp4", pictures, rate=30))
    assert cut_times(clip) == pytest.approx([float(end) / 30 for end in np.cumsum(lengths)[:-1]], abs=1e-3)


def test_a_film_held_upright_is_measured_and_shown_upright(tmp_path: Path) -> None:
    import io

    import av
    from PIL import Image

    with av.open(str(tmp_path / "phone.mp4"), "w") as container:
        stream = container.add_stream("mpeg4", rate=25, width=160, height=90, pix_fmt="yuv420p")
        stream.set_display_rotation(90)
        for index, picture in enumerate(media.paint_shots([10])):
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            frame.pts = index
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    clip = measure_clip(tmp_path / "phone.mp4")
    assert (clip.width, clip.height) == (90, 160)
    assert Image.open(io.BytesIO(frame_at(tmp_path / "phone.mp4", 0.0, width=45))).size == (45, 80)


# --- curves and rates


def test_motion_and_brightness_follow_the_picture(tmp_path: Path) -> None:
    still = [(media.paint(1) * 0.3).astype(np.uint8)] * 25
    moving = media.paint_shots([25], speed=0.05)
    clip = measure_clip(media.write_film(tmp_path / "film.mp4", [*still, *moving]))
    assert [sample.at_s for sample in clip.motion] == pytest.approx([0.125 + 0.25 * step for step in range(8)])
    motion = [sample.value for sample in clip.motion]
    brightness = [sample.value for sample in clip.brightness]
    assert max(motion[:3]) < 0.1 < 0.4 < min(motion[5:])
    assert max(brightness[:3]) < min(brightness[5:])
    assert all(0 <= value <= 1 for value in motion + brightness)


@pytest.mark.parametrize(("shade", "expected"), [(0, 0.0), (255, 1.0)])
def test_black_is_zero_and_white_is_one(tmp_path: Path, shade: int, expected: float) -> None:
    film = media.write_film(tmp_path / "film.mp4", [np.full((90, 160, 3), shade, np.uint8)] * 15)
    assert measure_clip(film).brightness[0].value == pytest.approx(expected, abs=0.02)


@given(rate=st.sampled_from(RATES), count=st.integers(120, 400), start=st.floats(0, 5))
def test_rounded_time_stamps_still_give_the_standard_rate(rate: Fraction | int, count: int, start: float) -> None:
    times_s = np.round(start + np.arange(count) / float(rate), 3)
    assert measure_rate(times_s, 25.0) == (float(rate), False)


def test_a_few_dropped_frames_leave_the_rate_as_it_is() -> None:
    times_s = np.delete(np.arange(400) / 25, [100, 222])
    assert measure_rate(times_s, 25.0) == (25.0, False)


# --- sound


@pytest.mark.parametrize("suffix", [".wav", ".mp3", ".m4a", ".flac", ".ogg"])
def test_sound_files_have_length_and_loudness_and_no_picture(tmp_path: Path, suffix: str) -> None:
    t = np.arange(3 * media.RATE_HZ) / media.RATE_HZ
    tone = (0.1 * np.sin(2 * np.pi * 997 * t)).astype(np.float32)
    clip = measure_clip(media.write_sound(tmp_path / f"tone{suffix}", np.stack([tone, tone])))
    assert not clip.has_picture and clip.frame_rate_hz is None and clip.cuts == ()
    assert clip.length_s == pytest.approx(3.0, abs=0.06)
    assert clip.loudness_lufs == pytest.approx(-20.0, abs=0.6)  # a stereo sine of -20 dBFS; LAME takes 0.5 dB
    assert clip.remarks == ()


def test_a_film_without_sound_has_none(tmp_path: Path) -> None:
    clip = measure_clip(media.write_film(tmp_path / "mute.mp4", media.paint_shots([25])))
    assert (clip.has_audio, clip.loudness_lufs, clip.tempo_bpm, clip.key) == (False, None, None, None)


def test_silence_has_no_loudness_tempo_or_key(tmp_path: Path) -> None:
    clip = measure_clip(media.write_sound(tmp_path / "silence.wav", np.zeros((1, 5 * media.RATE_HZ), np.float32)))
    assert (clip.has_audio, clip.loudness_lufs, clip.tempo_bpm, clip.key) == (True, None, None, None)


def test_length_is_the_pictures_even_when_the_sound_goes_on(tmp_path: Path) -> None:
    film = media.write_film(tmp_path / "film.mp4", media.paint_shots([25]), sound=noise(3.0))
    clip = measure_clip(film)
    assert clip.length_s == pytest.approx(1.0, abs=1e-3)
    assert clip.has_audio and clip.remarks == ()


@pytest.mark.parametrize(
    ("tempo_bpm", "chords", "key"),
    [(96.0, C_MAJOR, "C major"), (120.0, A_MINOR, "A minor"), (132.5, C_MAJOR, "C major")],
)
def test_music_in_a_clip_gives_its_tempo_and_key(
    tempo_bpm: float, chords: tuple[tuple[int, ...], ...], key: str
) -> None:
    music = find_music(media.play_tones(tempo_bpm, 16.0, chords=chords)[0])
    assert music.tempo_bpm == pytest.approx(tempo_bpm, rel=0.01)
    assert music.key == key


@given(steps=st.integers(-5, 6))
def test_a_transposed_piece_has_a_transposed_key(steps: int) -> None:
    names = ["C", "Db", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B"]
    chords = [[note + steps for note in chord] for chord in C_MAJOR]
    assert find_music(media.play_tones(110, 9.0, chords=chords)[0]).key == f"{names[steps % 12]} major"


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_a_voice_has_neither_tempo_nor_key(seed: int) -> None:
    music = find_music(media.babble(15.0, seed=seed)[0])
    assert (music.tempo_bpm, music.key) == (None, None)


def test_noise_and_a_held_tone_have_neither_tempo_nor_key() -> None:
    tone = np.sin(2 * np.pi * 440 * np.arange(10 * media.RATE_HZ) / media.RATE_HZ).astype(np.float32)
    for sound in (noise(10.0)[0], tone, tone * 0, tone[:100]):
        music = find_music(sound)
        assert (music.tempo_bpm, music.key) == (None, None)


# --- odd files


def test_a_missing_file_says_so(tmp_path: Path) -> None:
    with pytest.raises(ClipError, match=r"'nothing\.mp4'; a file that is there; check"):
        measure_clip(tmp_path / "nothing.mp4")


def test_a_folder_is_no_clip(tmp_path: Path) -> None:
    with pytest.raises(ClipError, match=r"folder .*; give one file"):
        measure_clip(tmp_path)


def test_an_empty_upload_is_asked_for_again(tmp_path: Path) -> None:
    (tmp_path / "empty.mp4").touch()
    with pytest.raises(ClipError, match=r"of 0 bytes.*upload it again"):
        measure_clip(tmp_path / "empty.mp4")


@pytest.mark.parametrize(
    "content",
    [
        b"Dear diary, this is not a film.\n" * 50,
        b"#EXTM3U\n#EXTINF:10,\nfile:///etc/hostname\n#EXT-X-ENDLIST\n",
        b"ffconcat version 1.0\nfile '/etc/hostname'\n",
        b"1\n00:00:01,000 --> 00:00:02,000\nHello\n\n",
        bytes(range(256)) * 20,
    ],
    ids=["text", "playlist", "concat", "subtitles", "binary"],
)
@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".wav"])
def test_what_is_no_film_is_refused_whatever_its_name(tmp_path: Path, content: bytes, suffix: str) -> None:
    path = tmp_path / f"upload{suffix}"
    path.write_bytes(content)
    with pytest.raises(ClipError, match=r"upload.*; a film"):
        measure_clip(path)


def test_a_film_of_one_frame_is_no_clip(tmp_path: Path) -> None:
    with pytest.raises(ClipError, match="one still picture"):
        measure_clip(media.write_film(tmp_path / "one.mp4", media.paint_shots([1])))


def test_one_frame_with_sound_is_a_sound(tmp_path: Path) -> None:
    clip = measure_clip(media.write_film(tmp_path / "cover.mp4", media.paint_shots([1]), sound=noise(2.0)))
    assert not clip.has_picture and clip.length_s == pytest.approx(2.0, abs=0.06)
    assert codes(clip) == ["clip_still"]


def test_an_unreadable_file_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = media.write_film(tmp_path / "locked.mp4", media.paint_shots([5]))

    def refuse(*args: object, **kwargs: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(ClipError, match="may be read; change its permissions"):
        measure_clip(path)


@pytest.mark.parametrize(
    "name", ["日本語 фильм.mp4", "two\nlines.mp4", "-i.mp4", "concat:a|b.mp4", "a%03d'\";$(x).mp4"]
)
def test_odd_names_are_only_names(tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    film = media.write_film(tmp_path / "plain.mp4", media.paint_shots([10, 10]))
    os.replace(film, tmp_path / name)
    monkeypatch.chdir(tmp_path)
    assert measure_clip(Path(name)).length_s == pytest.approx(0.8)


def test_an_error_about_an_odd_name_stays_on_one_line(tmp_path: Path) -> None:
    with pytest.raises(ClipError) as caught:
        measure_clip(tmp_path / "two\nlines.mp4")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("suffix", [".webm", ".mkv", ".avi"])
def test_a_truncated_film_is_measured_as_far_as_it_goes(tmp_path: Path, suffix: str) -> None:
    codec = "libvpx" if suffix == ".webm" else "mpeg4"
    film = media.write_film(tmp_path / f"film{suffix}", media.paint_shots([50, 50, 50]), codec=codec, sound=noise(6.0))
    film.write_bytes(film.read_bytes()[: film.stat().st_size // 2])
    clip = measure_clip(film)
    assert codes(clip) == ["clip_truncated"]
    assert 1.0 < clip.length_s < 5.0
    assert clip.remarks[0].fact("decoded_s") == pytest.approx(clip.length_s, abs=1.0)


def test_a_film_of_which_too_little_is_left_is_refused(tmp_path: Path) -> None:
    film = media.write_film(tmp_path / "film.mkv", media.paint_shots([50, 50, 50]))
    film.write_bytes(film.read_bytes()[: film.stat().st_size // 10])
    with pytest.raises(ClipError, match=r"film\.mkv"):
        measure_clip(film)


def test_a_film_cut_before_its_index_is_refused(tmp_path: Path) -> None:
    film = media.write_film(tmp_path / "film.mp4", media.paint_shots([50]))  # its index stands at the end
    film.write_bytes(film.read_bytes()[: film.stat().st_size // 2])
    with pytest.raises(ClipError, match="a film"):
        measure_clip(film)


@pytest.fixture(scope="module")
def small_film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("small")
    pictures = media.paint_shots([13, 12], speed=0.0)
    return media.write_film(folder / "small.mkv", pictures, quality=100_000, sound=noise(1.0))


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(damage=st.binary(min_size=1, max_size=40), at=st.floats(0, 0.999))
def test_damage_is_measured_or_refused_and_never_breaks_us(small_film: Path, damage: bytes, at: float) -> None:
    data = bytearray(small_film.read_bytes())
    place = int(at * len(data))
    data[place : place + len(damage)] = damage
    path = small_film.with_name("damaged.mkv")
    path.write_bytes(bytes(data))
    try:
        assert measure_clip(path).length_s > 0
    except ClipError as error:
        assert str(error).startswith("file 'damaged.mkv'")


def test_a_clip_longer_than_the_limit_is_measured_up_to_it(tmp_path: Path) -> None:
    film = media.write_film(tmp_path / "long.mp4", media.paint_shots([50, 50]), sound=noise(4.0))
    clip = measure_clip(film, max_s=1.5)
    assert clip.length_s == pytest.approx(1.5, abs=0.01)
    assert codes(clip) == ["clip_too_long"] and clip.cuts == ()
    assert clip.remarks[0].fact("length_s") == pytest.approx(4.0, abs=0.1)


# --- one frame


def test_frame_at_shows_the_shot_of_that_moment(tmp_path: Path) -> None:
    import io

    from PIL import Image

    film = media.write_film(tmp_path / "film.mp4", media.paint_shots([25, 25], speed=0.0))
    for at_s, seed in ((-1.0, 1), (0.0, 1), (0.97, 1), (1.0, 2), (1.9, 2), (99.0, 2)):
        image = Image.open(io.BytesIO(frame_at(film, at_s, width=80)))
        assert image.size == (80, 45)
        want = Image.fromarray(media.paint(seed)).resize((80, 45))
        other = Image.fromarray(media.paint(3 - seed)).resize((80, 45))
        near, far = (np.abs(np.asarray(image, float) - np.asarray(one, float)).mean() for one in (want, other))
        assert near < 10 < far


def test_a_sound_has_no_frame(tmp_path: Path) -> None:
    with pytest.raises(ClipError, match="no picture"):
        frame_at(media.write_sound(tmp_path / "a.wav", noise(1.0)), 0.0)


@pytest.mark.parametrize("name", ["picture-without-decoder", "few-frames-fast"])
def test_what_fuzzing_found_is_measured_or_refused(name: str, tmp_path: Path) -> None:
    path = tmp_path / "found.mkv"
    path.write_bytes((ROOT / "tests" / "data" / "broken" / f"{name}.bin").read_bytes())
    try:
        assert measure_clip(path).length_s > 0
    except ClipError as error:
        assert str(error).startswith("file 'found.mkv'")
