"""The clip's own sound and the music as one: levels by loudness, the music out of the voice's way, peaks held.

Conventions: samples of shape (channels, n) at 48 kHz; everything begins with the first frame that is shown. The whole
has the loudness that the music alone had, so that a scored clip is as loud as the person asked; its peaks stay below
`CEILING_DBTP`, as what is coded with losses needs. Where somebody speaks, the voice is what is loud: the own sound is
raised or lowered as a whole until the voice has the loudness of the music, and the music dips under every phrase.

Sound is read three times (levels; loudness and peaks; result), so that memory does not grow with length.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from assistant.audio.dynamics import HOP, Gain, applied, limiter_gain, peaks_of
from assistant.audio.loudness import HOPS_PER_S, SILENCE_LUFS, Curve, amplitude, block_lufs, gated_lufs, k_energies
from assistant.audio.waveform import Samples, Waveform
from assistant.clip import Span
from assistant.deliver.ducking import STEP_S, ambience, find_dips, gain_curve, tightened, voice_power
from assistant.deliver.own_sound import BLOCK, OwnSound, blocks_of, own_blocks, sound_begins_s
from assistant.settings import LONGEST_S, RATE_HZ

STRETCH = 30 * RATE_HZ
"""Samples that are measured at a time: a whole number of hops of either kind."""
UNDER_LU, OVER_LU = -10.0, -12.0
"""Without speech, how far the softer lies below the louder: the own sound below the music, the music below it."""
BED_LU = -6.0
"""With speech, how far music that was wanted beneath lies below the voice even where nobody speaks."""
LARGEST_RAISE_DB = 20.0
"""More would only raise hiss."""
CEILING_DBTP, LOOKAHEAD_S, RELEASE_S = -2.0, 0.004, 0.08
ROUNDS = 5
"""How often the loudness is corrected for what the limiter takes."""


@dataclass(frozen=True)
class Levels:
    """What each of the two is multiplied by; the music also by a curve with a value every `STEP_S`."""

    own: float
    music: float
    curve: Curve

    def mix(self, music: Samples, own: Samples, start: int) -> Samples:
        """A block of both, the first sample of it being number ``start``."""
        at = (start + np.arange(music.shape[1])) / (STEP_S * RATE_HZ)
        gain = np.interp(at, np.arange(len(self.curve)), self.curve)
        own = own if music.shape[0] == 2 else own.mean(axis=0, keepdims=True)
        return np.asarray(music * np.float32(self.music) * gain.astype(np.float32) + own * self.own, np.float32)


def mix_sound(
    path: Path,
    music: Waveform,
    own_sound: OwnSound,
    start_s: float,
    picture_s: float,
    *,
    speech: Sequence[Span] = (),
) -> Iterator[Samples]:
    """The sound from the first frame to the end of picture and music, in blocks.

    Parameters
    ----------
    path : Path
        The clip.
    music : Waveform
    own_sound : OwnSound
    start_s : float
        When its first frame is shown, in seconds of the file.
    picture_s : float
        Length of the picture.
    speech : sequence of Span
        Where somebody speaks, from the first sample of the clip's sound on.
    """
    frames = max(music.frames, round(min(picture_s, LONGEST_S) * RATE_HZ))
    begins_s = None if own_sound is OwnSound.OUT else sound_begins_s(path)
    if begins_s is None:
        yield from blocks_of(music, frames)
        return
    late_s = begins_s - start_s
    spans = [Span(max(0.0, span.from_s + late_s), span.to_s + late_s) for span in speech if span.to_s + late_s > STEP_S]
    played = _powers(blocks_of(music, frames, size=STRETCH))
    levels = find_levels(played, _powers(own_blocks(path, start_s, frames, size=STRETCH)), own_sound, spans)
    if not levels.own:
        yield from blocks_of(music, frames)
        return
    levels, limit = _held(_blended(path, music, start_s, frames, levels, STRETCH), levels, gated_lufs(played))
    for start, block in _blended(path, music, start_s, frames, levels, BLOCK):
        yield _limited(block, limit, start)


def find_levels(music: Curve, own: Curve, own_sound: OwnSound, speech: Sequence[Span]) -> Levels:
    """Factors from the powers of both, one value every 100 ms, shape (hops,)."""
    length_s = len(music) / HOPS_PER_S
    flat = gain_curve((), length_s)
    music_lufs, own_lufs = gated_lufs(music), gated_lufs(own)
    if music_lufs <= SILENCE_LUFS or own_lufs <= SILENCE_LUFS:
        return Levels(1.0 if own_lufs > SILENCE_LUFS else 0.0, 1.0, flat)
    said_lufs = _said_lufs(own, speech)
    under = own_sound is OwnSound.UNDER
    if said_lufs is None:
        own_db = min(LARGEST_RAISE_DB, music_lufs - own_lufs) + (UNDER_LU if under else 0.0)
        return Levels(amplitude(own_db), amplitude(0.0 if under else OVER_LU), flat)
    own_gain = amplitude(min(LARGEST_RAISE_DB, music_lufs - said_lufs))
    music_gain = amplitude(0.0 if under else BED_LU)
    dips = find_dips(tightened(speech, own), own * own_gain**2, music * music_gain**2)
    return Levels(own_gain, music_gain, gain_curve(dips, length_s))


def _said_lufs(own: Curve, speech: Sequence[Span]) -> float | None:
    """Loudness of the voice while it speaks; None where nobody does."""
    hops = (np.arange(len(own)) + 0.5) / HOPS_PER_S
    said = np.zeros(len(own), bool)
    for span in speech:
        said |= (hops >= span.from_s) & (hops < span.to_s)
    if not said.any():
        return None
    loudness = float(block_lufs(np.array([voice_power(own[said], ambience(speech, own))]))[0])
    return loudness if loudness > SILENCE_LUFS else None


def _powers(blocks: Iterator[Samples]) -> Curve:
    return np.concatenate([k_energies(block, RATE_HZ) for block in blocks])


def _blended(
    path: Path, music: Waveform, start_s: float, frames: int, levels: Levels, size: int
) -> Iterator[tuple[int, Samples]]:
    """The number of each block's first sample, and both sounds in it."""
    pairs = zip(blocks_of(music, frames, size=size), own_blocks(path, start_s, frames, size=size), strict=True)
    for index, (block, own) in enumerate(pairs):
        yield index * size, levels.mix(block, own, index * size)


