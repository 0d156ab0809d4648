"""Key and metre in every language's way of naming them: "h-Moll", "fa dièse mineur", "降B大调", "ニ短調", "6/8".

Conventions: keys are written "F# minor", "Bb major"; church modes read as the major or minor that they lean to. A key
or metre that does not exist is replaced by a near one and said.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from assistant.constraints import Evidence
from assistant.interpret.lexicon import table
from assistant.interpret.text import Text
from assistant.interpret.words import Found
from assistant.remark import Remark

METERS = (
    "2/4",
    "3/4",
    "4/4",
    "5/4",
    "6/4",
    "7/4",
    "9/4",
    "3/8",
    "5/8",
    "6/8",
    "7/8",
    "9/8",
    "10/8",
    "11/8",
    "12/8",
    "2/2",
    "3/2",
)
USUAL_METER = "4/4"
_SHARP, _FLAT = "#", "b"
_FRACTION = re.compile(r"(?<![\d/.])(-?\d{1,3})\s?/\s?(\d{1,3})(?![\d/])")
_FRACTION_HAN = re.compile(r"([二三四五六七八九十]+)分之?([二三四五六七八九十]+)拍|([248])分の([235679]|12)")
_ENGLISH_KEY = re.compile(
    r"(?<![\w#])([a-z])\s?(?:[- ]?(sharp|flat)|([#b](?![a-z])))?[\s-]{0,2}(major|minor|maj|min|dorian|phrygian|lydian|"
    r"mixolydian|aeolian|ionian|locrian)(?![a-z])"
)
_SHORT_KEY = re.compile(r"(?:\b(?:in|key of|key:?)\s+)([A-G])(#|b|♯|♭)?(m)?(?![\w'#-])(?!\s+[a-z]+\s+key)")
_FLAT_KEY = re.compile(
    r"(?:\b(?:in|key of)\s+|(?:^|[,;.])\s*(?=[a-g][\s-](?:sharp|flat)\s*(?:[,;.]|$)))"
    r"([a-g])[\s-](sharp|flat)(?!\s?-?(?:major|minor))\b"
)
_NO_KEY = re.compile(
    r"\b(?:key of|key:?|tonart|tonalite(?: de)?|tonalidad(?: de)?|tonalidade(?: de)?|tonalita(?: di)?) ([h-z])(?![\w'])"
)
_LETTER_BEFORE = re.compile(r"(?<![a-z0-9])([h-z])[\s-]{0,2}$")
_UNITS = (1, 2, 4, 8, 16, 32, 64)
"""Note values that can stand under a metre's line, playable or not."""
_HAN_DIGITS = {"二": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9, "十二": 12, "十六": 16}
_MINOR_MODES = {"minor", "min", "dorian", "phrygian", "aeolian", "locrian"}
_AFTER_ARTICLE = ("key", "scale", "mode", "chord", "chords", "third", "sixth", "second", "seventh", "mood", "feel")
"""What "a major" is an adjective of."""
_TONE = re.compile(r"[\s·.-]*")


@dataclass(frozen=True)
class Named:
    """A key or a metre with its words, and what must be said about it."""

    name: str
    evidence: Evidence
    remarks: tuple[Remark, ...] = ()


def read_key(text: Text) -> Named | None:
    """The key that the words ask for."""
    named = _from_letters(text)
    return (
        (named and (_corrected(text, named) or named))
        or _from_names(text)
        or _from_short(text)
        or _from_no_letter(text)
    )


def _corrected(text: Text, named: Named) -> Named | None:
    """The key that follows a word that takes the first one back: "F minor? no wait, F major"."""
    for find in text.find("correction"):
        if text.folded.origin[find.start] >= named.evidence.end and (later := _from_letters(text, find.end)):
            return later
    return None


def _from_letters(text: Text, place: int = 0) -> Named | None:
    """Keys in English wording from a place on, which people use in every language."""
    for match in _ENGLISH_KEY.finditer(text.plain, place):
        if match[1] == "a" and match[2] is None and match[3] is None and not _is_key_a(text, match):
            continue
        mode = "minor" if match[4] in _MINOR_MODES else "major"
        accidental = {"sharp": _SHARP, "flat": _FLAT, None: match[3] or ""}[match[2]]
        evidence = text.evidence("key", *match.span())
        if match[1] not in "abcdefg" and not (text.language == "de" and match[1] == "h"):
            used = "C major" if mode == "major" else "A minor"
            return Named(used, evidence, (Remark.of("key_unknown", asked=evidence.words, used=used),))
        return Named(f"{'B' if match[1] == 'h' else match[1].upper()}{accidental} {mode}", evidence)
    return None


def _is_key_a(text: Text, match: re.Match[str]) -> bool:
    """Whether "a minor" is the key and not "a minor detail"."""
    capital = text.raw[text.folded.origin[match.start()]] == "A"
    opens = not text.between(0, match.start()).rstrip().endswith((".", "!", "?", "\n")) and match.start() > 0
    after = re.match(r"\s*([a-z]+)", text.between(match.end(), match.end() + 20))
    if not capital and after is not None and after[1] in _AFTER_ARTICLE:
        return False  # "In a major key": an article.
    return (
        (capital and opens)
        or after is None
        or bool(re.search(r"\b(?:in|key)\b", text.between(match.start() - 8, match.start())))
    )


