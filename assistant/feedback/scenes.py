"""A wish told as a scene: "it sounds like a funeral and we sell ice cream", "my gran would nod off before the bride".

Conventions: a scene or a reaction is a place in valence and arousal, -1..1 (``prompts/scenes.toml``). It says what the
music is like now, or what it is to be: "like", a reaction of the listener and "not a party" tell the one, "for",
"should" and a scene named by itself the other. The wish is the way from the one to the other, along the axis on which
they differ most. A merry scene that the music is like, with nothing said of what it is for, is no complaint.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from assistant.datafile import read_data
from assistant.feedback.lexicon import Lexicon
from assistant.feedback.marks import marked
from assistant.feedback.quantities import VERB_FINAL
from assistant.feedback.values import Change
from assistant.interpret.text import Piece, Text, read_text
from assistant.interpret.words import Found, Vocabulary, Word
from assistant.language import fold

CLEAR = 0.6
"""The least way along an axis that is a wish."""
BEFORE, AFTER = 48, 14
"""Characters of the same clause in which a cue governs a scene: before it, and after it where verbs come last."""

NEGATED = 16
"""Characters between a negation and the scene that it rules out."""
LINKED = 20
"""Characters between two cues that belong together."""
OPPOSITE = 0.9
"""How far apart two scenes are that nobody wants at once."""

Feeling = tuple[float, float]


@dataclass(frozen=True)
class Scene:
    """A scene or reaction: valence and arousal, and whether it is something that a listener does."""

    feeling: Feeling
    is_reaction: bool


@dataclass(frozen=True)
class Sensed:
    """A scene in a reply: where its word stands, and whether it is wanted or what the music is like now."""

    scene: Scene
    start: int
    is_wanted: bool
    has_cue: bool
    is_asked: bool = False
    """Whether a word of wishing, and not only of purpose, governs it."""


def read_scenes(raw: str, language: str, words: Lexicon, prompts_dir: Path) -> tuple[Change | None, bool]:
    """The wish that the scenes of a reply tell, and whether it tells both what is and what is wanted.

    Parameters
    ----------
    raw : str
        The reply without what it takes back.
    language : str
    words : Lexicon
    prompts_dir : Path

    Returns
    -------
    tuple of Change or None, bool
    """
    text = read_text(raw, language, prompts_dir)
    marks = marked(text, words)
    sensed = _parted([_sense(find, text, marks, prompts_dir) for find in _finds(text, language, prompts_dir)])
    now = _middle([item.scene.feeling for item in sensed if not item.is_wanted])
    wanted = _middle([item.scene.feeling for item in sensed if item.is_wanted])
    both = wanted is not None and (now is not None or any(item.is_wanted and item.is_asked for item in sensed))
    if now is None and not any(item.is_wanted and item.is_asked for item in sensed):
        return None, False
    if wanted is None and not any(_is_complaint(item) for item in sensed):
        return None, False
    (now_valence, now_arousal), (valence, arousal) = now or (0.0, 0.0), wanted or (0.0, 0.0)
    ways = {"valence": valence - now_valence, "arousal": arousal - now_arousal}
    field = max(ways, key=lambda name: abs(ways[name]))
    if abs(ways[field]) < CLEAR:
        return None, False
    return Change(field, "higher" if ways[field] > 0 else "lower", where="all", words=raw.strip()), both


def _is_complaint(item: Sensed) -> bool:
    """Whether what the music is like is nothing that anyone wants: sad, a reaction, or asleep."""
    valence, arousal = item.scene.feeling
    return not item.is_wanted and (valence <= -0.3 or (item.scene.is_reaction and valence <= 0.2) or arousal <= -0.9)


def _sense(find: Found, text: Text, marks: Sequence[Found], prompts_dir: Path) -> Sensed:
    """One scene with what the words around it make of it; the nearest cue decides, but likeness goes before a wish.

    "Makes me want to weep" is a likeness. A negation turns a scene round ("not a party"), of a reaction its feeling
    ("nobody gets a pulse from it"); before a wish it takes the wish back ("nobody wants their heart pounding").
    """
    scene = scenes(prompts_dir)[find.value]
    clause = text.clause(find.start)
    wishes: list[tuple[int, bool]] = []
    likenesses: list[int] = []
    for mark in marks:
        if mark.start not in clause or not (gap := _gap(find, mark, text.language)):
            continue
        name = (mark.field, mark.value)
        if name == ("speech", "wish") and text.language == "zh" and mark.end - mark.start == 1:
            continue  # "要" and "得" are auxiliaries more often than wishes.
        if name in _WANTED or (name == ("verbs", "add") and scene.is_reaction):
            refused = any(item.field == "negation" and item.end <= mark.start for item in marks if item.start in clause)
            wishes.append((gap, not refused or name[0] == "aside"))
        elif name in _IS:
            likenesses.append(gap)
    negated = any(
        mark.field == "negation" and mark.start in clause and 0 < _gap(find, mark, text.language) <= NEGATED
        for mark in marks
    )
    if likenesses and (scene.is_reaction or not wishes or min(likenesses) <= min(wishes)[0]):
        # "Makes me want to weep" is a likeness; "should sound like a party" a wish.
        is_wanted = _is_wish_for_likeness(find, marks, clause)
    elif wishes:
        is_wanted, negated = min(wishes)[1], negated and min(wishes)[1]
    else:
        is_wanted = not scene.is_reaction or _is_wished(find, text)
    if negated and scene.is_reaction:
        scene = replace(scene, feeling=(-scene.feeling[0], -scene.feeling[1]))
    elif negated:
        is_wanted = not is_wanted
    asked = any(
        (mark.field, mark.value) in (("speech", "wish"), ("verbs", "add")) and _gap(find, mark, text.language)
        for mark in marks
        if mark.start in clause
    )
    return Sensed(scene, find.start, is_wanted, bool(wishes or likenesses) or negated, asked)


def _is_wish_for_likeness(find: Found, marks: Sequence[Found], clause: Piece) -> bool:
    """Whether a word of wishing stands right before the word of likeness: "it should sound like a party"."""
    cues = [mark for mark in marks if mark.start in clause and mark.end <= find.start]
    likes = [mark for mark in cues if (mark.field, mark.value) == ("aside", "like")]
    wishes = [mark for mark in cues if (mark.field, mark.value) == ("speech", "wish")]
    return bool(likes) and any(0 <= likes[-1].start - wish.end <= LINKED for wish in wishes)


def _gap(find: Found, mark: Found, language: str) -> int:
    """How far a cue is from the scene that it governs, from 1; 0 where it governs it not."""
    before, after = find.start - mark.end, mark.start - find.end
    if 0 <= before <= BEFORE:
        return before + 1
    trails = language in VERB_FINAL or mark.value.endswith("_post")
    return after + 1 if trails and 0 <= after <= AFTER else 0


def _is_wished(find: Found, text: Text) -> bool:
    """Whether the ending of a verb wishes it: Turkish "ürpersin"."""
    return text.language == "tr" and bool(re.search(r"s[iu]n(?:lar|ler)?$", text.plain[find.start : find.end]))


_WANTED = {("aside", "purpose"), ("aside", "purpose_post"), ("speech", "wish"), ("speech", "meant")}
_IS = {("aside", "like"), ("aside", "like_post"), ("degree", "too")}


def _parted(sensed: Sequence[Sensed]) -> list[Sensed]:
    """Scenes that exclude each other and have the same part: the reaction, or the later, is what the music is like."""
    if len({item.is_wanted for item in sensed}) != 1 or len(sensed) < 2:
        return list(sensed)
    wished = [item for item in sensed if item.scene.is_reaction and item.is_wanted and item.is_asked]
    kinds = {item.scene.is_reaction for item in sensed} if not wished else set()
    first = (wished or sensed)[0].scene.feeling
    parted = [
        replace(item, is_wanted=not item.scene.is_reaction if len(kinds) == 2 else _is_near(item.scene.feeling, first))
        for item in sensed
    ]
    wanted = _middle([item.scene.feeling for item in parted if item.is_wanted])
    now = _middle([item.scene.feeling for item in parted if not item.is_wanted])
    return parted if wanted and now and not _is_near(wanted, now) else list(sensed)


def _is_near(one: Feeling, other: Feeling) -> bool:
    return max(abs(one[0] - other[0]), abs(one[1] - other[1])) < OPPOSITE


def _middle(feelings: Sequence[Feeling]) -> Feeling | None:
    """The mean of feelings, None of none."""
    if not feelings:
        return None
    return sum(item[0] for item in feelings) / len(feelings), sum(item[1] for item in feelings) / len(feelings)


def _finds(text: Text, language: str, prompts_dir: Path) -> list[Found]:
    """Every scene of a text, none inside a longer one, each kind once."""
    kept: list[Found] = []
    for find in sorted(_vocabulary(language, prompts_dir).find(text.plain), key=lambda item: item.start - item.end):
        apart = all(find.end <= other.start or find.start >= other.end for other in kept)
        if apart:
            kept.append(find)
    return sorted(kept, key=lambda item: item.start)


@cache
def scenes(prompts_dir: Path) -> dict[str, Scene]:
    """Every scene by name."""
    entries = read_data(prompts_dir / "scenes.toml")["scene"]
    return {
        entry["name"]: Scene((float(entry["valence"]), float(entry["arousal"])), entry["kind"] == "reaction")
        for entry in entries
    }


@cache
def _vocabulary(language: str, prompts_dir: Path) -> Vocabulary:
    words = []
    for entry in read_data(prompts_dir / "scenes.toml")["scene"]:
        for spelling in entry.get(language, entry["en"]).split(","):
            plain = fold(spelling.strip(), simplify=language != "ja").text
            stem = plain.endswith("*") or language in ("ja", "zh", "ar")
            words.append((plain.rstrip("*"), Word("scene", entry["name"], stem, language)))
    return Vocabulary(words)


def names_a_scene(plain: str, language: str, prompts_dir: Path) -> bool:
    """Whether folded words name a scene: a clown in a story is no wish for comedy."""
    return any(find.end - find.start == len(plain) for find in _vocabulary(language, prompts_dir).find(plain))
