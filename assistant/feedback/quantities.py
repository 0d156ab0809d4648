"""More or less of something: tempo, length, loudness, density, register, arousal, valence.

Conventions: a word that moves ("louder", "calm down") keeps its direction. A word for a lot or a little of something
("loud", "calm") gets its direction from the words around it: "too" and a bare complaint turn it round, "less" and "not
so" too, "more", "not enough" and a wish do not. A word of complaint ("deafening") carries its cure.
"""

from __future__ import annotations

from dataclasses import dataclass

from assistant.constraints import Where
from assistant.feedback.clauses import Clause
from assistant.feedback.context import ALL, Context
from assistant.feedback.lexicon import QUANTITIES
from assistant.feedback.values import EMOTION_FIELDS, PART_FIELDS, Change, Direction
from assistant.interpret.words import Found

REACH = 26
"""Characters within which "too", "more" or "not" belongs to a word."""

SMALL, LARGE = 0.5, 1.6
VERB_FINAL = ("zh", "ja", "ko", "tr", "hi")
"""Languages whose verbs and negations follow what they govern."""
FIELDS = {"tempo": "tempo_bpm", "length": "duration_s"}
PLAIN = {"higher": 1, "lower": -1, "much": 1, "little": -1, "too_much": -1, "too_little": 1, "topic": 0}
COMPLAINED = {"tempo", "loudness", "density", "register", "length"}
"""Quantities whose bare statement is a complaint: "it's slow" asks for faster, "it's happy" asks for nothing."""


@dataclass(frozen=True)
class Move:
    """A quantity and its direction, and the mark that says so; ``strength`` 2 for a word that moves by itself."""

    quantity: str
    sign: int
    mark: Found
    strength: int


def moves_in(clause: Clause) -> tuple[Move, ...]:
    """Every quantity that a clause moves, once each; a wish goes before a complaint."""
    best: dict[str, Move] = {}
    for mark in clause.marks:
        if mark.field in QUANTITIES and (move := _move(clause, mark)) is not None:
            known = best.get(move.quantity)
            stated = known is not None and known.mark.value == "topic" and mark.value != "topic"
            if known is not None and _says_how_it_is(known, move):
                stated = True  # "スカスカだから厚みを": the one is how it is, the other what is wanted.
            if known is None or (move.strength, stated) > (known.strength, False):
                best[move.quantity] = move
    _give_to_topic(clause, best)
    return tuple(best.values())


def _says_how_it_is(known: Move, move: Move) -> bool:
    bare = known.mark.value in ("much", "little") and move.mark.value in ("higher", "lower")
    return bare and known.sign != move.sign and known.strength == move.strength


def _give_to_topic(clause: Clause, best: dict[str, Move]) -> None:
    """ "Bring the tempo down", "sube la melodía una octava": the push is that of the thing it names."""
    energy = best.get("arousal")
    if energy is not None and energy.mark.value in ("higher", "lower") and is_push(clause, energy.mark):
        named = [mark for mark in clause.marks if mark.value == "topic" and mark.field in best]
        pushed = [mark for mark in named if mark.field not in EMOTION_FIELDS]
        if pushed:
            del best["arousal"]  # "Bájale a la velocidad": the push is the tempo's.
    elif energy is not None and energy.mark.value == "too_much" and clause.has("tempo", "topic"):
        del best["arousal"]  # "Zu hektisch vom Tempo".
        best.setdefault("tempo", Move("tempo", -1, energy.mark, 1))
    _without_reasons(clause, best)
    push = best.get("loudness")
    if push is None or push.mark.value not in ("higher", "lower") or clause.has("loudness", "topic"):
        return
    if not clause.find("instruments") and not clause.find("parts", "melody", "chords", "bass"):
        nouns = [mark for mark in clause.marks if mark.field in ("arousal", "valence") and mark.value in PLAIN]
        beside = next((mark for mark in nouns if abs(_apart(mark, push.mark)) <= 8 and mark.field in best), None)
        if beside is not None and best[beside.field].mark == beside and beside.value in ("much", "little", "higher"):
            # "जोश बढ़ा दीजिए": what is pushed up is the energy.
            del best["loudness"]
            return
    for quantity in ("register", "tempo", "length"):
        topics = clause.find(quantity, "topic")
        if topics and not clause.has("interval") and (quantity != "tempo" or not clause.find("instruments")):
            if quantity not in best or best[quantity].mark.value == "topic":
                best[quantity] = Move(quantity, push.sign, topics[0], 2)
            del best["loudness"]
            return


