"""Texts with the emotion that people read in them: the public sets of the data folder, and our own scenes.

Conventions: the data folder is that of ``CUEWRIGHT_DATA``, else ``../shared/data`` beside the clone. Valence and
arousal are -1..1; sets that name emotions get the mean of their coordinates (``prompts/training/coordinates.toml``).
``split`` is the set's own where it has one, else a fixed share by hash of the text. BRIGHTER is read for evaluation
only; EmoBank is share-alike, and only `models.emotion.emobank` learns from it.
"""

from __future__ import annotations

import csv
import hashlib
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from assistant.datafile import read_data
from assistant.errors import InputError
from assistant.interpret.lexicon import table
from assistant.interpret.words import vocabulary
from assistant.language import fold
from assistant.settings import ROOT

VARIABLE = "CUEWRIGHT_DATA"
PROMPTS_DIR = ROOT / "prompts"
SCENES_DIR = PROMPTS_DIR / "training" / "scenes"
PLUTCHIK = ("neutral", "anger", "anticipation", "disgust", "fear", "joy", "sadness", "surprise", "trust")
"""XED's labels in the order of its numbers."""

XED_FILES = {"br": "pt", "cn": "zh", "tw": "zh"}
"""Files of XED that are not named by their language."""


@dataclass(frozen=True)
class Line:
    """One text with what people read in it; None and empty where the set does not say."""

    text: str
    language: str
    source: str
    split: str
    labels: tuple[str, ...] = ()
    valence: float | None = None
    arousal: float | None = None
    end: tuple[float, float] | None = None


def data_dir() -> Path:
    """The folder with the public sets.

    Raises
    ------
    InputError
        If it is not there.
    """
    folder = Path(os.environ.get(VARIABLE) or ROOT.parent / "shared" / "data")
    if not (folder / "text").is_dir():
        raise InputError(f"{str(folder)!r}, which has no text/", "a folder that has text/", f"set {VARIABLE}")
    return folder


def held_out(text: str, *, one_in: int) -> bool:
    """Whether a text belongs to the fixed held-out share."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big") % one_in == 0


@cache
def coordinates() -> dict[str, Any]:
    """The tables of ``coordinates.toml``."""
    return read_data(PROMPTS_DIR / "training" / "coordinates.toml")


def _placed(labels: Iterable[str], places: dict[str, list[float]]) -> tuple[float, float]:
    """The mean of the coordinates of some labels."""
    pairs = [places[label] for label in labels]
    return sum(pair[0] for pair in pairs) / len(pairs), sum(pair[1] for pair in pairs) / len(pairs)


def goemotions() -> Iterator[Line]:
    """GoEmotions (Demszky et al. 2020), Reddit comments with 27 emotions and neutral; its own splits."""
    folder = data_dir() / "text" / "goemotions" / "data" / "original"
    names = (folder / "labels.txt").read_text("utf-8").split()
    for split in ("train", "dev", "test"):
        for row in (folder / f"{split}.tsv").read_text("utf-8").splitlines():
            text, numbers, _ = row.split("\t")
            labels = tuple(names[int(number)] for number in numbers.split(","))
            yield Line(text, "en", "goemotions", split, labels, *_placed(labels, coordinates()["goemotions"]))


def xed(languages: frozenset[str] | None = None) -> Iterator[Line]:
    """XED (Ohman et al. 2020), film lines with Plutchik's emotions; one in ten texts is held out."""
    folder = data_dir() / "text" / "xed"
    files = [("en", folder / "AnnotatedData" / "en-annotated.tsv"), ("en", folder / "AnnotatedData" / "neu_en.txt")]
    for path in sorted((folder / "Projections").glob("*.tsv")):
        name = path.name.split("-")[0]
        if name != "en":  # the English lines again
            files.append((XED_FILES.get(name, name), path))
    for language, path in files:
        if languages is not None and language not in languages:
            continue
        for row in path.read_text("utf-8").splitlines():
            if (line := _xed_line(row, language, neutral=path.name.startswith("neu"))) is not None:
                yield line


def _xed_line(row: str, language: str, *, neutral: bool) -> Line | None:
    """One row of XED; None for one that holds no words."""
    fields = row.split("\t")
    if len(fields) != 2:
        return None
    text, numbers = (fields[1], "0") if neutral else (fields[0], fields[1])
    if sum(char.isalpha() for char in text) < 2:
        return None
    labels = tuple(PLUTCHIK[int(number)] for number in numbers.split(",") if number.strip().isdigit())
    if not labels:
        return None
    split = "test" if held_out(text, one_in=10) else "train"
    return Line(text, language, "xed", split, labels, *_placed(labels, coordinates()["xed"]))


