"""The sonic logo, stated at the end: its last note is struck with the final chord.

Conventions: positions in quarter notes. The lead has the logo and nothing else from its beginning on; other tunes are
silent under it. It sounds as it is written, moved by octaves into the lead's range.
"""

from __future__ import annotations

from dataclasses import replace

from assistant.campaign.brand import Brand
from assistant.plan import Plan
from assistant.score import Note, Part, Score
from assistant.score.motif import Motif

NEAR_Q = 0.05
LOUD = 104
"""Velocity of the logo's notes; the last is a little stronger."""
TUNES = ("lead", "counter", "colour")
"""Roles that are silent under the logo."""


def with_logo(score: Score, plan: Plan, brand: Brand) -> Score:
    """The score with the brand's logo at its end; the score itself where there is none, or nobody to sing it."""
    logo = brand.sonic_logo
    lead = next((part for part in score.parts if part.role == "lead"), None)
    if logo is None or lead is None or not logo.notes:
        return score
    start_q = plan.final_q - logo.notes[-1].start_q
    if start_q < 0:
        return score
    planned = plan.part(lead.id)
    shift = _octaves(logo, planned.low, planned.high) if planned else 0
    last = logo.notes[-1]
    end_q = plan.tempo_map.quarters_at(plan.length_s)
    notes = []
    for note in logo.notes:
        length_q = max(note.length_q, end_q - plan.final_q) if note is last else note.length_q
        velocity = min(127, LOUD + 12) if note is last else LOUD
        notes.append(Note(round(start_q + note.start_q, 6), note.pitch + shift, length_q, velocity))
    parts = tuple(_singing(part, notes, start_q) if part is lead else _silent(part, start_q) for part in score.parts)
    return replace(score, parts=parts)


def _octaves(logo: Motif, low: int, high: int) -> int:
    """Semitones, a multiple of twelve, that bring the logo nearest to the middle of a range without leaving it."""
    pitches = [note.pitch for note in logo.notes]

    def price(shift: int) -> tuple[int, float]:
        outside = sum(max(0, low - pitch - shift) + max(0, pitch + shift - high) for pitch in pitches)
        return outside, abs(shift)

    return min((shift for shift in range(-48, 49, 12) if _within(pitches, shift)), key=price)


def _within(pitches: list[int], shift: int) -> bool:
    return all(0 <= pitch + shift <= 127 for pitch in pitches)


def _before(part: Part, start_q: float) -> list[Note]:
    """A part's notes up to the logo, none ringing into it."""
    return [
        replace(note, length_q=min(note.length_q, max(0.05, start_q - note.start_q)))
        for note in part.notes
        if note.start_q < start_q - NEAR_Q
    ]


def _singing(part: Part, logo: list[Note], start_q: float) -> Part:
    return replace(part, notes=(*_before(part, start_q), *logo))


def _silent(part: Part, start_q: float) -> Part:
    return replace(part, notes=tuple(_before(part, start_q))) if part.role in TUNES else part