def _without_reasons(clause: Clause, best: dict[str, Move]) -> None:
    """One complaint once: "너무 빨라서 정신 사나워요" is about tempo, "음이 많아요 좀 줄여주세요" about notes."""
    tempo, notes, energy, level = (best.get(name) for name in ("tempo", "density", "arousal", "loudness"))
    cause = tempo or notes
    complained = energy is not None and energy.strength == 1 and cause is not None and cause.sign == energy.sign
    if complained and cause is not None and (cause is tempo or cause.strength == 1):
        best.pop("arousal", None)
    if notes is None or notes.mark.value not in ("too_much", "much"):
        return
    paced = tempo is not None and (tempo.sign, tempo.strength) == (notes.sign, 2) and notes.mark.value == "too_much"
    if paced and not clause.find("instruments"):
        del best["density"]
        return
    pushed = level is not None and level.sign == notes.sign and is_push(clause, level.mark)
    if pushed and not clause.has("loudness", "topic"):
        del best["loudness"]


def pushes_a_topic(clause: Clause, verb: Found) -> bool:
    """Whether a verb that takes away lowers a topic: "drop the bass an octave", "take some volume off the drums"."""
    if verb.field != "verbs" or verb.value not in ("remove", "no"):
        return False
    for topic in clause.find("register", "topic"):
        if verb.end <= topic.start or clause.text.language in VERB_FINAL:
            return any(verb.start < push.end and push.start < verb.end for push in clause.find("direction", "down"))
    return any(
        0 <= topic.start - verb.end <= 10 or (clause.text.language in VERB_FINAL and 0 <= verb.start - topic.end <= 10)
        for topic in clause.find("loudness", "topic")
        if not _name_between(clause, verb, topic)
    )


def _name_between(clause: Clause, first: Found, second: Found) -> bool:
    low, high = min(first.end, second.end), max(first.start, second.start)
    return any(low <= mark.start < high for mark in clause.find("instruments"))


def is_push(clause: Clause, mark: Found) -> bool:
    """Whether a word only pushes up or down."""
    return any(item.start < mark.end and mark.start < item.end for item in clause.find("direction"))


def _apart(first: Found, second: Found) -> int:
    """Characters between two marks, 0 where they touch or overlap."""
    return max(first.start - second.end, second.start - first.end, 0)


def _move(clause: Clause, mark: Found) -> Move | None:
    """What one mark asks for; None when it only states something."""
    if mark.value not in PLAIN:
        return None
    sign = PLAIN[mark.value]
    if mark.value == "topic":
        return _topic(clause, mark)
    if mark.value in ("higher", "lower"):
        return _mover(clause, mark, sign)
    if _is_other_sense(clause, mark):
        return None
    if mark.value in ("too_much", "too_little"):
        if is_purpose(clause, mark):
            return None
        praised = _near(clause, mark, "negation", "not") and not _near(clause, mark, "degree", "less", "lack", "too")
        return Move(mark.field, sign, mark, 1) if not praised or clause.has("speech", "wish") else None
    if _only_praises(clause, mark):
        return None
    if clause.after(mark, "negation", "post", within=6) and not _near(clause, mark, "degree", "less", "lack", "too"):
        return None
    turn = _turn(clause, mark)
    return Move(mark.field, sign * turn, mark, 1 if turn < 0 else 2) if turn else None


def _only_praises(clause: Clause, mark: Found) -> bool:
    """Whether a word that also praises asks for nothing: "огонь", "اللحن حلو"."""
    same = any((item.start, item.end) == (mark.start, mark.end) for item in clause.find("praise"))
    asked = clause.has("degree", "more", "less", "too", "lack") or clause.has("negation", "not")
    kept = {(item.start, item.end) for item in clause.find("verbs", "keep")}
    wished = any((item.start, item.end) not in kept for item in clause.find("speech", "wish"))
    return same and not asked and not wished and not clause.has("where")