def atomic() -> Iterator[Line]:
    """ATOMIC 2020: events and what people feel after them, placed by our word list and, for valence, by VADER."""
    reactions: dict[str, list[str]] = {}
    for row in (data_dir() / "text" / "atomic2020_sample" / "test.tsv").read_text("utf-8").splitlines():
        head, _, tails = row.partition("\t")
        event, _, relation = head.partition(" @@ ")
        if relation.strip() in ("xReact", "oReact"):
            reactions.setdefault(event, []).extend(tail.strip() for tail in tails.split("|"))
    for event, words in reactions.items():
        felt = [place for word in words if (place := _word_place(word)) is not None]
        if felt:
            split = "test" if held_out(event, one_in=10) else "train"
            valence, arousal = (sum(pair[axis] for pair in felt) / len(felt) for axis in (0, 1))
            yield Line(_told(event), "en", "atomic", split, (), valence, arousal)


def _told(event: str) -> str:
    """An event of ATOMIC as a person would tell it."""
    who = ("She", "He", "My brother", "The girl", "An old man")[len(event) % 5]
    other = ("her friend", "the boy", "the stranger", "his wife")[len(event) % 4]
    return (
        event.replace("PersonX's", f"{who}'s")
        .replace("PersonX", who)
        .replace("PersonY", other)
        .replace("___", "something")
    )


def _word_place(word: str) -> tuple[float, float] | None:
    """Where a word of feeling stands; None for one that is on no list."""
    groups = table("emotions", PROMPTS_DIR)["groups"]
    finds = [find for find in vocabulary("en", PROMPTS_DIR).find(fold(word).text) if find.field == "emotion"]
    places = [groups[find.value] for find in finds if find.value in groups]
    if places:
        return _mean(places)
    scores = [vader_scores()[part] for part in word.lower().split() if part in vader_scores()]
    return (sum(scores) / len(scores), 0.0) if scores else None


def _mean(places: list[list[float]]) -> tuple[float, float]:
    return sum(place[0] for place in places) / len(places), sum(place[1] for place in places) / len(places)


@cache
def vader_scores() -> dict[str, float]:
    """VADER's words (Hutto and Gilbert 2014), valence -1..1."""
    rows = (data_dir() / "text" / "vader" / "vader_lexicon.txt").read_text("utf-8").splitlines()
    pairs = [row.split("\t")[:2] for row in rows if row.strip()]
    return {word: float(score) / 4 for word, score in pairs if word.replace("-", "").isalpha()}


def vader() -> Iterator[Line]:
    """VADER's words as texts of one word."""
    for word, valence in vader_scores().items():
        split = "test" if held_out(word, one_in=10) else "train"
        yield Line(word, "en", "vader", split, (), valence, None)


def own_words(languages: Iterable[str]) -> Iterator[Line]:
    """The emotion words of ``prompts/words/`` with their coordinates: train only."""
    groups = table("emotions", PROMPTS_DIR)["groups"]
    for language in languages:
        for group, words in read_data(PROMPTS_DIR / "words" / f"{language}.toml").get("emotion", {}).items():
            for word in words.replace("*", "").split(","):
                if word.strip() and group in groups:
                    yield Line(word.strip(), language, "words", "train", (), *groups[group])


def emobank() -> Iterator[Line]:
    """EmoBank (Buechel and Hahn 2017, CC BY-SA): valence and arousal 1..5 as -1..1; its own splits."""
    with (data_dir() / "text" / "emobank" / "corpus" / "emobank.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            valence, arousal = ((float(row[axis]) - 3) / 2 for axis in "VA")
            yield Line(row["text"], "en", "emobank", row["split"], (), valence, arousal)


def scenes(languages: Iterable[str] | None = None, folder: Path = SCENES_DIR) -> Iterator[Line]:
    """Our own scenes; valence and arousal are those of the beginning, ``end`` where the scene turns."""
    for path in sorted(folder.glob("*.tsv")):
        if languages is not None and path.stem not in languages:
            continue
        for row in path.read_text("utf-8").splitlines():
            valence, arousal, end_valence, end_arousal, text, split = row.split("\t")
            end = (float(end_valence), float(end_arousal)) if end_valence else None
            yield Line(text, path.stem, "scenes", split, (), float(valence), float(arousal), end)


def brighter(track: str) -> Iterator[tuple[str, str, dict[str, float]]]:
    """BRIGHTER's test texts (evaluation only): language, text, emotions (``track_a`` 0 or 1, ``track_b`` 0..3).

    The English test texts come without labels; the dev texts stand in for them.
    """
    folder = data_dir() / "eval" / "brighter" / track
    for path in sorted((folder / "test").glob("*.csv")):
        marked = list(_marked(path)) or list(_marked(folder / "dev" / path.name))
        yield from ((path.stem, text, marks) for text, marks in marked)


def _marked(path: Path) -> Iterator[tuple[str, dict[str, float]]]:
    """The labelled texts of one file."""
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            marks = {name: float(mark) for name, mark in row.items() if name not in ("id", "text") and mark}
            if marks:
                yield row["text"], marks
