"""Takes written scenes into ``prompts/training/scenes``: ``python -m models.emotion.import_scenes FOLDER``.

Conventions: FOLDER has ``<language>.tsv`` or ``<language>-<number>.tsv`` with valence, arousal, end_valence,
end_arousal and text, separated by tabs or by ``|``; ``second/`` may hold a blind second rating of the same lines
(line number, then four values). Where both raters spoke, their mean is kept. One text in five is held out, by the
hash of the text. A line that has not five fields, a value outside -1..1 or fewer than two letters is left out and
counted.
"""

from __future__ import annotations

import argparse
import logging
import statistics
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from models.emotion.data import SCENES_DIR, held_out

APART = 0.8
"""Ratings further apart than this are listed."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Scene:
    """One sentence and how the music for it should feel at its beginning and, where it turns, at its end."""

    text: str
    felt: tuple[float, float]
    end: tuple[float, float] | None = None

    def row(self) -> str:
        """The line of the data file."""
        numbers = [*self.felt, *(self.end or ())]
        fields = [f"{round(number, 2):g}" for number in numbers] + [""] * (4 - len(numbers))
        return "\t".join([*fields, self.text, "test" if held_out(self.text, one_in=5) else "train"])


@dataclass(frozen=True)
class Agreement:
    """How two raters of one file agree."""

    file: str
    lines: int
    pearson: tuple[float, float]
    apart: tuple[str, ...]


def read_scene(row: str) -> Scene | None:
    """One written line; None for what is no scene."""
    separator = "\t" if row.count("\t") >= 4 else "|"
    fields = row.split(separator, 4)
    if len(fields) != 5:
        return None
    text = " ".join(fields[4].split())
    numbers = _numbers(fields[:4])
    if numbers is None or sum(char.isalpha() for char in text) < 2:
        return None
    valence, arousal, end_valence, end_arousal = numbers
    if valence is None or arousal is None or (end_valence is None) != (end_arousal is None):
        return None
    end = None if end_valence is None or end_arousal is None else (end_valence, end_arousal)
    return Scene(text, (valence, arousal), end)


def _numbers(fields: Iterable[str]) -> list[float | None] | None:
    """The four values, None for an empty one; None for all when one is no number in range."""
    try:
        numbers = [float(field) if field.strip() else None for field in fields]
    except ValueError:
        return None
    return numbers if all(number is None or abs(number) <= 1 for number in numbers) else None


def merge(scene: Scene, second: Scene) -> Scene:
    """The mean of two ratings; a turn that only one of them saw is kept at half its size."""
    felt = _mean(scene.felt, second.felt)
    if scene.end is None and second.end is None:
        return replace(scene, felt=felt)
    return replace(scene, felt=felt, end=_mean(scene.end or scene.felt, second.end or second.felt))


def _mean(one: tuple[float, float], two: tuple[float, float]) -> tuple[float, float]:
    return ((one[0] + two[0]) / 2, (one[1] + two[1]) / 2)


def second_ratings(path: Path) -> dict[int, Scene]:
    """The second rating of a file by line number, counted from 1; empty when there is none."""
    if not path.is_file():
        return {}
    found = {}
    for row in path.read_text("utf-8").splitlines():
        number, _, rest = row.replace("|", "\t").partition("\t")
        scene = read_scene("\t".join([*(rest.split("\t") + [""] * 4)[:4], "second rating"]))
        if number.strip().isdigit() and scene is not None:
            found[int(number)] = scene
    return found


def read_file(path: Path) -> tuple[list[Scene], int, Agreement | None]:
    """Scenes of a file with both ratings merged, how many lines were left out, and the raters' agreement."""
    second = second_ratings(path.parent / "second" / path.name)
    scenes, pairs, left_out = [], [], 0
    for number, row in enumerate(path.read_text("utf-8").splitlines(), 1):
        scene = read_scene(row)
        if scene is None:
            left_out += bool(row.strip())
            continue
        if number in second:
            pairs.append((scene, second[number]))
            scene = merge(scene, second[number])
        scenes.append(scene)
    return scenes, left_out, _agreement(path.name, pairs) if len(pairs) > 2 else None


def _agreement(name: str, pairs: list[tuple[Scene, Scene]]) -> Agreement:
    """Correlation of two raters, and the lines on which they are far apart."""
    pearson = [
        statistics.correlation([one.felt[axis] for one, _ in pairs], [two.felt[axis] for _, two in pairs])
        for axis in (0, 1)
    ]
    apart = tuple(
        f"{one.felt} {two.felt} {one.text}"
        for one, two in pairs
        if any(
            abs(a - b) > APART
            for a, b in zip((*one.felt, *(one.end or ())), (*two.felt, *(two.end or ())), strict=False)
        )
    )
    return Agreement(name, len(pairs), (pearson[0], pearson[1]), apart)


def main() -> None:
    """Read every file of a folder, write one a language, tell what was left out."""
    parser = argparse.ArgumentParser(prog="python -m models.emotion.import_scenes", description=__doc__)
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    by_language: dict[str, dict[str, Scene]] = {}
    for path in sorted(folder.glob("*.tsv")):
        scenes, left_out, agreement = read_file(path)
        known = by_language.setdefault(path.stem.split("-")[0], {})
        known |= {scene.text: scene for scene in scenes}
        log.info("%s: %d scenes, %d lines left out", path.name, len(scenes), left_out)
        if agreement:
            log.info("  raters: valence %.2f, arousal %.2f over %d", *agreement.pearson, agreement.lines)
            for line in agreement.apart:
                log.info("  apart: %s", line)
    SCENES_DIR.mkdir(parents=True, exist_ok=True)
    for language, scenes_by_text in by_language.items():
        rows = [scene.row() for scene in scenes_by_text.values()]
        (SCENES_DIR / f"{language}.tsv").write_text("\n".join(rows) + "\n", "utf-8")
        log.info("%s: %d scenes, %d held out", language, len(rows), sum(row.endswith("\ttest") for row in rows))


if __name__ == "__main__":
    main()