def _from_short(text: Text) -> Named | None:
    """ "in Dm", "in B flat", "key of G": a letter without its mode is major."""
    if flat := _FLAT_KEY.search(text.plain):
        accidental = _SHARP if flat[2] == "sharp" else _FLAT
        return Named(f"{flat[1].upper()}{accidental} major", text.evidence("key", *flat.span(), 0.8))
    if short := _SHORT_KEY.search(text.raw):
        accidental = {"♯": "#", "♭": "b", None: ""}.get(short[2], short[2] or "")
        mode = "minor" if short[3] else "major"
        return Named(f"{short[1]}{accidental} {mode}", Evidence("key", short[0], *short.span(), confidence=0.7))
    return None


def _from_no_letter(text: Text) -> Named | None:
    """A letter that names no note, where the words speak of a key: "key of H", "H大调"; German H is read before."""
    match = _NO_KEY.search(text.plain)
    mode, stretch = "major", match.span() if match else None
    for find in text.find("key_mode") if stretch is None else ():
        if before := _LETTER_BEFORE.search(text.plain, max(0, find.start - 3), find.start):
            mode, stretch = find.value, (before.start(1), find.end)
            break
    if stretch is None:
        return None
    used, said = "C major" if mode == "major" else "A minor", text.evidence("key", *stretch)
    return Named(used, said, (Remark.of("key_unknown", asked=said.words, used=used),))


def _from_names(text: Text) -> Named | None:
    """Keys in the language's own names of notes, from the tables ``key_*`` of its words file."""
    for mode in text.find("key_mode"):
        if note := _last_before(text, mode.start, ("key_note", "key_letter")):
            accidental, start = _accidental(text, note, mode)
            name = _respell(f"{note.value}{accidental}")
            return Named(f"{name} {mode.value}", text.evidence("key", start, mode.end))
    return None


def _last_before(text: Text, place: int, fields: tuple[str, ...]) -> Found | None:
    """The note right before a mode, an accidental between them allowed."""
    for find in reversed(text.finds):
        if find.end <= place and find.field in fields:
            between = text.between(find.end, place)
            for accidental in text.find("key_accidental"):
                if find.end <= accidental.start and accidental.end <= place:
                    between = text.between(find.end, accidental.start) + text.between(accidental.end, place)
            return find if _TONE.fullmatch(between) else None
    return None


def _accidental(text: Text, note: Found, mode: Found) -> tuple[str, int]:
    """The accidental before or after a note, and where the key's words begin."""
    sign = {"sharp": _SHARP, "flat": _FLAT}
    for find in text.find("key_accidental"):
        if note.end <= find.start and find.end <= mode.start:
            return sign[find.value], note.start
        if find.end <= note.start and _TONE.fullmatch(text.between(find.end, note.start)):
            return sign[find.value], find.start
    return "", note.start


def _respell(tonic: str) -> str:
    """A tonic as it is usually written: "Bbb" and "E#" do not occur."""
    return {"E#": "F", "B#": "C", "Cb": "B", "Fb": "E", "Bbb": "A", "F##": "G"}.get(tonic, tonic)


def read_meter(text: Text) -> Named | None:
    """The metre that the words ask for, as a fraction, in words, or as that of a dance."""
    for fraction in _FRACTION.finditer(text.plain):
        if (meter := f"{fraction[1]}/{fraction[2]}") in METERS:
            return Named(meter, text.evidence("meter", *fraction.span()))
        if int(fraction[1]) <= 0 or int(fraction[2]) == 0 or _says_time(text, fraction):
            said = text.evidence("meter", *fraction.span())
            return Named(USUAL_METER, said, (Remark.of("meter_unplayable", asked=said.words, used=USUAL_METER),))
    for find in text.wanted("meter"):
        return Named(find.value.replace("_", "/"), text.evidence("meter", find.start, find.end))
    if match := _FRACTION_HAN.search(text.plain):
        top, bottom = (_HAN_DIGITS.get(match[2]), _HAN_DIGITS.get(match[1])) if match[1] else (match[4], match[3])
        if (meter := f"{top}/{bottom}") in METERS:
            return Named(meter, text.evidence("meter", *match.span()))
    dances = table("styles", text.prompts_dir)["meters"]
    for find in text.wanted("styles"):
        if find.value in dances:
            return Named(dances[find.value], text.evidence("meter", find.start, find.end, 0.8))
    return None


def _says_time(text: Text, fraction: re.Match[str]) -> bool:
    """Whether the words around a fraction that we know no metre for take it for one: "in 13/8", "33/64 time"."""
    if re.match(
        r"\s?-?(?:time|takt|meter|metre|拍|拍子|박자|ताल|ölcü|olcu)", text.between(fraction.end(), fraction.end() + 10)
    ):
        return True
    if int(fraction[2]) not in _UNITS or int(fraction[1]) < 2:
        return False
    clause = text.clause(fraction.start())
    before = text.between(max(clause.start, fraction.start() - 16), fraction.start())
    bare = not (text.between(clause.start, fraction.start()) + text.between(fraction.end(), clause.end)).strip(
        " ,.;:!?，。、"
    )
    follows = re.match(r"\s*(?:[,.;:!?，。、)]|$)", text.between(fraction.end(), fraction.end() + 3))
    labelled = re.search(
        r"\b(?:in|im|en|em|a|au|mesure|compas|compasso|tempo|tact|takt|в|на|размер\w*|metre|meter|time|signature)\s*$",
        before,
    )
    return bool(bare or (labelled and (follows or int(fraction[2]) >= 8)))