def _is_other_sense(clause: Clause, mark: Found) -> bool:
    """Whether a word of complaint that also describes ("sleepy") has its other sense here.

    "Make it sleepy" wishes it, "makes me sleepy" complains of it.
    """
    kinds = {item.value for item in clause.find(mark.field) if (item.start, item.end) == (mark.start, mark.end)}
    if not kinds & {"much", "little"} or not kinds & {"too_much", "too_little"}:
        return False
    wished = clause.before(mark, "speech", "wish", within=REACH) or _near(clause, mark, "degree", "more")
    felt = clause.before(mark, "aside", "like", within=12) or _near(clause, mark, "degree", "too", "less")
    return (mark.value in ("much", "little")) != bool(wished and not felt)


def is_purpose(clause: Clause, mark: Found) -> bool:
    """Whether a word names what the music is for: "it's for a funeral" is no complaint."""
    before = clause.before(mark, "aside", "purpose", within=12)
    after = clause.after(mark, "aside", "purpose_post", within=3)
    return (before is not None and not _another_between(clause, before, mark)) or after is not None


def _mover(clause: Clause, mark: Found, sign: int) -> Move | None:
    """A word that moves by itself; "don't" before it takes it back, "too much" and "less" turn it round."""
    if _near(clause, mark, "degree", "less", within=9) and not _near(clause, mark, "degree", "too", within=9):
        return Move(mark.field, -sign, mark, 2)
    if _is_too(clause, mark):
        return Move(mark.field, -sign, mark, 1)
    if clause.before(mark, "aside", "became", within=REACH):
        return None  # "You made it faster": what became of it is no wish.
    refused = clause.before(mark, "negation", "not", within=16) or _excepted(clause, mark) or _unwanted(clause, mark)
    if refused is not None and not _near(clause, mark, "degree", "lack"):
        turned = any(refused.end <= item.start < mark.start for item in clause.find("negation", "post"))
        return Move(mark.field, sign, mark, 2) if turned else None
    if clause.after(mark, "negation", "post", within=6):
        return None
    return Move(mark.field, sign, mark, 2)


def _excepted(clause: Clause, mark: Found) -> Found | None:
    """ "Faster but not louder": what is excepted is not moved."""
    return clause.before(mark, "verbs", "except", within=3)


def _unwanted(clause: Clause, mark: Found) -> Found | None:
    """ "I don't want it any sadder": the verb that takes players out says no to a quantity where no player is named."""
    if clause.find("instruments") or clause.find("parts"):
        return None
    verb = clause.before(mark, "verbs", "remove", within=16)
    if verb is None and clause.text.language in VERB_FINAL:
        verb = clause.after(mark, "verbs", "remove", within=8)
    return verb if verb is not None and not clause.find("direction") else None


def _is_too(clause: Clause, mark: Found) -> bool:
    """Whether "too" stands at a word that moves; a word that is also "a little" ("ちょっと") only softens it."""
    softened = clause.find("degree", "small")
    small = {(item.start, item.end) for item in softened}
    if is_push(clause, mark) or mark.start in clause.compared:
        return False  # "كتير قللها": a verb that pushes is no adjective.
    for near in (clause.before(mark, "degree", "too", within=12), clause.after(mark, "degree", "too", within=12)):
        if near is None or (near.start, near.end) in small:
            continue
        if near.start >= mark.end and any(0 <= item.start - near.end <= 2 for item in clause.quantities):
            continue  # "Brighter but not too loud": the one after it is meant.
        if clause.text.language in VERB_FINAL and any(near.end <= item.start < mark.start for item in softened):
            continue  # "너무 쿵쿵거려요 좀 죽여주세요": what is "a little" is not "too".
        return True
    return False


def _topic(clause: Clause, mark: Found) -> Move | None:
    """ "Tempo up", "less volume": a topic with a direction near it."""
    for key, sign in (("down", -1), ("up", 1)):
        near = clause.before(mark, "direction", key, within=20) or clause.after(mark, "direction", key, within=20)
        if near is not None and not clause.before(near, "negation", "not", within=12):
            return Move(mark.field, sign, mark, 2)
    for key, sign in (("less", -1), ("more", 1)):
        if _near(clause, mark, "degree", key, within=10):
            return Move(mark.field, sign, mark, 2)
    if mark.field in ("density", *EMOTION_FIELDS) and (
        _near(clause, mark, "degree", "too") or _near(clause, mark, "degree", "lack")
    ):
        return Move(mark.field, 1 if _near(clause, mark, "degree", "lack") else -1, mark, 1)
    lowered = any(pushes_a_topic(clause, verb) for verb in clause.find("verbs", "remove", "no"))
    return Move(mark.field, -1, mark, 2) if lowered and mark.field in ("loudness", "register") else None


