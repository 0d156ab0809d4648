"""Is the picture of a scored clip the same, packet for packet, and does its sound lie where it should?

``python -m models.evaluation.mux`` prints it; films of every frame rate and container are made for it.

Conventions: *packets* are the same when their bytes are, and their times of showing and decoding, as exact fractions,
differ from the clip's by one number for all of them (the clip's first frame is shown at 0). Sound is decoded and placed
by its time stamps against the first frame that is shown. *Music* is how far the music then lies from that frame, *own*
how far the clip's own sound has moved against the picture; both are found by correlation with noise that was put in, to
one sample (0.02 ms).
"""

from __future__ import annotations

import struct
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from assistant.audio import Waveform
from assistant.deliver.media import write_scored
from assistant.deliver.own_sound import OwnSound
from assistant.settings import RATE_HZ
from models.evaluation.missed import Bound, bounded, printed

if TYPE_CHECKING:
    from av import AudioStream
    from av.container import OutputContainer

Samples = npt.NDArray[np.float32]

BOUND_MS = 1.0
LENGTH_S = 1.6
SIZE = (96, 64)
DROP_FRAME = "00:59:58;20"
"""A timecode whose minute is about to drop two numbers."""


@dataclass(frozen=True)
class Case:
    """A film to be made.

    ``edit`` frames are cut off its beginning by an edit list, or added before it as nothing when below 0; ``steps``
    are frames that each picture stays, for a rate that varies; ``turned`` says that the film is shown on its side.
    """

    name: str
    suffix: str
    rate: Fraction = Fraction(25)
    codec: str = "mpeg4"
    form: str = "yuv420p"
    between: int = 2
    sound: str = "aac"
    timecode: str = ""
    edit: int = 0
    steps: tuple[int, ...] = (1,)
    turned: bool = False


NTSC, FILM = Fraction(30000, 1001), Fraction(24000, 1001)
CASES = (
    Case("23.976", ".mp4", FILM),
    Case("25", ".mp4"),
    Case("29.97 drop-frame", ".mov", NTSC, timecode=DROP_FRAME),
    Case("50", ".mp4", Fraction(50)),
    Case("60", ".mp4", Fraction(60)),
    Case("59.94", ".mov", Fraction(60000, 1001)),
    Case("varying", ".mp4", Fraction(100), steps=(2, 3, 9, 4, 1, 30)),
    Case("varying, Matroska", ".mkv", Fraction(100), steps=(2, 3, 9, 4, 1, 30)),
    Case("edit list, 5 frames cut", ".mp4", NTSC, edit=5),
    Case("edit list, starts late", ".mp4", edit=-20),
    Case("turned on its side", ".mp4", turned=True),
    Case("no sound", ".mp4", sound=""),
    Case("WebM, VP9", ".webm", NTSC, "libvpx-vp9", between=0, sound="libopus"),
    Case("WebM, VP8", ".webm", codec="libvpx", between=0, sound="libopus"),
    Case("AVI", ".avi", NTSC, sound="pcm_s16le", between=0),
    Case("transport stream", ".ts", codec="mpeg2video"),
    Case("programme stream", ".mpg", NTSC, "mpeg2video", sound="mp2"),
    Case("ProRes", ".mov", FILM, "prores_ks", "yuv422p10le", 0, "pcm_s16le"),
    Case("Motion JPEG", ".mov", NTSC, "mjpeg", "yuvj420p", 0),
    Case("FFV1", ".mkv", codec="ffv1", between=0, sound="flac"),
)


@dataclass(frozen=True)
class Row:
    """What became of a film."""

    case: Case
    name: str
    bytes_same: bool
    times_same: bool
    shown_same: bool
    music_ms: float
    own_ms: float | None
    timecode: str


def noise(seed: int, *, length_s: float = LENGTH_S, level: float = 0.05) -> Samples:
    """The same for both channels, shape (2, n)."""
    mono = level * np.random.default_rng(seed).standard_normal(round(length_s * RATE_HZ))
    return np.stack([mono, mono]).astype(np.float32)


