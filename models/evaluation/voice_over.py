"""Does the music keep out of the voice's way? Films with voice-over at known places, scored end to end.

``python -m models.evaluation.voice_over`` prints it; it needs the program espeak-ng (Debian; GPL, called as a program
for measuring only, nothing of it is kept or shipped).

Conventions: loudness and peak of the whole are by FFmpeg's meter; for the rest ``scored.mp4`` is decoded, K-weighted
(BS.1770), and in every 50 ms the parts that the clip's own sound and the music have in it are found by least squares;
both are known. *Under* is the voice's loudness less the music's over the moments of one phrase in which the clean voice
speaks (the worst phrase counts); *peak* the same with the loudest 400 ms of the music in it;
*back* how long after the last sound of a phrase
the music is within 1 dB of where it rests, where a second or more of silence follows. *Notes* are
those with a fundamental between 300 and 3400 Hz that begin while somebody speaks, as a share of those of the same cue
composed as if nobody spoke: what the score itself leaves free.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import numpy.typing as npt

from assistant.audio import Waveform
from assistant.audio.loudness import k_filter
from assistant.brief import Brief
from assistant.clip import Clip, measure_clip
from assistant.deliver.media import write_scored
from assistant.deliver.own_sound import OwnSound
from assistant.interpret import read_brief
from assistant.library import load
from assistant.plan import Plan, make_plan
from assistant.render import render
from assistant.score import Score
from assistant.settings import RATE_HZ, from_environment
from models.evaluation.clips_speech import FRAME_S, SAID, voice_over
from models.evaluation.meters import ffmpeg_meter
from models.evaluation.missed import Bound, bounded, printed
from models.evaluation.sounds import pink
from models.registry import get_engine

Samples = npt.NDArray[np.float32]
Curve = npt.NDArray[np.float64]

UNDER_LU, BACK_S, LOUDNESS_LU, PEAK_DBTP = 12.0, 0.8, 0.3, -1.0
"""The bounds: of every phrase, of every pause, of the whole."""
WINDOW = RATE_HZ // 20
PAUSE_S, WITHIN_DB = 1.0, 1.0
LEVELS_DB = (-12.0, -34.0)
"""How loud the voice was recorded: its loudest sample, in dB of full scale."""
ROOM_DB = -30.0
"""A room's noise below the voice, in every other film."""
VOICE_KEYS = (62, 104)
"""MIDI numbers of 300 to 3400 Hz, which carry words (ITU-T G.712)."""
MUSIC = {
    "piano": "slow tender piano and strings",
    "pop": "bright driving pop with drums and electric guitar",
    "orchestra": "epic orchestral trailer with brass and choir",
    "saxophone": "smoky jazz with saxophone",
}


@dataclass(frozen=True)
class Row:
    """One film."""

    music: str
    voice: str
    under_lu: float
    peak_lu: float
    back_s: float
    off_lu: float
    peak_dbtp: float
    notes: int
    notes_freely: int


