"""Encodes music as AAC, and puts it under a clip whose picture is copied untouched.

Conventions: music begins with the first frame that is shown. The packets of the picture are copied, never decoded, so
frame rates, constant or not, stay what they were, as do edits, turned pictures and the timecode. The music stays whole:
where it is longer than the picture the last frame is held by the player, where it is shorter silence follows; both are
said. The file appears under its name only when it is complete.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np

from assistant.audio.waveform import Samples, Waveform
from assistant.clip import Span
from assistant.clip.reading import Damage, decode_picture, describe, find_picture, open_media, read_packets
from assistant.deliver.blend import mix_sound
from assistant.deliver.own_sound import OwnSound, blocks_of
from assistant.errors import ClipError, OutputError
from assistant.remark import Remark
from assistant.settings import RATE_HZ

if TYPE_CHECKING:
    from av.audio.stream import AudioStream
    from av.container import InputContainer, OutputContainer
    from av.packet import Packet
    from av.video.stream import VideoStream

BIT_RATE = 256_000
"""Of stereo AAC in bits a second: transparent for the encoder that FFmpeg carries."""
AAC = {"aac_coder": "fast", "aac_pns": "0", "aac_is": "0"}
"""FFmpeg's quick search for quantisers, no noise in place of sound, no channel made of the other: at this bit rate
nearer to what went in than the slow search, in every band, in half the time (`models/LOG.md`)."""
CONTAINERS = (
    ("mp4", "aac", frozenset({"h264", "hevc", "av1", "vp9", "mpeg4", "mpeg2video"})),
    ("mov", "aac", frozenset({"prores", "dnxhd", "mjpeg", "qtrle", "dvvideo", "png"})),
    ("webm", "libopus", frozenset({"vp8"})),
    ("matroska", "aac", None),
)
"""Container, codec of its sound, and pictures that it takes, best first; the last one takes any.

QuickTime counts time finely enough for every frame rate, Matroska in milliseconds only, so it comes last.
"""
SUFFIXES = {"mp4": ".mp4", "mov": ".mov", "webm": ".webm", "matroska": ".mkv"}


@dataclass(frozen=True)
class Scored:
    """The clip with its music, and what must be said about it."""

    path: Path
    remarks: tuple[Remark, ...] = ()


def write_m4a(path: Path, waveform: Waveform, *, bit_rate: int = BIT_RATE) -> Path:
    """Write music as AAC in an MPEG-4 file.

    Raises
    ------
    OutputError
        If the place cannot be written.
    """
    with _written(path, "mp4") as container:
        encoder = _Encoder(container, "aac", waveform.rate_hz, _channels(waveform), bit_rate)
        for block in blocks_of(waveform, waveform.frames):
            container.mux(encoder.encode(block))
        container.mux(encoder.finish())
    return path


def write_scored(
    folder: Path,
    clip_path: Path,
    music: Waveform,
    *,
    own_sound: OwnSound = OwnSound.OUT,
    speech: Sequence[Span] = (),
    stem: str = "scored",
) -> Scored:
    """Write ``scored.mp4``: the clip's picture as it is, with the music.

    Parameters
    ----------
    folder : Path
        Where to write; it exists.
    clip_path : Path
        A file with a picture.
    music : Waveform
        At 48 kHz; begins with the first frame.
    own_sound : OwnSound
        What becomes of the clip's own sound.
    speech : sequence of Span
        Where somebody speaks in it: there the music makes way.

    Returns
    -------
    Scored
        A picture that MPEG-4 can't hold goes to ``scored.mov``, ``scored.webm`` or ``scored.mkv``, with a remark.

    Raises
    ------
    ClipError
        If the clip has no picture, or its packets can't be copied.
    OutputError
        If the folder cannot be written.
    """
    with open_media(clip_path) as source:
        picture = find_picture(source)
        if picture is None:
            raise ClipError(f"{describe(clip_path)}, which has no picture", "a film", "take mix.wav instead")
        picture_codec = picture.codec_context.codec.canonical_name
        kind, codec = choose_container(picture_codec)
        path = folder / f"{stem}{SUFFIXES[kind]}"
        start, picture_s = _first_shown(clip_path, picture), _length_s(source, picture)
        sound = mix_sound(
            clip_path, music, own_sound, float(start * (picture.time_base or 0)), picture_s, speech=speech
        )
        with _written(path, kind) as target, _said_of(clip_path, picture_codec):
            encoder = _Encoder(target, codec, RATE_HZ, _channels(music), BIT_RATE)
            _copy_and_encode(read_packets(source, picture, Damage()), picture, start, target, encoder, sound)
    return Scored(path, _remarks(path, kind, picture_codec, music.length_s, picture_s))


def choose_container(codec: str) -> tuple[str, str]:
    """The container for a picture's codec, and the codec of the sound in it.

    Examples
    --------
    >>> choose_container("h264"), choose_container("prores"), choose_container("theora")
    (('mp4', 'aac'), ('mov', 'aac'), ('matroska', 'aac'))
    """
    return next((kind, sound) for kind, sound, takes in CONTAINERS if takes is None or codec in takes)


def _remarks(path: Path, kind: str, codec: str, music_s: float, picture_s: float) -> tuple[Remark, ...]:
    said = []
    if kind != "mp4":
        said.append(Remark.of("scored_container", name=path.name, codec=codec))
    if picture_s and abs(music_s - picture_s) > 0.1:
        code = "scored_music_longer" if music_s > picture_s else "scored_music_shorter"
        said.append(Remark.of(code, music_s=round(music_s, 2), picture_s=round(picture_s, 2)))
    return tuple(said)


def _copy_and_encode(
    packets: Iterator[Packet[VideoStream]],
    picture: VideoStream,
    start: int,
    target: OutputContainer,
    encoder: _Encoder,
    sound: Iterator[Samples],
) -> None:
    """Packets of the picture and of the encoded sound, in the order of their times."""
    copied = target.add_stream_from_template(picture, opaque=True)
    timecode, rate = _timecode(picture), picture.average_rate
    if timecode and rate and target.format.name in ("mp4", "mov"):
        copied.metadata["timecode"] = timecode
        copied.codec_context.framerate = rate  # the muxer counts with it
    for packet in packets:
        if not packet.size:
            continue
        stamp = packet.dts if packet.dts is not None else packet.pts
        if stamp is None:
            raise ValueError("a packet without a time")
        at_s = float((stamp - start) * packet.time_base)
        while encoder.length_s < at_s and (block := next(sound, None)) is not None:
            target.mux(encoder.encode(block))
        packet.pts = (packet.pts if packet.pts is not None else stamp) - start
        packet.dts = packet.dts - start if packet.dts is not None else None  # FFmpeg works out what Matroska leaves out
        packet.stream = copied
        target.mux(packet)
    for block in sound:
        target.mux(encoder.encode(block))
    target.mux(encoder.finish())


def _timecode(picture: VideoStream) -> str:
    """The timecode of the first frame, such as ``01:00:00;00``, whose semicolon says drop-frame; empty without one."""
    found = picture.metadata.get("timecode") or picture.container.metadata.get("timecode") or ""
    rate = round(picture.average_rate or 0)
    drops = ";" in found or "." in found
    fits = re.fullmatch(r"\d\d:\d\d:\d\d[:;.]\d\d", found) and rate > 0 and not (drops and rate % 30)
    return found if fits else ""


@contextmanager
def _said_of(path: Path, codec: str) -> Iterator[None]:
    """What FFmpeg says of packets that a container can't take becomes an error about the clip; a full disk doesn't."""
    import av

    try:
        yield
    except (av.error.FFmpegError, ValueError) as error:
        if isinstance(error, OSError):
            raise
        raise ClipError(
            f"{describe(path)}, a picture that can't be copied ({codec})",
            "h264, hevc, vp9 or av1 in mp4, mov, webm or mkv",
            "export the clip in one of these, or lay mix.wav under it in an editor",
        ) from error


def _first_shown(path: Path, picture: VideoStream) -> int:
    """The time stamp of the first frame that can be shown; a recording may begin with frames that can't."""
    with open_media(path) as container:
        stream = find_picture(container)
        frames = decode_picture(container, stream, Damage()) if stream else iter(())
        first = next((frame.pts for frame in frames if frame.pts is not None), None)
    return first if first is not None else picture.start_time or 0


