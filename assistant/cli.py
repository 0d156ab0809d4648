"""The command line: the contract of section 4 of the design (see CONTRIBUTING, "The contract").

Conventions: results are JSON on standard output, words for people go to standard error. Exit 0 done, 2 bad input with
one line ``error: <given>; <legal form>; <cure>``, 1 a fault of ours. ``--jsonl`` reads one object a line and answers
one object a line, in order, in one process.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import logging
import math
import os
import re
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from assistant import __version__
from assistant.brief import Brief
from assistant.constraints import Constraints, Understanding
from assistant.errors import AssistantError, BriefError, ClipError, InputError, OutputError
from assistant.explain import Question, say_constraints, say_findings, voice
from assistant.records import to_data
from assistant.settings import ROOT, Settings, checked_port, checked_seed, from_environment
from assistant.taste import Taste, load_taste, save_taste

if TYPE_CHECKING:
    from assistant.interpret import Advisers
    from assistant.library import Library
    from assistant.pipeline import Line
    from assistant.session import Session, TakeRecord

Json = dict[str, Any]

READING = ("clip", "interpret", "plan")
"""Stations that find bad input: a log sees their progress only after it, so that bad input stays one line."""

LONGEST_REPEAT = 1_000_000
"""Characters that a ``text_repeat`` line may ask for."""


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
        _tell("error: " + re.sub(r"\s+", " ", str(error)))
        return error.exit_code
    except BrokenPipeError:
        return 0
    except KeyboardInterrupt:
        _tell("stopped")
        return 130
    except Exception as error:  # the edge: a fault of ours is one line, its trace goes to the log
        logging.getLogger(__name__).debug("fault", exc_info=True)
        _tell(f"error: {type(error).__name__}: {error}; this is a fault of ours; set CUEWRIGHT_LOG=DEBUG and report it")
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
    parse.set_defaults(run=_parse)

    score = commands.add_parser("score", help="compose a cue and write its delivery folder")
    score.add_argument("text", help="the brief")
    score.add_argument(
        "--clip", help="a film or sound file, a picture, a curve (.csv) or an edit list (.otio, .edl, .fcpxml)"
    )
    score.add_argument("--motif", help="a hummed or played tune (sound or MIDI file), or notes such as C4 D4:0.5")
    score.add_argument("--out", default="out", help="the folder to write (default: out)")
    score.add_argument("--engine", default=None, help="see: cuewright engines")
    score.add_argument("--effort", choices=("draft", "final"), default="draft", help="speed or best sound")
    score.add_argument("--takes", type=int, default=1, metavar="N", help="several takes, each with its own seed")
    score.add_argument("--seed", type=int, default=None, metavar="N", help="for the same take again")
    score.set_defaults(run=_score)

    revise = commands.add_parser("revise", help="reply to a take: writes the next one beside it")
    revise.add_argument("folder", nargs="?", help="the delivery folder of the take (not with --dry-run)")
    revise.add_argument("text", nargs="?", help="the reply")
    revise.add_argument("--motif", help="another tune: a sound or MIDI file, or notes such as C4 D4:0.5")
    revise.add_argument("--dry-run", action="store_true", help="only understand the reply")
    revise.add_argument("--constraints", metavar="FILE", help="with --dry-run: the constraints before, as JSON")
    revise.add_argument("--jsonl", metavar="FILE", help="with --dry-run: one {id, before, text} a line")
    revise.set_defaults(run=_revise)

    judge = commands.add_parser("judge", help="measure a MIDI, sound or film file: tempo, key, level, mood and more")
    judge.add_argument("file", metavar="FILE", help="a .mid, sound or film file")
    judge.set_defaults(run=_judge)

    motif = commands.add_parser("motif", help="the notes that are heard in a hummed, played or MIDI file, as JSON")
    motif.add_argument("file", metavar="FILE", help="a sound or .mid file, or notes such as C4 D4:0.5")
    motif.add_argument("--tempo", type=float, default=None, metavar="BPM", help="the beat to fit it to")
    motif.set_defaults(run=_motif)

    taste = commands.add_parser("taste", help="what was learned of your taste (kept in the file CUEWRIGHT_TASTE)")
    taste.add_argument("--forget", nargs="+", metavar="LABEL", help="leanings to forget, such as instrument:drums")
    taste.add_argument("--erase", action="store_true", help="forget everything")
    taste.set_defaults(run=_taste)

    engines = commands.add_parser("engines", help="the engines, what each needs, whether it can run here")
    engines.set_defaults(run=_engines)

    serve = commands.add_parser("serve", help="the page")
    serve.add_argument("--port", default=None, help="default: CUEWRIGHT_PORT, else 7860")
    serve.set_defaults(run=_serve)
    return parser


def _library() -> Library:
    from assistant import library

    return library.load()


def _tell(words: str) -> None:
    print(words, file=sys.stderr, flush=True)


def _answer(data: object) -> None:
    print(json.dumps(data, ensure_ascii=False), flush=True)


# parse


def _parse(options: argparse.Namespace) -> int:
    from models.registry import advisers

    library, helpers = _library(), advisers()

    def understand(line: Json) -> Json:
        return _understood(_text_of(line), _clip_of(line), library, helpers)

    if options.jsonl is not None:
        return _each_line(options.jsonl, understand)
    if options.text is None:
        raise BriefError("no text", 'cuewright parse "TEXT" or --jsonl FILE', "describe the scene in quotes")
    _answer(_understood(options.text, options.clip, library, helpers))
    return 0


def _understood(text: str, clip_path: str | None, library: Library, helpers: Advisers) -> Json:
    """The contract's answer to a brief: outcome, constraints, and what the person reads."""
    from assistant.clip import measure_clip
    from assistant.interpret import read_brief

    clip = measure_clip(Path(clip_path)) if clip_path else None
    understanding = read_brief(Brief(text, clip_path), library=library, clip=clip, advisers=helpers)
    answer: Json = {
        "outcome": understanding.outcome,
        "constraints": understanding.constraints.to_contract(),
        "say": _say(understanding),
    }
    if understanding.outcome == "ask":
        answer["answers"] = list(voice(understanding.constraints.language).ask(understanding.remarks).answers)
    return answer


