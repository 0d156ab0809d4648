"""Wishes about takes as such are understood in every language, and nothing else is taken for one."""

import pytest

from assistant.constraints import Constraints, Instruments
from assistant.explain import voice
from assistant.feedback import ideas_in, read_reply, reply_to_contract, without_ideas
from assistant.language import READ_LANGUAGES
from assistant.library import Library

TAKE = Constraints(duration_s=30.0, instruments=Instruments(("piano", "drums")), tempo_bpm=(100.0, 104.0))


def actions(text: str, library: Library) -> list[tuple[object, ...]]:
    reply = read_reply(text, constraints=TAKE, library=library)
    return [(change.value, change.version, change.name) for change in reply.changes if change.field == "action"]


IDEAS = {
    "en": ("Could you give me three ideas?", "show me a few different options", "3 versions please"),
    "zh": ("给我三个想法", "能不能来几个不同的方案", "再给我3个創意"),
    "ja": ("アイデアを3つください", "3つのアイデアを出して", "いくつか案をください"),
    "ko": ("아이디어 세 개 주세요", "세 가지 아이디어를 줘", "몇 가지 제안해 줘, 제안 세 가지"),
    "es": ("Dame tres ideas", "¿me das varias opciones?"),
    "pt": ("Me dê três ideias", "quero algumas opções diferentes"),
    "fr": ("Donne-moi trois idées", "propose quelques autres variantes"),
    "de": ("Gib mir drei Ideen", "mach mal ein paar andere Vorschläge"),
    "it": ("Dammi tre idee", "vorrei qualche altra proposta"),
    "ru": ("Дай три идеи", "предложи несколько других вариантов"),
    "hi": ("मुझे तीन आइडिया दो", "कुछ और सुझाव दीजिए"),
    "ar": ("أعطني ثلاث أفكار", "أريد عدة خيارات"),
    "tr": ("Bana üç fikir ver", "birkaç farklı öneri istiyorum"),
}


@pytest.mark.parametrize(("language", "texts"), IDEAS.items())
def test_several_ideas_are_asked_for(library: Library, language: str, texts: tuple[str, ...]) -> None:
    for text in texts:
        assert actions(text, library) == [("ideas", None, "")], text


@pytest.mark.parametrize("language", READ_LANGUAGES)
def test_what_a_click_asks_for_is_ideas(library: Library, language: str) -> None:
    assert actions(voice(language).text("page", "ideas"), library) == [("ideas", None, "")]


@pytest.mark.parametrize(
    "text",
    [
        "go back to version 3",
        "three more seconds",
        "take 3",
        "第三个版本",
        "テイク3にして",
        "버전 3",
        "a few more drums",
    ],
)
def test_numbers_of_takes_and_of_other_things_are_no_ideas(library: Library, text: str) -> None:
    assert "ideas" not in [value for value, _, _ in actions(text, library)]


def test_the_rest_of_a_message_is_what_the_ideas_are_about() -> None:
    assert without_ideas("Give me three ideas for a rainy street, piano, 20 seconds", "en").endswith(
        "for a rainy street, piano, 20 seconds"
    )
    assert ideas_in("a rainy street", "en") is None
    assert without_ideas("a rainy street", "en") == "a rainy street"


NAMES = {
    "en": ("call this one 'dawn'", "Rename it to dawn, please", "call it dawn"),
    "zh": ("把这一版叫做“dawn”", "命名为dawn吧"),
    "ja": ("これを「dawn」と呼んで", "名前はdawnにしてください"),
    "ko": ("이걸 'dawn'이라고 불러 줘", "이름은 dawn으로 해 주세요"),
    "es": ("Llámala «dawn»", "ponle de nombre dawn, por favor"),
    "pt": ("chame esta de “dawn”", "Renomeie para dawn, por favor"),
    "fr": ("Appelle celle-ci « dawn »", "nomme-la dawn, s'il te plaît"),
    "de": ("Nenn ihn „dawn“", "nenne das bitte dawn"),
    "it": ("Chiamala «dawn»", "rinominala in dawn, per favore"),
    "ru": ("Назови это «dawn»", "назови его dawn, пожалуйста"),
    "hi": ("इसका नाम 'dawn' रखो", "इसे dawn नाम दो"),
    "ar": ("سمّ هذه «dawn»", "سمها dawn من فضلك"),
    "tr": ("Bunun adı 'dawn' olsun", "buna dawn diyelim lütfen"),
}


@pytest.mark.parametrize(("language", "texts"), NAMES.items())
def test_a_take_is_called_by_a_name(library: Library, language: str, texts: tuple[str, ...]) -> None:
    for text in texts:
        assert actions(text, library) == [("name", None, "dawn")], text


def test_another_take_than_the_current_one_is_named_by_its_number(library: Library) -> None:
    assert actions('call take 2 "the storm"', library) == [("name", 2, "the storm")]
    reply = read_reply('call take 2 "the storm"', constraints=TAKE, library=library)
    assert reply_to_contract(reply)["changes"] == [
        {"field": "action", "value": "name", "version": 2, "name": "the storm"}
    ]


def test_a_long_wish_is_no_name(library: Library) -> None:
    wish = "call it a day for the drums and make the strings much softer at the end"
    assert all(value != "name" for value, _, _ in actions(wish, library))


FIRST = {
    "en": "Go back to the first, please",
    "zh": "回到第一版吧",
    "ja": "最初のテイクに戻してください",
    "ko": "맨 처음으로 돌아가 주세요",
    "es": "Vuelve a la primera",
    "pt": "Volta pra primeira, por favor",
    "fr": "Reviens à la première",
    "de": "Geh zurück zum ersten",
    "it": "Torna alla prima",
    "ru": "Вернись к первому",
    "hi": "पहले वाले पर वापस जाओ",
    "ar": "ارجع إلى الأولى",
    "tr": "İlkine dön lütfen",
}


@pytest.mark.parametrize(("language", "text"), FIRST.items())
def test_the_first_take_comes_back(library: Library, language: str, text: str) -> None:
    assert actions(text, library) == [("choose", 1, "")]


@pytest.mark.parametrize(("language", "text"), [("en", "Compare"), ("de", "Vergleichen, bitte"), ("tr", "karşılaştır")])
def test_a_comparison_may_be_asked_for_in_one_word(library: Library, language: str, text: str) -> None:
    take = Constraints(language=language, duration_s=30.0)
    reply = read_reply(text, constraints=take, library=library)
    assert (reply.language, [change.value for change in reply.changes]) == (language, ["compare"])