def _held(blocks: Iterator[tuple[int, Samples]], levels: Levels, target_lufs: float) -> tuple[Levels, Gain]:
    """The levels corrected so that the whole has a loudness, and the gain that holds its peaks, one value a hop."""
    powers, tops = [], []
    for _, block in blocks:
        powers.append(k_energies(block, RATE_HZ))
        tops.append(peaks_of(block, above=0.25 * amplitude(CEILING_DBTP)))
    power, peaks, raised = np.concatenate(powers), np.concatenate(tops), 1.0
    limit = np.ones_like(peaks)
    for _ in range(ROUNDS):
        now_lufs = gated_lufs(power * _mean_squares(limit, len(power)) * raised**2)
        if now_lufs > SILENCE_LUFS and target_lufs > SILENCE_LUFS:
            raised *= amplitude(target_lufs - now_lufs)
        limit = limiter_gain(peaks * np.float32(raised), RATE_HZ, ceiling=amplitude(CEILING_DBTP),
                             lookahead_s=LOOKAHEAD_S, release_s=RELEASE_S)  # fmt: skip
    return replace(levels, own=levels.own * raised, music=levels.music * raised), limit


def _mean_squares(limit: Gain, hops: int) -> Curve:
    """What a gain does to the power of every 100 ms."""
    each = RATE_HZ // HOPS_PER_S // HOP
    starts = np.minimum(np.arange(hops) * each, len(limit) - 1)
    sums: Curve = np.add.reduceat(np.square(limit, dtype=np.float64), starts)
    means: Curve = sums / np.diff(np.append(starts, len(limit))).clip(1)
    return means


def _limited(block: Samples, limit: Gain, start: int) -> Samples:
    """A block times its piece of the gain, in the same lines as if it had never been cut."""
    first, count = start // HOP, -(-block.shape[1] // HOP)
    around = np.pad(limit, 1, mode="edge")[first : first + count + 2]
    return applied(np.pad(block, ((0, 0), (HOP, HOP))), around)[:, HOP : HOP + block.shape[1]]
