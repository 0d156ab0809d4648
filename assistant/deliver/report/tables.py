"""The tables of the report as plain rows: what was understood, promises, hits, chords, what changed.

Conventions: rows hold finished text in the person's language; nothing here is escaped yet, the template does that.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from assistant.check import Finding, Findings
from assistant.constraints import Adjustment, Constraints, Evidence
from assistant.deliver.pictures import Strike
from assistant.deliver.words import part_names, report_voice
from assistant.explain import Voice, mood, voice
from assistant.feedback import Difference
from assistant.plan import Chord, Key, Plan
from assistant.plan.values import FLATS, SHARPS
from assistant.score import Score

QUALITY_SIGNS = {
    "maj": "",
    "min": "m",
    "dim": "°",
    "aug": "+",
    "maj7": "maj7",
    "min7": "m7",
    "m7b5": "ø7",
    "dim7": "°7",
    "min6": "m6",
    "minadd9": "m(add9)",
    "min9": "m9",
}
"""How a chord's quality is written where that differs from its id."""

GROUPS = {
    "asked": ("length", "hit", "tempo", "meter", "key", "instrument", "no_instrument", "loudness", "kept"),
    "emotion": ("arc", "valence", "arousal"),
}
"""Findings by what they are to a person; all others are the craft of the sound."""

CRAFT = "craft"

TOLD = (
    "duration_s",
    "use",
    "arc",
    "styles",
    "region",
    "tempo_bpm",
    "meter",
    "key",
    "loop",
    "loudness_lufs",
    "instruments.include",
    "instruments.exclude",
    "hits",
    "adjust",
)
"""Fields that a person may have asked for, in the order in which they are told."""

UNTOLD = ("language",)
"""Fields that go without saying."""

_FLAT_TONICS = {False: {1, 3, 5, 8, 10}, True: {0, 2, 3, 5, 7, 10}}


@dataclass(frozen=True)
class Wish:
    """One understood value: its name, the value, and the words that it came from (none when we chose it)."""

    name: str
    value: str
    words: tuple[str, ...]
    assumed: bool


@dataclass(frozen=True)
class Promise:
    """One finding in words."""

    name: str
    about: str
    sentence: str
    met: bool
    on_sound: bool


@dataclass(frozen=True)
class PromiseGroup:
    """Findings that belong together; ``is_open`` when a person should see them at once."""

    name: str
    rows: tuple[Promise, ...]
    is_open: bool

    @property
    def met_count(self) -> int:
        """How many are kept."""
        return sum(row.met for row in self.rows)


@dataclass(frozen=True)
class HitRow:
    """One hit: kind, times in seconds, error in milliseconds and in frames; None where nothing was measured."""

    kind: str
    asked_s: float
    achieved_s: float | None
    error_ms: float | None
    frames: float | None
    met: bool


@dataclass(frozen=True)
class ChordBar:
    """One bar of the chord chart: number from 1, chord names, and when it sounds."""

    number: int
    chords: tuple[str, ...]
    start_s: float
    end_s: float


@dataclass(frozen=True)
class ChordLine:
    """The bars of one section."""

    section: str
    key: str
    bars: tuple[ChordBar, ...]


@dataclass(frozen=True)
class PartChange:
    """What became of one part's notes between two takes."""

    name: str
    kept: int
    changed: int
    removed: int
    added: int


def wishes(asked: Constraints, speaker: Voice, texts: Voice) -> list[Wish]:
    """Everything that was understood, in the order of the evidence; what has no evidence of its own comes last."""
    sources: dict[str, list[Evidence]] = {}
    for item in asked.evidence:
        if item.field not in UNTOLD:
            sources.setdefault(item.field, []).append(item)
    rows = [_wish(field, items, asked, speaker, texts) for field, items in sources.items()]
    seen, default = {*sources, *map(_base, sources)}, Constraints()
    for name in TOLD:
        if name not in seen and _raw(asked, name) != _raw(default, name):
            rows.append(_wish(name, [], asked, speaker, texts))
    return [row for row in rows if row.value]


def _wish(field: str, items: list[Evidence], asked: Constraints, speaker: Voice, texts: Voice) -> Wish:
    """One value with all the words that it came from."""
    words = tuple(dict.fromkeys(item.words for item in items if item.words and not item.assumed))
    assumed = bool(items) and not words and all(item.assumed for item in items)
    name = texts.name("fields", _base(field))
    return Wish(name, value_text(asked, field, speaker, texts), words, assumed)


