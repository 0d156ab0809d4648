"""Judges a score by its notes: what it says of itself (key, roles, markers) is not read.

Conventions: notes as they are played, in seconds; drums have no pitch, nor have the programs of General MIDI that are
drums and noises by another name. The tempo map is believed only where the notes
keep to it: a file that was played in freely stands on any map, and its pulse is then found from its onsets.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from assistant.check.emotion import consonance, dynamics
from assistant.clip.music import CLEAR_PULSE, HOP, find_tempo
from assistant.judge.keys import Tone, find_key, weigh
from assistant.judge.values import Judgement, rounded
from assistant.score import Part, Score
from assistant.score.mood import AROUSAL_OF_NOTES, arousal_of, brightness, scaled, valence_of
from assistant.settings import RATE_HZ

ONE_ONSET_S = 0.03
"""Notes of one part that start within this are one onset: a chord, however it is rolled."""
ON_GRID = 0.3
"""Least agreement of the onsets on a subdivision of the written beat; free playing has about 0.1."""
UNPITCHED = frozenset({113, *range(115, 128)})
"""General MIDI programs whose notes name no pitch: agogo, woodblock, taiko, toms, cymbal, and sound effects."""
SUBDIVISIONS = (2, 3, 4, 6, 8)
"""Parts of a quarter note, down to the notes of a tremolo."""
SHORTEST_S = 0.25
"""Music that is shorter has no density."""
PROFILES = "Krumhansl-Kessler 1982 and Temperley 2007 profiles"


def judge_score(score: Score, *, file: str = "") -> Judgement:
    """What a score is like.

    Parameters
    ----------
    score : Score
        Its key, roles and markers are not looked at.
    file : str
        The name to put on the judgement.
    """
    pitched, onsets_s = _tones(score), _onsets(score)
    end_s = max((score.end_s(note) for part in score.parts for note in part.notes), default=0.0)
    span_s = end_s - min(onsets_s, default=0.0)
    tempo_bpm, tempo_note = _tempo(score, onsets_s)
    key = find_key(pitched)
    features: dict[str, float | None] = {
        "tempo": tempo_bpm,
        "onsets_per_s": len(onsets_s) / span_s if span_s >= SHORTEST_S else None,
        "dynamics": dynamics([(part, part.notes) for part in score.parts]) or None,
        "register": _register(pitched),
        "mode": brightness(weigh(pitched), key.tonic) if key else None,
        "consonance": consonance([note for part in score.parts if _is_pitched(part) for note in part.notes]),
    }
    return Judgement(
        file=file,
        kind="midi",
        length_s=round(end_s, 3),
        tempo_bpm=rounded(tempo_bpm, 1),
        key=key.name if key else None,
        mode=key.mode if key else None,
        mode_brightness=rounded(scaled(features["mode"])),
        density_onsets_per_s=rounded(features["onsets_per_s"]),
        register_midi_pitch=rounded(features["register"], 1),
        level_velocity=rounded(features["dynamics"], 1),
        dissonance_share=rounded(1 - (features["consonance"] or 0.0), 3) if pitched else None,
        valence=rounded(valence_of(features), 3),
        arousal=rounded(arousal_of(features, AROUSAL_OF_NOTES), 3),
        notes={
            "tempo_bpm": tempo_note,
            "key": f"durations of pitch classes against {PROFILES}, lead {key.margin:.2f}; no key signature read"
            if key
            else "fewer than three pitch classes sound",
            "mode_brightness": "bright or dark form of third, sixth, seventh, second and fourth above that tonic",
            "density_onsets_per_s": "note onsets of all parts; notes of one part within 30 ms count once",
            "register_midi_pitch": "mean pitch of the notes, weighted by length, drums left out",
            "level_velocity": "root mean square of the velocities, expression (CC 11) halved into them",
            "dissonance_share": "share of sounding pairs of notes that are seconds, sevenths or tritones",
            "valence": "mode, register, tempo and consonance (Eerola et al. 2013)",
            "arousal": "tempo, onsets a second and velocity (Gabrielsson and Lindstroem 2010)",
        },
    )


def _tones(score: Score) -> list[Tone]:
    """Every pitched note as it is played."""
    return [
        Tone(score.start_s(note), note.pitch, score.end_s(note), note.velocity)
        for part in score.parts
        if _is_pitched(part)
        for note in part.notes
    ]


def _is_pitched(part: Part) -> bool:
    """Whether the notes of a part are heard as pitches."""
    return not part.is_drums and part.program not in UNPITCHED


def _onsets(score: Score) -> list[float]:
    """When notes start, in seconds, a chord of one part counted once."""
    onsets: list[float] = []
    for part in score.parts:
        last_s = -1.0
        for start_s in sorted(score.start_s(note) for note in part.notes):
            if start_s - last_s > ONE_ONSET_S:
                onsets.append(start_s)
                last_s = start_s
    return onsets


def _tempo(score: Score, onsets_s: Sequence[float]) -> tuple[float | None, str]:
    """Felt beats a minute, and how they were found."""
    if _agreement(score) >= ON_GRID:
        return _mean_tempo(score), "the tempo map, mean over the notes, which keep to its grid"
    curve = np.zeros(int(max(onsets_s, default=0.0) * RATE_HZ / HOP) + 100)
    np.add.at(curve, np.round(np.asarray(onsets_s) * RATE_HZ / HOP).astype(int), 1.0)
    curve = np.convolve(curve, np.hanning(7), mode="same")
    tempo_bpm, pulse = find_tempo(curve - curve.mean())
    if pulse < CLEAR_PULSE:
        return None, "no tempo map that the notes keep to, and no clear pulse in their onsets"
    return tempo_bpm, "autocorrelation of the onsets; the notes do not keep to the tempo map"


def _agreement(score: Score) -> float:
    """How far the onsets agree on one subdivision of the written beat, 0 to 1."""
    places = np.array([note.start_q for part in score.parts for note in part.notes])
    if not places.size:
        return 0.0
    return max(float(abs(np.exp(2j * np.pi * parts * places).mean())) for parts in SUBDIVISIONS)


def _mean_tempo(score: Score) -> float:
    """The felt tempo, each stretch of the map counted by the seconds that it lasts."""
    tempo_map = score.tempo_map
    last_q = max(note.start_q + note.length_q for part in score.parts for note in part.notes)
    starts = [change.at_q for change in tempo_map.tempos if change.at_q < last_q]
    spans = [
        tempo_map.seconds_at(b) - tempo_map.seconds_at(a) for a, b in zip(starts, [*starts[1:], last_q], strict=True)
    ]
    felt = [tempo_map.tempo_at(at_q) / tempo_map.meter_at(at_q).count_q for at_q in starts]
    return float(np.average(felt, weights=spans))


def _register(tones: Sequence[Tone]) -> float | None:
    """Mean pitch, by length."""
    if not tones:
        return None
    return float(np.average([tone.pitch for tone in tones], weights=[tone.end_s - tone.start_s for tone in tones]))
