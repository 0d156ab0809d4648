"""Is speech found where somebody speaks? Voice-over at known places over music and noise.

``python -m models.evaluation.clips_speech`` prints it; it needs the program espeak-ng (Debian; GPL, called as a program
for measuring only, nothing of it is kept or shipped).

Conventions: a frame is 10 ms; frame accuracy is the share of frames on which found and known agree. *Known* is where
the clean voice, before it is mixed, is within 40 dB of its loudest moment, pauses below 0.4 s between words filled. The
level is that of the voice above the background while it speaks, in dB of mean square. Backgrounds are cues of our own
engine, pink noise, and quiet.
"""

from __future__ import annotations

import itertools
import shutil
import subprocess
import sys
import tempfile
import wave
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from assistant.clip.speech import PAUSE_S, Ear
from assistant.clip.values import Span
from assistant.settings import RATE_HZ
from models.evaluation.sounds import pink, rendered

Mono = npt.NDArray[np.float32]

FRAME_S, FLOOR_DB, TARGET = 0.01, -40.0, 0.95
LEVELS_DB, QUIET_DB = (20.0, 12.0, 6.0, 3.0), 60.0
LENGTH_S, PLACES_S = 40.0, (3.0, 14.5, 27.0)
SAID = {
    "en-us": (
        "The harbour is quiet this morning. Only one boat goes out, and nobody asks where.",
        "Three generations of bakers have stood at this oven.",
        "Open it. You will know what to do with it, as you always did.",
    ),
    "en-gb+f3": (
        "New from the mountains: water that has waited a thousand years.",
        "She counted the steps, and there was one too many.",
        "Ask your neighbour. He has been using it since the spring, and he smiles more.",
    ),
    "de": (
        "Am Rand der Stadt beginnt ein Weg, den kaum noch jemand geht.",
        "Jetzt drei Monate kostenlos testen, ohne Vertrag.",
        "Mein Vater hat die Uhr nie aufgezogen. Sie ging trotzdem.",
    ),
    "es+m4": (
        "Cada noche, a la misma hora, alguien llama a la puerta del faro.",
        "El tren sale en cinco minutos, y ella no ha llegado.",
        "Pruebe el sabor que su abuela guardaba para los domingos.",
    ),
}
"""Voices of espeak-ng and what they say."""
MUSIC = {
    "calm piano": "slow tender piano and strings, 40 seconds",
    "pop with drums": "bright driving pop with drums and electric guitar, 40 seconds",
    "orchestra": "epic orchestral trailer with brass and choir, 40 seconds",
    "solo instruments": "a lonely cello and an oboe, folk, 40 seconds",
    "choir": "a solemn choir, choral, 40 seconds",
    "saxophone": "smoky jazz with saxophone, 40 seconds",
}


@dataclass(frozen=True)
class Row:
    """One mixture: what lay under the voice, at which level, and what was found."""

    background: str
    level_db: float
    accuracy: float
    missed: float
    invented: float


