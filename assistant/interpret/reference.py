"""A reference track: music in the clip, or a file of sound alone, becomes wishes where it is to be followed.

Conventions: words win; only what they leave open is filled, each value with evidence that begins with ``clip:``. It is
followed when the words ask for it (table ``reference``), or when the file is sound alone and no word declines; music in
a film that nobody spoke of is offered in one sentence. Amounts and scales as in `assistant.constraints`.

This is f(x) of y = g(f(x), h(text)): what of the reference reaches the cue is exactly what stands in the evidence.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from assistant.clip import Clip, ClipMusic
from assistant.constraints import Adjustment, ArcPoint, Constraints, Evidence
from assistant.interpret.text import Text
from assistant.remark import Remark
from assistant.score.mood import place

AROUND_BPM = 2.0
FAST_BPM = 120.0
"""From here on half a tempo is as likely to be counted: of 32 cues of ours 7 of the slow ones were read as double."""
QUIETEST_LUFS, LOUDEST_LUFS = -24.0, -11.0
"""A reference louder or quieter than this was mastered for another purpose."""
FULLER, LEAST_FULLER, MOST_FULLER = 0.8, 0.12, 0.6
"""How much of what a reference is denser than its energy lets expect is asked for, and the least and most of it."""
HIGHER, NEUTRAL_HZ, MOST_HIGHER = 0.3, 1700.0, 0.45
"""Register of the tune for each octave that the spectrum lies above or below the middle."""
PLAINLY = 0.3
"""Valence from which a feeling asks for its mode."""
DRUM_IDS = frozenset({"drums", "percussion"})

Fill = tuple[Constraints, list[Evidence]]


def read_reference(constraints: Constraints, clip: Clip | None, text: Text) -> tuple[Constraints, tuple[Remark, ...]]:
    """The wishes with those that the clip's music answers, and what must be said of it."""
    music = clip.music if clip is not None else None
    if clip is None or music is None:
        return constraints, ()
    traits = ",".join(traits_of(music))
    wanted, declined = wants_reference(text)
    if wanted or (not clip.has_picture and not declined):
        followed = follow(constraints, music, talks=bool(clip.speech))
        return followed, (Remark.of("reference_followed", traits=traits),)
    return constraints, () if declined else (Remark.of("reference_offered", traits=traits),)


def wants_reference(text: Text) -> tuple[bool, bool]:
    """Whether the words ask to follow the music that came with them, and whether they decline it."""
    named = text.find("reference", "follow", "named")
    refusing = (*text.find("reference", "decline"), *(find for find in named if find.negated))
    refusals = {text.clause(find.start) for find in refusing}
    wanted = [find for find in named if text.clause(find.start) not in refusals]
    return bool(wanted), bool(named) and not wanted


def follow(asked: Constraints, music: ClipMusic, *, talks: bool = False) -> Constraints:
    """The wishes with everything that they leave open taken from a reference.

    Parameters
    ----------
    asked : Constraints
    music : ClipMusic
    talks : bool
        Whether somebody speaks over it: its loudness is then not that of the music.
    """
    fills: tuple[Callable[[Constraints, ClipMusic], Fill], ...] = (
        _tempo, _key, _emotion, _style, _drums, _density, _register,
    )  # fmt: skip
    for fill in fills if talks else (*fills, _loudness):
        asked, evidence = fill(asked, music)
        fields = {item.field for item in evidence}
        kept = tuple(item for item in asked.evidence if not (item.assumed and item.field in fields))
        asked = replace(asked, evidence=(*kept, *evidence))
    return asked


def traits_of(music: ClipMusic) -> tuple[str, ...]:
    """What is said of a reference: numbers as they are, the rest as ids of ``[traits]`` in ``prompts/replies/``."""
    traits = [_bpm(music.tempo_bpm)] if music.tempo_bpm else []
    traits += [music.key] if music.key else []
    traits += [music.brightness] if music.brightness else []
    traits += ["beat" if music.drums else "beatless"] if music.drums is not None else []
    return tuple(traits)


def _bpm(tempo_bpm: float) -> str:
    """A tempo; a fast one with its half, since no ear and no measure is sure which of the two is counted."""
    half = f" (½: {tempo_bpm / 2:.0f})" if tempo_bpm >= FAST_BPM else ""
    return f"{tempo_bpm:.0f} BPM{half}"


def _evidence(field: str, words: str, confidence: float) -> list[Evidence]:
    return [Evidence(field, f"clip: {words}", confidence=confidence)]


def _is_open(asked: Constraints, field: str) -> bool:
    """Whether every evidence of a field is an assumption of ours."""
    return all(item.assumed for item in asked.evidence if item.root == field)


