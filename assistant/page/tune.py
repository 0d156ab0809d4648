"""A visitor's own tune on the page: hummed or uploaded, shown as notes and as a piano roll, corrected by typing.

Conventions: the box of notes is what counts (`assistant.score.motif` says how notes are written); a recording only
fills it. What is typed is read as notes and as nothing else: never as the name of a file.
"""

from __future__ import annotations

from html import escape
from pathlib import Path

import gradio as gr

from assistant.clip import read_motif
from assistant.deliver import pictures
from assistant.errors import AssistantError, InputError
from assistant.explain import say_error, voice
from assistant.score import Meter, Note, Part, Score, TempoMap
from assistant.score.motif import LEGAL, Motif, is_motif, parse_motif
from assistant.session import Session

LONGEST = 2_000
"""Characters of notes that are read."""
SHOWN_BPM = 92.0
"""The pace of a tune that has none."""


def heard(recording: str | None, session: Session) -> tuple[gr.Textbox, str]:
    """The notes in a recording, for the box, and their picture; what is wrong with it in the picture's place."""
    if not recording:
        return gr.Textbox(value=""), ""
    try:
        motif = read_motif(str(Path(recording)))
    except AssistantError as error:
        return gr.Textbox(value=""), _paragraph(say_error(error, voice(session.language)))
    return gr.Textbox(value=motif.text), drawn(motif, session)


def typed(notes: str, session: Session) -> str:
    """The picture of notes that were typed."""
    try:
        text = checked(notes)
        return drawn(parse_motif(text), session) if text else ""
    except AssistantError as error:
        return _paragraph(say_error(error, voice(session.language)))


def checked(notes: str | None) -> str | None:
    """Notes that may go along the line; None where none were given.

    Raises
    ------
    InputError
        If they are no notes.
    """
    plain = (notes or "").strip()
    if not plain:
        return None
    if len(plain) > LONGEST or not is_motif(plain):
        raise InputError(f"motif {plain!r:.40}", LEGAL, "correct the notes, or empty the box")
    return parse_motif(plain).text


def drawn(motif: Motif, session: Session) -> str:
    """A piano roll of a motif."""
    notes = tuple(Note(note.start_q, note.pitch, note.length_q, 90) for note in motif.notes)
    tempo = TempoMap.steady(motif.tempo_bpm or SHOWN_BPM, Meter(4, 4))
    part = Part("lead-voice", "lead", "voice", 52, notes=notes)
    score = Score(tempo, (part,), tempo.seconds_at(motif.length_q) + 0.2, motif.key or "C major")
    picture = pictures.piano_roll_svg(score, speaker=voice(session.language))
    return f'<div class="cw-take"><figure class="cw-figure">{picture}</figure></div>'


def _paragraph(words: str) -> str:
    return f"<p>{escape(words)}</p>"