def write_film(path: Path, case: Case) -> Path:
    """The film of a case, with noise (seed 1) as its own sound."""
    import av

    whole = path.with_name(f"whole{case.suffix}") if case.edit else path
    with av.open(str(whole), "w") as container:
        picture = container.add_stream(case.codec, rate=case.rate, width=SIZE[0], height=SIZE[1], pix_fmt=case.form)
        picture.codec_context.gop_size = 10
        if case.codec.startswith("libvpx"):
            picture.options = {"deadline": "realtime", "cpu-used": "8"}
        if case.between:
            picture.codec_context.max_b_frames = case.between
        if case.timecode:
            picture.metadata["timecode"] = case.timecode
        track = container.add_stream(case.sound, rate=RATE_HZ, layout="stereo") if case.sound else None
        for number, at in enumerate(_places(case)):
            frame = av.VideoFrame.from_ndarray(_paint(number), format="rgb24")
            frame.pts, frame.time_base = at, 1 / case.rate
            container.mux(picture.encode(frame))
        container.mux(picture.encode(None))
        if track is not None:
            _add_sound(container, track)
    if case.edit:
        _with_edit(whole, path, case.edit / case.rate)
    if case.turned:
        _turn(path)
    return path


def _places(case: Case) -> Iterator[int]:
    """When pictures begin, in frames of the rate."""
    at, number = 0, 0
    while at < LENGTH_S * case.rate:
        yield at
        at, number = at + case.steps[number % len(case.steps)], number + 1


def _paint(number: int) -> npt.NDArray[np.uint8]:
    """A pattern that moves."""
    across, down = np.meshgrid(np.arange(SIZE[0]), np.arange(SIZE[1]))
    grey = 128 + 100 * np.sin((across + 3 * number) / 7) * np.cos(down / 9)
    return np.repeat(grey.astype(np.uint8)[..., None], 3, axis=2)


def _add_sound(container: OutputContainer, track: AudioStream) -> None:
    import av

    resampler = av.AudioResampler(track.codec_context.format, "stereo", RATE_HZ)
    frame = av.AudioFrame.from_ndarray(noise(1), format="fltp", layout="stereo")
    frame.sample_rate, frame.pts, frame.time_base = RATE_HZ, 0, Fraction(1, RATE_HZ)
    for ready in resampler.resample(frame):
        container.mux(track.encode(ready))
    container.mux(track.encode(None))


def _with_edit(whole: Path, path: Path, cut_s: Fraction) -> None:
    """The same packets with the picture moved forward, which the muxer writes as an edit list."""
    import av

    with av.open(str(whole)) as source, av.open(str(path), "w") as target:
        tracks = {stream.index: target.add_stream_from_template(stream) for stream in source.streams}
        for packet in source.demux():
            if not packet.size:
                continue
            if packet.stream.type == "video":
                moved = round(cut_s / packet.time_base)
                packet.pts, packet.dts = packet.pts - moved, packet.dts - moved
            packet.stream = tracks[packet.stream.index]
            target.mux(packet)


def _turn(path: Path) -> None:
    """A quarter turn in the header of the first track, as phones write it."""
    data = bytearray(path.read_bytes())
    place = data.index(b"tkhd") + 44
    data[place : place + 36] = struct.pack(">9i", 0, 1 << 16, 0, -(1 << 16), 0, 0, 0, 0, 1 << 30)
    path.write_bytes(data)


def packets_of(path: Path) -> list[tuple[bytes, Fraction | None, Fraction | None]]:
    """Bytes, time of showing and time of decoding of every packet of the picture, in the order of the file."""
    import av

    with av.open(str(path)) as container:
        packets = [packet for packet in container.demux(video=0) if packet.size]
        times = [
            [None if at is None else at * packet.time_base for at in (packet.pts, packet.dts)] for packet in packets
        ]
        return [(bytes(packet), *both) for packet, both in zip(packets, times, strict=True)]  # type: ignore[misc]


def shown_of(path: Path) -> tuple[list[Fraction], int, str]:
    """When every frame is shown, from the first; the turn of the first; the timecode."""
    import av

    with av.open(str(path)) as container:
        picture = container.streams.video[0]
        frames = [frame for frame in container.decode(picture) if frame.pts is not None]
        at = [frame.pts * picture.time_base for frame in frames]
        return [each - at[0] for each in at], frames[0].rotation, picture.metadata.get("timecode", "")


