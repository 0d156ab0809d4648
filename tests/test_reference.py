"""Music in a clip: described, offered, followed where the words ask for it; words win; opposites give opposites."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from assistant.brief import Brief
from assistant.clip import Clip, ClipMusic, Span, measure_clip
from assistant.constraints import Constraints, Understanding
from assistant.explain import voice
from assistant.interpret import read_brief, read_follow
from assistant.interpret.reference import follow
from assistant.library import load
from models.evaluation.references import REFERENCES, Pair, clip_of, followed, opposite
from tests import media

MUSIC = ClipMusic(tempo_bpm=96.0, key="A minor", loudness_lufs=-16.0, onsets_per_s=3.0, centroid_hz=2600.0,
                  brightness="bright", drums=True, register=62.0, valence=-0.3, arousal=0.4)  # fmt: skip
FILM = Clip("film.mp4", 20.0, frame_rate_hz=25.0, has_audio=True, music=MUSIC)
TRACK = Clip("track.wav", 20.0, has_audio=True, music=MUSIC)
ASKING = {
    "en": "A short film about a lighthouse. Stay close to my temp track.",
    "de": "Ein Kurzfilm über einen Leuchtturm, bitte wie meine Referenz.",
    "fr": "Un court métrage sur un phare, dans le style du morceau joint.",
    "es": "Un corto sobre un faro, al estilo de la pista adjunta.",
    "pt": "Um curta sobre um farol, no estilo da faixa anexa.",
    "it": "Un corto su un faro, nello stile del brano allegato.",
    "ru": "Короткий фильм о маяке, в стиле моего референса.",
    "tr": "Bir deniz feneri hakkında kısa film, ekteki müzik gibi olsun.",
    "hi": "एक लाइटहाउस पर छोटी फ़िल्म, मेरे टेम्प ट्रैक जैसा संगीत चाहिए।",
    "ar": "فيلم قصير عن منارة، بأسلوب الموسيقى المرفقة.",
    "zh": "一部关于灯塔的短片，像这首参考曲。",
    "ja": "灯台についての短編映画です。参考曲のようにしてください。",
    "ko": "등대에 관한 단편 영화, 첨부한 음악처럼 해 주세요.",
}


def read(text: str, clip: Clip) -> Understanding:
    return read_brief(Brief(text, clip.path), library=load(), clip=clip)


def codes(understanding: Understanding) -> set[str]:
    return {remark.code for remark in understanding.remarks}


@pytest.mark.parametrize("tag", sorted(ASKING))
def test_a_reference_is_followed_when_the_words_ask_in_any_language(tag: str) -> None:
    understood = read(ASKING[tag], FILM)
    asked = understood.constraints
    assert understood.outcome == "accept"
    assert "reference_followed" in codes(understood)
    assert (asked.tempo_bpm, asked.key) == ((94.0, 98.0), "A minor")
    assert asked.evidence_for("tempo_bpm").words == "clip: 96 BPM"
    assert "drums" in asked.instruments.include


def test_music_in_a_film_is_only_offered_when_nobody_speaks_of_it() -> None:
    understood = read("A short film about a lighthouse, 20 seconds.", FILM)
    assert "reference_offered" in codes(understood)
    assert understood.constraints.tempo_bpm is None and understood.constraints.key is None
    said = voice("en").say_all(understood.remarks)
    assert "96 BPM, A minor, bright, with drums" in said and "stay close" in said


def test_a_file_of_sound_alone_is_followed_where_the_brief_is_open() -> None:
    asked = read("A short film about a lighthouse, 20 seconds.", TRACK).constraints
    assert (asked.tempo_bpm, asked.key, asked.loudness_lufs) == ((94.0, 98.0), "A minor", -16.0)


@pytest.mark.parametrize(
    "text",
    [
        "A short film about a lighthouse, not like my temp track.",
        "A short film about a lighthouse. Ignore the temp music.",
        "Ein Film über einen Leuchtturm, ganz anders als mein Temptrack.",
        "灯塔的短片，换掉临时配乐。",
        "灯塔的短片，不要像参考曲。",
    ],
)
def test_a_reference_that_is_declined_is_left_alone(text: str) -> None:
    understood = read(text, TRACK)
    assert understood.constraints.tempo_bpm is None
    assert not codes(understood) & {"reference_followed", "reference_offered"}


def test_words_win_over_the_reference() -> None:
    text = "A joyful waltz in D major at 140 bpm without drums, stay close to my reference."
    asked = read(text, TRACK).constraints
    assert (asked.tempo_bpm, asked.key, asked.styles[0]) == ((138.0, 142.0), "D major", "waltz")
    assert asked.instruments.include == () and "drums" in asked.instruments.exclude
    assert asked.arc[0].valence > 0.2
    assert not [item for item in asked.evidence if item.field in ("tempo_bpm", "key") and item.words.startswith("clip")]


def test_a_key_against_the_feeling_of_the_words_is_not_taken() -> None:
    glad = read("A joyful harbour festival, 20 seconds, close to my reference.", TRACK).constraints
    assert glad.key is None and glad.tempo_bpm == (94.0, 98.0)
    sad = read("A sad goodbye at the harbour, 20 seconds, close to my reference.", TRACK).constraints
    assert sad.key == "A minor"


def test_loudness_under_a_voice_is_not_that_of_the_music() -> None:
    assert follow(Constraints(), MUSIC).loudness_lufs == -16.0
    assert follow(Constraints(), MUSIC, talks=True).loudness_lufs is None


def test_a_reply_can_ask_to_follow() -> None:
    before = Constraints(duration_s=20.0)
    after = read_follow(Brief("stay close to it"), before, FILM)
    assert after is not None and after.key == "A minor"
    assert read_follow(Brief("slower please"), before, FILM) is None
    assert read_follow(Brief("stay close to it"), before, replace(FILM, music=None)) is None


def test_a_dense_reference_asks_for_more_notes_and_a_dark_one_for_a_lower_tune() -> None:
    dense = follow(Constraints(), replace(MUSIC, onsets_per_s=8.0, arousal=0.1))
    thin = follow(Constraints(), replace(MUSIC, onsets_per_s=0.6, arousal=0.1, centroid_hz=600.0))
    amounts = [{wish.field: wish.amount for wish in asked.adjust} for asked in (dense, thin)]
    assert amounts[0]["density"] > 0.2 and amounts[0]["register"] > 0.1
    assert amounts[1]["density"] < -0.2 and amounts[1]["register"] < -0.1


def test_music_in_a_sound_file_is_described(tmp_path: Path) -> None:
    tones = media.play_tones(100, 8.0, chords=[(57, 60, 64), (53, 57, 60), (52, 56, 59), (57, 60, 64)])
    music = measure_clip(media.write_sound(tmp_path / "a.wav", tones)).music
    assert music is not None
    assert music.tempo_bpm == pytest.approx(100, rel=0.02) and music.key == "A minor"
    assert music.valence < 0 and len(music.mfcc) == 13
    assert np.argmax(music.chroma) in (9, 0, 4) and sum(music.chroma) == pytest.approx(1, abs=0.01)


def test_a_kit_is_heard_as_drums(tmp_path: Path) -> None:
    tones = media.play_tones(120, 8.0, chords=[(57, 60, 64)])[0]
    chance = np.random.default_rng(3)
    for beat in range(16):
        start, size = round(beat * 0.5 * media.RATE_HZ), 6000
        tones[start : start + size] += 0.5 * (chance.standard_normal(size) * np.exp(-np.arange(size) / 900))
    music = measure_clip(media.write_sound(tmp_path / "kit.wav", tones[None].astype(np.float32))).music
    assert music is not None and music.drums is True


def test_speech_alone_and_noise_are_no_music(tmp_path: Path) -> None:
    said = media.read_sound(Path(__file__).parent / "data" / "voice.ogg")
    for name, sound in {
        "said": np.tile(said, (1, 4)),
        "babble": media.babble(8.0),
        "noise": 0.1 * np.random.default_rng(1).standard_normal((1, 8 * media.RATE_HZ)),
    }.items():
        assert measure_clip(media.write_sound(tmp_path / f"{name}.wav", sound.astype(np.float32))).music is None


def test_opposite_references_under_one_brief_give_opposite_cues(tmp_path: Path) -> None:
    text = "Music for a short film about a lighthouse, 16 seconds. Stay close to my temp track."
    short = {name: replace(asked, duration_s=12.0) for name, asked in REFERENCES.items()}
    cues = {name: followed(text, clip_of(asked, tmp_path, name), engine="rules") for name, asked in short.items()}
    assert all(opposite(Pair(text, cues["bright"], cues["dark"])).values()), cues


def test_speech_is_part_of_the_clip_that_a_brief_is_read_with() -> None:
    assert replace(FILM, speech=(Span(1.0, 2.0),)).speech[0].to_s == 2.0


@pytest.mark.parametrize("tag", sorted(ASKING))
def test_what_the_offer_tells_people_to_say_is_understood(tag: str) -> None:
    offer = voice(tag).texts["remarks"]["reference_offered"]
    (words,) = re.findall(r"[“„«「]\s?(.+?)\s?[”“»」]", offer)
    followed_ = read_follow(Brief(words, language=tag), Constraints(), FILM)
    assert followed_ is not None and followed_.key == "A minor"
