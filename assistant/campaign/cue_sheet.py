"""A variant's cue sheet in the language of its region: the same table, its heads and kinds translated.

Conventions: as in `assistant.deliver.turnover.cue_sheet`; numbers and time codes are the same in every language.
"""

from __future__ import annotations

import csv
import io
from dataclasses import astuple, replace

from assistant.campaign.words import campaign_voice
from assistant.deliver.turnover.cue_sheet import HEADS, Row, no_formula, rows_of
from assistant.deliver.turnover.values import Turnover
from assistant.deliver.words import report_voice
from assistant.errors import DataError
from assistant.explain import Voice

KINDS = ("cue", "section", "hit")


def cue_sheet(turnover: Turnover, language: str) -> str:
    """The table as comma separated values, in a language of ours."""
    texts = campaign_voice(language)
    target = io.StringIO()
    writer = csv.writer(target)
    writer.writerow(heads(texts))
    for row in rows_of(turnover):
        cells = (*astuple(_translated(row, texts)), turnover.timebase.name)
        writer.writerow([no_formula(cell) for cell in cells])
    return target.getvalue()


def heads(texts: Voice) -> tuple[str, ...]:
    """The heads of the columns; raises `DataError` where a language has too few or too many."""
    found = tuple(head.strip() for head in texts.text("cue_sheet", "heads").split("|"))
    if len(found) != len(HEADS) + 1:
        raise DataError(f"prompts/campaign/{texts.language}.toml: {len(found)} heads", f"write {len(HEADS) + 1}")
    return found


def _translated(row: Row, texts: Voice) -> Row:
    """A row with its kind, and the name of a section or hit, in words of the language."""
    kind = row.type.lower()
    if kind not in KINDS:
        return row
    title = report_voice(texts.language).name("sections", row.title.lower()) if kind == "section" else row.title
    return replace(row, type=texts.text("cue_sheet", kind), title=title)