def _say(understanding: Understanding) -> str:
    speaker = voice(understanding.constraints.language)
    remarks = speaker.say_all(understanding.remarks)
    if understanding.outcome == "ask":
        return remarks
    return " ".join(filter(None, (say_constraints(understanding.constraints, speaker), remarks)))


def _text_of(line: Json) -> str:
    """The text of an input line: ``text``, or ``text_repeat`` [s, n] for s written n times."""
    if "text_repeat" in line:
        return _repeated(line["text_repeat"])
    text = line.get("text")
    if not isinstance(text, str):
        raise BriefError(f"line with text = {text!r:.40}", '{"id": ..., "text": "..."}', "give the text as a string")
    return text


def _repeated(wanted: object) -> str:
    """The text that a ``text_repeat`` asks for; raises `BriefError` when it is none, or too long."""
    match wanted:
        case [str(piece), int(count)] if not isinstance(count, bool) and 0 <= count <= LONGEST_REPEAT:
            if len(piece) * count <= LONGEST_REPEAT:
                return piece * count
    legal = f"[text, count], {LONGEST_REPEAT} characters at most"
    raise BriefError(f"text_repeat = {wanted!r:.40}", legal, "correct it, or repeat less")


def _clip_of(line: Json) -> str | None:
    """The path of an input line's clip, None without one."""
    clip = line.get("clip")
    if clip is not None and not isinstance(clip, str):
        raise ClipError(f"line with clip = {clip!r:.40}", "the path of a file", "give the path as a string")
    return clip


