"""Opens a film or sound file and decodes it, whatever its state.

Conventions: a file name is only ever a path: it is made absolute, so that FFmpeg can't read a protocol into it, and
only containers on `FORMATS` are opened, so that an uploaded play list can't make it open other files. Times in seconds.
Nothing of PyAV's errors leaves this module: a file that can't be opened is a `ClipError`, damage further in ends the
frames early and is noted in `Damage`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from assistant.errors import ClipError

if TYPE_CHECKING:
    from av.audio.frame import AudioFrame
    from av.audio.stream import AudioStream
    from av.container import InputContainer
    from av.packet import Packet
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

S = TypeVar("S", "VideoStream", "AudioStream")

FORMATS = (
    "mov,mp4,m4v,matroska,webm,avi,mpegts,mpeg,mpegvideo,flv,asf,mxf,dv,gif,ivf,h264,hevc,"
    "ogg,wav,w64,aiff,mp3,aac,ac3,eac3,flac,caf,amr,au,wv,tta"
)
"""The containers that are opened: what cameras, editors and recorders write; no play lists, scripts or stills."""

LEGAL = "a film (mp4, mov, webm, mkv) or sound file (wav, mp3, m4a, flac, ogg)"
LARGEST_PIXELS = 8192 * 8192
"""The largest picture that is decoded: one frame of it already takes a hundred megabytes."""

STILLS = (b"\x89PNG", b"\xff\xd8\xff", b"BM", b"II*\x00", b"MM\x00*")
_TURN_BACK = "choose a file that plays, or go on without a clip"


@dataclass
class Damage:
    """What went wrong while decoding: how many packets couldn't be read, and whether the file broke off."""

    bad_packets: int = 0
    broke_off: bool = False

    def with_what(self, other: Damage) -> Damage:
        """What went wrong in two tracks of a file together."""
        return Damage(self.bad_packets + other.bad_packets, self.broke_off or other.broke_off)


def describe(path: Path) -> str:
    """The file as an error names it: its name alone, quoted, so that odd characters can't break the line."""
    return f"file {path.name!r}"


@contextmanager
def open_media(path: Path) -> Iterator[InputContainer]:
    """A container to read frames from, closed afterwards.

    Raises
    ------
    ClipError
        If there is no such file, it is empty, unreadable, a still picture, or of another kind.
    """
    import av

    if check_file(path).startswith(STILLS) or is_webp(check_file(path)):
        raise ClipError(f"{describe(path)}, a still picture", LEGAL, "give a clip, or describe the scene in words")
    try:
        container = av.open(
            str(path.resolve()),
            options={"format_whitelist": FORMATS, "protocol_whitelist": "file"},
            metadata_errors="replace",
        )
    except (av.error.FFmpegError, OSError, ValueError) as error:
        raise ClipError(describe(path), LEGAL, _TURN_BACK) from error
    with container:
        yield container


def find_picture(container: InputContainer) -> VideoStream | None:
    """The moving picture that can be decoded, None if there is none; a cover picture in a sound file is none."""
    from av.stream import Disposition

    films = [stream for stream in container.streams.video if not stream.disposition & Disposition.attached_pic]
    return next((stream for stream in films if stream.codec_context is not None), None)


def find_sound(container: InputContainer) -> AudioStream | None:
    """The first sound track of a container that can be decoded, None if it has none."""
    return next((stream for stream in container.streams.audio if stream.codec_context is not None), None)


def decode_picture(container: InputContainer, stream: VideoStream, damage: Damage) -> Iterator[VideoFrame]:
    """Every frame that can be decoded, in the order of showing."""
    stream.thread_type = "AUTO"
    if stream.width * stream.height > 640 * 360:
        # The smoothing of block edges costs a third of the time and is invisible in a thumbnail.
        stream.codec_context.options = {"skip_loop_filter": "all"}
    yield from _decode(read_packets(container, stream, damage), damage)  # type: ignore[misc]


def decode_sound(container: InputContainer, stream: AudioStream, damage: Damage) -> Iterator[AudioFrame]:
    """Every frame of sound that can be decoded, in order."""
    yield from _decode(_demux(container, stream, damage), damage)  # type: ignore[misc]


def read_packets(container: InputContainer, stream: VideoStream, damage: Damage) -> Iterator[Packet[VideoStream]]:
    """The packets of the picture from its first key frame, to the end or to where the file breaks off."""
    begun = False
    for packet in _demux(container, stream, damage):
        begun = begun or packet.is_keyframe or not packet.size
        if begun:
            yield packet


def _demux(container: InputContainer, stream: S, damage: Damage) -> Iterator[Packet[S]]:
    """The packets of one track; a broken container ends them."""
    import av

    packets = container.demux(stream)
    while True:
        try:
            packet = next(packets, None)
        except (av.error.FFmpegError, OSError):
            damage.broke_off = True
            return
        if packet is None:
            return
        yield packet


def _decode(packets: Iterator[Packet[S]], damage: Damage) -> Iterator[VideoFrame | AudioFrame]:
    """The frames of packets; a bad packet is skipped and counted."""
    import av

    for packet in packets:
        try:
            frames = packet.decode()
        except (av.error.FFmpegError, ValueError):
            damage.bad_packets += 1
            continue
        yield from frames


def is_webp(head: bytes) -> bool:
    """Whether a file that begins so is a WebP picture."""
    return head[:4] == b"RIFF" and head[8:12] == b"WEBP"


def read_text(path: Path, *, most: int) -> str:
    """A text file in UTF-8, UTF-16 with its mark, or Latin-1.

    Raises
    ------
    ClipError
        If it has more than ``most`` bytes or holds what no text does.
    """
    check_file(path)
    with path.open("rb") as file:
        data = file.read(most + 1)
    if len(data) > most:
        raise ClipError(
            f"{describe(path)} of more than {most // 2**20} MiB", f"{most // 2**20} MiB at most", "shorten it"
        )
    wide = data.startswith((b"\xff\xfe", b"\xfe\xff"))
    for encoding in ("utf-16",) if wide else ("utf-8-sig", "latin-1"):
        try:
            text = data.decode(encoding)
        except UnicodeError:
            continue
        if "\0" not in text:
            return text
    raise ClipError(f"{describe(path)}, which is no text", "a text file in UTF-8", "export it again")


def check_file(path: Path) -> bytes:
    """What can be said without a decoder: there is a file, it has bytes, they may be read; its first bytes."""
    try:
        if path.is_dir():
            raise ClipError(f"folder {path.name!r}", LEGAL, "give one file of the folder")
        if path.exists() and not path.is_file():  # a pipe would wait for a writer, a device has no end
            raise ClipError(f"{describe(path)}, a pipe or device", LEGAL, "save it as a file first")
        with path.open("rb") as file:
            head = file.read(16)
    except FileNotFoundError as error:
        raise ClipError(describe(path), "a file that is there", "check its name and folder") from error
    except (OSError, ValueError) as error:
        raise ClipError(describe(path), "a file that may be read", "change its permissions or copy it") from error
    if not head:
        raise ClipError(f"{describe(path)} of 0 bytes", LEGAL, "upload it again, it arrived empty")
    return head
