"""The command line: the contract of section 4 of the design (see CONTRIBUTING, "The contract").

Conventions: results are JSON on standard output, words for people go to standard error. Exit 0 done, 2 bad input with
one line ``error: <given>; <legal form>; <cure>``, 1 a fault of ours. ``--jsonl`` reads one object a line and answers
one object a line, in order, in one process.
"""

from __future__ import annotations

import argparse
import logging
import os
import re
import sys
from typing import NoReturn

from assistant import __version__
from assistant.cli.campaigns import add_campaign
from assistant.cli.games import run_game
from assistant.cli.handing import run_export
from assistant.cli.making import run_revise, run_score
from assistant.cli.mastering import run_masters
from assistant.cli.reading import run_parse
from assistant.cli.regions import run_region
from assistant.cli.speaking import tell
from assistant.cli.tools import run_compare, run_engines, run_judge, run_motif, run_serve, run_taste
from assistant.cli.versions import run_versions
from assistant.constraints import COLOURS
from assistant.errors import AssistantError, InputError

__all__ = ["main"]


class _Parser(argparse.ArgumentParser):
    """A parser whose complaints are errors of ours: one line with what was given, the legal form, and the cure."""

    def error(self, message: str) -> NoReturn:
        usage = re.sub(r"\s+", " ", self.format_usage()).strip().removeprefix("usage: ")
        raise InputError(message, usage, f"see {self.prog} --help")


