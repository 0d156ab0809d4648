"""Questions are answered, second thoughts hold, and counted steps of pitch move pitch."""

import pytest

from assistant.constraints import Constraints
from assistant.feedback import read_question, read_reply
from assistant.feedback.apply import apply_changes

ASKED = Constraints(duration_s=30.0)
BAND = ("piano", "strings", "violin")


def read(words, library, *, asked=ASKED, language=None, sounding=BAND):
    return read_reply(words, constraints=asked, library=library, sounding=sounding, language=language)


def told(reply):
    return [(change.field, change.to, change.part, change.add, change.remove) for change in reply.changes]


@pytest.mark.parametrize(
    "words",
    ["is it slow?", "ist es langsam?", "慢吗？", "is it loud?", "no drums? really?", "no harp?", "没有鼓？真的吗？"],
)
def test_a_question_changes_nothing(library, words):
    (change,) = read(words, library).changes
    assert (change.field, change.value) == ("action", "explain")


@pytest.mark.parametrize("words", ["can you make it slow?", "is it too slow?", "no piano?", "really make it slower"])
def test_a_wish_with_a_question_mark_stays_a_wish(library, words):
    assert [change.field for change in read(words, library).changes if change.field != "action"]


def test_what_is_asked_is_told(library):
    assert read_question("is it slow?", constraints=ASKED, library=library).topic == "tempo"
    assert read_question("no drums? really?", constraints=ASKED, library=library).instruments == ("drums",)


@pytest.mark.parametrize(
    ("words", "add"),
    [
        ("kein Schlagzeug, doch, bitte Schlagzeug", "drums"),
        ("zu viel Schlagzeug? doch, bitte Schlagzeug", "drums"),
        ("no piano. Actually, yes, add the piano", "piano"),
    ],
)
def test_the_last_thought_holds(library, words, add):
    assert told(read(words, library)) == [("instruments.include", None, None, (add,), ())]


def test_a_question_that_is_answered_no_takes_nobody_out(library):
    for words in ("too many drums? no, too few", "too much piano? no, it's fine"):
        assert told(read(words, library)) == []


def test_who_comes_and_then_goes_stays_out(library):
    assert told(read("add a flute. no, no flute", library)) == [("instruments.exclude", None, None, ("flute",), ())]
    assert told(read("replace the piano with a guitar", library))[1][3] == ("acoustic-guitar",)


@pytest.mark.parametrize(
    ("words", "part", "to", "bound"),
    [
        ("transpose up 99 semitones", "all", "higher", 99),
        ("2 octaves up for the violin", "violin", "higher", 24),
        ("die Geige zwei Oktaven höher", "violin", "higher", 24),
        ("小提琴高两个八度", "violin", "higher", 24),
        ("transpose down 3 semitones", "all", "lower", None),
    ],
)
def test_counted_steps_move_the_register_and_say_their_bound(library, words, part, to, bound):
    reply = read(words, library, asked=Constraints(duration_s=30.0, tempo_bpm=(98.0, 102.0)))
    assert told(reply) == [("register", to, part, (), ())]
    assert [remark.code for remark in reply.remarks] == ["feedback_register_clamped"] * bool(bound)
    (wish,) = apply_changes(ASKED, reply.changes).adjust
    assert abs(wish.amount) == pytest.approx(1.0 if bound else 0.25)


@pytest.mark.parametrize(("words", "key"), [("transpose down 3 semitones", "B minor"), ("up 2 semitones", "E minor")])
def test_a_known_key_moves_by_the_steps_that_were_counted(library, words, key):
    (change,) = read(words, library, asked=Constraints(duration_s=30.0, key="D minor")).changes
    assert (change.field, change.value) == ("key", key)


@pytest.mark.parametrize("seed", [1.5, "5", True, float("nan"), float("inf"), -1, 2**40])
def test_a_program_that_gives_no_whole_seed_is_told_so(seed):
    from assistant.errors import InputError
    from assistant.page.api import _whole

    with pytest.raises(InputError, match="seed"):
        _whole(seed)
    assert (_whole(None), _whole(7), _whole(7.0)) == (None, 7, 7)