def speak(voice: str, words: str) -> Mono:
    """Words as espeak-ng says them, at 48 kHz, silence cut off at both ends."""
    from scipy.signal import resample_poly

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "said.wav"
        subprocess.run(["espeak-ng", "-v", voice, "-w", str(path), words], check=True, timeout=30)
        with wave.open(str(path)) as file:
            rate_hz = file.getframerate()
            raw = np.frombuffer(file.readframes(file.getnframes()), np.int16)
    shared = int(np.gcd(rate_hz, RATE_HZ))
    said = resample_poly(raw / 32768, RATE_HZ // shared, rate_hz // shared)
    loud = np.flatnonzero(np.abs(said) > 10 ** (FLOOR_DB / 20) * np.abs(said).max())
    return np.asarray(said[loud[0] : loud[-1] + 1], np.float32)


def voice_over(voice: str, *, length_s: float = LENGTH_S) -> tuple[Mono, npt.NDArray[np.bool_]]:
    """A voice alone, and in which frames it speaks."""
    track = np.zeros(round(length_s * RATE_HZ), np.float32)
    for at_s, words in zip(PLACES_S, SAID[voice], strict=True):
        said = speak(voice, words)
        start = round(at_s * RATE_HZ)
        track[start : start + len(said)] += said[: len(track) - start]
    return track, speaking(track)


def speaking(voice: Mono) -> npt.NDArray[np.bool_]:
    """The frames in which a clean voice speaks."""
    size = round(FRAME_S * RATE_HZ)
    power = np.square(voice[: len(voice) // size * size].reshape(-1, size)).mean(axis=1)
    on = power > 10 ** (FLOOR_DB / 10) * power.max()
    edges = np.flatnonzero(on)
    for left, right in itertools.pairwise(edges):
        if (right - left) * FRAME_S < PAUSE_S:
            on[left:right] = True
    return np.asarray(on)


def mixed(voice: Mono, background: Mono, level_db: float, spoken: npt.NDArray[np.bool_]) -> Mono:
    """The voice so many dB above the background, both measured while it speaks."""
    where = np.repeat(spoken, round(FRAME_S * RATE_HZ))
    power = [float(np.square(sound[: len(where)][where]).mean()) for sound in (voice, background)]
    gain = np.sqrt(power[0] / max(power[1], 1e-12)) * 10 ** (-level_db / 20)
    both = voice + np.float32(gain) * background[: len(voice)]
    return np.asarray(both / max(1.0, float(np.abs(both).max())), np.float32)


def found_in(mono: Mono) -> tuple[Span, ...]:
    """What the clip station finds."""
    ear = Ear()
    ear.hear(mono)
    return ear.spans()


def compared(spans: tuple[Span, ...], spoken: npt.NDArray[np.bool_]) -> tuple[float, float, float]:
    """Shares of all frames: that agree, that were missed, that were invented."""
    at_s = (np.arange(len(spoken)) + 0.5) * FRAME_S
    said = np.zeros(len(spoken), bool)
    for span in spans:
        said |= (at_s >= span.from_s) & (at_s < span.to_s)
    return float((said == spoken).mean()), float((spoken & ~said).mean()), float((said & ~spoken).mean())


def backgrounds() -> dict[str, Mono]:
    """What lies under the voice, by name."""
    music = {name: rendered(words, seed=3).mean(axis=0) for name, words in MUSIC.items()}
    count = round(LENGTH_S * RATE_HZ)
    return music | {"pink noise": pink(count, seed=1), "quiet": np.full(count, 1e-5, np.float32)}


def measure() -> tuple[list[Row], dict[str, float]]:
    """Every mixture, and the share of frames that are taken for speech in music without any."""
    beds = backgrounds()
    rows = []
    for voice in SAID:
        track, spoken = voice_over(voice)
        for name, bed in beds.items():
            for level_db in LEVELS_DB if name != "quiet" else (QUIET_DB,):
                rows.append(Row(name, level_db, *compared(found_in(mixed(track, bed, level_db, spoken)), spoken)))
    silent = {
        name: 1 - compared(found_in(bed / np.float32(np.abs(bed).max())), np.zeros(len(spoken), bool))[0]
        for name, bed in beds.items()
    }
    return rows, silent


def table(rows: list[Row], silent: dict[str, float]) -> str:
    """Frame accuracy by background and level."""
    names = list(dict.fromkeys(row.background for row in rows))
    lines = ["| background | " + " | ".join(f"{level:g} dB" for level in LEVELS_DB) + " | taken for speech, no voice |",
             "|---|" + "---|" * (len(LEVELS_DB) + 1)]  # fmt: skip
    for name in names:
        mine = [row for row in rows if row.background == name]
        cells = [f"{np.mean([row.accuracy for row in mine if row.level_db in (level, QUIET_DB)]):.3f}"
                 for level in LEVELS_DB]  # fmt: skip
        lines.append(f"| {name} | " + " | ".join(cells) + f" | {silent[name]:.3f} |")
    usual = [row for row in rows if row.level_db >= 6]
    lines += ["", f"Mean frame accuracy {np.mean([row.accuracy for row in rows]):.3f} (target {TARGET}); "
              f"at 6 dB and above {np.mean([row.accuracy for row in usual]):.3f}, "
              f"missed {np.mean([row.missed for row in usual]):.3f}, "
              f"invented {np.mean([row.invented for row in usual]):.3f}, "
              f"worst {min(row.accuracy for row in usual):.3f}."]  # fmt: skip
    return "\n".join(lines)


def main() -> int:
    """Print the table; 1 where the target is missed."""
    if shutil.which("espeak-ng") is None:
        sys.stderr.write("error: no program espeak-ng; Debian: apt-get install espeak-ng\n")
        return 2
    rows, silent = measure()
    sys.stdout.write(table(rows, silent) + "\n")
    return int(float(np.mean([row.accuracy for row in rows])) < TARGET)


if __name__ == "__main__":
    raise SystemExit(main())
