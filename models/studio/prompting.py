"""What an audio model is told of a stretch of the plan, in the words that it understands best.

Style, region, players, mood, tempo, key, metre and room of the bars are called by plain English names
(``prompts/studio/words.toml``) and put together as each model's own file says (``prompts/studio/<engine>.toml``): tags,
phrases or a sentence. A phrase one of whose ``$slots`` has nothing to say is left out.

Conventions: bars count from 0, ``end_bar`` is the bar after the last; tempo in beats a minute as musicians count them.
No artist or work is ever named, for only ids of the library and figures of the plan go in.
"""

from __future__ import annotations

import string
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from assistant.datafile import read_data
from assistant.errors import DataError
from assistant.plan import Key, Plan, Section
from assistant.settings import ROOT

FOLDER = ROOT / "prompts" / "studio"
RISE = 0.2
"""By how much arousal changes from first to last bar before it's said."""
MOODS = 2
"""How many words of mood are given."""
FIELDS = ("and", "most_players", "join", "end", "pieces", "negative")


@dataclass(frozen=True)
class Wording:
    """How one model wants to be told.

    Parameters
    ----------
    joined : str
        Between the last two of a list of names; commas before.
    most_players : int
        How many instruments are named.
    join, end : str
        Between phrases, and after the last.
    pieces : tuple of str
        The phrases, with ``$slots``.
    negative : str
        What is never wanted; empty where the model takes no such words.
    """

    joined: str
    most_players: int
    join: str
    end: str
    pieces: tuple[str, ...]
    negative: str


@dataclass(frozen=True)
class Said:
    """What a model is told of some bars; the figures stand beside the words for models that have fields for them.

    Parameters
    ----------
    prompt, negative : str
    tempo_bpm : float
    key : str
        Tonic and major or minor, whichever the mode is nearer to.
    beats : int
        Beats of a bar.
    """

    prompt: str
    negative: str
    tempo_bpm: float
    key: str
    beats: int


