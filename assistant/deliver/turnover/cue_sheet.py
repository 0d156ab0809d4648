"""A cue sheet: what music is where, in SMPTE time codes, as a table.

Conventions: the first row is the cue, then its sections and hits in order of time. "Out" is the frame after the last.
Fields are English, as cue sheets are read everywhere; the person's own words stay in their language. CSV is UTF-8 with
a mark at its start, by which spreadsheets know it; a text that a spreadsheet would take for a formula gets an
apostrophe before it.
"""

from __future__ import annotations

import csv
import io
from dataclasses import astuple, dataclass, fields
from pathlib import Path

from assistant.deliver.turnover.values import MAKER, Moment, Turnover

USAGE = "BI"
"""Background instrumental, as collecting societies abbreviate it."""


@dataclass(frozen=True)
class Row:
    """One line of a cue sheet, as text."""

    cue: str
    type: str
    title: str
    tc_in: str
    tc_out: str
    duration: str
    start_s: str
    bar: str
    beat: str
    tempo_bpm: str
    usage: str = ""
    composer: str = ""


HEADS = ("Cue", "Type", "Title", "TC in", "TC out", "Duration", "Start (s)", "Bar", "Beat", "Tempo (BPM)", "Usage",
         "Composer")  # fmt: skip
assert len(HEADS) == len(fields(Row))


def rows_of(turnover: Turnover) -> tuple[Row, ...]:
    """The lines of a cue sheet, the cue itself first."""
    whole = Moment(turnover.title, "cue", 0.0, turnover.length_s, 1, 1)
    composer = f"{MAKER} ({turnover.engine})" if turnover.engine else MAKER
    head = _row(turnover, "1M1", whole, usage=USAGE, composer=composer)
    return head, *(_row(turnover, f"1M1.{place}", moment) for place, moment in enumerate(turnover.moments, start=1))


def _row(turnover: Turnover, number: str, moment: Moment, *, usage: str = "", composer: str = "") -> Row:
    base, tempo_map = turnover.timebase, turnover.score.tempo_map
    first, last = base.frame_at(moment.start_s), base.frame_at(moment.end_s)
    meter = tempo_map.first_meter
    bpm = tempo_map.tempo_at(tempo_map.quarters_at(moment.start_s)) / meter.count_q
    return Row(
        cue=number,
        type=moment.kind.capitalize(),
        title=moment.name,
        tc_in=turnover.code(moment.start_s),
        tc_out=turnover.code(moment.end_s),
        duration=base.code(last - first),
        start_s=f"{moment.start_s:.3f}",
        bar=str(moment.bar),
        beat=f"{moment.beat:g}",
        tempo_bpm=f"{bpm:.2f}",
        usage=usage,
        composer=composer,
    )


def facts_of(turnover: Turnover) -> tuple[tuple[str, str], ...]:
    """What stands above the table."""
    plan = turnover.plan
    facts = [
        ("Title", turnover.title),
        ("Brief", " ".join(turnover.words.split())),
        ("Picture", Path(turnover.clip.path).name if turnover.clip is not None else "none"),
        (
            "Frame rate",
            f"{turnover.timebase.name} fps, picture starts at {turnover.timebase.code(turnover.start_frame)}",
        ),
        ("Length", f"{turnover.length_s:.3f} s"),
        ("Key, tempo, metre", f"{plan.key.name}, {plan.tempo_map.felt_bpm[0]:.2f} BPM, {plan.tempo_map.counted_meter}"),
        ("Composer", f"{MAKER}, a program (engine {turnover.engine or 'unknown'}); see rights.json"),
        ("Written", f"{turnover.made:%Y-%m-%d}"),
    ]
    if turnover.loudness_lufs is not None and turnover.true_peak_dbtp is not None:
        facts.insert(-2, ("Loudness", f"{turnover.loudness_lufs:.1f} LUFS, {turnover.true_peak_dbtp:.1f} dBTP"))
    return tuple(facts)


def csv_text(turnover: Turnover) -> str:
    """The table as comma separated values."""
    target = io.StringIO()
    writer = csv.writer(target)
    writer.writerow((*HEADS, "Frame rate"))
    for row in rows_of(turnover):
        writer.writerow([no_formula(text) for text in (*astuple(row), turnover.timebase.name)])
    return target.getvalue()


def no_formula(text: str) -> str:
    """Text that a spreadsheet shows and never works out.

    Examples
    --------
    >>> no_formula("=1+1"), no_formula("theme")
    ("'=1+1", 'theme')
    """
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


def write_csv(turnover: Turnover, path: Path) -> Path:
    """Write the table as comma separated values."""
    path.write_text(csv_text(turnover), encoding="utf-8-sig", newline="")
    return path
