"""Measures a film or sound file, or what stands for one: the one door of this station.

Conventions: times in seconds from the first frame. The picture is decoded once, then the sound once; what is wrong but
can be lived with becomes a remark, what cannot a `ClipError`.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from assistant.clip.board import is_still, measure_still
from assistant.clip.curve import CURVES, measure_curve
from assistant.clip.edits import EDITS, measure_edit
from assistant.clip.music import find_music
from assistant.clip.picture import Picture, look
from assistant.clip.reading import (
    LARGEST_PIXELS,
    LEGAL,
    Damage,
    check_file,
    describe,
    find_picture,
    find_sound,
    open_media,
)
from assistant.clip.sound import Sound, listen
from assistant.clip.traits import describe_music
from assistant.clip.values import Clip
from assistant.errors import ClipError
from assistant.remark import Remark
from assistant.settings import LONGEST_S

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.video.stream import VideoStream

SHORTEST_RUIN_S = 1.0
"""The least that must decode of a broken file for it to be of use."""
MISSING_S = 0.5
"""How far the end may lie before the announced one: containers round, encoders pad."""


def measure_clip(path: Path, *, max_s: float = LONGEST_S) -> Clip:
    """Measure a film or sound file, a picture, a curve or an edit list.

    Parameters
    ----------
    path : Path
        Any container of `assistant.clip.reading.FORMATS`; one picture (`assistant.clip.board`); a table of times and
        values (`assistant.clip.curve`); an edit list (`assistant.clip.edits`).
    max_s : float
        Longest stretch that is looked at, in seconds; what comes later is left out and said so.

    Returns
    -------
    Clip
        With remarks where the file is truncated, longer than ``max_s``, or shows one still picture.

    Raises
    ------
    ClipError
        If it can't be opened, holds neither picture nor sound, or less than a second of a broken file decodes.
    """
    path = Path(path)
    check_file(path)
    if is_still(path):
        return measure_still(path)
    if path.suffix.lower() in CURVES:
        return measure_curve(path, max_s=max_s)
    if path.suffix.lower() in EDITS:
        return measure_edit(path, max_s=max_s)
    return _measure_film(path, max_s)


def _measure_film(path: Path, max_s: float) -> Clip:
    """A film or sound, its sound decoded beside its picture."""
    seen, heard = Damage(), Damage()
    with ThreadPoolExecutor(1, thread_name_prefix="cuewright-ear") as pool:
        listening = pool.submit(_listen_to, path, heard, max_s)
        announced_s, is_film, picture = _look_at(path, seen, max_s)
        sound = listening.result()
    damage = seen.with_what(heard)
    still = picture is not None and picture.frames == 1
    if still and sound is None:
        raise ClipError(f"{describe(path)}, one still picture", LEGAL, "give a clip of a second or more")
    shown = None if still else picture
    if shown is None and sound is None:
        raise ClipError(f"{describe(path)} without a picture or sound that can be decoded", LEGAL, _cure(damage))
    remarks = _remarks(path, damage, announced_s, shown, sound, max_s)
    if still:
        remarks = (*remarks, Remark.of("clip_still", name=path.name))
    if is_film and picture is None:
        remarks = (*remarks, Remark.of("clip_picture_unreadable", name=path.name))
    return _assemble(path, shown, sound, remarks)


def _look_at(path: Path, damage: Damage, max_s: float) -> tuple[float, bool, Picture | None]:
    """The announced length in seconds, whether there is a picture at all, and what was seen."""
    with open_media(path) as container:
        stream = find_picture(container)
        announced_s = _announced_length(container, stream)
        if stream is None:
            return announced_s, False, None
        if stream.width * stream.height > LARGEST_PIXELS:
            size = f"{stream.width} x {stream.height} pixels"
            raise ClipError(f"{describe(path)} of {size}", "8192 x 8192 pixels at most", "make it smaller")
        return announced_s, True, look(container, stream, damage, max_s=max_s)


def _announced_length(container: InputContainer, stream: VideoStream | None) -> float:
    """What the container says of its length, in seconds, 0 when it says nothing."""
    length_s = (container.duration or 0) / 1_000_000
    if container.format.name.startswith("matroska"):  # says when it ends, not how long it is
        return length_s - max(0.0, (container.start_time or 0) / 1_000_000)
    if container.format.name == "avi" and stream and stream.average_rate:  # guesses its length from its size
        return max(length_s, float(stream.frames / stream.average_rate))
    return length_s


def _listen_to(path: Path, damage: Damage, max_s: float) -> Sound | None:
    with open_media(path) as container:
        stream = find_sound(container)
        return listen(container, stream, damage, max_s=max_s) if stream else None


def _remarks(
    path: Path, damage: Damage, announced_s: float, picture: Picture | None, sound: Sound | None, max_s: float
) -> tuple[Remark, ...]:
    """What the person should know of the length; a ruin that is too short is refused here."""
    decoded_s = max(picture.length_s if picture else 0.0, sound.length_s if sound else 0.0)
    if announced_s > max_s + MISSING_S or (picture and picture.stopped):
        return (Remark.of("clip_too_long", name=path.name, length_s=round(announced_s, 2), limit_s=max_s),)
    missing = announced_s - decoded_s > MISSING_S + 0.02 * announced_s
    if not (missing or damage.broke_off or damage.bad_packets):
        return ()
    if decoded_s < SHORTEST_RUIN_S and (missing or damage.broke_off):
        raise ClipError(f"{describe(path)}, of which {decoded_s:.2f} s can be decoded", LEGAL, _cure(damage))
    if missing or damage.broke_off:
        return (Remark.of("clip_truncated", name=path.name, decoded_s=round(decoded_s, 2)),)
    return (Remark.of("clip_damaged", name=path.name, places=damage.bad_packets),)


def _cure(damage: Damage) -> str:
    return "copy or export it again, it arrived damaged" if damage.bad_packets or damage.broke_off else "check the file"


def _assemble(path: Path, picture: Picture | None, sound: Sound | None, remarks: tuple[Remark, ...]) -> Clip:
    """The value, from what was seen and heard."""
    music = find_music(sound.opening) if sound and sound.loudness_lufs is not None else None
    described = (
        describe_music(sound.opening, music, loudness_lufs=sound.loudness_lufs, speech=sound.speech)
        if sound and music
        else None
    )
    return Clip(
        path=str(path),
        length_s=picture.length_s if picture else sound.length_s if sound else 0.0,
        frame_rate_hz=picture.rate_hz if picture else None,
        variable_rate=picture.variable_rate if picture else False,
        width=picture.width if picture else 0,
        height=picture.height if picture else 0,
        cuts=picture.cuts if picture else (),
        transitions=picture.transitions if picture else (),
        motion=picture.motion if picture else (),
        brightness=picture.brightness if picture else (),
        saturation=picture.saturation if picture else (),
        warmth=picture.warmth if picture else (),
        has_audio=sound is not None,
        loudness_lufs=sound.loudness_lufs if sound else None,
        tempo_bpm=music.tempo_bpm if music else None,
        key=music.key if music else None,
        music=described,
        speech=sound.speech if sound else (),
        remarks=remarks,
    )
