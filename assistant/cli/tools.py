"""The other commands: judge, compare, motif, taste, engines, serve.

Conventions: as in `assistant.cli`.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from assistant.cli.speaking import answer_with, tell
from assistant.errors import InputError
from assistant.records import to_data
from assistant.settings import ROOT, checked_port, from_environment
from assistant.taste import Taste, load_taste, save_taste


def run_judge(options: argparse.Namespace) -> int:
    """Measure a MIDI, sound or film file."""
    from assistant.judge import judge_file

    answer_with(to_data(judge_file(Path(options.file))))
    return 0


def run_compare(options: argparse.Namespace) -> int:
    """How like two pieces are, and where."""
    from models.similarity.reference import compare, piece_of_file

    own, other = (piece_of_file(Path(name)) for name in (options.file, options.reference))
    found = compare(own, other)
    verdict = "alike" if found.recognised else "no more alike than unrelated pieces"
    tell(f"{own.name} and {other.name}: {verdict} ({found.likeness:.2f}; alike from 1)")
    for place in found.places:
        who = f"{place.part_id}, " if place.part_id else ""
        notes = f", {place.notes} notes" if place.notes else ""
        spans = (
            f"{place.start_s:.1f} to {place.end_s:.1f} s, there {place.there_start_s:.1f} to {place.there_end_s:.1f} s"
        )
        tell(f"  {place.way} {place.likeness:.2f}: {who}{spans}{notes}")
    answer_with(to_data(found))
    return 0


def run_motif(options: argparse.Namespace) -> int:
    """The notes of a tune."""
    from assistant.clip import read_motif

    if options.tempo is not None and not 20 <= options.tempo <= 300:
        raise InputError(f"--tempo {options.tempo:g}", "20 to 300", "give beats a minute")
    motif = read_motif(options.file, tempo_bpm=options.tempo)
    answer_with({"text": motif.text, **to_data(motif)})
    return 0


def run_taste(options: argparse.Namespace) -> int:
    """Shows what was learned, forgets some of it, or all."""
    path = from_environment().taste_file
    if path is None:
        raise InputError("taste without a file", "CUEWRIGHT_TASTE=FILE", "name the file that keeps it")
    taste = Taste() if options.erase else load_taste(path)
    unknown = set(options.forget or ()) - {each.label for each in taste.leanings}
    if unknown and not options.erase:
        legal = ", ".join(each.label for each in taste.leanings) or "nothing was learned yet"
        raise InputError(f"leaning {sorted(unknown)[0]!r:.60}", legal, "choose one of these")
    taste = taste.forgetting(options.forget or ())
    if options.erase or options.forget:
        save_taste(taste, path)
    answer_with(to_data(taste))
    return 0


def run_engines(options: argparse.Namespace) -> int:
    """Which engines there are."""
    from models.registry import list_engines

    engines = list_engines()
    for engine in engines:
        what = f"{engine.name}: {engine.title}; {engine.licence}"
        note = f" ({engine.commercial_note})" if engine.commercial_note else ""
        allowed = note if engine.commercial_use else ", not for commercial use"
        needs = f"; needs {', '.join(engine.needs)}" if engine.needs else ""
        tell(f"{what}{allowed}{needs}; {f'not here: {engine.why_not}' if not engine.can_run else 'can run here'}")
    answer_with({"engines": [to_data(engine) for engine in engines]})
    return 0


def run_serve(options: argparse.Namespace) -> int:
    """The page."""
    sys.path.insert(0, str(ROOT))
    import app

    app.main(port=None if options.port is None else checked_port(options.port))
    return 0
