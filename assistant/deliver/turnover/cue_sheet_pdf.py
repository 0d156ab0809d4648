"""The cue sheet as a PDF to print and to send on.

Conventions: A4 across; fixed words are English, the person's words are in their own script (`typefaces`). Text that is
too long for its column is cut and ends with an ellipsis.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from assistant.deliver.turnover.cue_sheet import Row, facts_of, rows_of
from assistant.deliver.turnover.tags import STATEMENT
from assistant.deliver.turnover.typefaces import LATIN, register, runs_of
from assistant.deliver.turnover.values import MAKER, Turnover

if TYPE_CHECKING:
    from reportlab.pdfgen.canvas import Canvas  # type: ignore[import-untyped]

PAGE = (841.89, 595.28)
MARGIN = 42.0
BOLD = "Helvetica-Bold"
COLUMNS = (
    ("Cue", "cue", 52.0),
    ("Type", "type", 58.0),
    ("Title", "title", 226.0),
    ("TC in", "tc_in", 82.0),
    ("TC out", "tc_out", 82.0),
    ("Duration", "duration", 82.0),
    ("Bar", "bar", 34.0),
    ("Beat", "beat", 38.0),
    ("Tempo", "tempo_bpm", 52.0),
    ("Usage", "usage", 46.0),
)
"""Head, field and width in points."""
LINE, SIZE = 17.0, 9.0
DISCLOSURE = f"{STATEMENT} What it may be used for is said in rights.json."


def write_pdf(turnover: Turnover, path: Path) -> Path:
    """Write the cue sheet as PDF."""
    path.write_bytes(pdf_bytes(turnover))
    return path


def pdf_bytes(turnover: Turnover) -> bytes:
    """The cue sheet as PDF."""
    from reportlab.pdfgen.canvas import Canvas  # type: ignore[import-untyped]

    target = io.BytesIO()
    canvas = Canvas(target, pagesize=PAGE, pageCompression=1, invariant=1)
    canvas.setTitle(f"Cue sheet: {turnover.title}")
    canvas.setAuthor(MAKER)
    rows = list(rows_of(turnover))
    top = _head(canvas, turnover)
    page = 1
    while rows:
        room = max(1, int((top - MARGIN - 2 * LINE) / LINE))
        _table(canvas, rows[:room], top, turnover.language)
        rows = rows[room:]
        _foot(canvas, page)
        canvas.showPage()
        page, top = page + 1, PAGE[1] - MARGIN
    canvas.save()
    return target.getvalue()


def _head(canvas: Canvas, turnover: Turnover) -> float:
    """Title and facts; how high the table may begin."""
    top = PAGE[1] - MARGIN - 12
    canvas.setFont(BOLD, 18)
    canvas.drawString(MARGIN, top, "Music cue sheet")
    top -= 26
    for name, text in facts_of(turnover):
        canvas.setFont(BOLD, SIZE)
        canvas.drawString(MARGIN, top, name)
        _draw(canvas, text, MARGIN + 110, top, PAGE[0] - 2 * MARGIN - 110, turnover.language)
        top -= 14
    return top - 8


def _table(canvas: Canvas, rows: Sequence[Row], top: float, language: str) -> None:
    """Heads and rows, lines between them, the rows of hits in red."""
    at = MARGIN
    canvas.setFont(BOLD, SIZE)
    for head, _, width in COLUMNS:
        canvas.drawString(at + 2, top, head)
        at += width
    right = at
    canvas.setLineWidth(0.8)
    canvas.line(MARGIN, top - 5, right, top - 5)
    canvas.setLineWidth(0.2)
    for row in rows:
        top -= LINE
        at = MARGIN
        canvas.setFillColorRGB(*((0.72, 0.11, 0.11) if row.type == "Hit" else (0, 0, 0)))
        for _, name, width in COLUMNS:
            _draw(canvas, getattr(row, name), at + 2, top, width - 4, language)
            at += width
        canvas.setFillColorRGB(0, 0, 0)
        canvas.line(MARGIN, top - 5, right, top - 5)


def _foot(canvas: Canvas, page: int) -> None:
    canvas.setFont(LATIN, 7.5)
    canvas.drawString(MARGIN, MARGIN - 14, DISCLOSURE)
    canvas.drawRightString(PAGE[0] - MARGIN, MARGIN - 14, f"page {page}")


def _draw(canvas: Canvas, text: str, at: float, top: float, room: float, language: str) -> None:
    """Text in the typefaces that have its letters, cut where its room ends."""
    from reportlab.pdfbase.pdfmetrics import stringWidth  # type: ignore[import-untyped]

    pieces = runs_of(text, language)
    register({face for face, _ in pieces})
    if sum(stringWidth(piece, face, SIZE) for face, piece in pieces) > room:
        pieces = _cut(pieces, room - stringWidth("…", LATIN, SIZE))
    for face, piece in pieces:
        canvas.setFont(face, SIZE)
        canvas.drawString(at, top, piece)
        at += stringWidth(piece, face, SIZE)


def _cut(pieces: Sequence[tuple[str, str]], room: float) -> list[tuple[str, str]]:
    """As much as there is room for, and an ellipsis."""
    from reportlab.pdfbase.pdfmetrics import stringWidth  # type: ignore[import-untyped]

    kept: list[tuple[str, str]] = []
    for face, piece in pieces:
        width = 0.0
        for count, letter in enumerate(piece):
            width += stringWidth(letter, face, SIZE)
            if width > room:
                return [*kept, (face, piece[:count]), (LATIN, "…")]
        kept.append((face, piece))
        room -= width
    return kept