def _each_line(source: str, work: Callable[[Json], Json]) -> int:
    """Answer every line in order; a bad line is answered with its error and the rest goes on."""
    worst = 0
    for number, raw in enumerate(_lines(source), start=1):
        answer: Json
        identity: object = number
        try:
            line = _object_in(raw, number)
            identity = line.get("id", number)
            answer = work(line)
        except AssistantError as error:
            answer = {"error": str(error)}
            worst = max(worst, error.exit_code)
        except Exception as error:  # a fault of ours on one line must not silence the others
            logging.getLogger(__name__).debug("fault in line %d", number, exc_info=True)
            answer = {"error": f"{type(error).__name__}: {error}; this is a fault of ours; report it"}
            worst = max(worst, 1)
        _answer({"id": identity, **answer})
    return worst


def _object_in(raw: bytes, number: int) -> Json:
    """The JSON object of one line; raises `BriefError` when there is none."""
    try:
        line = _from_json(raw.decode("utf-8-sig"))
    except json.JSONDecodeError as error:
        given = f"line {number}, which is not JSON at character {error.pos}"
        raise BriefError(given, "one JSON object a line", "correct that line") from error
    except (ValueError, RecursionError) as error:  # not UTF-8, NaN, a number beyond all bounds, nested too deeply
        given = f"line {number}, which can't be read ({str(error)[:80]})"
        raise BriefError(given, "one JSON object a line, in UTF-8", "correct that line") from error
    if not isinstance(line, dict):
        raise BriefError(f"line {number}", "a JSON object", "correct that line")
    return line


def _from_json(text: str) -> Any:
    """The value of JSON text; NaN and infinite numbers are none, as the standard says."""

    def number(words: str) -> float:
        value = float(words)
        if not math.isfinite(value):
            raise ValueError(f"{words} is no number of JSON")
        return value

    return json.loads(text, parse_constant=number, parse_float=number)


def _lines(source: str) -> Iterator[bytes]:
    """The lines of a file that hold something; ``-`` is standard input."""
    if source == "-":
        given = getattr(sys.stdin, "buffer", sys.stdin)
        yield from (line if isinstance(line, bytes) else line.encode() for line in given if line.strip())
        return
    try:
        with Path(source).open("rb") as file:
            yield from (line for line in file if line.strip())
    except (OSError, ValueError) as error:
        raise InputError(f"file {source!r}", "a JSON lines file in UTF-8", "name a file that can be read") from error


# score and revise


def _score(options: argparse.Namespace) -> int:
    if not 1 <= options.takes <= 20:
        raise InputError(f"--takes {options.takes}", "1 to 20", "ask for fewer")
    if options.seed is not None:
        checked_seed(options.seed)
        checked_seed(options.seed + options.takes - 1)
    out = _folder(options.out)
    _check_writable(out)
    settings = from_environment()
    summaries = []
    for index in range(options.takes):
        seed = None if options.seed is None else options.seed + index
        folder = _free_folder(out)
        if folder != out:
            _tell(f"{options.out} holds a take already; this one is written to {folder}")
        summaries.append(_make_take(options, settings, folder, seed))
    _answer(summaries[0] if options.takes == 1 else {"takes": summaries})
    return 0


def _make_take(options: argparse.Namespace, settings: Settings, folder: Path, seed: int | None) -> Json:
    from assistant.pipeline import Line
    from assistant.session import Session
    from models.registry import (
        advisers,
        compare_with_training,
        default_engine,
        engine_card,
        get_engine,
        list_engines,
    )

    name = options.engine or default_engine(options.effort)
    first = list_engines()[0]
    if not options.engine and name != first.name:
        _tell(f"note: engine {first.name} cannot run here ({first.why_not}); {name} composes")
    line = Line(
        library=_library(),
        settings=settings,
        generator=get_engine(name),
        folder_for=lambda number: folder,
        seed=seed,
        card=engine_card(name),
        similarity=compare_with_training,
        advisers=advisers(),
    )
    session = Session("command-line", taste=load_taste(settings.taste_file))
    return _walk(session, Brief(options.text, options.clip, motif=options.motif), line)


