"""What a sound file says of itself: Broadcast Wave, iXML, markers, LIST INFO and ID3, as chunks of a WAV file.

Conventions: times count in samples from midnight of the time code (``bext``, iXML) or from the first sample (markers).
Fields of fixed length are ASCII; iXML is UTF-8 and ID3 UTF-16, where every script stands. Loudness is in hundredths.

Sources: EBU Tech 3285 (2011), Specification of the Broadcast Wave Format, version 2; iXML Specification 3.01
(gallery.co.uk/ixml); ASWG-G006, iXML for games; ID3 tag version 2.3.0 (id3.org).
"""

from __future__ import annotations

import struct
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from xml.etree import ElementTree

from assistant import __version__
from assistant.audio.riff import Chunk
from assistant.deliver.turnover.values import MAKER, Turnover
from assistant.settings import RATE_HZ

STATEMENT = "Music composed by a computer program (AI-generated)."
UNKNOWN = 0x7FFF
"""A loudness that was not measured."""


@dataclass(frozen=True)
class Sounding:
    """One sound file of a turnover.

    Parameters
    ----------
    name : str
        What it is within the cue: empty for the mix, else such as ``"stem: lead-flute"``.
    instrument : str
        Of a stem.
    is_mix : bool
        Whether the loudness of the mix is its own.
    floating : bool
        Whether its samples are floating point.
    """

    name: str = ""
    instrument: str = ""
    is_mix: bool = False
    floating: bool = False


def chunks_of(turnover: Turnover, sounding: Sounding) -> tuple[tuple[Chunk, ...], tuple[Chunk, ...]]:
    """The chunks before and behind the samples of a file."""
    before = (Chunk(b"bext", bext(turnover, sounding)), Chunk(b"iXML", ixml(turnover, sounding)))
    after = (*_markers(turnover), Chunk(b"LIST", info(turnover, sounding)), Chunk(b"id3 ", id3(turnover, sounding)))
    return before, after


def texts_of(turnover: Turnover, sounding: Sounding | None = None) -> dict[str, str]:
    """The tags that every container has a place for, by the names that FFmpeg gives them."""
    return {
        "title": _title(turnover, sounding or Sounding()),
        "artist": MAKER,
        "composer": f"{MAKER} {__version__} ({turnover.engine})" if turnover.engine else f"{MAKER} {__version__}",
        "date": f"{turnover.made:%Y-%m-%d}",
        "genre": turnover.plan.style.replace("-", " "),
        "comment": _comment(turnover),
        "encoder": f"{MAKER} {__version__}",
    }


def _title(turnover: Turnover, sounding: Sounding) -> str:
    return f"{turnover.title} ({sounding.name})" if sounding.name else turnover.title


def _comment(turnover: Turnover) -> str:
    """What is worth knowing in one line: key, tempo, metre, that a program composed it."""
    plan = turnover.plan
    tempo = plan.tempo_map.felt_bpm[0]
    meter = plan.tempo_map.first_meter
    return f"{plan.key.name}, {tempo:.0f} BPM, {meter}. {STATEMENT}"


def bext(turnover: Turnover, sounding: Sounding) -> bytes:
    """The content of a ``bext`` chunk, version 2."""
    loudness = _hundredths(turnover.loudness_lufs) if sounding.is_mix else UNKNOWN
    peak = _hundredths(turnover.true_peak_dbtp) if sounding.is_mix else UNKNOWN
    kind = "W=32" if sounding.floating else "W=24"
    history = f"A=PCM,F={RATE_HZ},{kind},M=stereo,T={MAKER} {__version__}\r\n"
    return (
        _fixed(f"{_title(turnover, sounding)}; {_comment(turnover)}", 256)
        + _fixed(MAKER, 32)
        + _fixed(f"{turnover.plan.seed}-{turnover.frames}", 32)
        + f"{turnover.made:%Y-%m-%d%H:%M:%S}".encode("ascii")
        + struct.pack("<IIH", turnover.time_reference & 0xFFFFFFFF, turnover.time_reference >> 32, 2)
        + bytes(64)
        + struct.pack("<hhhhh", loudness, UNKNOWN, peak, UNKNOWN, UNKNOWN)
        + bytes(180)
        + history.encode("ascii")
    )


