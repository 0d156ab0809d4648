"""``cuewright score`` and ``cuewright revise``: the line walked, its progress told, the take summed up.

Conventions: bad input stays one line, so progress is told in a log only after the stations that find it.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from assistant.brief import Brief, Edit
from assistant.cli.folders import check_writable, free_folder, named_folder
from assistant.cli.players import players_asked, players_of
from assistant.cli.reading import run_dry
from assistant.cli.speaking import Json, answer_with, load_library, tell
from assistant.constraints import Understanding
from assistant.errors import InputError
from assistant.explain import say_findings, voice
from assistant.settings import Settings, checked_seed, from_environment
from assistant.taste import load_taste, save_taste

if TYPE_CHECKING:
    from assistant.pipeline import Line, Step
    from assistant.session import Session

READING = ("clip", "interpret", "plan")
"""Stations that find bad input: a log sees their progress only after it, so that bad input stays one line."""


def run_score(options: argparse.Namespace) -> int:
    """Compose a cue, or several takes of it."""
    if not 1 <= options.takes <= 20:
        raise InputError(f"--takes {options.takes}", "1 to 20", "ask for fewer")
    if options.seed is not None:
        checked_seed(options.seed)
        checked_seed(options.seed + options.takes - 1)
    _beside(options)  # wrong values are told before anything is loaded
    out = named_folder(options.out)
    check_writable(out)
    settings = from_environment()
    summaries = []
    for index in range(options.takes):
        seed = None if options.seed is None else options.seed + index
        folder = free_folder(out)
        if folder != out:
            tell(f"{options.out} holds a take already; this one is written to {folder}")
        summaries.append(_make_take(options, settings, folder, seed))
    answer_with(summaries[0] if options.takes == 1 else {"takes": summaries})
    return 0


def _make_take(options: argparse.Namespace, settings: Settings, folder: Path, seed: int | None) -> Json:
    from assistant.pipeline import Line
    from assistant.session import Session
    from models.registry import (
        advisers,
        compare_with_reference,
        compare_with_training,
    )

    library = load_library()
    line = Line(
        library=library,
        settings=settings,
        folder_for=lambda number: folder,
        seed=seed,
        **players_asked(options, library).for_line(),
        similarity=compare_with_training,
        reference=compare_with_reference,
        advisers=advisers(),
    )
    session = Session("command-line", taste=load_taste(settings.taste_file))
    brief = Brief(options.text, options.clip, motif=options.motif, beside=_beside(options))
    return walk_line(session, brief, line)


def _beside(options: argparse.Namespace) -> tuple[Edit, ...]:
    """Region, the one that follows it, and strength of colour, as options name them."""
    regions = options.region.split("+") if options.region else []
    if len(regions) > 2:
        raise InputError(f"--region {options.region}", "one region, or two joined by +", "leave some out")
    named = [Edit(field, name) for field, name in zip(("region", "fusion"), regions, strict=False)]
    return (*named, *((Edit("colour", options.colour),) if options.colour else ()))


def walk_line(session: Session, brief: Brief, line: Line) -> Json:
    """Walk the line, tell its progress, and sum up the take (or raise what is asked)."""
    from assistant.pipeline import converse
    from assistant.summary import summary_of

    summary, ended = summary_of(_told(converse(session, brief, line=line), session.language), session)
    tell(summary.get("say", ""))
    if ended.taste != session.taste:
        save_taste(ended.taste, line.settings.taste_file)
    take = ended.current_take
    if take is not None and len(ended.takes) > len(session.takes):
        tell(say_findings(take.findings, voice(take.constraints.language)))
    return summary


def _told(steps: Iterator[Step], language: str) -> Iterator[Step]:
    """The steps of a walk, each station told as it begins."""
    from assistant.feedback import Reply

    waiting: list[str] = []
    for step in steps:
        if step.begins:
            waiting.append(f"  {voice(language).text('stations', step.station)} ...")
            if step.station not in READING or sys.stderr.isatty():
                tell("\n".join(waiting))
                waiting.clear()
        elif isinstance(step.value, Understanding):
            language = step.value.constraints.language
        elif isinstance(step.value, Reply):
            language = step.value.language
        yield step


def run_revise(options: argparse.Namespace) -> int:
    """Reply to a take: the next one is written beside it."""
    if options.dry_run:
        return run_dry(options)
    if options.folder is None or options.text is None:
        raise InputError("revise without a folder and a reply", 'cuewright revise DIR "TEXT"', "name both")
    from assistant.deliver import load_cue
    from assistant.pipeline import Line
    from assistant.session import Session
    from models.registry import advisers, compare_with_reference, compare_with_training

    take = load_cue(Path(options.folder)).take(Path(options.folder))
    check_writable(Path(options.folder))
    folder = free_folder(named_folder(options.folder))
    line = Line(
        library=load_library(),
        settings=from_environment(),
        folder_for=lambda number: folder,
        **players_of(take).for_line(),
        similarity=compare_with_training,
        reference=compare_with_reference,
        advisers=advisers(),
    )
    taste = load_taste(line.settings.taste_file)
    session = Session("command-line", language=take.constraints.language, taste=taste).with_take(take)
    answer_with(walk_line(session, Brief(options.text, motif=options.motif), line))
    return 0