def sound_of(path: Path) -> Samples:
    """The sound of a film from its first shown frame on, placed by its time stamps, shape (2, n)."""
    import av

    with av.open(str(path)) as container:
        begins_s = next(frame.time for frame in container.decode(video=0) if frame.pts is not None)
    resampler = av.AudioResampler("fltp", "stereo", RATE_HZ)
    with av.open(str(path)) as container:
        frames = list(container.decode(audio=0))
        first_s = frames[0].time - begins_s
        whole = np.concatenate([out.to_ndarray() for frame in frames for out in resampler.resample(frame)], axis=1)
    late = round(first_s * RATE_HZ)
    return np.pad(whole, ((0, 0), (late, 0))) if late > 0 else whole[:, -late:]


def found_ms(heard: Samples, sought: Samples) -> float:
    """Where a noise begins in a sound, in ms; below 0 when its beginning is cut off."""
    size = heard.shape[1] + sought.shape[1]
    alike = np.fft.irfft(np.fft.rfft(heard[0], size) * np.conj(np.fft.rfft(sought[0], size)), size)
    place = int(np.argmax(alike))
    return (place if place < heard.shape[1] else place - size) / RATE_HZ * 1000


def measured(case: Case, folder: Path) -> Row:
    """A film made, scored and compared."""
    clip = write_film(folder / f"clip{case.suffix}", case)
    music = Waveform(noise(2), RATE_HZ)
    own_sound = OwnSound.UNDER if case.sound else OwnSound.OUT
    scored = write_scored(folder, clip, music, own_sound=own_sound).path
    before, after = packets_of(clip), packets_of(scored)
    moved = [{one[place] - other[place] for one, other in zip(before, after, strict=False)
              if one[place] is not None and other[place] is not None} for place in (1, 2)]  # type: ignore[operator]  # fmt: skip
    (shown, turn, _), (shown_after, turn_after, timecode) = shown_of(clip), shown_of(scored)
    heard = sound_of(scored)
    own_ms = found_ms(heard, noise(1)) - found_ms(sound_of(clip), noise(1)) if case.sound else None
    return Row(
        case,
        scored.name,
        [data for data, *_ in before] == [data for data, *_ in after],
        all(len(each) <= 1 for each in moved) and len(set().union(*moved)) <= 1,
        shown == shown_after and turn == turn_after,
        found_ms(heard, music.samples),
        own_ms,
        timecode,
    )


def measure(cases: Sequence[Case] = CASES) -> list[Row]:
    """Every case."""
    rows = []
    for case in cases:
        with tempfile.TemporaryDirectory() as folder:
            rows.append(measured(case, Path(folder)))
    return rows


def table(rows: Sequence[Row]) -> str:
    """Markdown, one row a film."""
    lines = ["| film | becomes | packets' bytes | their times | frames shown | music off, ms | own sound moved, ms |",
             "|---|---|---|---|---|---|---|"]  # fmt: skip
    for row in rows:
        flags = " | ".join("same" if same else "DIFFER" for same in (row.bytes_same, row.times_same, row.shown_same))
        own = "none" if row.own_ms is None else f"{row.own_ms:+.2f}"
        lines.append(f"| {row.case.name} ({row.case.suffix}, {row.case.codec}) | {row.name} | {flags} "
                     f"| {row.music_ms:+.2f} | {own} |")  # fmt: skip
    lines += ["", f"Timecodes, such as {DROP_FRAME}, and turned pictures are compared too."]
    return bounded(bounds(rows), "\n".join(lines))


def bounds(rows: Sequence[Row]) -> list[Bound]:
    """What is asked of every film."""
    count = len(rows)
    same = sum(row.bytes_same and row.times_same and row.shown_same for row in rows)
    offsets = [abs(each) for row in rows for each in (row.music_ms, row.own_ms) if each is not None]
    near = sum(each < BOUND_MS for each in offsets)
    coded = sum(row.timecode == row.case.timecode for row in rows)
    return [
        Bound("picture packets: bytes, times and frames shown", "identical in every film", f"{same} of {count}",
              same == count),
        Bound("sound against the picture, the music's and the clip's own", f"under {BOUND_MS:g} ms",
              f"{near} of {len(offsets)}, worst {max(offsets):.2f} ms", near == len(offsets)),
        Bound("time codes", "as in the clip", f"{coded} of {count}", coded == count),
    ]  # fmt: skip


def report(*, corpus: Path | None = None, engines: Sequence[str] = (), seeds: int = 1) -> str:
    """The section of ``make eval``."""
    return table(measure())


def main() -> int:
    """Print the table; 1 where a film differs."""
    return printed(report)


if __name__ == "__main__":
    raise SystemExit(main())
