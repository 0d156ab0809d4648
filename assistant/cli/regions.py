"""The command region: what is known of a region's music, and by whom.

Conventions: as in `assistant.cli`; the whole profile is the result, as JSON, and a page to read goes to standard error.
A demo is composed by rule, the same every time.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

from assistant.campaign.gather import LONGEST_NAME
from assistant.cli.speaking import answer_with, load_library, tell
from assistant.errors import InputError
from assistant.interpret import named_regions
from assistant.library import Library, Region
from assistant.library.profiles import Move
from assistant.records import to_data


def run_region(options: argparse.Namespace) -> int:
    """Print one region, or the names of all of them."""
    library = load_library()
    if options.name is None:
        answer_with({"regions": list(library.regions)})
        return 0
    region = named(options.name, library)
    answer = to_data(region) | {"idiom": idiom(region)}
    if options.demo is not None:
        answer["demo"] = str(demo(region, _free(options.demo), library))
    answer_with(answer)
    tell("\n".join([*page(region), "\nIdiom of the melodies", f"  {_idiom_said(region)}"]))
    return 0


def idiom(region: Region) -> dict[str, object]:
    """Where melodies come from: ``learned`` of how many tunes of which collection, or spoken by ``grammar``."""
    from models.idiom.weights import learned_of

    found = learned_of(region.id)
    if found is None:
        return {"kind": "grammar"}
    return {"kind": "learned", "collection": found.collection, "tunes": found.tunes, "licence": found.licence}


def named(name: str, library: Library) -> Region:
    """The region of an id, or the one place that words in any language name ("Türkiye", "土耳其", "Irish").

    Raises
    ------
    InputError
        With the legal ids, where the words name no region or several.
    """
    if len(name) > LONGEST_NAME:
        given = f"region {name[:40]!r}... of {len(name)} letters"
        raise InputError(given, f"{LONGEST_NAME} letters at most", "name one place")
    found = named_regions(name, library)
    if len(found) > 1:
        raise InputError(f"region {name!r}, which may be {' or '.join(found)}", "one place", "name one of them")
    return library.region(found[0] if found else "-".join(name.split()).lower())


def _free(name: str) -> Path:
    """The file to write; raises `InputError` where that cannot be, or where something is already."""
    path = Path(name)
    if path.suffix.lower() != ".wav" or path.exists() or not path.absolute().parent.is_dir():
        raise InputError(f"--demo {name!r}", "a new .wav file in a folder that is there", "name another file")
    return path


def demo(region: Region, path: Path, library: Library) -> Path:
    """Ten seconds of the region, composed by rule at its own tempo and in its tuning; writes a sound file."""
    from assistant.audio import save_wav
    from assistant.settings import from_environment
    from models.regional.demos import make_demo

    return save_wav(path, make_demo(region.id, library, from_environment()).mixdown.mix)


def page(region: Region) -> Iterator[str]:
    """The lines of a region's page, for people."""
    profile = region.profile
    low, high = region.tempo
    yield f"{region.id}: {region.texture}; {low:.0f} to {high:.0f} beats a minute; {', '.join(region.meters)}"
    yield "\nScales (semitones), bright to dark, and their tuning (cents)"
    for name, steps in region.scales:
        tuning = profile.tuning(name)
        yield f"  {name}: {_numbers(steps)}"
        if tuning is not None:
            cents = _numbers(tuning.cents) if tuning.cents else "equal steps"
            yield f"    {cents} ({tuning.certainty}: {tuning.note}) [{tuning.source}]"
    yield from _said("Motions", [(_moving(move), move.rule, move.source) for move in profile.motions])
    yield from _said("Cadences", [(_moving(move), move.rule, move.source) for move in profile.cadences])
    ornaments = [(f"{one.name}{_as(one.plays)}", one.rule, one.source) for one in profile.ornamentation]
    yield from _said("Ornaments", ornaments)
    if profile.no_ornaments:
        yield f"  {profile.no_ornaments}"
    cycles = [
        (f"{one.name}, {'+'.join(map(str, one.groups))}{_as(one.groove)}", one.rule, one.source)
        for one in profile.cycles
    ]
    yield from _said("Rhythms", cycles)
    yield from _said("Textures", [(one.kind, one.rule, one.source) for one in profile.weaves])
    yield "\nInstruments"
    for player in profile.players:
        remark = "; ".join(part for part in ("modern" if player.modern else "", player.note) if part)
        stand_in = "" if player.name == player.played_by else _as(player.played_by)
        line = f"  {player.name}{stand_in}: {', '.join(player.roles)}; {' to '.join(player.range)}"
        yield f"{line} ({remark})" if remark else line
    modern = [(_of(one.name, (*one.styles, *one.instruments)), one.rule, one.source) for one in profile.modern]
    yield from _said("Modern", modern)
    yield "\nNot ours to use\n  " + "\n  ".join(region.avoid)
    yield "\nSources\n  " + "\n  ".join(region.sources)


def _idiom_said(region: Region) -> str:
    """The line of a page that says where the melodies come from."""
    told = idiom(region)
    if told["kind"] == "grammar":
        return "spoken by grammar: scales, motions and cadences above; no clean tunes to learn from"
    return f"learned from {told['tunes']} tunes: {told['collection']} ({told['licence']})"


def _said(title: str, statements: list[tuple[str, str, str]]) -> Iterator[str]:
    """Statements under a title, each with whose word it is."""
    if statements:
        yield f"\n{title}"
    for name, rule, source in statements:
        yield f"  {name}: {rule} [{source}]" if name else f"  {rule} [{source}]"


def _moving(move: Move) -> str:
    """The scales and degrees of a motion."""
    return " ".join(part for part in (", ".join(move.scales), "-".join(map(str, move.degrees))) if part)


def _of(name: str, ids: tuple[str, ...]) -> str:
    return f"{name} ({', '.join(ids)})" if ids else name


def _as(stand_in: str) -> str:
    return f" (played as {stand_in})" if stand_in else ""


def _numbers(values: tuple[float, ...] | tuple[int, ...]) -> str:
    return " ".join(f"{value:g}" for value in values)
