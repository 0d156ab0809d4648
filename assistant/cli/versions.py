"""``cuewright versions``: cut-downs, a sting and alternates of a take, each in a folder of its own beside it.

Conventions: the folders are called after the take's: ``cue-15s``, ``cue-sting``, ``cue-no-melody``. What the summary
says of each beyond a take's: how many notes of the motif are heard, which parts strike the final chord, and for an
alternate whether every stem that stayed is the very one.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import soundfile as sf

from assistant.brief import Brief
from assistant.cli.folders import check_writable, free_folder, named_folder
from assistant.cli.players import players_of
from assistant.cli.speaking import Json, answer_with, load_library, tell
from assistant.errors import InputError
from assistant.settings import from_environment

if TYPE_CHECKING:
    from assistant.cutdowns import Version
    from assistant.library import Library
    from assistant.pipeline import Line, Step
    from assistant.session import Session, TakeRecord

MOST = 12
"""Versions of one command."""
_BLOCK = 2**20


def run_versions(options: argparse.Namespace) -> int:
    """Make versions of the take in a folder."""
    from assistant.deliver import load_cue
    from assistant.pipeline import Line
    from assistant.session import Session
    from models.registry import compare_with_training

    folder = Path(options.folder)
    take = load_cue(folder).take(folder)
    library = load_library()
    versions = _asked(options, take, library)
    out = named_folder(options.out or options.folder)
    check_writable(out)
    session = Session("command-line", language=take.constraints.language).with_take(take)
    summaries = []
    for version in versions:
        place = free_folder(out.with_name(f"{out.name}-{version.id}"))
        line = Line(
            library=library,
            settings=from_environment(),
            folder_for=lambda number, place=place: place,  # type: ignore[misc]  # mypy knows no defaults of lambdas
            **players_of(take).for_line(),
            similarity=compare_with_training,
        )
        summaries.append(_made(session, take, version, line))
    answer_with({"versions": summaries})
    return 0


def _asked(options: argparse.Namespace, take: TakeRecord, library: Library) -> list[Version]:
    """The versions that the options name, all of them checked before the first is made."""
    from assistant.cutdowns import STING_S, alternate, cut_down, sting

    made = [cut_down(take, _seconds(word), library) for word in _listed(options.lengths)]
    if options.sting is not None:
        made.append(sting(take, library, _seconds(options.sting) if options.sting else STING_S))
    silent = [tuple(word.split("+")) for word in _listed(options.without)]
    silent += [("underscore",)] if options.underscore else []
    made += [alternate(take, words, library) for words in silent]
    if not 1 <= len(made) <= MOST:
        raise InputError(
            f"{len(made)} versions", f"1 to {MOST}", "name some: --lengths 30,15 --sting --without melody --underscore"
        )
    return made


def _listed(words: str | None) -> list[str]:
    return [word.strip() for word in (words or "").split(",") if word.strip()]


def _seconds(word: str) -> float:
    try:
        return float(word.removesuffix("s"))
    except ValueError as error:
        raise InputError(f"length {word!r:.40}", "seconds such as 15 or 7.5", "correct it") from error


def _made(session: Session, take: TakeRecord, version: Version, line: Line) -> Json:
    """One version, told and summed up."""
    from assistant.cutdowns import motif_of, said_notes, struck_at_end
    from assistant.pipeline import make_versions
    from assistant.summary import take_summary

    tell(f"  {version.id} ...")
    seconds: dict[str, float] = {}
    ended = session
    steps: Iterator[Step] = make_versions(session, take, Brief(version.id), (version,), line)
    for step in steps:
        if step.value is not None and step.seconds:
            seconds[step.station] = round(step.seconds, 3)
        if step.station == "session":
            ended = step.value  # type: ignore[assignment]  # a step "session" holds one
    made = ended.takes[-1]
    summary: Json = {"version": version.id} | take_summary(made, seconds)
    motif = version.asked.motif or motif_of(take, made.plan.length_s, line.library)
    if motif is not None:
        summary["motif"] = {"notes": len(motif.notes), "heard": said_notes(motif, made.score)}
    summary["final_chord"] = {
        "at_s": round(made.plan.tempo_map.seconds_at(made.plan.final_q), 3),
        "parts": list(struck_at_end(made.plan, made.score)),
    }
    if version.is_given:
        summary["same_stems"] = _same_stems(Path(take.folder), Path(made.folder))
    return summary


def _same_stems(before: Path, after: Path) -> bool:
    """Whether every stem of one delivery is, to the sample, that of another; when each file was made may differ."""
    return all(_sounds_alike(before / "stems" / stem.name, stem) for stem in (after / "stems").glob("*.wav"))


def _sounds_alike(one: Path, two: Path) -> bool:
    """Whether two sound files hold the same samples."""
    with sf.SoundFile(one) as first, sf.SoundFile(two) as second:
        if (first.frames, first.channels) != (second.frames, second.channels):
            return False
        pairs = zip(first.blocks(_BLOCK, dtype="int32"), second.blocks(_BLOCK, dtype="int32"), strict=True)
        return all(np.array_equal(*pair) for pair in pairs)