def _tempo(asked: Constraints, music: ClipMusic) -> Fill:
    if asked.tempo_bpm is not None or music.tempo_bpm is None:
        return asked, []
    span = (round(music.tempo_bpm - AROUND_BPM, 1), round(music.tempo_bpm + AROUND_BPM, 1))
    return replace(asked, tempo_bpm=span), _evidence("tempo_bpm", f"{music.tempo_bpm:.0f} BPM", 0.8)


def _key(asked: Constraints, music: ClipMusic) -> Fill:
    if asked.key is not None or music.key is None or _against_words(asked, music.key):
        return asked, []
    return replace(asked, key=music.key), _evidence("key", music.key, 0.7)


def _against_words(asked: Constraints, key: str) -> bool:
    """Whether words name a feeling that is plainly not the mode's: delight in minor, grief in major."""
    valence = float(np.mean([asked.emotion_at(share / 4).valence for share in range(5)]))
    return not _is_open(asked, "arc") and (valence if key.endswith("minor") else -valence) > PLAINLY


def _emotion(asked: Constraints, music: ClipMusic) -> Fill:
    """Its valence and arousal, where no word of the brief names a feeling."""
    if not _is_open(asked, "arc") or music.arousal is None:
        return asked, []
    before = asked.emotion_at(0.5)
    point = ArcPoint(0.0, before.valence if music.valence is None else music.valence, music.arousal)
    return replace(asked, arc=(point,)), _evidence(
        "arc", f"valence {point.valence:.2f}, arousal {point.arousal:.2f}", 0.6
    )


def _style(asked: Constraints, music: ClipMusic) -> Fill:
    """A hint from beat, pace and timbre; a guess, and marked as one."""
    if (asked.styles and not _is_open(asked, "styles")) or asked.region is not None or music.drums is None:
        return asked, []
    lively = (music.arousal or 0.0) > 0.1
    hints = {
        (True, True, True): "pop", (True, True, False): "epic", (True, False, True): "lo-fi",
        (True, False, False): "hip-hop", (False, True, True): "classical", (False, True, False): "suspense",
        (False, False, True): "folk", (False, False, False): "cinematic",
    }  # fmt: skip
    style = hints[music.drums, lively, (music.valence or 0.0) >= 0.0]
    words = f"clip: {'with' if music.drums else 'without'} drums, {'lively' if lively else 'calm'}"
    return replace(asked, styles=(style,)), [Evidence("styles", words, confidence=0.3, assumed=True)]


def _drums(asked: Constraints, music: ClipMusic) -> Fill:
    """Drums where it has them, none where it clearly has none; words about drums win."""
    players = asked.instruments
    if music.drums is None or players.alone or DRUM_IDS & {*players.include, *players.exclude}:
        return asked, []
    if music.drums:
        instruments = replace(players, include=(*players.include, "drums"))
        return replace(asked, instruments=instruments), _evidence("instruments.include", "drums", 0.6)
    instruments = replace(players, exclude=(*players.exclude, "drums"))
    return replace(asked, instruments=instruments), _evidence("instruments.exclude", "no drums", 0.5)


def _density(asked: Constraints, music: ClipMusic) -> Fill:
    """More or fewer notes than its energy lets expect."""
    if any(wish.field == "density" for wish in asked.adjust) or music.onsets_per_s <= 0:
        return asked, []
    expected = float(np.mean([asked.emotion_at(share / 4).arousal for share in range(5)]))
    amount = FULLER * (place("sound_onsets_per_s", music.onsets_per_s) - expected)
    return _adjusted(asked, "density", "all", amount, MOST_FULLER, f"{music.onsets_per_s:.1f} onsets a second")


def _register(asked: Constraints, music: ClipMusic) -> Fill:
    """A bright reference asks for a higher tune, a dark one for a lower."""
    if any(wish.field == "register" for wish in asked.adjust) or music.centroid_hz <= 0:
        return asked, []
    amount = HIGHER * float(np.log2(music.centroid_hz / NEUTRAL_HZ))
    return _adjusted(asked, "register", "melody", amount, MOST_HIGHER, f"centroid {music.centroid_hz:.0f} Hz")


def _adjusted(asked: Constraints, field: str, part: str, amount: float, most: float, words: str) -> Fill:
    amount = round(float(np.clip(amount, -most, most)), 2)
    if abs(amount) < LEAST_FULLER:
        return asked, []
    wish = Adjustment("density" if field == "density" else "register", part, amount)
    return replace(asked, adjust=(*asked.adjust, wish)), _evidence(f"adjust[{len(asked.adjust)}]", words, 0.5)


def _loudness(asked: Constraints, music: ClipMusic) -> Fill:
    if asked.loudness_lufs is not None:
        return asked, []
    level = round(float(np.clip(music.loudness_lufs, QUIETEST_LUFS, LOUDEST_LUFS)), 1)
    return replace(asked, loudness_lufs=level), _evidence("loudness_lufs", f"{music.loudness_lufs:.1f} LUFS", 0.6)