def _hundredths(value: float | None) -> int:
    return UNKNOWN if value is None or not -327 < value < 327 else round(100 * value)


def _fixed(text: str, length: int) -> bytes:
    """Text as ASCII of a fixed length; accents go, other scripts become question marks."""
    plain = "".join(each for each in unicodedata.normalize("NFKD", text) if not unicodedata.combining(each))
    return plain.encode("ascii", "replace")[:length].ljust(length, b"\0")


def ixml(turnover: Turnover, sounding: Sounding) -> bytes:
    """The content of an ``iXML`` chunk: speed, time stamp, track names, markers, and what games want to know."""
    root = ElementTree.Element("BWFXML")
    rate = turnover.timebase.rate_hz
    speed = f"{rate.numerator}/{rate.denominator}"
    for name, text in (
        ("IXML_VERSION", "2.10"),
        ("PROJECT", turnover.title),
        ("SCENE", ""),
        ("TAKE", "1"),
        ("NOTE", _comment(turnover)),
        ("FILE_UID", f"{MAKER}-{turnover.plan.seed}-{turnover.frames}-{sounding.name or 'mix'}"),
    ):
        _add(root, name, text)
    timing = _add(root, "SPEED")
    flag = "DF" if turnover.timebase.drop else "NDF"
    for name, text in (
        ("MASTER_SPEED", speed),
        ("CURRENT_SPEED", speed),
        ("TIMECODE_RATE", speed),
        ("TIMECODE_FLAG", flag),
        ("FILE_SAMPLE_RATE", str(RATE_HZ)),
        ("AUDIO_BIT_DEPTH", "32" if sounding.floating else "24"),
        ("DIGITIZER_SAMPLE_RATE", str(RATE_HZ)),
        ("TIMESTAMP_SAMPLES_SINCE_MIDNIGHT_HI", str(turnover.time_reference >> 32)),
        ("TIMESTAMP_SAMPLES_SINCE_MIDNIGHT_LO", str(turnover.time_reference & 0xFFFFFFFF)),
        ("TIMESTAMP_SAMPLE_RATE", str(RATE_HZ)),
    ):
        _add(timing, name, text)
    _sync_points(root, turnover)
    tracks = _add(root, "TRACK_LIST")
    _add(tracks, "TRACK_COUNT", "2")
    label = sounding.name.partition(": ")[2] or sounding.name or "mix"
    for index, side in ((1, "L"), (2, "R")):
        track = _add(tracks, "TRACK")
        for name, text in (
            ("CHANNEL_INDEX", str(index)),
            ("INTERLEAVE_INDEX", str(index)),
            ("NAME", f"{label}.{side}"),
            ("FUNCTION", "LEFT" if side == "L" else "RIGHT"),
        ):
            _add(track, name, text)
    _for_games(root, turnover, sounding)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ElementTree.tostring(root, encoding="unicode")}'.encode()


def _add(parent: ElementTree.Element, name: str, text: str = "") -> ElementTree.Element:
    element = ElementTree.SubElement(parent, name)
    element.text = "".join(each for each in text if each.isprintable()) or None
    return element


def _sync_points(root: ElementTree.Element, turnover: Turnover) -> None:
    """Sections and hits, in samples from the start of the file."""
    if not turnover.moments:
        return
    points = _add(root, "SYNC_POINT_LIST")
    _add(points, "SYNC_POINT_COUNT", str(len(turnover.moments)))
    for moment in turnover.moments:
        point = _add(points, "SYNC_POINT")
        at = round(moment.start_s * RATE_HZ)
        for name, text in (
            ("SYNC_POINT_TYPE", "RELATIVE"),
            ("SYNC_POINT_FUNCTION", "MARKER_GENERIC"),
            ("SYNC_POINT_COMMENT", f"{moment.kind}: {moment.name}"),
            ("SYNC_POINT_LOW", str(at & 0xFFFFFFFF)),
            ("SYNC_POINT_HIGH", str(at >> 32)),
            ("SYNC_POINT_EVENT_DURATION", str(round((moment.end_s - moment.start_s) * RATE_HZ))),
        ):
            _add(point, name, text)


