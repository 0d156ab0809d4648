"""Reading ``prompts/`` into a `Library`: every file checked at the door, every cross reference followed.

Conventions: an id is the file's stem; every file names its ``sources``; a table of strokes becomes groove lines, and
blanks and ``|`` in patterns are only for the eye. Anything wrong is a `DataError` that names the file and the field.
What a harmony palette or the emotions mean is checked by `assistant.plan`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

from assistant.datafile import read_data
from assistant.errors import AssistantError, DataError
from assistant.library.catalogue import Library
from assistant.library.feel import GRID, Feel
from assistant.library.grooves import Groove
from assistant.library.instruments import GENERIC_STROKES, Instrument
from assistant.library.profiles import Profile
from assistant.library.values import Region, Style
from assistant.records import from_data
from assistant.score import Meter
from assistant.settings import ROOT

T = TypeVar("T")
PROFILE_FIELDS = tuple(field.name for field in fields(Profile))
"""The tables of a region's file that make up its profile."""
Data = dict[str, Any]


def load(prompts_dir: Path = ROOT / "prompts") -> Library:
    """The library of a folder of data files; read once for each folder.

    Raises
    ------
    DataError
        If a file cannot be read, breaks its form, or refers to what does not exist.

    Examples
    --------
    >>> library = load()
    >>> library.instrument("guzheng").stand_in[:4], library.program("electric-guitar", style="metal")
    ('koto', 30)
    >>> dict(library.strokes("jig", "tabla"))["bass"] == library.instrument("tabla").strokes["low"]
    True
    """
    return _load(prompts_dir.resolve())


@cache
def _load(folder: Path) -> Library:
    band = read_data(folder / "instruments.toml")
    modes = read_data(folder / "modes.toml")
    library = Library(
        instruments=_instruments(folder / "instruments.toml", band),
        styles=_values(folder, "styles", Style),
        regions=_values(folder, "regions", Region),
        grooves=_values(folder, "grooves", Groove),
        families=_tuples(folder / "instruments.toml", "families", band.get("families")),
        modes=_tuples(folder / "modes.toml", "modes", modes.get("modes")),
        stroke_fallbacks=_tuples(folder / "instruments.toml", "strokes", band.get("strokes")),
        harmony=MappingProxyType({path.stem: freeze(read_data(path)) for path in _files(folder / "harmony")}),
        emotions=freeze(read_data(folder / "emotions.toml")) if (folder / "emotions.toml").exists() else freeze({}),
        feels=_feels(folder / "feel.toml"),
    )
    for file, problem, cure in problems(library):
        raise DataError(f"{folder / file}: {problem}", cure)
    return library


def freeze(value: Any) -> Any:
    """The same data with read-only mappings for dicts and tuples for lists."""
    if isinstance(value, dict):
        return MappingProxyType({name: freeze(item) for name, item in value.items()})
    if isinstance(value, list):
        return tuple(freeze(item) for item in value)
    return value


def problems(library: Library) -> Iterator[tuple[str, str, str]]:
    """Every broken cross reference as (file, what is wrong, cure)."""
    yield from _stroke_problems(library)
    for style in library.styles.values():
        file = f"styles/{style.id}.toml"
        yield from _unknown(file, "mode", (*style.modes_bright, *style.modes_dark), library.modes)
        if library.harmony:
            yield from _unknown(file, "harmony", (style.harmony,), library.harmony)
        yield from _player_problems(file, style, library)
    for region in library.regions.values():
        file = f"regions/{region.id}.toml"
        if library.harmony and region.harmony:
            yield from _unknown(file, "harmony", (region.harmony,), library.harmony)
        yield from _player_problems(file, region, library)
        yield from _profile_problems(file, region.profile, library)
    for groove in library.grooves.values():
        yield from _unknown(f"grooves/{groove.id}.toml", "made_for", groove.made_for, library.instruments)
    for family, members in library.families.items():
        yield from _unknown("instruments.toml", f"families.{family}", members, library.instruments)


def _player_problems(file: str, owner: Style | Region, library: Library) -> Iterator[tuple[str, str, str]]:
    """Seats, grooves and sounds that name what does not exist or cannot play."""
    yield from _unknown(file, "grooves", owner.grooves, library.grooves)
    if library.feels:
        yield from _unknown(file, "feel", (owner.feel,) if owner.feel else (), {**library.feels, GRID: None})
    yield from _unknown(file, "sounds", (name for name, _ in owner.sounds), library.instruments)
    for seat in owner.ensemble:
        yield from _unknown(file, f"ensemble {seat.role}", seat.instruments, library.instruments)
        silent = [name for name in seat.instruments if seat.texture == "groove" and not _is_struck(name, library)]
        if silent:
            yield file, f"{', '.join(silent)} cannot play a groove", "seat an instrument that has a kit"


def _profile_problems(file: str, profile: Profile, library: Library) -> Iterator[tuple[str, str, str]]:
    """Statements about a region that name what does not exist."""
    yield from _unknown(file, "retuned", profile.retuned, library.instruments)
    yield from _unknown(file, "players", (player.played_by for player in profile.players), library.instruments)
    yield from _unknown(file, "cycles", (cycle.groove for cycle in profile.cycles if cycle.groove), library.grooves)
    for present in profile.modern:
        yield from _unknown(file, "modern", present.styles, library.styles)
        yield from _unknown(file, "modern", present.instruments, library.instruments)