def write_film(path: Path, sound: Samples) -> Path:
    """A grey picture at 25 frames a second with a sound of shape (1, n)."""
    import av

    with av.open(str(path), "w") as container:
        picture = container.add_stream("mpeg4", rate=25, width=64, height=36, pix_fmt="yuv420p")
        track = container.add_stream("aac", rate=RATE_HZ, layout="mono")
        for index in range(sound.shape[1] * 25 // RATE_HZ):
            frame = av.VideoFrame.from_ndarray(np.full((36, 64, 3), index % 200, np.uint8), format="rgb24")
            frame.pts, frame.time_base = index, Fraction(1, 25)
            container.mux(picture.encode(frame))
        container.mux(picture.encode(None))
        heard = av.AudioFrame.from_ndarray(np.ascontiguousarray(sound), format="fltp", layout="mono")
        heard.sample_rate, heard.pts, heard.time_base = RATE_HZ, 0, Fraction(1, RATE_HZ)
        container.mux(track.encode(heard))
        container.mux(track.encode(None))
    return path


def read_sound(path: Path) -> Samples:
    """All sound of a file, shape (2, n)."""
    import av

    resampler = av.AudioResampler("fltp", "stereo", RATE_HZ)
    with av.open(str(path)) as container:
        pieces = [out.to_ndarray() for frame in container.decode(audio=0) for out in resampler.resample(frame)]
    return np.concatenate(pieces, axis=1)


def compose(words: str, clip: Clip, *, seed: int) -> tuple[Plan, Score]:
    """The plan and the notes for a clip."""
    library = load()
    asked = read_brief(Brief(words), library=library, clip=clip).constraints
    plan = make_plan(asked, library=library, clip=clip, seed=seed)
    score = get_engine("rules").generate(plan, seed=seed)
    assert isinstance(score, Score)
    return plan, score


def weighted(samples: Samples) -> Curve:
    """K-weighted, in windows, shape (windows, samples of both channels)."""
    from scipy.signal import sosfilt

    count = samples.shape[1] // WINDOW
    heard = sosfilt(k_filter(RATE_HZ), samples.astype(np.float64), axis=1)[:, : count * WINDOW]
    return np.asarray(heard.reshape(2, count, WINDOW).transpose(1, 0, 2).reshape(count, -1))


def shares(whole: Samples, own: Samples, music: Samples) -> tuple[Curve, Curve, Curve]:
    """In every window the power of the own sound and of the music, and the factor of the music; not a number where it
    can't be told."""
    frames = min(sound.shape[1] for sound in (whole, own, music))
    mixed, said, played = (weighted(sound[:, :frames]) for sound in (whole, own, music))
    own_power, music_power = (np.einsum("wn,wn->w", part, part) for part in (said, played))
    both = np.einsum("wn,wn->w", said, played)
    with_own, with_music = np.einsum("wn,wn->w", mixed, said), np.einsum("wn,wn->w", mixed, played)
    size = own_power * music_power - both**2
    told = (music_power > 1e-6 * music_power.max()) & (size > 1e-3 * own_power * music_power)
    own_gain = np.median((with_own / np.maximum(own_power, 1e-12))[own_power > 0.1 * own_power.max()])
    quiet = own_power < 1e-9 * own_power.max()
    gain = np.where(quiet, with_music, with_music - own_gain * both) / np.maximum(music_power, 1e-12)
    gain = np.where(told | quiet, gain, np.nan)
    return own_power * own_gain**2, music_power * gain**2, np.abs(gain)


def phrases(spoken: npt.NDArray[np.bool_]) -> list[tuple[float, float]]:
    """Begin and end of every stretch of frames, in seconds."""
    edges = np.flatnonzero(np.diff(np.concatenate(([0], spoken.astype(int), [0]))))
    return [(float(start) * FRAME_S, float(end) * FRAME_S) for start, end in edges.reshape(-1, 2)]


def judged(said: Curve, played: Curve, gain: Curve, spoken: npt.NDArray[np.bool_]) -> tuple[float, float, float]:
    """Under, peak and back of the worst phrase."""
    each_s = WINDOW / RATE_HZ
    parts = phrases(spoken)
    under, peak, back = [], [], []
    for index, (start_s, end_s) in enumerate(parts):
        where = slice(round(start_s / each_s), max(round(start_s / each_s) + 1, round(end_s / each_s)))
        voice, music = np.nanmean(said[where]), np.nanmean(played[where])
        loudest = np.convolve(np.nan_to_num(played[where]), np.ones(8) / 8, mode="same").max()
        under.append(10 * np.log10(voice / max(music, 1e-15)))
        peak.append(10 * np.log10(voice / max(loudest, 1e-15)))
        next_s = parts[index + 1][0] if index + 1 < len(parts) else len(gain) * each_s - 1.0
        if next_s - end_s >= PAUSE_S:
            back.append(_back_s(gain, end_s, next_s, each_s))
    return float(min(under)), float(min(peak)), float(max(back, default=0.0))


def _back_s(gain: Curve, end_s: float, next_s: float, each_s: float) -> float:
    """Seconds from the end of a phrase until the music has the factor at which it rests."""
    rest = np.nanmax(gain[round(end_s / each_s) : round(next_s / each_s)])
    rest = np.nanmedian(gain[gain > 0.7 * rest])
    for place in range(round(end_s / each_s), round(next_s / each_s)):
        if gain[place] >= rest * 10 ** (-WITHIN_DB / 20):
            return (place + 1) * each_s - end_s
    return float("inf")


def in_the_voice(score: Score, spoken: npt.NDArray[np.bool_]) -> int:
    """Notes with their fundamental in the voice's register that begin while somebody speaks, drums left out."""
    low, high = VOICE_KEYS
    tuned = [part for part in score.parts if part.role not in ("drums", "percussion")]
    begins = [score.start_s(note) for part in tuned for note in part.notes if low <= note.pitch <= high]
    return sum(bool(spoken[round(at_s / FRAME_S)]) for at_s in begins if 0 <= at_s < (len(spoken) - 1) * FRAME_S)


def measure(*, seed: int = 3) -> list[Row]:
    """Every voice over two kinds of music, every kind under two voices."""
    rows = []
    for number, voice in enumerate(SAID):
        track, spoken = voice_over(voice)
        for turn, (name, words) in list(enumerate(MUSIC.items()))[number % 2 :: 2]:
            level_db = LEVELS_DB[(number + turn // 2) % len(LEVELS_DB)]
            own = track / np.abs(track).max()
            if number // 2:
                own = own + pink(len(own), seed=number) * (10 ** (ROOM_DB / 20) * own.std() / 0.1)
            own = np.asarray(own / np.abs(own).max() * 10 ** (level_db / 20), np.float32)[None]
            with tempfile.TemporaryDirectory() as folder:
                rows.append(_row(Path(folder), own, spoken, name, voice, words, seed))
            sys.stderr.write(f"{rows[-1]}\n")
    return rows


def _row(
    folder: Path, own: Samples, spoken: npt.NDArray[np.bool_], name: str, voice: str, words: str, seed: int
) -> Row:
    """One film, made, scored and measured."""
    path = write_film(folder / "film.mp4", own)
    clip = measure_clip(path)
    plan, score = compose(words, clip, seed=seed)
    _, freely = compose(words, replace(clip, speech=()), seed=seed)
    music = render(score, plan, library=load(), settings=from_environment()).mix
    scored = write_scored(folder, path, music, own_sound=OwnSound.UNDER, speech=clip.speech)
    heard = read_sound(scored.path)
    under, peak, back = judged(*shares(heard, read_sound(path), music.samples), spoken)
    whole = Waveform(np.ascontiguousarray(heard[:, : music.frames]), RATE_HZ)
    metered = ffmpeg_meter(whole)
    off_lu = metered.loudness_lufs - ffmpeg_meter(music).loudness_lufs
    return Row(name, voice, under, peak, back, off_lu, metered.true_peak_dbtp,
               in_the_voice(score, spoken), in_the_voice(freely, spoken))  # fmt: skip


def table(rows: Sequence[Row]) -> str:
    """Markdown: the worst of every kind of music."""
    lines = ["| music | under, LU | loudest 400 ms under, LU | back after, s | loudness off, LU | true peak, dBTP "
             "| notes in the voice's register |", "|---|---|---|---|---|---|---|"]  # fmt: skip
    for name in MUSIC:
        mine = [row for row in rows if row.music == name]
        notes = sum(row.notes for row in mine) / max(1, sum(row.notes_freely for row in mine))
        lines.append(f"| {name} | {min(row.under_lu for row in mine):.1f} | {min(row.peak_lu for row in mine):.1f} "
                     f"| {max(row.back_s for row in mine):.2f} | {max((row.off_lu for row in mine), key=abs):+.2f} "
                     f"| {max(row.peak_dbtp for row in mine):.2f} | {notes:.0%} |")  # fmt: skip
    lines += ["", f"{len(rows)} films, every voice over two kinds of music; the worst film of a kind a row. *Notes* is "
              "what the score itself leaves free, and has no bound."]  # fmt: skip
    return bounded(bounds(rows), "\n".join(lines))


def bounds(rows: Sequence[Row]) -> list[Bound]:
    """What is asked of every film."""
    count = len(rows)
    under, back = sum(row.under_lu >= UNDER_LU for row in rows), sum(row.back_s <= BACK_S for row in rows)
    level, peak = sum(abs(row.off_lu) <= LOUDNESS_LU for row in rows), sum(row.peak_dbtp <= PEAK_DBTP for row in rows)
    return [
        Bound("music under the voice while someone speaks, K-weighted, worst phrase", f"at least {UNDER_LU:g} LU",
              f"{under} of {count} films, least {min(row.under_lu for row in rows):.1f} LU", under == count),
        Bound("music back after speech", f"within {BACK_S:g} s",
              f"{back} of {count} films, latest {max(row.back_s for row in rows):.2f} s", back == count),
        Bound("loudness of the whole against the music's own", f"within {LOUDNESS_LU:g} LU",
              f"{level} of {count} films, worst {max((row.off_lu for row in rows), key=abs):+.2f} LU", level == count),
        Bound("true peak of the whole, FFmpeg's meter", f"at most {PEAK_DBTP:g} dBTP",
              f"{peak} of {count} films, highest {max(row.peak_dbtp for row in rows):.2f} dBTP", peak == count),
    ]  # fmt: skip


def report(*, corpus: Path | None = None, engines: Sequence[str] = (), seeds: int = 1) -> str:
    """The section of ``make eval``."""
    if shutil.which("espeak-ng") is None:
        absent = Bound(
            "music under the voice", f"at least {UNDER_LU:g} LU", "not measured: no program espeak-ng", False
        )
        return bounded([absent], "Debian: `apt-get install espeak-ng`.")
    rows = [row for seed in range(seeds) for row in measure(seed=3 + seed)]
    return table(rows)


def main() -> int:
    """Print every film and the table; 1 where a bound is missed."""
    return printed(report)


if __name__ == "__main__":
    raise SystemExit(main())
