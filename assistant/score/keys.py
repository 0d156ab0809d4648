"""Keys by name: how a tonic is read and spelt, which signature a key has, and what listeners expect in one.

Conventions: pitch classes 0..11 with C = 0; keys are a tonic and a mode, such as ``"Bb major"`` or ``"F# dorian"``.
This module knows nothing of scales: those of the modes are data (``prompts/modes.toml``).

Source: Temperley 2007, Music and Probability (profiles from the Kostka-Payne corpus).
"""

from __future__ import annotations

SHARPS = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")
FLATS = ("C", "Db", "D", "Eb", "E", "F", "Gb", "G", "Ab", "A", "Bb", "B")

EXPECTED = {
    "major": (0.748, 0.060, 0.488, 0.082, 0.670, 0.460, 0.096, 0.715, 0.104, 0.366, 0.057, 0.400),
    "minor": (0.712, 0.084, 0.474, 0.618, 0.049, 0.460, 0.105, 0.747, 0.404, 0.067, 0.133, 0.330),
}
"""How much each pitch class above the tonic belongs to a key."""

_LETTERS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
_SIGNS = {"": 0, "#": 1, "b": -1}
_FLAT_MAJOR, _FLAT_MINOR = frozenset({1, 3, 5, 8, 10}), frozenset({0, 2, 3, 5, 7, 10})
_SIGNATURES_MAJOR = ("C", "Db", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")
_SIGNATURES_MINOR = ("C", "C#", "D", "Eb", "E", "F", "F#", "G", "G#", "A", "Bb", "B")
_ALSO = {"C#", "Gb", "Cb", "D#m", "Abm", "A#m"}
_DARK = ("minor", "dorian", "phrygian", "aeolian", "locrian", "blues")


def pitch_class(name: str) -> int | None:
    """The pitch class of a letter with at most one accidental; None when the name is no such thing.

    Examples
    --------
    >>> pitch_class("Bb"), pitch_class("E#"), pitch_class("H")
    (10, 5, None)
    """
    if name[:1] not in _LETTERS or name[1:] not in _SIGNS:
        return None
    return (_LETTERS[name[0]] + _SIGNS[name[1:]]) % 12


def names_in(tonic: int, *, is_minor: bool) -> tuple[str, ...]:
    """The names of the twelve pitch classes beside a tonic: with flats where its key has flats, else with sharps.

    Examples
    --------
    >>> names_in(1, is_minor=True)[1], names_in(1, is_minor=False)[1]
    ('C#', 'Db')
    """
    return FLATS if tonic in (_FLAT_MINOR if is_minor else _FLAT_MAJOR) else SHARPS


def key_name(tonic: int, mode: str, *, is_minor: bool) -> str:
    """Tonic and mode as people write them.

    Examples
    --------
    >>> key_name(1, "dorian", is_minor=True), key_name(1, "major", is_minor=False)
    ('C# dorian', 'Db major')
    """
    return f"{names_in(tonic, is_minor=is_minor)[tonic]} {mode}"


def key_signature(key: str) -> str | None:
    """The signature for a key's name, or None when the name holds no tonic; modes take that of their third.

    Examples
    --------
    >>> key_signature("D minor"), key_signature("Gb major"), key_signature("D# major"), key_signature("D dorian")
    ('Dm', 'Gb', 'Eb', 'Dm')
    """
    tonic, _, mode = key.strip().partition(" ")
    place = pitch_class(tonic)
    if place is None:
        return None
    is_minor = any(word in mode.lower() for word in _DARK)
    spelt = tonic + ("m" if is_minor else "")
    if spelt in _ALSO:
        return spelt
    return f"{_SIGNATURES_MINOR[place]}m" if is_minor else _SIGNATURES_MAJOR[place]


def key_of_signature(signature: str) -> str:
    """The key that a signature names.

    Examples
    --------
    >>> key_of_signature("Dm"), key_of_signature("F#")
    ('D minor', 'F# major')
    """
    return f"{signature[:-1]} minor" if signature.endswith("m") else f"{signature} major"