def _turn(clause: Clause, mark: Found) -> int:
    """1 where a word for a lot of something asks for it, -1 where it asks for less, 0 where it only states it."""
    if _near(clause, mark, "degree", "lack"):
        return 1
    if clause.has("degree", "enough") and _near(clause, mark, "degree", "enough", within=10):
        return 1 if _near(clause, mark, "negation", "not") else 0
    if _excepted(clause, mark):
        return 0
    if clause.before(mark, "verbs", "remove", "no", within=10):
        return -1
    pushed = clause.before(mark, "direction", within=10)
    if pushed is not None and not _another_between(clause, pushed, mark):
        return 1 if pushed.value == "up" else -1
    if _near(clause, mark, "degree", "less") or _near(clause, mark, "degree", "too"):
        return -1
    if _near(clause, mark, "degree", "more"):
        return 0 if clause.text.language in VERB_FINAL and clause.after(mark, "negation", "not", within=4) else 1
    if _near(clause, mark, "negation", "not"):
        return -1
    if (clause.has("speech", "judge") or _is_nominal(clause, mark)) and not clause.has("speech", "wish"):
        typical = mark.field in COMPLAINED or mark.value == "little"
        return -1 if typical else 0
    return 1


def _is_nominal(clause: Clause, mark: Found) -> bool:
    """Whether a sentence without a verb says what a player is like, in languages that need none: "الدرامز خجولة"."""
    if clause.text.language not in ("ar", "ru") or clause.has("verbs") or mark.field not in COMPLAINED:
        return False
    return any(0 <= mark.start - name.end <= 8 for name in clause.find("instruments"))


def _near(clause: Clause, mark: Found, table: str, *keys: str, within: int = REACH) -> bool:
    """Whether such a word governs ``mark``: right before it with no other quantity between, or close after it."""
    before = clause.before(mark, table, *keys, within=within)
    if before is not None and not _another_between(clause, before, mark):
        return True
    after = clause.after(mark, table, *keys, within=min(within, 14))
    post = clause.text.language in ("zh", "ja", "ko", "tr", "hi") or table == "degree"
    return after is not None and post and not _another_between(clause, mark, after)


def _another_between(clause: Clause, first: Found, second: Found) -> bool:
    return any(
        first.end <= item.start and item.end <= second.start and item.value != "topic"
        for item in clause.marks
        if item.field in QUANTITIES
    )


def amount_in(clause: Clause) -> float:
    """The size of the step that a clause asks for."""
    if clause.has("degree", "small"):
        return SMALL
    return LARGE if clause.has("degree", "large") else 1.0


def changes_of(
    clause: Clause, move: Move, *, context: Context, parts: tuple[str, ...], where: Where | None
) -> tuple[Change, ...]:
    """A move as changes of the parts and the place it is about."""
    to: Direction = "higher" if move.sign > 0 else "lower"
    amount, words = amount_in(clause), clause.text.raw.strip()
    field = FIELDS.get(move.quantity, move.quantity)
    if field == "tempo_bpm" and move.strength == 1 and where not in (None, ALL):
        # A place that drags or rushes lacks or has too much drive: the tempo is that of the whole cue.
        field = "arousal"
    if field in EMOTION_FIELDS:
        instruments = tuple(part for part in parts if part not in ("melody", "chords", ALL))
        if field == "arousal" and instruments:
            # One player cannot carry the cue's energy: more of it from one player is heard as more presence.
            field = "loudness"
        else:
            return (Change(field, to, where=where or "all", amount=amount, words=words),)
    if field in PART_FIELDS:
        place = None if where == ALL else where
        return tuple(
            Change(field, to, part=part, where=place, amount=amount, members=context.members(part), words=words)
            for part in (parts or (ALL,))
        )
    return (Change(field, to, amount=amount, words=words),)