def main(arguments: list[str] | None = None) -> int:
    """Run one command; the exit code is returned, never raised."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    logging.basicConfig(level=os.environ.get("CUEWRIGHT_LOG", "WARNING"), stream=sys.stderr)
    try:
        options = _parser().parse_args(arguments)
        return int(options.run(options) or 0)
    except SystemExit as stop:  # --help and --version
        return int(stop.code or 0)
    except AssistantError as error:
        tell("error: " + re.sub(r"\s+", " ", str(error)))
        return error.exit_code
    except BrokenPipeError:
        return 0
    except KeyboardInterrupt:
        tell("stopped")
        return 130
    except Exception as error:  # the edge: a fault of ours is one line, its trace goes to the log
        logging.getLogger(__name__).debug("fault", exc_info=True)
        tell(f"error: {type(error).__name__}: {error}; this is a fault of ours; set CUEWRIGHT_LOG=DEBUG and report it")
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="cuewright", description="Describe a scene; get a cue that fits it.")
    parser.add_argument("--version", action="version", version=f"cuewright {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    parse = commands.add_parser("parse", help="what a brief means, as JSON")
    parse.add_argument("text", nargs="?", help="the brief")
    parse.add_argument(
        "--clip", help="a film or sound file, a picture, a curve (.csv) or an edit list (.otio, .edl, .fcpxml)"
    )
    parse.add_argument("--jsonl", metavar="FILE", help="one {id, text} a line; - is standard input")
    parse.set_defaults(run=run_parse)

    score = commands.add_parser("score", help="compose a cue and write its delivery folder")
    score.add_argument("text", help="the brief")
    score.add_argument(
        "--clip", help="a film or sound file, a picture, a curve (.csv) or an edit list (.otio, .edl, .fcpxml)"
    )
    score.add_argument(
        "--motif", help="a hummed or played tune (sound or MIDI file), notes such as C4 D4:0.5, or the folder of a take"
    )
    score.add_argument("--region", metavar="NAME[+NAME]", help="whose music colours it; a+b goes from one to the other")
    score.add_argument("--colour", "--color", choices=COLOURS, help="how much of the region (default: balanced)")
    score.add_argument("--out", default="out", help="the folder to write (default: out)")
    score.add_argument("--engine", default=None, help="see: cuewright engines")
    score.add_argument("--effort", choices=("draft", "final"), default="draft", help="speed or best sound")
    score.add_argument(
        "--freedom", type=float, default=None, metavar="0..1", help="how freely an engine of sound follows the score"
    )
    score.add_argument("--takes", type=int, default=1, metavar="N", help="several takes, each with its own seed")
    score.add_argument("--seed", type=int, default=None, metavar="N", help="for the same take again")
    score.set_defaults(run=run_score)

    revise = commands.add_parser("revise", help="reply to a take: writes the next one beside it")
    revise.add_argument("folder", nargs="?", help="the delivery folder of the take (not with --dry-run)")
    revise.add_argument("text", nargs="?", help="the reply")
    revise.add_argument("--motif", help="another tune: a sound or MIDI file, or notes such as C4 D4:0.5")
    revise.add_argument("--dry-run", action="store_true", help="only understand the reply")
    revise.add_argument("--constraints", metavar="FILE", help="with --dry-run: the constraints before, as JSON")
    revise.add_argument("--jsonl", metavar="FILE", help="with --dry-run: one {id, before, text} a line")
    revise.set_defaults(run=run_revise)

    add_campaign(commands)

    game = commands.add_parser(
        "game", help="a take as a game plays it: a loop in layers, intro, outro, stingers, imports"
    )
    game.add_argument("folder", metavar="DIR", help="the delivery folder of the take")
    game.add_argument("--layers", type=int, default=3, metavar="N", help="layers of rising intensity (default: 3)")
    game.add_argument("--out", default=None, metavar="DIR", help="the folder to write (default: DIR/game)")
    game.set_defaults(run=run_game)

    export = commands.add_parser("export", help="files of a take for studios and editors, into its folder")
    export.add_argument("folder", metavar="DIR", help="the delivery folder of the take")
    export.add_argument("--as", dest="formats", metavar="NAME,...", help="default: every format")
    export.add_argument("--start", metavar="HH:MM:SS:FF", help="time code of the picture's first frame")
    export.set_defaults(run=run_export)

    masters = commands.add_parser("masters", help="masters of a take for several places, nothing composed anew")
    masters.add_argument("folder", metavar="DIR", help="the delivery folder of the take")
    masters.add_argument("--for", dest="targets", metavar="A,B", help="youtube, podcast, -19 ... (or all)")
    masters.add_argument("--out", default=None, help="the folder to write (default: DIR/masters)")
    masters.set_defaults(run=run_masters)

    versions = commands.add_parser("versions", help="cut-downs, a sting and alternates of a take, written beside it")
    versions.add_argument("folder", help="the delivery folder of the take")
    versions.add_argument("--lengths", metavar="S,S", help="cut-downs (or longer) in seconds, such as 30,15,6")
    versions.add_argument("--sting", nargs="?", const="", default=None, metavar="S", help="a sting (default: 4 s)")
    versions.add_argument(
        "--without", metavar="X,Y+Z", help="alternates without melody, chords, bass, drums or an instrument; + joins"
    )
    versions.add_argument("--underscore", action="store_true", help="an alternate without melody and drums")
    versions.add_argument("--out", default=None, help="what the folders' names begin with (default: the take's)")
    versions.set_defaults(run=run_versions)

    judge = commands.add_parser("judge", help="measure a MIDI, sound or film file: tempo, key, level, mood and more")
    judge.add_argument("file", metavar="FILE", help="a .mid, sound or film file")
    judge.set_defaults(run=run_judge)

    compare = commands.add_parser("compare", help="how like a take, MIDI or sound file is to another piece, and where")
    compare.add_argument("file", metavar="DIR_OR_FILE", help="a delivery folder, a .mid, sound or film file")
    compare.add_argument("reference", metavar="REFERENCE", help="the same, to compare it with")
    compare.set_defaults(run=run_compare)

    motif = commands.add_parser("motif", help="the notes that are heard in a hummed, played or MIDI file, as JSON")
    motif.add_argument("file", metavar="FILE", help="a sound or .mid file, or notes such as C4 D4:0.5")
    motif.add_argument("--tempo", type=float, default=None, metavar="BPM", help="the beat to fit it to")
    motif.set_defaults(run=run_motif)

    taste = commands.add_parser("taste", help="what was learned of your taste (kept in the file CUEWRIGHT_TASTE)")
    taste.add_argument("--forget", nargs="+", metavar="LABEL", help="leanings to forget, such as instrument:drums")
    taste.add_argument("--erase", action="store_true", help="forget everything")
    taste.set_defaults(run=run_taste)

    region = commands.add_parser("region", help="what is known of a region's music, with its sources")
    region.add_argument("name", nargs="?", metavar="NAME", help="turkey, Ireland, 土耳其 ... (default: the names)")
    region.add_argument("--demo", metavar="FILE", help="also write ten seconds of it, a .wav file")
    region.set_defaults(run=run_region)

    engines = commands.add_parser("engines", help="the engines, what each needs, whether it can run here")
    engines.set_defaults(run=run_engines)

    serve = commands.add_parser("serve", help="the page")
    serve.add_argument("--port", default=None, help="default: CUEWRIGHT_PORT, else 7860")
    serve.set_defaults(run=run_serve)
    return parser
