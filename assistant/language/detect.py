"""Finds the language of a text, short ones too: by script, then by known words, then by statistics of letters.

Conventions: BCP-47 primary tags. A language is *read* when ``prompts/words/`` has a file for it; any other one is still
named. The same text always gets the same answer. Statistics come from py3langid, which is loaded only when script and
known words leave doubt.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from assistant.datafile import read_data
from assistant.language.fold import fold
from assistant.settings import ROOT

READ_LANGUAGES = ("en", "zh", "ja", "ko", "es", "pt", "fr", "de", "it", "ru", "hi", "ar", "tr")
"""The languages that have a words file, English and Chinese first."""

LATIN = ("en", "es", "pt", "fr", "de", "it", "tr")
SURE = 0.5
"""Share of known words from which statistics are not asked."""
KNOWN_ENOUGH = 0.3
MOST_SHARED = 3
"""Languages that may know a word that still tells one of them."""
LEAST_ROMANISED, LEAST_ROMANISED_SHARE = 3, 0.25
"""Different words of Hindi in Latin letters that make a text Hindi, and their share of it."""
MOST_CHARS = 2000
"""Characters of a text that decide its language."""

_LETTERS = {
    "es": "ñ¿¡", "pt": "ãõ", "de": "ßäöü", "tr": "ğşıİ", "fr": "êèœâûîëçàù", "it": "ìòùè",
}  # fmt: skip
_FOREIGN = {"uk": "іїєґ", "be": "ў", "sr": "ђјљњћџ", "mk": "ѓќѕ", "fa": "پچژگ", "ur": "ٹڈڑےں"}
_SCRIPTS = (
    ("kana", r"[぀-ヿ]"), ("han", r"[㐀-䶿一-鿿]"), ("hangul", r"[가-힣ㄱ-ㆎ]"), ("devanagari", r"[ऀ-ॿ]"),
    ("cyrillic", r"[Ѐ-ӿ]"), ("arabic", r"[؀-ۿ]"), ("latin", r"[A-Za-zÀ-ɏ]"),
    ("other", r"[Ͱ-Ͽ֐-׿฀-๿ঀ-෿Ⴀ-ჿԱ-֏ༀ-࿿က-႟ក-៿ሀ-፿]"),
)  # fmt: skip
_SCRIPT_PATTERNS = tuple((name, re.compile(pattern)) for name, pattern in _SCRIPTS)
_WEIGHTS = {"kana": 2.5, "han": 3.0, "hangul": 2.5}
"""One of these characters says as much as this many letters."""


@dataclass(frozen=True)
class Language:
    """A language: its tag, whether briefs in it are read, and how sure that is (0..1)."""

    tag: str
    is_read: bool
    confidence: float


def detect_language(text: str, *, hint: str | None = None, prompts_dir: Path = ROOT / "prompts") -> Language:
    """The language of ``text``; ``hint`` decides when nothing in the text does.

    Examples
    --------
    >>> detect_language("sad piano").tag
    'en'
    >>> detect_language("ピアノとフルート").tag
    'ja'
    """
    shown = text[:MOST_CHARS]
    scripts = Counter({name: len(pattern.findall(shown)) for name, pattern in _SCRIPT_PATTERNS})
    weighed = {name: count * _WEIGHTS.get(name, 1.0) for name, count in scripts.items() if count}
    if not weighed:
        return Language(hint if hint in READ_LANGUAGES else "en", True, 0.0)
    main = max(weighed, key=lambda name: weighed[name])
    if main in ("kana", "han"):
        return _east_asian(scripts)
    if main == "hangul":
        return Language("ko", True, 1.0)
    if main in ("cyrillic", "arabic", "devanagari"):
        return _by_letters(shown, {"cyrillic": "ru", "arabic": "ar", "devanagari": "hi"}[main])
    if main == "other":
        tag = _statistics(shown)
        return Language(tag, tag in READ_LANGUAGES, 0.9)
    return _latin(shown, hint, prompts_dir)


def _east_asian(scripts: Counter[str]) -> Language:
    """Japanese has kana; Chinese at most a stray one."""
    japanese = scripts["kana"] >= max(1, 0.08 * (scripts["kana"] + scripts["han"]))
    return Language("ja" if japanese else "zh", True, 1.0)


def _by_letters(text: str, usual: str) -> Language:
    """The usual language of a script, unless letters that it lacks say another."""
    counts = {tag: sum(text.lower().count(letter) for letter in letters) for tag, letters in _FOREIGN.items()}
    allowed = {"ru": ("uk", "be", "sr", "mk"), "ar": ("fa", "ur"), "hi": ()}[usual]
    tag = max(allowed, key=lambda tag: counts[tag], default=usual)
    return Language(tag, False, 0.9) if allowed and counts[tag] > 1 else Language(usual, True, 0.95)


def _latin(text: str, hint: str | None, prompts_dir: Path) -> Language:
    """The language whose words the text uses most; statistics decide when few words are known."""
    words = re.findall(r"[a-z']+", re.sub(r"\S*[@/\\]\S*", " ", fold(text).text))
    if not words:
        return Language(hint if hint in READ_LANGUAGES else "en", True, 0.0)
    if _is_romanised_hindi(words, prompts_dir):
        return Language("hi", True, 0.8)
    scores = {tag: _known_share(words, tag, prompts_dir) + _letter_share(text, tag) for tag in LATIN}
    if hint in scores:
        scores[str(hint)] += 0.05
    ranked = sorted(LATIN, key=lambda tag: -scores[tag])
    best, margin = ranked[0], scores[ranked[0]] - scores[ranked[1]]
    if scores[best] >= SURE and margin >= 0.1:
        return Language(best, True, min(1.0, scores[best]))
    guess = _statistics(text)
    if len(words) >= 4 and guess not in LATIN and _own_share(words, best, prompts_dir) < KNOWN_ENOUGH:
        return Language(guess, False, 0.6)
    if guess in LATIN and scores[guess] >= scores[best] - 0.15 and len(words) >= 3:
        best = guess
    return Language(best, True, max(0.3, min(1.0, scores[best])))


def _is_romanised_hindi(words: list[str], prompts_dir: Path) -> bool:
    """Whether a text in Latin letters is Hindi as people type it: "bhai podcast ka intro bana do"."""
    listed = _romanised_words(prompts_dir)
    said = [word for word in words if word in listed]
    return len(set(said)) >= LEAST_ROMANISED and len(said) >= LEAST_ROMANISED_SHARE * len(words)


@cache
def _romanised_words(prompts_dir: Path) -> frozenset[str]:
    """Small words of Hindi as they are typed in Latin letters."""
    grammar = read_data(prompts_dir / "words" / "hi.toml").get("grammar", {})
    return frozenset(word.strip() for word in str(grammar.get("romanised", "")).split(","))


def _known_share(words: list[str], tag: str, prompts_dir: Path) -> float:
    """Share of words that a language's file knows."""
    whole, stems = _known_words(tag, prompts_dir)
    known = sum(word in whole or any(word[:n] in stems for n in range(4, len(word))) for word in words)
    return known / len(words)