def _base(field: str) -> str:
    """A field without its place in a list."""
    return re.sub(r"\[\d+\]", "", field)


def _raw(asked: Constraints, field: str) -> object:
    """The value of a field such as ``instruments.include`` or ``hits[0]``; None when there is none."""
    value: object = asked
    for name, place in re.findall(r"(\w+)(?:\[(\d+)\])?", field):
        value = getattr(value, name, None)
        if place and isinstance(value, tuple):
            value = value[int(place)] if int(place) < len(value) else None
    return value


def value_text(asked: Constraints, field: str, speaker: Voice, texts: Voice) -> str:
    """The value of one field as people write it, empty when nothing stands there."""
    value, name = _raw(asked, field), _base(field)
    if value is None or value == ():
        return ""
    if name == "duration_s":
        return texts.text("report", "seconds", value=value)
    if name == "arc":
        moods = dict.fromkeys(mood(point, speaker) for point in asked.arc)
        return texts.texts["words"]["then"].join(moods)
    if name == "tempo_bpm" and asked.tempo_bpm is not None:
        low, high = asked.tempo_bpm
        return f"{low:g}-{high:g} BPM" if high > low else f"{low:g} BPM"
    if name == "loudness_lufs":
        return f"{value} LUFS"
    if name == "hits":
        hits = value if isinstance(value, tuple) else (value,)
        return texts.texts["words"]["comma"].join(f"{hit.at_s:g} s ({speaker.name('hits', hit.kind)})" for hit in hits)
    if name == "adjust":
        wanted = value if isinstance(value, tuple) else (value,)
        return texts.texts["words"]["comma"].join(_adjustment(item, speaker) for item in wanted)
    if name in ("styles", "instruments.include", "instruments.exclude"):
        ids = value if isinstance(value, tuple) else (str(value),)
        return speaker.names("styles" if name == "styles" else "instruments", ids)
    if name in ("use", "region"):
        return speaker.name(f"{name}s", str(value))
    if isinstance(value, bool):
        return "✓" if value else ""
    return str(value) if isinstance(value, str | float | int) else ""


def _adjustment(item: object, speaker: Voice) -> str:
    if not isinstance(item, Adjustment):
        return ""
    return f"{speaker.name('instruments', item.part)}: {item.field} {item.amount:+g}"


def promises(findings: Findings, score: Score, language: str) -> list[PromiseGroup]:
    """Every finding in words, in groups, broken ones first; details are folded away unless one of them is broken."""
    texts, names = report_voice(language), _about_names(score, language)
    groups = []
    for group in (*GROUPS, CRAFT):
        items = [item for item in findings.items if _group(item.name) == group]
        rows = sorted((_promise(item, texts, names) for item in items), key=lambda row: row.met)
        if rows:
            is_open = group == "asked" or not all(row.met for row in rows)
            groups.append(PromiseGroup(texts.text("groups", group), tuple(rows), is_open))
    return groups


def _group(name: str) -> str:
    return next((group for group, members in GROUPS.items() if name in members), CRAFT)


def _about_names(score: Score, language: str) -> dict[str, str]:
    """What people call whatever a finding can be about: parts, sections, hits and instruments."""
    speaker, texts = voice(language), report_voice(language)
    kinds = (speaker.texts.get("instruments", {}), texts.texts["sections"], speaker.texts.get("hits", {}))
    names = {name: said for kind in kinds for name, said in kind.items()}
    emotions = {name: texts.name("findings", name) for name in ("valence", "arousal")}
    return names | emotions | part_names(score, language)


def _promise(item: Finding, texts: Voice, names: Mapping[str, str]) -> Promise:
    """One finding in words."""
    kind = item.name if item.name in texts.texts["promises"] else "other"
    if kind == "hit" and isinstance(item.achieved, str):
        kind = "hit_missing"
    asked, achieved = (_named(value, names) for value in (item.asked, item.achieved))
    slots = {"asked": asked, "achieved": achieved, "unit": item.unit}
    about = names.get(item.about, item.about.replace("-", " "))
    sentence = texts.text("promises", kind, **slots)
    return Promise(texts.name("findings", item.name), about, sentence, item.met, item.measured_on == "sound")


