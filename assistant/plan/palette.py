"""Harmony palettes: Roman numerals of ``prompts/harmony/`` read, checked, and turned into chords of a key.

*Conventions*: numerals count against the major scale whatever the mode (``bVI`` is eight semitones above the tonic),
upper case is major, lower case minor; ``@3`` puts the third degree of the major scale (``@b3`` the flat one) into the
bass; ``V/vi`` is the dominant of vi. Moods are bright, neutral and dark.

Sources: Kostka and Payne, *Tonal Harmony* (numerals); each palette names its own.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from assistant.errors import AssistantError, DataError
from assistant.library import Library
from assistant.plan.craft import thaw
from assistant.plan.values import QUALITIES, Chord, Key
from assistant.records import STRICT, from_data

MOODS = ("bright", "neutral", "dark")
STEPS = {"i": 0, "ii": 2, "iii": 4, "iv": 5, "v": 7, "vi": 9, "vii": 11}
DEGREES = (0, 2, 4, 5, 7, 9, 11)
NUMERAL = re.compile(r"^([b#]*)(vii|vi|iv|v|iii|ii|i|VII|VI|IV|V|III|II|I)([^/@]*)(?:/([^@]+))?(?:@([b#]*)([1-7]))?$")
SUFFIXES = {
    "": ("maj", "min"),
    "7": ("7", "min7"),
    "maj7": ("maj7", "min7"),
    "6": ("6", "min6"),
    "min6": ("min6", "min6"),
    "9": ("9", "min9"),
    "min9": ("min9", "min9"),
    "maj9": ("maj9", "min9"),
    "add9": ("add9", "minadd9"),
    "minadd9": ("minadd9", "minadd9"),
    "o": ("dim", "dim"),
    "o7": ("dim7", "dim7"),
    "ø7": ("m7b5", "m7b5"),
    "+": ("aug", "aug"),
    "5": ("5", "5"),
    "sus2": ("sus2", "sus2"),
    "sus4": ("sus4", "sus4"),
}
"""Suffix to quality, for upper and lower case."""


SPELLED = ("I", "bII", "II", "bIII", "III", "IV", "bV", "V", "bVI", "VI", "bVII", "VII")
NUMBERED = ("1", "b2", "2", "b3", "3", "4", "b5", "5", "b6", "6", "b7", "7")
"""Names of the twelve roots and basses."""


@dataclass(frozen=True)
class MoodPalette:
    """Progressions and cadences of one mood, each a text of numerals; the first are the most typical."""

    __pydantic_config__ = STRICT

    progressions: tuple[str, ...]
    half: tuple[str, ...]
    full: tuple[str, ...]
    plagal: tuple[str, ...]
    deceptive: tuple[str, ...]

    def formulas(self, cadence: str) -> tuple[str, ...]:
        """The formulas of one kind of cadence."""
        formulas: tuple[str, ...] = getattr(self, cadence)
        return formulas


@dataclass(frozen=True)
class Palette:
    """One palette.

    Parameters
    ----------
    bright, neutral, dark : MoodPalette
    substitutes : dict
        Numeral to those that may stand in for it.
    pace : float
        Times the style's own number of chords a bar.
    pedal : float
        Share of phrases over a held bass, 0..1.
    turns : float
        Share of chords of a varied phrase that give way to a substitute, 0..1.
    """

    __pydantic_config__ = STRICT

    sources: tuple[str, ...]
    bright: MoodPalette
    neutral: MoodPalette
    dark: MoodPalette
    substitutes: dict[str, tuple[str, ...]]
    pace: float = 1.0
    pedal: float = 0.0
    turns: float = 0.2

    def __post_init__(self) -> None:
        for mood in MOODS:
            palette: MoodPalette = getattr(self, mood)
            texts = (*palette.progressions, *palette.half, *palette.full, *palette.plagal, *palette.deceptive)
            for numeral in " ".join(texts).split():
                read_numeral(numeral)
        for numeral, others in self.substitutes.items():
            for name in (numeral, *others):
                read_numeral(name)

    def mood(self, name: str) -> MoodPalette:
        """The palette of one mood."""
        palette: MoodPalette = getattr(self, name)
        return palette


@dataclass(frozen=True)
class Numeral:
    """A chord without a key: semitones of root and bass above the tonic, and the quality."""

    root: int
    quality: str
    bass: int | None = None


@cache
def read_numeral(text: str) -> Numeral:
    """A numeral's meaning.

    Raises
    ------
    DataError
        If it is not a numeral.

    Examples
    --------
    >>> read_numeral("bVImaj7"), read_numeral("V/vi").root, read_numeral("I@3").bass
    (Numeral(root=8, quality='maj7', bass=None), 4, 4)
    """
    match = NUMERAL.match(text)
    if match is None or match[3] not in SUFFIXES:
        raise DataError(f"numeral {text!r}", "write one such as ii7, bVI, V/vi or I@3")
    accidentals, degree, suffix, target, bass_sign, bass_degree = match.groups()
    root = STEPS[degree.lower()] + _sharps(accidentals)
    if target:
        root += read_numeral(target).root
    bass = (DEGREES[int(bass_degree) - 1] + _sharps(bass_sign)) % 12 if bass_degree else None
    quality = SUFFIXES[suffix][0 if degree.isupper() else 1]
    return Numeral(root % 12, quality, None if bass == root % 12 else bass)


@cache
def is_borrowed(text: str) -> bool:
    """Whether a chord of a major key takes its third, sixth or seventh from minor; secondary dominants do not.

    Examples
    --------
    >>> [name for name in ("IV", "iv", "bVI", "V/vi", "ii7", "viio7") if is_borrowed(name)]
    ['iv', 'bVI', 'viio7']
    """
    numeral = read_numeral(text)
    return "/" not in text and any((numeral.root + step) % 12 in (3, 8, 10) for step in QUALITIES[numeral.quality])


def _sharps(accidentals: str) -> int:
    return accidentals.count("#") - accidentals.count("b")


def read_palette(library: Library, name: str) -> Palette:
    """A palette by name; raises `DataError` naming the file and what is wrong in it."""
    if name not in library.harmony:
        raise DataError(f"harmony palette {name!r}", f"use one of {', '.join(sorted(library.harmony))}")
    try:
        return from_data(Palette, thaw(library.harmony[name]))
    except AssistantError as error:
        raise DataError(f"prompts/harmony/{name}.toml: {error.message}", error.cure or "correct it") from error


def to_chord(text: str, key: Key, start_q: float, length_q: float, *, allowed: frozenset[int] | None = None) -> Chord:
    """The chord of a numeral in a key.

    Parameters
    ----------
    text : str
        Numeral; kept as the chord's ``degree``.
    key : Key
    start_q, length_q : float
        In quarter notes.
    allowed : frozenset of int or None
        Semitones above the tonic that may sound; the chord is bent to them. None allows all.

    Examples
    --------
    >>> chord = to_chord("bVI", Key(0, "minor", (0, 2, 3, 5, 7, 8, 10)), 0.0, 4.0)
    >>> chord.root, chord.quality
    (8, 'maj')
    """
    numeral = read_numeral(text)
    if allowed is not None and (fitted := fit(numeral, allowed)) != numeral:
        numeral, text = fitted, spell(fitted)
    bass = None if numeral.bass is None else (key.tonic + numeral.bass) % 12
    return Chord(start_q, length_q, (key.tonic + numeral.root) % 12, numeral.quality, bass, text)


def spell(numeral: Numeral) -> str:
    """The text of a numeral.

    Examples
    --------
    >>> spell(Numeral(8, "maj7", 0)), spell(Numeral(2, "min7"))
    ('bVImaj7@1', 'ii7')
    """
    suffix, upper = next(
        (text, upper)
        for text, (high, low) in SUFFIXES.items()
        for upper, quality in ((True, high), (False, low))
        if quality == numeral.quality
    )
    name = SPELLED[numeral.root]
    root = name if upper else name.replace("V", "v").replace("I", "i")
    bass = "" if numeral.bass is None else f"@{NUMBERED[numeral.bass]}"
    return f"{root}{suffix}{bass}"


@cache
def fit(numeral: Numeral, allowed: frozenset[int]) -> Numeral:
    """The nearest chord whose notes all lie in a scale: another quality first, then a neighbouring root.

    Examples
    --------
    >>> fit(read_numeral("V7"), frozenset({0, 2, 4, 7, 9}))
    Numeral(root=7, quality='sus4', bass=None)
    """
    wanted = (numeral.quality, "maj", "min", "sus4", "sus2", "5", "dim")
    roots = sorted(allowed, key=lambda root: (min((root - numeral.root) % 12, (numeral.root - root) % 12), root))
    for root in roots:
        for quality in wanted:
            if all((root + step) % 12 in allowed for step in QUALITIES[quality]):
                bass = numeral.bass if numeral.bass in allowed and numeral.bass != root else None
                return Numeral(root, quality, bass)
        if root == numeral.root == 0:
            break  # a scale without a chord on its tonic still comes home: the bare fifth
    return Numeral(0, "5")