def _own_share(words: list[str], tag: str, prompts_dir: Path) -> float:
    """Share of words that a language's file knows and hardly any other one does: "film" and "piano" prove nothing."""
    own = [word for word in words if _known_share([word], tag, prompts_dir)]
    return sum(sum(_known_share([word], other, prompts_dir) for other in LATIN) <= MOST_SHARED for word in own) / len(
        words
    )


def _letter_share(text: str, tag: str) -> float:
    """What letters that only some languages have add, at most 0.3."""
    count = sum(text.count(letter) for letter in _LETTERS.get(tag, ""))
    return min(0.3, 0.1 * count)


@cache
def _known_words(tag: str, prompts_dir: Path) -> tuple[frozenset[str], frozenset[str]]:
    """Single words and stems of a words file, common words of its grammar included."""
    data = read_data(prompts_dir / "words" / f"{tag}.toml")
    whole: set[str] = set()
    stems: set[str] = set()
    for listed in _lists(data):
        for spelling in listed:
            plain = fold(spelling.strip()).text
            if plain.endswith("*") and " " not in plain:
                stems.add(plain[:-1])
            whole.update(re.findall(r"[a-z']+", plain))
    return frozenset(whole), frozenset(stems)


def _lists(data: dict[str, object]) -> Iterator[list[str]]:
    for field, table in data.items():
        if isinstance(table, dict) and field not in ("key_letter", "key_note"):
            for name, value in table.items():
                if isinstance(value, str) and name != "endings":
                    yield value.split() if field == "common" else value.split(",")


@cache
def _identifier() -> object:
    from py3langid import langid

    return langid.LanguageIdentifier.from_model_file(langid.MODEL_FILE)


def _statistics(text: str) -> str:
    """What py3langid takes the text for."""
    tag, _ = _identifier().classify(text)  # type: ignore[attr-defined]
    return str(tag)