def _named(value: str | float, names: Mapping[str, str]) -> str:
    """A measure, or the names of what it lists."""
    if not isinstance(value, str):
        return _figure(value)
    return ", ".join(names.get(item, item) for item in value.split(", ")) if value not in ("", "-") else "–"


def _figure(value: str | float) -> str:
    """A measure with three decimals at most."""
    if isinstance(value, str):
        return value or "–"
    return f"{value:.3f}".rstrip("0").rstrip(".") if value else "0"


def hit_rows(asked: Constraints, plan: Plan, findings: Findings, *, frame_s: float, speaker: Voice) -> list[HitRow]:
    """Every planned hit with what was measured of it."""
    measured = [(item, 1.0 if item.unit == "ms" else 1000.0) for item in findings.named("hit")]
    rows = []
    for hit in plan.hits:
        found = next((pair for pair in measured if _is_about(pair[0], pair[1], hit.at_s)), None)
        kind = speaker.name("hits", hit.kind)
        if found is None:
            rows.append(HitRow(kind, hit.at_s, None, None, None, False))
            continue
        item, factor = found
        error_ms = item.error * factor if isinstance(item.achieved, float | int) else None
        achieved_s = None if error_ms is None else hit.at_s + error_ms / 1000
        frames = None if error_ms is None else error_ms / 1000 / frame_s
        rows.append(HitRow(kind, hit.at_s, achieved_s, error_ms, frames, item.met))
    return rows


def _is_about(item: Finding, factor: float, at_s: float) -> bool:
    """Whether a finding is about the hit at a time."""
    return isinstance(item.asked, float | int) and abs(float(item.asked) * factor / 1000 - at_s) < 0.05


def strikes(rows: list[HitRow]) -> list[Strike]:
    """Hits for the picture."""
    return [Strike(row.asked_s, row.kind, row.error_ms, row.met) for row in rows]


def chord_name(chord: Chord, key: Key) -> str:
    """A chord as players write it.

    Examples
    --------
    >>> chord_name(Chord(0.0, 4.0, 10, "maj", bass=2), Key(2, "minor", (0, 2, 3, 5, 7, 8, 10)))
    'Bb/D'
    """
    names = FLATS if key.tonic in _FLAT_TONICS[key.is_minor] else SHARPS
    name = names[chord.root] + QUALITY_SIGNS.get(chord.quality, chord.quality)
    return f"{name}/{names[chord.bass]}" if chord.bass is not None and chord.bass != chord.root else name


def chord_lines(plan: Plan, texts: Voice) -> list[ChordLine]:
    """The chord chart, a line a section."""
    seconds = plan.tempo_map.seconds_at
    lines = []
    for section in plan.sections:
        bars = []
        for bar in plan.bars[section.start_bar : section.end_bar]:
            struck = [chord for chord in plan.chords if bar.start_q - 1e-6 <= chord.start_q < bar.end_q - 1e-6]
            names = tuple(chord_name(chord, section.key) for chord in struck) or ("·",)
            end_s = min(plan.length_s, seconds(bar.end_q))
            bars.append(ChordBar(bar.index + 1, names, seconds(bar.start_q), end_s))
        lines.append(ChordLine(texts.name("sections", section.name), section.key.name, tuple(bars)))
    return lines


def part_changes(difference: Difference, names: Mapping[str, str]) -> list[PartChange]:
    """Kept, changed, removed and added notes of every part of either take."""
    return [
        PartChange(names.get(part.part_id, part.part_id), part.kept, part.changed, part.removed, part.added)
        for part in difference.parts
    ]


def shifts(difference: Difference, texts: Voice) -> list[str]:
    """What changed for the whole cue: tempo, length, key, each only where it did.

    Examples
    --------
    >>> from assistant.feedback.compare import Difference
    >>> shifts(Difference((), (), 98.0, 76.5, 30.0, 30.0, 12, 9, "C major", "C major"), report_voice("en"))
    ['tempo: 98 → 76.5 BPM']
    """
    pairs = (
        ("tempo_bpm", difference.tempo_before, difference.tempo_after, "BPM"),
        ("duration_s", difference.length_before_s, difference.length_after_s, "s"),
        ("key", difference.key_before, difference.key_after, ""),
    )
    return [
        f"{texts.name('fields', field)}: {_figure(before)} → {_figure(after)} {unit}".strip()
        for field, before, after, unit in pairs
        if before != after
    ]
