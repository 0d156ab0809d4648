"""Words of a scene that ask for nothing, players that enter at a time, endings that turn, values out of reach."""

import pytest

from assistant.brief import Brief
from assistant.constraints import Adjustment, Span, Understanding
from assistant.interpret import read_brief
from assistant.library import Library


def read(words: str, library: Library) -> Understanding:
    return read_brief(Brief(words), library=library)


@pytest.mark.parametrize("words", ["A girl dances alone in the rain, 30s", "女孩在雨中跳舞，30秒"])
def test_someone_who_dances_asks_for_no_dance_music(words: str, library: Library) -> None:
    constraints = read(words, library).constraints
    assert constraints.use == "other"
    assert "electronic" not in constraints.styles


@pytest.mark.parametrize("words", ["traditional dances from Romania, 40 s", "给我们跳舞用的音乐 30秒"])
def test_music_for_dancing_is_dance_music(words: str, library: Library) -> None:
    assert read(words, library).constraints.use == "dance"


@pytest.mark.parametrize(
    "words",
    [
        "Piano and strings, 30s, drums enter at 0:12",
        "钢琴和弦乐，30秒，鼓在0:12进来",
        "ピアノ、30秒、0:12でドラムが入る",
        "Klavier, 30 Sekunden, bei 0:12 setzen die Drums ein",
        "piano, 30 segundos, a 0:12 entra la batería",
    ],
)
def test_who_enters_at_a_time_rests_until_then(words: str, library: Library) -> None:
    asked = read(words, library).constraints
    assert asked.adjust == (Adjustment("density", "drums", -1.0, Span(0.0, 12.0)),)
    assert "drums" in asked.instruments.include


def test_a_length_behind_a_placed_time_is_the_length(library: Library) -> None:
    asked = read("the drums come in at 12 seconds, 30 s of rock", library).constraints
    assert (asked.duration_s, [hit.at_s for hit in asked.hits]) == (30.0, [12.0])


@pytest.mark.parametrize("words", ["It starts sad and ends happily, 30s", "ça commence tristement et finit gaiement"])
def test_adverbs_carry_feelings(words: str, library: Library) -> None:
    arc = read(words, library).constraints.arc
    assert arc[0].valence < 0 < arc[-1].valence


def test_a_scene_that_ends_well_is_not_told_in_horror(library: Library) -> None:
    styles = read(
        "She is afraid in the dark corridor. At the end she is happy and relieved.", library
    ).constraints.styles
    assert not {"horror", "suspense"} & set(styles)
    assert "horror" in read("She is afraid in the dark corridor.", library).constraints.styles


def test_a_loudness_out_of_reach_is_clamped_and_said(library: Library) -> None:
    understanding = read("ambient, 30s, at -140 LUFS", library)
    assert understanding.outcome == "clamp"
    assert understanding.constraints.loudness_lufs == -40.0


def test_a_thousand_written_as_computers_do(library: Library) -> None:
    assert read("a calm cue of 1e3 seconds", library).constraints.duration_s == 1000.0


@pytest.mark.parametrize(("words", "language"), [("hola", "es"), ("ciao", "it"), ("hello", "en"), ("merhaba", "tr")])
def test_a_greeting_is_answered_in_its_language(words: str, language: str, library: Library) -> None:
    assert read(words, library).constraints.language == language


def test_a_feeling_with_its_place_outweighs_the_scene_told_before_it(library: Library) -> None:
    words = "A boy finds his dog in the snow, sad at first, then the dog comes running at 0:18, joy. 30 seconds."
    arc = read(words, library).constraints.arc
    assert arc[0].valence < 0 < arc[-1].valence


def test_a_door_that_opens_begins_no_stage_and_a_mood_named_behind_a_moment_is_of_the_whole(library: Library) -> None:
    asked = read("My daughter opens the door at 0:08 and the dog jumps on her. 16 seconds, funny", library).constraints
    assert asked.arc[0].valence > 0.2
    assert [hit.at_s for hit in asked.hits] == [8.0]


def test_what_lies_behind_the_end_feels_as_the_end_does(library: Library) -> None:
    asked = read("It starts sad and ends happily, 30s", library).constraints
    assert asked.emotion_at(1.02) == asked.emotion_at(1.0)


@pytest.mark.parametrize(("words", "region"), [("三十秒钢琴配乐，故事发生在温州", "china"), ("舞台は金沢", "japan")])
def test_a_city_at_the_very_end_is_read_with_its_own_words(words: str, region: str, library: Library) -> None:
    asked = read(words, library).constraints
    said = next(item for item in asked.evidence if item.field == "region")
    assert asked.region == region
    assert words[said.start : said.end] == said.words
