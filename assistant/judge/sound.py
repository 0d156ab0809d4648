"""Judges sound: tempo, key and density of what is heard, loudness, and spectral estimates of register and dissonance.

Conventions: the first minute and a half is listened to for music, the whole file for loudness; mono at 48 kHz.
Overtones
are heard as notes, so register is higher, and dissonance less exact, than in the score of the same music.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from assistant.check.emotion import HARSH
from assistant.clip.music import Music, find_music, find_peaks
from assistant.clip.traits import features_of
from assistant.judge.values import Judgement, rounded
from assistant.score.mood import AROUSAL_OF_SOUND, arousal_of, scaled, valence_of

if TYPE_CHECKING:
    from assistant.clip.sound import Sound

Mono = npt.NDArray[np.float32]

TOO_SHORT_S = 1.0


def judge_sound(sound: Sound, *, file: str, remark: str = "") -> Judgement:
    """What a sound is like.

    Parameters
    ----------
    sound : Sound
        What was heard of the file.
    file : str
        The name to put on the judgement.
    remark : str
        What is to be said of its length, such as that the file breaks off.
    """
    length = {"length_s": remark} if remark else {}
    if sound.loudness_lufs is None or sound.length_s < TOO_SHORT_S:
        why = "silent" if sound.loudness_lufs is None else "shorter than a second"
        said = length | {"level_lufs": f"{why}: nothing else can be measured"}
        return Judgement(file, "audio", round(sound.length_s, 3), level_lufs=rounded(sound.loudness_lufs), notes=said)
    mono = np.asarray(sound.opening / max(float(np.abs(sound.opening).max()), 1e-9), np.float32)
    music = find_music(mono)
    features = features_of(mono, music) | {"lufs": sound.loudness_lufs}
    valence, arousal = valence_of(features), arousal_of(features, AROUSAL_OF_SOUND)
    dissonance = _dissonance(mono)
    return Judgement(
        file=file,
        kind="audio",
        length_s=round(sound.length_s, 3),
        tempo_bpm=music.tempo_bpm,
        key=music.key,
        mode=music.key.partition(" ")[2] if music.key else None,
        mode_brightness=rounded(scaled(features["mode"])),
        density_onsets_per_s=rounded(features["sound_onsets_per_s"]),
        register_midi_pitch=rounded(features["peak_pitch"], 1),
        level_lufs=rounded(sound.loudness_lufs),
        dissonance_share=rounded(dissonance, 3),
        valence=rounded(valence, 3),
        arousal=rounded(arousal, 3),
        notes=length | _notes(music),
    )


def _notes(music: Music) -> dict[str, str]:
    """How each value was found."""
    return {
        "tempo_bpm": f"autocorrelation of the onsets, pulse {music.pulse:.2f}"
        + ("" if music.tempo_bpm else ": not clear enough to be told"),
        "key": f"chroma of spectral peaks against Temperley 2007 profiles, lead {music.margin:.2f}"
        + ("" if music.key else ": not clear enough to be told"),
        "mode_brightness": "bright or dark form of third, sixth, seventh, second and fourth above that tonic",
        "density_onsets_per_s": "rises of level in bands of a third of an octave; what starts together counts once",
        "register_midi_pitch": "mean pitch of spectral peaks, 80 to 2000 Hz, with overtones: an octave or so too high",
        "level_lufs": "integrated loudness of the whole file (ITU-R BS.1770)",
        "dissonance_share": "share of pairs of spectral peaks that are seconds, sevenths or tritones, by strength",
        "valence": "mode, register and tempo (Eerola et al. 2013)",
        "arousal": "tempo, onsets a second, spectral centroid, a little loudness (Gabrielsson and Lindstroem 2010)",
    }


def _dissonance(mono: Mono) -> float | None:
    """Share of pairs of spectral peaks of one window, by the product of their strengths, that clash."""
    pitches, weights, windows = find_peaks(mono)
    harsh = total = 0.0
    for index in np.unique(windows):
        here = windows == index
        strongest = np.argsort(-weights[here])[:12]
        pitch, weight = pitches[here][strongest], weights[here][strongest]
        steps = np.round(np.abs(pitch[:, None] - pitch[None, :])).astype(int)
        pairs = np.triu(weight[:, None] * weight[None, :], 1) * (steps > 0)
        total += float(pairs.sum())
        harsh += float(pairs[np.isin(steps % 12, list(HARSH))].sum())
    return harsh / total if total > 0 else None