def _walk(session: Session, brief: Brief, line: Line) -> Json:
    """Walk the line, tell its progress, and sum up the take (or raise what is asked)."""
    from assistant.feedback import Reply, reply_to_contract
    from assistant.pipeline import STATIONS, converse
    from assistant.session import Session

    summary: Json = {}
    waiting: list[str] = []
    seconds: dict[str, float] = {}
    ended = session
    language = session.language
    for step in converse(session, brief, line=line):
        if step.begins:
            waiting.append(f"  {voice(language).text('stations', step.station)} ...")
            if step.station not in READING or sys.stderr.isatty():
                _tell("\n".join(waiting))
                waiting.clear()
        elif isinstance(step.value, Question):
            question = f"words that leave a question: {step.value.text}"
            raise BriefError(question, "words that can be scored", "say it again with the answer in it")
        elif step.station in ("answer", "said"):
            summary["say"] = " ".join(filter(None, (summary.get("say"), str(step.value))))
        elif step.station == "difference":
            summary["difference"] = to_data(step.value)
        elif isinstance(step.value, Session):
            ended = step.value
        if step.station in STATIONS and step.value is not None:
            seconds[step.station] = round(step.seconds, 3)
        if isinstance(step.value, Understanding):
            language = step.value.constraints.language
            summary |= {"outcome": step.value.outcome, "say": _say(step.value)}
        if isinstance(step.value, Reply):
            language = step.value.language
            summary |= reply_to_contract(step.value)
    _tell(summary.get("say", ""))
    if ended.taste != session.taste:
        save_taste(ended.taste, line.settings.taste_file)
    take = ended.current_take
    if take is None or len(ended.takes) == len(session.takes):
        return summary | {"take": ended.current}
    return summary | _take_summary(take, seconds)


def _take_summary(take: TakeRecord, seconds: dict[str, float]) -> Json:
    """Where a take lies and what was measured on it."""
    folder = Path(take.folder)
    _tell(say_findings(take.findings, voice(take.constraints.language)))
    return {
        "take": take.number,
        "folder": str(folder),
        "files": sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()),
        "length_s": take.plan.length_s,
        "key": take.plan.key.name,
        "tempo_bpm": [round(tempo.quarter_bpm, 2) for tempo in take.plan.tempo_map.tempos],
        "engine": take.engine,
        "seed": take.seed,
        "findings": [to_data(item) for item in take.findings.items],
        "seconds": seconds,
    }


def _folder(words: str) -> Path:
    """The folder that words name; one without a name of its own, such as ``..``, is made absolute."""
    if not words.strip():
        raise OutputError(f"output folder {words!r}", "a folder that can be written", "name one with --out")
    folder = Path(words)
    return folder if folder.name.strip(".") else Path(os.path.abspath(folder))


def _free_folder(wanted: Path) -> Path:
    """The folder itself when it is absent or empty, else the first free one beside it."""
    if not wanted.exists() or (wanted.is_dir() and not any(wanted.iterdir())):
        return wanted
    stem = re.sub(r"-take\d+$", "", wanted.name)
    number = 2
    while (candidate := wanted.parent / f"{stem}-take{number}").exists():
        number += 1
    return candidate


def _check_writable(folder: Path) -> None:
    """Before any work is done: can the folder be made? A folder made beside it and taken away again tells."""
    legal, cure = "a folder that can be written", "choose another with --out"
    try:
        with contextlib.suppress(FileNotFoundError):
            folder.lstat()
        place = folder.absolute().parent
        while not place.exists():
            place = place.parent
        tempfile.TemporaryDirectory(dir=place, prefix=".cuewright-").cleanup()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "no path"
        raise OutputError(f"output folder {str(folder)!r:.200} ({reason})", legal, cure) from error
    if folder.exists() and not folder.is_dir():
        raise OutputError(f"output folder {str(folder)!r} (a file is there)", legal, cure)


