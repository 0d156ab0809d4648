"""Replies as people type them in eleven languages: dialects, endings of verbs, laughter, Latin letters."""

import pytest

from assistant.constraints import Constraints, Instruments
from assistant.feedback import read_reply, reply_to_contract
from assistant.feedback.lexicon import lexicon
from assistant.library import load
from assistant.settings import ROOT

LIBRARY = load()
BEFORE = Constraints(
    duration_s=60.0, tempo_bpm=(98.0, 102.0), instruments=Instruments(("piano", "violin", "cello", "drums", "flute"))
)
SLOWER, FASTER = ("tempo_bpm", "lower", None), ("tempo_bpm", "higher", None)
NO_DRUMS = ("instruments.include", None, ("drums",))


def heard(text: str) -> tuple[set[tuple[object, ...]], list[object]]:
    """Changes as (field, direction or value, part or ids), and what is to stay."""
    found = reply_to_contract(read_reply(text, constraints=BEFORE, library=LIBRARY))
    changes = set()
    for item in found["changes"]:
        value = item.get("value")
        what = item.get("to", tuple(value) if isinstance(value, list) else value)
        ids = item.get("remove") or item.get("add")
        changes.add((item["field"], what, item.get("part") or (tuple(ids) if ids else None)))
    return changes, found["keep"]


@pytest.mark.parametrize(
    ("text", "changes", "keep"),
    [
        ("첼로는 손대지 말고 피아노만 더 크게 해줘", {("loudness", "higher", "piano")}, ["cello"]),
        ("너무 급해서 정신없네요 조금만 천천히 부탁해요", {SLOWER}, []),
        ("피아노 음이 너무 많네요 좀 줄여주세요", {("density", "lower", "piano")}, []),
        ("ㅋㅋㅋ 이거 완전 빈소 같아요 ㅠㅠ", {("valence", "higher", None)}, []),
        ("50초로 줄여줘요", {("duration_s", 50, None)}, []),
        ("ممكن تبطئها نتفة؟", {SLOWER}, []),
        ("شيلوا الدرامز والبيانو سيبوه زي ما هو", {NO_DRUMS}, ["piano"]),
        ("لا لا قصدي مبهجة مش حزينة", {("valence", "higher", None)}, []),
        ("خلي السرعة 84", {("tempo_bpm", (82.0, 86.0), None)}, []),
        ("mmkn tsarre3ha shwayya", {FASTER}, []),
        ("もっさりしてるので、もう少し速めでお願い", {FASTER}, []),
        ("スカスカだから厚みをください", {("density", "higher", "all")}, []),
        ("touche pas au violon mais vire la batterie", {NO_DRUMS}, ["violin"]),
        ("tu peux m'envoyer le fichier ?", {("action", "export", None)}, []),
        ("no toques el chelo, pero la batería fuera", {NO_DRUMS}, ["cello"]),
        ("el piano está altísimo, bájalo un poco", {("loudness", "lower", "piano")}, []),
        ("não mexe na flauta mas tira a bateria", {NO_DRUMS}, ["flute"]),
        ("kkkk tá parecendo um velório", {("valence", "higher", None)}, []),
        ("sfoltisci il pianoforte, fa troppe note", {("density", "lower", "piano")}, []),
        ("le da troppo vuoto, riempilo", {("density", "higher", "all")}, []),
        ("jetzt minimal langsamer", {SLOWER}, []),
        ("Geige nicht anrühren, Schlagzeug fliegt raus", {NO_DRUMS}, ["violin"]),
        ("пустовато, сделай погуще", {("density", "higher", "all")}, []),
        ("огонь, так и оставь", set(), ["everything"]),
        ("davul kafamı şişirdi, kıs biraz", {("loudness", "lower", "drums")}, []),
        ("başta daha sakin sonda daha coşkulu", {("arousal", "lower", None), ("arousal", "higher", None)}, []),
        ("piano ko mat chhedna bas drums hata do", {NO_DRUMS}, ["piano"]),
        ("पियानो में बहुत सारे नोट्स हैं, कम कर दो", {("density", "lower", "piano")}, []),
    ],
)
def test_a_reply_changes_what_it_names_and_nothing_else(
    text: str, changes: set[tuple[object, ...]], keep: list[object]
) -> None:
    assert heard(text) == (changes, keep)


@pytest.mark.parametrize("text", ["entre 0:20 et 0:35 c'est plus triste qu'il faut", "plus doux entre 0:20 et 0:35"])
def test_an_and_between_two_times_cuts_no_clause(text: str) -> None:
    reply = read_reply(text, constraints=BEFORE, library=LIBRARY)
    assert all((change.where.from_s, change.where.to_s) == (20.0, 35.0) for change in reply.changes)  # type: ignore[union-attr]
    assert reply.changes


@pytest.mark.parametrize(
    ("tag", "form"), [("es", "bajadlo"), ("it", "abbassatela"), ("fr", "baissez"), ("ar", "تخففها")]
)
def test_a_stem_takes_the_endings_of_its_kind(tag: str, form: str) -> None:
    found = lexicon(tag, ROOT / "prompts").find(form)
    assert any((find.end - find.start) == len(form) for find in found)
