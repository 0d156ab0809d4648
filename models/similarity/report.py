"""The comparison as a delivery's papers state it."""

from __future__ import annotations

from assistant.deliver.values import Melody, SharedRun, Similarity
from assistant.score import Score
from models.similarity.index import load_index
from models.similarity.lookup import MELODIES, find_copies
from models.similarity.melody import RUN, line_of, steps_of


def compared(score: Score) -> Similarity:
    """What the melodies of a score have in common with those of the training pieces.

    Raises
    ------
    EngineError
        If the index is absent or damaged.
    """
    index = load_index()
    shared = tuple(
        SharedRun(each.part_id, each.first_bar, each.last_bar, each.notes, each.origin.piece, each.origin.collection)
        for each in find_copies(score, index=index)
    )
    melodies = tuple(
        Melody(part.id, len(line_of(*steps_of(part))) + 1)
        for part in score.parts
        if part.role in MELODIES and not part.is_drums and part.notes
    )
    return Similarity(str(index.head["what"]), int(index.head["pieces"]), RUN, shared, melodies)