class _Encoder:
    """Takes samples of shape (channels, n) and gives encoded packets."""

    def __init__(self, container: OutputContainer, codec: str, rate_hz: int, channels: int, bit_rate: int) -> None:
        layout = "stereo" if channels == 2 else "mono"
        options = AAC if codec == "aac" else {}
        self._stream = cast("AudioStream", container.add_stream(codec, rate=rate_hz, layout=layout, options=options))
        self._stream.bit_rate = bit_rate if channels == 2 else bit_rate // 2
        self._layout, self._rate_hz, self._length = layout, rate_hz, 0
        self._form = "fltp" if codec == "aac" else "flt"

    @property
    def length_s(self) -> float:
        """Seconds taken in so far."""
        return self._length / self._rate_hz

    def encode(self, samples: Samples) -> list[Packet[AudioStream]]:
        """Packets that became ready with these samples."""
        from av.audio.frame import AudioFrame

        data = samples if self._form == "fltp" else samples.T.reshape(1, -1)
        frame = AudioFrame.from_ndarray(np.ascontiguousarray(data, np.float32), format=self._form, layout=self._layout)
        frame.sample_rate, frame.pts = self._rate_hz, self._length
        self._length += samples.shape[1]
        return self._stream.encode(frame)

    def finish(self) -> list[Packet[AudioStream]]:
        """The packets that were held back."""
        return self._stream.encode(None)


@contextmanager
def _written(path: Path, kind: str) -> Iterator[OutputContainer]:
    """A container that becomes ``path`` when all has gone well, and leaves nothing behind when not."""
    import av

    part = path.with_name(f".{path.name}.part")
    options = {"movflags": "+faststart"} if kind in ("mp4", "mov") else {}
    try:
        with av.open(str(part.absolute()), "w", format=kind, options=options) as container:
            yield container
        os.replace(part, path)
    except OSError as error:  # PyAV's errors of the file system are OSErrors too
        raise OutputError(f"file {str(path)!r}", "a place that can be written", "choose another folder") from error
    finally:
        part.unlink(missing_ok=True)


def _channels(waveform: Waveform) -> int:
    return int(waveform.samples.shape[0])


def _length_s(source: InputContainer, picture: VideoStream) -> float:
    """Length of the picture as its container says it, in seconds."""
    if picture.duration and picture.time_base:
        return float(picture.duration * picture.time_base)
    return (source.duration or 0) / 1_000_000