def say(plan: Plan, engine: str, *, first_bar: int = 0, end_bar: int | None = None, folder: Path = FOLDER) -> Said:
    """What the model of an engine is told of some bars.

    Parameters
    ----------
    plan : Plan
    engine : str
        Name of a file of the folder.
    first_bar, end_bar : int
        All bars of the plan unless given.
    folder : Path

    Raises
    ------
    DataError
        If a file breaks its form, or knows no word for something of the plan.
    """
    wording, words = wording_of(engine, folder), vocabulary(folder)
    bars = range(first_bar, min(end_bar or plan.bar_count, plan.bar_count))
    middle = plan.bars[(bars.start + bars.stop) // 2 if len(bars) > 1 else bars.start]
    tempo_bpm = plan.tempo_map.tempo_at(middle.start_q) / plan.tempo_map.counted_meter.count_q
    key = plan.section_of(middle.index).key
    players = _players(plan, bars)
    slots = {
        "style": _word(words, "styles", plan.style),
        "region": _word(words, "regions", plan.region_at(middle.index)),
        "instruments": _listed(
            [_word(words, "instruments", name) for name in players[: wording.most_players]], wording
        ),
        "mood": _listed(_moods(plan, bars, words), wording),
        "arc": _arc(plan, bars, words),
        "ending": words["arcs"]["ends"] if bars.stop == plan.bar_count and not plan.loop else "",
        "room": words["rooms"][plan.reverb],
        "tempo": next(str(name) for most, name in words["tempi"] if tempo_bpm <= most),
        "bpm": f"{tempo_bpm:.0f}",
        "key": f"{_tonic(key)} {words['modes'].get(key.mode, _known_mode(key))}",
        "meter": f"{middle.meter} time" if str(middle.meter) != "4/4" else "",
    }
    prompt = wording.join.join(filter(None, (_filled(piece, slots) for piece in wording.pieces))) + wording.end
    return Said(prompt, _negative(plan, wording, words), tempo_bpm, f"{_tonic(key)} {_third(key)}", middle.meter.beats)


@cache
def wording_of(engine: str, folder: Path = FOLDER) -> Wording:
    """How the model of an engine wants to be told; raises `DataError` where its file breaks its form."""
    path = folder / f"{engine}.toml"
    data = read_data(path)
    if missing := [name for name in FIELDS if name not in data]:
        raise DataError(f"{path}: without {', '.join(missing)}", f"give {', '.join(FIELDS)}")
    wording = Wording(
        joined=data["and"],
        most_players=data["most_players"],
        join=data["join"],
        end=data["end"],
        pieces=tuple(data["pieces"]),
        negative=data["negative"],
    )
    known = {"style", "region", "instruments", "mood", "arc", "ending", "room", "tempo", "bpm", "key", "meter"}
    named = {name for piece in wording.pieces for name in string.Template(piece).get_identifiers()}
    if not wording.pieces or named - known:
        raise DataError(f"{path}: pieces with {sorted(named - known)}", f"use slots of {', '.join(sorted(known))}")
    return wording


@cache
def vocabulary(folder: Path = FOLDER) -> dict[str, Any]:
    """The tables of ``words.toml``."""
    return read_data(folder / "words.toml")


def _word(words: dict[str, Any], table: str, name: str | None) -> str:
    """What an id is called; nothing for none."""
    if not name:
        return ""
    if name not in words[table]:
        raise DataError(f"prompts/studio/words.toml: no word for {name!r} under [{table}]", "add it")
    return str(words[table][name])


def _filled(piece: str, slots: dict[str, str]) -> str:
    """A phrase with its slots filled; nothing where one has nothing to say."""
    template = string.Template(piece)
    return template.substitute(slots) if all(slots[name] for name in template.get_identifiers()) else ""


def _players(plan: Plan, bars: range) -> list[str]:
    """Instruments that sound in the bars, each once, the lead first, then those that sound in most of them."""
    counts = {part.id: sum(part.bars[bar].active for bar in bars) for part in plan.parts}
    heard = [part for part in plan.parts if counts[part.id]]
    heard.sort(key=lambda part: (part.role != "lead", -counts[part.id], -part.level_lu))
    return list(dict.fromkeys(part.instrument for part in heard))


def _stretches(plan: Plan, bars: range) -> list[tuple[Section, int]]:
    """The sections of the bars, each with how many bars of it there are."""
    each = [
        (section, len(range(max(section.start_bar, bars.start), min(section.end_bar, bars.stop))))
        for section in plan.sections
    ]
    return [(section, count) for section, count in each if count > 0] or [(plan.section_of(bars.start), 1)]


def _moods(plan: Plan, bars: range, words: dict[str, Any]) -> list[str]:
    """The words that lie nearest to the mean of valence and arousal."""
    stretches = _stretches(plan, bars)
    total = sum(count for _, count in stretches)
    valence = sum(section.valence * count for section, count in stretches) / total
    arousal = sum(section.arousal * count for section, count in stretches) / total
    near = sorted(words["moods"], key=lambda mood: (mood[0] - valence) ** 2 + (mood[1] - arousal) ** 2)
    return [str(mood[2]) for mood in near[:MOODS]]


def _arc(plan: Plan, bars: range, words: dict[str, Any]) -> str:
    """Where the energy goes within the bars."""
    stretches = _stretches(plan, bars)
    change = stretches[-1][0].arousal - stretches[0][0].arousal
    if plan.loop and abs(change) <= RISE:
        return str(words["arcs"]["loops"])
    return str(words["arcs"]["rises" if change > 0 else "falls"]) if abs(change) > RISE else ""


def _negative(plan: Plan, wording: Wording, words: dict[str, Any]) -> str:
    """What is not wanted: never, in this band, and by the person."""
    if not wording.negative:
        return ""
    band = {part.instrument for part in plan.parts}
    absent = [name for name, players in words["absent"].items() if not band & set(players)]
    ruled_out = plan.asked.instruments.exclude if plan.asked is not None else ()
    banned = [
        _word(words, "instruments", name) for name in ruled_out if name in words["instruments"] and name not in band
    ]
    return ", ".join(dict.fromkeys([wording.negative.rstrip("."), *absent, *banned]))


def _listed(names: Sequence[str], wording: Wording) -> str:
    *most, last = names or [""]
    return f"{', '.join(most)}{wording.joined}{last}" if most else last


def _tonic(key: Key) -> str:
    return key.name.split(" ", 1)[0]


def _third(key: Key) -> str:
    return "minor" if key.is_minor else "major"


def _known_mode(key: Key) -> str:
    """The mode's name where musicians know it; of a region's own scale whether it is major or minor."""
    church = ("major", "minor", "dorian", "phrygian", "lydian", "mixolydian", "locrian")
    return key.mode if key.mode in church else _third(key)