def _is_struck(name: str, library: Library) -> bool:
    return name in library.instruments and library.instruments[name].is_struck


def _stroke_problems(library: Library) -> Iterator[tuple[str, str, str]]:
    """Strokes of grooves that no chain of stand-ins leads to a generic stroke."""
    for stroke, chain in library.stroke_fallbacks.items():
        if not chain or chain[-1] not in GENERIC_STROKES:
            yield "instruments.toml", f"strokes.{stroke} = {chain}", f"end it in one of {', '.join(GENERIC_STROKES)}"
    known = {*library.stroke_fallbacks, *GENERIC_STROKES}
    for groove in library.grooves.values():
        yield from _unknown(f"grooves/{groove.id}.toml", "stroke", groove.stroke_names, dict.fromkeys(known))


def _unknown(file: str, field: str, names: Iterable[str], legal: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    for name in names:
        if name not in legal:
            yield file, f"{field} {name!r} does not exist", f"use one of {', '.join(sorted(legal))}"


def _files(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.toml"))


def _values(folder: Path, name: str, kind: type[T]) -> Mapping[str, T]:
    """Every file of one folder as a value of ``kind``, by id."""
    return MappingProxyType({path.stem: _value(path, kind, read_data(path)) for path in _files(folder / name)})


def _value(path: Path, kind: type[T], data: Data) -> T:
    """One checked value; the id is the file's stem."""
    if data.setdefault("id", path.stem) != path.stem:
        raise DataError(f"{path}: id {data['id']!r}", f"call it {path.stem!r} or leave it out")
    if kind is Groove:
        data |= _spelt_out(path, data)
    if kind is Region:
        data["profile"] = {name: data.pop(name) for name in PROFILE_FIELDS if name in data}
    return _checked(str(path), kind, data)


def _checked(where: str, kind: type[T], data: Data) -> T:
    """A value from data whose tables of pairs are still tables."""
    for name in ("kit", "sounds", "scales"):
        if isinstance(data.get(name), dict):
            data[name] = list(data[name].items())
    try:
        return from_data(kind, data)
    except AssistantError as error:
        legal = f"{getattr(error, 'legal', '')}; {error.cure}".strip("; ")
        raise DataError(f"{where}: {error.message}", legal) from error


def _spelt_out(path: Path, data: Data) -> Data:
    """The line tables of a groove with every pattern at full length."""
    try:
        bar_q = Meter.parse(str(data.get("meter"))).bar_q
        bar_steps, bars = int(bar_q * int(data["steps_per_q"])), int(data["bars"])
    except (AssistantError, KeyError, TypeError, ValueError) as error:
        raise DataError(f"{path}: meter, steps_per_q or bars is missing or wrong", str(error)) from error
    spelt: Data = {}
    for name, steps in (("lines", bar_steps * bars), ("more", bar_steps * bars), ("fill", bar_steps)):
        table = data.get(name, {})
        if not isinstance(table, dict):
            raise DataError(f"{path}: field {name!r}", "use a table of stroke = pattern")
        spelt[name] = [{"stroke": stroke, "pattern": _repeated(str(text), steps)} for stroke, text in table.items()]
    for name in ("bass", "comp", "figure"):
        patterns = data.get(name, [])
        if not isinstance(patterns, list):
            raise DataError(f"{path}: field {name!r}", "use a list of patterns")
        spelt[name] = [_repeated(str(text), bar_steps * bars) for text in patterns]
    return spelt


def _repeated(text: str, steps: int) -> str:
    """A pattern without its blanks and bar lines, repeated to ``steps`` where it divides them."""
    pattern = text.replace(" ", "").replace("|", "")
    if pattern and steps % len(pattern) == 0:
        return pattern * (steps // len(pattern))
    return pattern


def _instruments(path: Path, data: Data) -> Mapping[str, Instrument]:
    """The instruments of the one file that holds them all."""
    table = data.get("instrument")
    if not isinstance(table, dict):
        raise DataError(f"{path}: no [instrument] tables", "add them")
    return MappingProxyType(
        {name: _checked(f"{path}: {name}", Instrument, {"id": name, **item}) for name, item in table.items()}
    )


def _feels(path: Path) -> Mapping[str, Feel]:
    """The feels of drummers, by family; none where the file is missing."""
    if not path.exists():
        return MappingProxyType({})
    table = read_data(path).get("feel")
    if not isinstance(table, dict):
        raise DataError(f"{path}: no [feel] tables", "write it with python -m models.rules.learn_feel")
    return MappingProxyType(
        {name: _checked(f"{path}: {name}", Feel, _kit(path, name, each)) for name, each in table.items()}
    )


def _kit(path: Path, name: str, data: object) -> Data:
    """The table of a feel with its pieces as a list."""
    pieces = data.get("pieces") if isinstance(data, dict) else None
    if not isinstance(data, dict) or not isinstance(pieces, dict):
        raise DataError(f"{path}: {name} without pieces", "give it a table for each piece of the kit")
    return {**data, "id": name, "pieces": [{"piece": piece, **columns} for piece, columns in pieces.items()]}


def _tuples(path: Path, field: str, table: object) -> Mapping[str, tuple[Any, ...]]:
    """A table of lists as a read-only mapping of tuples."""
    if not isinstance(table, dict) or not all(isinstance(item, list) for item in table.values()):
        raise DataError(f"{path}: field {field!r}", "use a table of lists")
    return MappingProxyType({name: tuple(items) for name, items in table.items()})
