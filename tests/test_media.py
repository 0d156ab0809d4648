"""Encoding of music and scoring of clips: the picture as it was, the music on its first frame."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from assistant.audio import Waveform
from assistant.clip import measure_clip
from assistant.deliver.media import OwnSound, write_m4a, write_scored
from assistant.errors import ClipError, OutputError
from tests import media
from tests.conftest import shared_file

RATE_HZ = 48_000


def music(length_s: float, *, hz: float = 440.0, level: float = 0.3, channels: int = 2) -> Waveform:
    """A tone that is switched on and off twice a second, so that its timing can be heard."""
    t = np.arange(round(length_s * RATE_HZ)) / RATE_HZ
    tone = (level * np.sin(2 * np.pi * hz * t) * (t % 0.5 < 0.25)).astype(np.float32)
    return Waveform(np.stack([tone] * channels), RATE_HZ)


def strength(samples: media.Samples, hz: float) -> float:
    """Amplitude of one frequency."""
    t = np.arange(samples.shape[1]) / RATE_HZ
    return float(2 * abs(np.mean(samples.mean(axis=0) * np.exp(-2j * np.pi * hz * t))))


def delay(heard: media.Samples, meant: media.Samples) -> int:
    """By how many samples ``heard`` comes after ``meant``, within a twentieth of a second."""
    count = RATE_HZ
    spectrum = np.fft.rfft(heard[0, :count], 2 * count) * np.conj(np.fft.rfft(meant[0, :count], 2 * count))
    likeness = np.fft.irfft(spectrum)
    lags = np.r_[0:2400, -2400:0]
    return int(lags[np.argmax(likeness[lags])])


def film(path: Path, *, rate: Fraction | int = 25, codec: str = "mpeg4", own: float | None = None) -> Path:
    """Three seconds in two shots, with a steady tone of 1500 Hz as its own sound if wanted."""
    frames = round(3 * rate)
    sound = None
    if own is not None:
        t = np.arange(3 * RATE_HZ) / RATE_HZ
        sound = (own * np.sin(2 * np.pi * 1500 * t)).astype(np.float32)[None]
    shots = media.paint_shots([frames // 2, frames - frames // 2])
    return media.write_film(path, shots, rate=rate, codec=codec, sound=sound)


# --- m4a


@pytest.mark.parametrize("channels", [1, 2])
def test_m4a_is_the_music_from_its_first_sample_on(tmp_path: Path, channels: int) -> None:
    meant = music(2.0, channels=channels)
    path = write_m4a(tmp_path / "mix.m4a", meant)
    heard = media.read_sound(path)
    assert delay(heard, meant.samples) == 0
    assert heard.shape[1] >= meant.frames
    halved = 1.0 if channels == 2 else 0.5**0.5  # one channel played by two is 3 dB softer in each
    assert strength(heard[:, : meant.frames], 440) == pytest.approx(halved * strength(meant.samples, 440), rel=0.03)


def test_m4a_announces_the_exact_length_and_aac(tmp_path: Path) -> None:
    with av.open(str(write_m4a(tmp_path / "mix.m4a", music(2.345)))) as container:
        assert container.streams.audio[0].codec_context.name == "aac"
        assert container.duration / 1e6 == pytest.approx(2.345, abs=1e-3)


def test_m4a_begins_with_its_index_so_that_a_page_can_play_it_at_once(tmp_path: Path) -> None:
    data = write_m4a(tmp_path / "mix.m4a", music(1.0)).read_bytes()
    assert 0 < data.index(b"moov") < data.index(b"mdat")


def test_a_place_that_cannot_be_written_is_an_error_with_a_cure(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="can be written"):
        write_m4a(tmp_path / "no such folder" / "mix.m4a", music(0.5))


# --- scored


@pytest.mark.parametrize(
    ("suffix", "codec", "named"),
    [
        (".mp4", "mpeg4", "scored.mp4"),
        (".mov", "mpeg4", "scored.mp4"),
        (".mkv", "mpeg4", "scored.mp4"),
        (".webm", "libvpx-vp9", "scored.mp4"),
        (".webm", "libvpx", "scored.webm"),
        (".mkv", "ffv1", "scored.mkv"),
    ],
)
def test_the_picture_is_copied_byte_for_byte(tmp_path: Path, suffix: str, codec: str, named: str) -> None:
    clip = film(tmp_path / f"clip{suffix}", codec=codec)
    scored = write_scored(tmp_path, clip, music(3.0))
    assert scored.path == tmp_path / named
    before, after = media.read_packets(clip), media.read_packets(scored.path)
    assert [data for _, data in after] == [data for _, data in before]
    assert [at_s for at_s, _ in after] == pytest.approx([at_s for at_s, _ in before], abs=1e-3)
    assert delay(media.read_sound(scored.path), music(3.0).samples) == pytest.approx(0, abs=8)
    assert [remark.code for remark in scored.remarks] == ([] if named == "scored.mp4" else ["scored_container"])


@pytest.mark.parametrize("rate", [Fraction(24000, 1001), 24, Fraction(30000, 1001), 50, 60])
def test_the_scored_clip_measures_as_the_clip_did(tmp_path: Path, rate: Fraction | int) -> None:
    clip = film(tmp_path / "clip.mp4", rate=rate)
    before = measure_clip(clip)
    after = measure_clip(write_scored(tmp_path, clip, music(before.length_s)).path)
    assert (after.frame_rate_hz, after.cuts, after.length_s) == (before.frame_rate_hz, before.cuts, before.length_s)
    assert after.has_audio and not before.has_audio


def test_a_varying_frame_rate_stays_as_it_was(tmp_path: Path) -> None:
    times_s = np.round(np.cumsum(np.random.default_rng(1).choice([0.02, 0.04, 0.09], 60)), 3)
    clip = media.write_film(tmp_path / "clip.mkv", media.paint_shots([60]), times_s=(times_s - times_s[0]).tolist())
    scored = write_scored(tmp_path, clip, music(3.0))
    before, after = media.read_packets(clip), media.read_packets(scored.path)
    assert [at_s for at_s, _ in after] == pytest.approx([at_s for at_s, _ in before], abs=1e-3)


def test_the_own_sound_is_left_out_unless_wanted(tmp_path: Path) -> None:
    clip = film(tmp_path / "clip.mp4", own=0.3)
    heard = media.read_sound(write_scored(tmp_path, clip, music(3.0)).path)
    assert strength(heard, 1500) < 0.002 < strength(heard, 440)


def test_own_sound_under_lies_under_and_over_lies_over(tmp_path: Path) -> None:
    clip = film(tmp_path / "clip.mp4", own=0.1)
    under, over = (
        media.read_sound(write_scored(tmp_path, clip, music(3.0), own_sound=choice, stem=choice).path)
        for choice in (OwnSound.UNDER, OwnSound.OVER)
    )
    assert 0 < strength(under, 1500) < strength(under, 440)
    assert strength(over, 1500) > strength(over, 440) > 0
    assert strength(under, 440) > strength(over, 440)
    assert max(np.abs(under).max(), np.abs(over).max()) < 1.0


def test_the_own_sound_keeps_its_place_under_the_picture(tmp_path: Path) -> None:
    click = np.zeros((1, 3 * RATE_HZ), np.float32)
    click[0, 2 * RATE_HZ : 2 * RATE_HZ + 4800] = 0.8
    clip = media.write_film(tmp_path / "clip.mov", media.paint_shots([75]), sound=click)
    heard = media.read_sound(
        write_scored(tmp_path, clip, Waveform.silence(3.0, rate_hz=RATE_HZ), own_sound=OwnSound.UNDER).path
    )
    assert np.argmax(np.abs(heard[0]) > 0.2) / RATE_HZ == pytest.approx(2.0, abs=0.005)


def test_wanting_the_own_sound_of_a_mute_clip_gives_the_music(tmp_path: Path) -> None:
    clip = film(tmp_path / "clip.mp4")
    heard = media.read_sound(write_scored(tmp_path, clip, music(3.0), own_sound=OwnSound.UNDER).path)
    assert strength(heard, 440) == pytest.approx(strength(music(3.0).samples, 440), rel=0.05)


@pytest.mark.parametrize(("music_s", "code"), [(4.0, "scored_music_longer"), (2.0, "scored_music_shorter")])
def test_music_of_another_length_stays_whole_and_it_is_said(tmp_path: Path, music_s: float, code: str) -> None:
    clip = film(tmp_path / "clip.mp4")
    scored = write_scored(tmp_path, clip, music(music_s))
    heard = media.read_sound(scored.path)
    assert [remark.code for remark in scored.remarks] == [code]
    assert heard.shape[1] / RATE_HZ == pytest.approx(max(music_s, 3.0), abs=0.05)
    assert strength(heard[:, : round(music_s * RATE_HZ)], 440) == pytest.approx(
        strength(music(music_s).samples, 440), rel=0.05
    )
    assert len(media.read_packets(scored.path)) == 75


@pytest.mark.parametrize("name", ["friday.mp4", "stream-of-water.mp4", "bbb_480p_30s.mp4"])
def test_a_filmed_h264_clip_is_copied_too(tmp_path: Path, name: str) -> None:
    clip = shared_file("data", "clips", name)
    scored = write_scored(tmp_path, clip, music(6.0))
    before, after = media.read_packets(clip), media.read_packets(scored.path)
    assert scored.path.name == "scored.mp4"
    assert [data for _, data in after] == [data for _, data in before]
    assert [at_s for at_s, _ in after] == pytest.approx([at_s for at_s, _ in before], abs=1e-3)


def test_a_recording_that_begins_without_a_key_frame_begins_where_it_can_be_shown(tmp_path: Path) -> None:
    whole = film(tmp_path / "whole.mp4")
    late = tmp_path / "late.mkv"
    with av.open(str(whole)) as source, av.open(str(late), "w") as target:
        copied = target.add_stream_from_template(source.streams.video[0])
        packets = [packet for packet in source.demux(video=0) if packet.size]
        for packet in packets[5:]:
            packet.stream = copied
            target.mux(packet)
    keys = [index for index, packet in enumerate(packets) if packet.is_keyframe and index >= 5]
    clip, scored = measure_clip(late), write_scored(tmp_path, late, music(2.0))
    assert len(media.read_packets(scored.path)) == len(packets) - keys[0]
    assert measure_clip(scored.path).cuts == pytest.approx(clip.cuts)


def test_a_film_that_starts_late_in_its_file_starts_at_once_when_scored(tmp_path: Path) -> None:
    clip = media.write_film(tmp_path / "clip.mkv", media.paint_shots([40, 35]), times_s=[7 + k / 25 for k in range(75)])
    before = measure_clip(clip)
    after = measure_clip(write_scored(tmp_path, clip, music(3.0)).path)
    assert before.remarks == () and before.length_s == pytest.approx(3.0)
    assert [cut.at_s for cut in before.cuts] == pytest.approx([1.6], abs=1e-3)
    assert [cut.at_s for cut in after.cuts] == pytest.approx([1.6], abs=1e-3)


def test_a_picture_that_no_container_takes_is_said_and_leaves_nothing(tmp_path: Path) -> None:
    clip = film(tmp_path / "clip.avi", codec="huffyuv")
    with pytest.raises(ClipError, match=r"can't be copied \(huffyuv\)"):
        write_scored(tmp_path, clip, music(3.0))
    assert [path.name for path in tmp_path.iterdir()] == ["clip.avi"]


def test_a_sound_file_cannot_be_scored(tmp_path: Path) -> None:
    path = media.write_sound(tmp_path / "voice.wav", music(1.0).samples)
    with pytest.raises(ClipError, match=r"voice\.wav.*no picture"):
        write_scored(tmp_path, path, music(1.0))


def test_a_truncated_clip_is_scored_as_far_as_it_goes(tmp_path: Path) -> None:
    clip = film(tmp_path / "clip.mkv")
    clip.write_bytes(clip.read_bytes()[: clip.stat().st_size // 2])
    scored = write_scored(tmp_path, clip, music(3.0))
    assert measure_clip(scored.path).length_s == pytest.approx(measure_clip(clip).length_s, abs=0.05)


def test_nothing_is_left_behind_when_it_fails(tmp_path: Path) -> None:
    clip = tmp_path / "clip.mp4"
    clip.write_bytes(b"not a film")
    with pytest.raises(ClipError):
        write_scored(tmp_path, clip, music(1.0))
    assert [path.name for path in tmp_path.iterdir()] == ["clip.mp4"]


def test_two_scorings_of_one_clip_in_two_folders_never_meet(tmp_path: Path) -> None:
    clip = film(tmp_path / "clip.mp4")
    for name, hz in (("a", 300.0), ("b", 600.0)):
        (tmp_path / name).mkdir()
        write_scored(tmp_path / name, clip, music(3.0, hz=hz))
    assert strength(media.read_sound(tmp_path / "a" / "scored.mp4"), 600) < 0.01
    assert strength(media.read_sound(tmp_path / "b" / "scored.mp4"), 300) < 0.01