def _revise(options: argparse.Namespace) -> int:
    if options.dry_run:
        return _dry_run(options)
    if options.folder is None or options.text is None:
        raise InputError("revise without a folder and a reply", 'cuewright revise DIR "TEXT"', "name both")
    from assistant.deliver import load_cue
    from assistant.pipeline import Line
    from assistant.session import Session
    from models.registry import advisers, compare_with_training, engine_card, get_engine

    take = load_cue(Path(options.folder)).take(Path(options.folder))
    _check_writable(Path(options.folder))
    folder = _free_folder(_folder(options.folder))
    line = Line(
        library=_library(),
        settings=from_environment(),
        generator=get_engine(take.engine),
        folder_for=lambda number: folder,
        card=engine_card(take.engine),
        similarity=compare_with_training,
        advisers=advisers(),
    )
    taste = load_taste(line.settings.taste_file)
    session = Session("command-line", language=take.constraints.language, taste=taste).with_take(take)
    _answer(_walk(session, Brief(options.text, motif=options.motif), line))
    return 0


def _dry_run(options: argparse.Namespace) -> int:
    library = _library()

    def understand(line: Json) -> Json:
        before = line.get("before", {})
        if not isinstance(before, dict):
            raise InputError(f"before = {before!r:.40}", "a constraints object", "correct that line")
        return _reply_understood(_text_of(line), Constraints.from_contract(before), library)

    if options.jsonl is not None:
        return _each_line(options.jsonl, understand)
    text = options.text if options.text is not None else options.folder
    if text is None:
        raise BriefError("no reply", 'cuewright revise --dry-run "TEXT" --constraints FILE', "say what to change")
    before = _constraints_in(options.constraints) if options.constraints is not None else {}
    _answer(_reply_understood(text, Constraints.from_contract(before), library))
    return 0


def _constraints_in(source: str) -> Json:
    """The constraints of a file: on their own, or as ``parse`` printed them."""
    legal, cure = "constraints as JSON", "give what cuewright parse printed"
    try:
        data = _from_json(b"".join(_lines(source)).decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise InputError(f"file {source!r}", legal, cure) from error
    found = data.get("constraints", data) if isinstance(data, dict) else None
    if not isinstance(found, dict):
        raise InputError(f"file {source!r}", legal, cure)
    return found


def _reply_understood(text: str, before: Constraints, library: Library) -> Json:
    """The contract's answer to a reply: changes, keep, and the constraints after it."""
    from assistant.feedback import apply_changes, read_reply, reply_to_contract

    reply = read_reply(text, constraints=before, library=library)
    after = apply_changes(before, reply.changes)
    return {**reply_to_contract(reply), "constraints": after.to_contract()}


# judge, engines and the page


def _judge(options: argparse.Namespace) -> int:
    from assistant.judge import judge_file

    _answer(to_data(judge_file(Path(options.file))))
    return 0


def _motif(options: argparse.Namespace) -> int:
    from assistant.clip import read_motif

    if options.tempo is not None and not 20 <= options.tempo <= 300:
        raise InputError(f"--tempo {options.tempo:g}", "20 to 300", "give beats a minute")
    motif = read_motif(options.file, tempo_bpm=options.tempo)
    _answer({"text": motif.text, **to_data(motif)})
    return 0


def _taste(options: argparse.Namespace) -> int:
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
    _answer(to_data(taste))
    return 0


def _engines(options: argparse.Namespace) -> int:
    from models.registry import list_engines

    _answer({"engines": [to_data(engine) for engine in list_engines()]})
    return 0


def _serve(options: argparse.Namespace) -> int:
    sys.path.insert(0, str(ROOT))
    import app

    app.main(port=None if options.port is None else checked_port(options.port))
    return 0


if __name__ == "__main__":
    sys.exit(main())