def _for_games(root: ElementTree.Element, turnover: Turnover, sounding: Sounding) -> None:
    """What a game's sound browser looks for."""
    plan = turnover.plan
    games = _add(root, "ASWG")
    for name, text in (
        ("contentType", "music"),
        ("composer", MAKER),
        ("genre", plan.style),
        ("inKey", plan.key.name),
        ("instrument", sounding.instrument),
        ("isLoop", "true" if plan.loop else "false"),
        ("tempo", f"{plan.tempo_map.felt_bpm[0]:.2f}"),
        ("timeSig", str(plan.tempo_map.counted_meter)),
    ):
        if text:
            _add(games, name, text)


def _markers(turnover: Turnover) -> Iterable[Chunk]:
    """Markers as editors of sound read them: a ``cue`` chunk of places, a list of their labels."""
    moments = turnover.moments
    if not moments:
        return
    places, labels = struct.pack("<I", len(moments)), b"adtl"
    for number, moment in enumerate(moments, start=1):
        at = min(turnover.frames, round(moment.start_s * RATE_HZ))
        places += struct.pack("<II4sIII", number, at, b"data", 0, 0, at)
        name = f"{moment.kind}: {moment.name}".encode() + b"\0"
        labels += Chunk(b"labl", struct.pack("<I", number) + name).packed
    yield Chunk(b"cue ", places)
    yield Chunk(b"LIST", labels)


def info(turnover: Turnover, sounding: Sounding) -> bytes:
    """The content of a ``LIST INFO`` chunk."""
    texts = texts_of(turnover, sounding)
    kinds = (
        (b"INAM", "title"),
        (b"IART", "artist"),
        (b"ICMT", "comment"),
        (b"ICRD", "date"),
        (b"IGNR", "genre"),
        (b"ISFT", "encoder"),
    )
    return b"INFO" + b"".join(Chunk(name, texts[key].encode() + b"\0").packed for name, key in kinds)


def id3(turnover: Turnover, sounding: Sounding) -> bytes:
    """An ID3 tag, version 2.3."""
    texts, plan = texts_of(turnover, sounding), turnover.plan
    frames = b"".join(
        _text_frame(name, text)
        for name, text in (
            ("TIT2", texts["title"]),
            ("TPE1", texts["artist"]),
            ("TCOM", texts["composer"]),
            ("TCON", texts["genre"]),
            ("TYER", f"{turnover.made:%Y}"),
            ("TBPM", f"{plan.tempo_map.felt_bpm[0]:.0f}"),
            ("TKEY", _short_key(turnover)),
            ("TLEN", str(round(1000 * turnover.length_s))),
            ("TSSE", texts["encoder"]),
        )
    )
    comment = b"\x01eng" + "\0".encode("utf-16") + texts["comment"].encode("utf-16")
    frames += b"COMM" + struct.pack(">IH", len(comment), 0) + comment
    return b"ID3\x03\x00\x00" + bytes(len(frames) >> shift & 0x7F for shift in (21, 14, 7, 0)) + frames


def _text_frame(name: str, text: str) -> bytes:
    data = b"\x01" + text.encode("utf-16")
    return name.encode("ascii") + struct.pack(">IH", len(data), 0) + data


def _short_key(turnover: Turnover) -> str:
    """A key in three letters: ``"Bbm"``."""
    key = turnover.plan.key
    return key.name.split()[0][:2] + ("m" if key.is_minor else "")
