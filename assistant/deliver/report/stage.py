"""What the report's stage needs to draw the cue while it plays: notes, bars, sections, hits and loudness, packed.

Conventions: times in seconds; notes are eight bytes each (start in ms, length in hundredths of a second, pitch,
velocity; little-endian) in base64, so that thirty busy minutes stay below a megabyte. Files are relative to the page.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Collection, Sequence

import numpy as np

from assistant.deliver.pictures import part_colours
from assistant.deliver.values import Materials
from assistant.deliver.words import part_names
from assistant.explain import Voice
from assistant.score import Part, Score

NOTE = np.dtype([("start_ms", "<u4"), ("length_cs", "<u2"), ("pitch", "u1"), ("velocity", "u1")])
SHOWN_LU = 30.0
"""Loudness below the loudest moment that the overview has no height for."""
OVERVIEW_POINTS = 300


def stage_json(
    materials: Materials, loudness: Sequence[tuple[float, float]], files: Collection[str], texts: Voice, speaker: Voice
) -> str:
    """Everything that moves, as JSON for the page's own script.

    Parameters
    ----------
    materials : Materials
    loudness : sequence of (float, float)
        Time in seconds and short-term loudness in LUFS.
    files : collection of str
        What lies beside the page: a part without a stem there has ``"file": null``.
    texts, speaker : Voice
        The words of the report and of the conversation.
    """
    score, plan = materials.take.score, materials.take.plan
    names, colours = part_names(score, materials.language), part_colours(score.parts)
    seconds = plan.tempo_map.seconds_at
    return json.dumps(
        {
            "length": round(score.length_s, 4),
            "parts": [
                {
                    "id": part.id,
                    "name": names[part.id],
                    "colour": colours[part.id],
                    "file": file if (file := f"stems/{part.id}.wav") in files else None,
                    "drums": part.is_drums,
                    "notes": packed(score, part),
                }
                for part in score.parts
            ],
            "sections": [
                [round(seconds(plan.bars[section.start_bar].start_q), 3), texts.name("sections", section.name)]
                for section in plan.sections
                if section.start_bar < len(plan.bars)
            ],
            "hits": [[hit.at_s, speaker.name("hits", hit.kind)] for hit in plan.hits if hit.feasible],
            "loud": overview(loudness),
        },
        ensure_ascii=False,
        separators=(",", ":"),
    )


def packed(score: Score, part: Part) -> str:
    """The notes of a part, in order of their starts, as text.

    Examples
    --------
    >>> from assistant.score import Meter, Note, TempoMap
    >>> flute = Part("a", "lead", "flute", 73, notes=(Note(1.0, 60, 1.0, 90),))
    >>> base64.b64decode(packed(Score(TempoMap.steady(60.0, Meter(4, 4)), (flute,), 8.0), flute)).hex(" ")
    'e8 03 00 00 64 00 3c 5a'
    """
    tempo_map, rows = score.tempo_map, []
    for note in part.notes:
        start_s = max(0.0, tempo_map.seconds_at(note.played_q))
        end_s = min(score.length_s, tempo_map.seconds_at(note.played_q + note.length_q))
        if start_s < score.length_s:
            length_cs = min(65_535, max(1, round(100 * (end_s - start_s))))
            rows.append((round(1000 * start_s), length_cs, note.pitch, note.velocity))
    return base64.b64encode(np.array(sorted(rows), NOTE).tobytes()).decode()


def overview(loudness: Sequence[tuple[float, float]]) -> list[int]:
    """Loudness as at most `OVERVIEW_POINTS` heights of 0 to 99, the loudest moment highest."""
    if not loudness:
        return []
    levels = np.array([level for _, level in loudness])
    edges = np.unique(np.linspace(0, len(levels), OVERVIEW_POINTS + 1).astype(int)[:-1])
    peaks = np.maximum.reduceat(levels, edges)
    heights = np.clip(1 - (peaks.max() - peaks) / SHOWN_LU, 0, 1)
    return [int(height) for height in np.rint(99 * heights)]
