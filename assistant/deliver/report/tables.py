"""The tables of the report as plain rows: hits, chords, what changed.

Conventions: rows hold finished text in the person's language; nothing here is escaped yet, the template does that.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from assistant.check import Finding, Findings
from assistant.constraints import Constraints
from assistant.deliver.pictures import Strike
from assistant.deliver.report.promises import figure
from assistant.explain import Voice
from assistant.feedback import Difference
from assistant.plan import Plan
from assistant.plan.describe import chord_name


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
    >>> from assistant.deliver.words import report_voice
    >>> shifts(Difference((), (), 98.0, 76.5, 30.0, 30.0, 12, 9, "C major", "C major"), report_voice("en"))
    ['tempo: 98 → 76.5 BPM']
    """
    pairs = (
        ("tempo_bpm", difference.tempo_before, difference.tempo_after, "BPM"),
        ("duration_s", difference.length_before_s, difference.length_after_s, "s"),
        ("key", difference.key_before, difference.key_after, ""),
    )
    return [
        f"{texts.name('fields', field)}: {figure(before)} → {figure(after)} {unit}".strip()
        for field, before, after, unit in pairs
        if before != after
    ]
