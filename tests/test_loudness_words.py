"""A loudness named by the place where it is heard is read in every language; a use alone names none."""

import pytest

from assistant.brief import Brief
from assistant.feedback import read_reply
from assistant.interpret import read_brief

ASKED = {
    "30 s of strings, for broadcast": -23.0,
    "30 s of strings at US TV levels": -24.0,
    "30 s of strings mastered for the cinema": -27.0,
    "30 s of strings, podcast loudness": -16.0,
    "30 s Streicher, sendefertig": -23.0,
    "30 s Streicher, Kinolautheit": -27.0,
    "30 s de cordes, prêt à diffuser": -23.0,
    "30 s de cordes, niveau cinéma": -27.0,
    "30 s de cuerdas, volumen de podcast": -16.0,
    "30 s de cuerdas, loudness de cine": -27.0,
    "30 s di archi, livello cinema": -27.0,
    "30 s de cordas, pronto para ir ao ar": -23.0,
    "30 с струнные, громкость для кино": -27.0,
    "30 sn yaylılar, yayın ses seviyesi": -23.0,
    "أوتار 30 ثانية، جاهزة للبث": -23.0,
    "30 सेकंड स्ट्रिंग्स, सिनेमा लाउडनेस": -27.0,
    "ストリングス30秒、放送用の音圧で": -24.0,
    "현악 30초, 영화관 음량": -27.0,
    "弦乐30秒，影院响度": -27.0,
}
USES = (
    "30 s ad for TV, upbeat", "30 s Werbung fürs Fernsehen", "pub de 30 s pour la télé", "anuncio de 30 s para la tele",
    "spot di 30 s per la tv", "comercial de 30 s para a TV", "реклама 30 с для ТВ", "TV için 30 sn reklam",
    "إعلان 30 ثانية للتلفزيون", "टीवी के लिए 30 सेकंड का विज्ञापन", "テレビCM30秒", "TV 광고 30초", "电视广告30秒",
    "30 s intro for a podcast", "30 s for a cinema trailer",
)  # fmt: skip


@pytest.mark.parametrize("words", ASKED)
def test_a_place_and_its_level_are_a_loudness(library, words):
    assert read_brief(Brief(words), library=library).constraints.loudness_lufs == ASKED[words]


@pytest.mark.parametrize("words", USES)
def test_what_it_is_for_is_no_loudness(library, words):
    assert read_brief(Brief(words), library=library).constraints.loudness_lufs is None


def test_the_level_of_a_television_is_no_level_of_a_game(library):
    assert read_brief(Brief("30 s of strings at TV levels"), library=library).constraints.use == "other"


@pytest.mark.parametrize(
    ("words", "lufs"), [("master it for cinema", -27), ("mach es auf Kinolautheit", -27), ("改成影院响度", -27)]
)
def test_a_reply_may_ask_for_the_level_of_a_cinema(library, words, lufs):
    asked = read_brief(Brief("30 s of strings"), library=library).constraints
    (change,) = read_reply(words, constraints=asked, library=library).changes
    assert (change.field, change.value) == ("loudness_lufs", lufs)


@pytest.mark.parametrize(
    ("words", "use", "lufs"),
    [
        ("20 segundos de piano con volumen de pódcast", "podcast", -16.0),
        ("30 saniye sakin piyano, podcast ses seviyesinde", "podcast", -16.0),
        ("30 ثانية من البيانو بمستوى البودكاست", "podcast", -16.0),
        ("20 ثانية عود بمستوى صوت التلفزيون", "other", -23.0),
        ("موسيقى لمستوى تحت الماء، 30 ثانية", "game", None),
    ],
)
def test_a_level_keeps_its_use_and_is_no_game_and_no_singer(library, words, use, lufs):
    asked = read_brief(Brief(words), library=library).constraints
    assert (asked.use, asked.loudness_lufs) == (use, lufs)
    assert "voice" not in asked.instruments.include
