"""True and false pairs of melodies for `motif_regions`: real tunes, varied in a way of its own.

Conventions: tunes are the beginnings of the Irish dance tunes of ``cre_irish`` and of voices of ``openscore_lieder``
(both clean), which are only listened to: nothing is learned from them. A variant is transposed, sped up or down,
re-metred, put into another scale and ornamented by plain rules that share no line of code with
`assistant.plan.regional`: pitches snap to the nearest step, beats are stretched.
"""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from random import Random

import numpy as np

from models.similarity.carried import Melody

DATA = Path("/work/shared/data/music")
SCALES = (
    (0, 2, 4, 5, 7, 9, 11), (0, 2, 3, 5, 7, 8, 10), (0, 2, 4, 7, 9), (0, 3, 5, 7, 10), (0, 1, 4, 5, 7, 8, 10),
    (0, 2, 3, 6, 7, 8, 11), (0, 1, 5, 7, 8),
)  # fmt: skip
STRETCHES = (
    (1, 1, 1, 1),
    (1, 1, 1, 1.5),
    (1.5, 1, 1, 1),
    (0.75, 0.75, 0.75, 0.75),
    (1, 0.5, 1, 1),
    (1.5, 0.5, 1.5, 0.5),
)
"""What becomes of the four beats of a bar: the same, an aksak of nine, compound time, five eighths and so on."""
FEWEST, MOST = 7, 18


def tunes(
    folder: Path, count: int, *, bars_q: float = 8.0, most: int = MOST, named: str = ""
) -> list[tuple[str, Melody]]:
    """The beginnings of so many tunes (two bars), spread over a set; none that dwell on one note."""
    import symusic

    paths = [path for path in sorted(folder.rglob("*.mid")) if named in path.stem]
    found: list[tuple[str, Melody]] = []
    for path in paths[:: max(1, len(paths) // (3 * count))]:
        score = symusic.Score(str(path))
        track = next((track for track in score.tracks if len(track.notes) > FEWEST and not track.is_drum), None)
        if track is None:
            continue
        rows = top_line(np.array([(note.start, note.duration, note.pitch) for note in track.notes]), score.tpq)
        head = rows[rows[:, 0] < rows[0, 0] + bars_q][:most] - [rows[0, 0], 0, 0]
        if len(head) >= FEWEST and len(set(head[:, 2])) >= 4:
            found.append((path.stem, head))
        if len(found) == count:
            break
    return found


def top_line(rows: Melody, tpq: int) -> Melody:
    """The highest note of every moment, in quarters on a grid of 24."""
    rows = rows[np.lexsort((-rows[:, 2], rows[:, 0]))].astype(float)
    rows[:, :2] = np.round(rows[:, :2] / tpq * 24) / 24
    keep = np.concatenate([[True], np.diff(rows[:, 0]) > 1e-6])
    line = rows[keep]
    ends = np.append(line[1:, 0], np.inf)
    line[:, 1] = np.maximum(1 / 24, np.minimum(line[:, 1], ends - line[:, 0]))
    return line


def varied(tune: Melody, seed: int) -> Melody:
    """A variant by the independent rules; the same seed is the same key, tempo, metre and scale for any tune."""
    rng = Random(seed)
    scale, stretch = rng.choice(SCALES), rng.choice(STRETCHES)
    up, pace, tonic = rng.randrange(-9, 10), rng.choice((0.5, 1.0, 1.0, 2.0)), rng.randrange(12)
    classes = sorted({(tonic + step) % 12 for step in scale})
    shift = (tonic - int(tune[-1, 2])) % 12
    shift = shift - 12 if shift > 6 else shift
    rows = []
    for start, length, pitch in tune:
        near = min(range(int(pitch) + shift - 4, int(pitch) + shift + 5),
                   key=lambda p: (p % 12 not in classes, abs(p - pitch - shift)))  # fmt: skip
        rows.append([_stretched(start, stretch), length, near + up])
    for row, after in pairwise(rows):
        row[1] = min(row[1], max(0.1, after[0] - row[0]))
    return np.array(_ornamented(rows, rng)) * [pace, pace, 1]


def _stretched(at_q: float, stretch: tuple[float, ...]) -> float:
    bar, inside = divmod(at_q, 4.0)
    beat, rest = divmod(inside, 1.0)
    return bar * sum(stretch) + sum(stretch[: int(beat)]) + rest * stretch[int(beat)]


def _ornamented(rows: list[list[float]], rng: Random) -> list[list[float]]:
    """Some notes with a neighbour before them or in their second half, a weak one left out now and then."""
    out: list[list[float]] = []
    for index, (start, length, pitch) in enumerate(rows):
        chance = rng.random()
        inner = 0 < index < len(rows) - 1
        if inner and chance < 0.08 and length <= 0.5:
            continue
        if inner and chance < 0.25 and length >= 0.5:
            side = rng.choice((-2, -1, 1, 2))
            out += [[start, length / 2, pitch], [start + length / 2, length / 2, pitch + side]]
        elif inner and chance < 0.35 and length >= 0.5:
            out += [[start, length / 4, pitch + rng.choice((-1, 1, 2))], [start + length / 4, 0.75 * length, pitch]]
        else:
            out.append([start, length, pitch])
    return out
