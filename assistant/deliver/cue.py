"""``cue.json``: a take on disk, from which the next reply goes on.

Conventions: one record, one top-level name a line; reading it back gives equal values. The folder a take lies in is
not written: it is wherever the file is found.
"""

from __future__ import annotations

import json
import platform
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from pathlib import Path

from assistant import __version__
from assistant.brief import Brief
from assistant.check import Findings
from assistant.clip import Clip
from assistant.constraints import Constraints
from assistant.deliver.values import EngineCard, Materials
from assistant.errors import InputError
from assistant.plan import Plan
from assistant.records import STRICT, from_json, to_data
from assistant.score import Score
from assistant.session import Skin, TakeRecord
from assistant.settings import LONGEST_S, checked_seed

CUE_FILE = "cue.json"
FORMAT = 1
SAME_LENGTH_S = 0.01
"""Lengths of plan and score that differ by less are the same."""
LIBRARIES = ("numpy", "scipy", "pyfluidsynth", "symusic", "av", "torch")
"""Libraries whose version can change what is heard or measured."""


@dataclass(frozen=True)
class Version:
    """A thing and its version."""

    __pydantic_config__ = STRICT

    name: str
    version: str


@dataclass(frozen=True)
class Cue:
    """Everything that is known of one take."""

    __pydantic_config__ = STRICT

    format: int
    number: int
    parent: int
    brief: Brief
    constraints: Constraints
    clip: Clip | None
    plan: Plan
    score: Score
    findings: Findings
    engine: str
    engine_card: EngineCard
    seed: int
    renderer: str
    soundfont: str
    versions: tuple[Version, ...] = ()
    skin: Skin | None = None
    painter_card: EngineCard | None = None

    def __post_init__(self) -> None:
        checked_seed(self.seed)
        plan, score = self.plan, self.score
        if not (plan.bar_count and plan.sections and plan.chords and score.parts):
            raise InputError("an empty plan or score", "bars, sections, chords and parts", "compose the cue again")
        if not (0 < plan.length_s <= LONGEST_S and abs(plan.length_s - score.length_s) < SAME_LENGTH_S):
            lengths = f"a plan of {plan.length_s:g} s and a score of {score.length_s:g} s"
            raise InputError(lengths, f"one length, {LONGEST_S:g} s at most", "compose the cue again")
        if (self.constraints.duration_s or 0) > LONGEST_S:
            raise InputError(f"length {self.constraints.duration_s:g}", f"{LONGEST_S:g} s at most", "ask for less")

    def take(self, folder: Path) -> TakeRecord:
        """The take as a session knows it, lying in ``folder``."""
        return TakeRecord(
            number=self.number,
            constraints=self.constraints,
            plan=self.plan,
            score=self.score,
            findings=self.findings,
            engine=self.engine,
            seed=self.seed,
            folder=str(folder),
            parent=self.parent,
            clip=self.clip,
            skin=self.skin,
        )


def cue_of(materials: Materials) -> Cue:
    """The cue that a delivery's materials amount to."""
    take, mixdown = materials.take, materials.mixdown
    return Cue(
        format=FORMAT,
        number=take.number,
        parent=take.parent,
        brief=materials.brief,
        constraints=take.constraints,
        clip=materials.clip,
        plan=take.plan,
        score=take.score,
        findings=take.findings,
        engine=take.engine,
        engine_card=materials.card,
        seed=take.seed,
        renderer=mixdown.renderer,
        soundfont=mixdown.soundfont.name,
        versions=_versions(),
        skin=take.skin,
        painter_card=materials.painter,
    )


@cache
def _versions() -> tuple[Version, ...]:
    """What made this take, as far as it is installed."""
    versions = [Version("cuewright", __version__), Version("python", platform.python_version())]
    for name in LIBRARIES:
        try:
            versions.append(Version(name, metadata.version(name)))
        except metadata.PackageNotFoundError:
            continue
    return tuple(versions)


def save_cue(cue: Cue, folder: Path) -> Path:
    """Write ``cue.json`` into ``folder``."""
    lines = [f"{json.dumps(name)}: {json.dumps(value, ensure_ascii=False)}" for name, value in to_data(cue).items()]
    path = folder / CUE_FILE
    path.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
    return path


def load_cue(folder: Path) -> Cue:
    """The cue in a delivery's folder.

    Raises
    ------
    InputError
        If there is none, or it is damaged or of a later format.
    """
    path = folder / CUE_FILE
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise InputError(
            f"folder {str(folder)!r} without a readable {CUE_FILE}",
            "a folder that Cuewright delivered",
            "name the folder of a take",
        ) from error
    try:
        cue = from_json(Cue, text)
    except InputError as error:
        raise InputError(
            f"file {str(path)!r} ({error.given}: {error.legal})",
            f"a {CUE_FILE} as Cuewright wrote it",
            "compose the cue again, or restore the file",
        ) from error
    if cue.format != FORMAT:
        raise InputError(f"file {str(path)!r} of format {cue.format}", f"format {FORMAT}", "use a newer Cuewright")
    return cue
