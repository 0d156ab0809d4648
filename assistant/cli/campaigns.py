"""The command campaign: many variants of one motif, in a folder that can be gone on with.

Conventions: as in `assistant.cli`; progress goes to standard error, a summary as JSON to standard output. Ctrl-C once
finishes what runs and stops, twice stops at once; the same command goes on. Exit 0 when every variant is done, 1 when
one failed, 130 when it was stopped.
"""

from __future__ import annotations

import argparse
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from types import FrameType

from assistant.campaign.brand import Brand, read_brand
from assistant.campaign.estimate import estimate, sample_of
from assistant.campaign.gather import Request, gather
from assistant.campaign.packing import Results
from assistant.campaign.rows import Row, grid, parse_lengths, read_table
from assistant.campaign.run import Event, run_campaign
from assistant.campaign.telling import estimate_said, event_said
from assistant.campaign.values import Campaign
from assistant.campaign.words import campaign_voice
from assistant.cli.speaking import Json, answer_with, load_library, tell
from assistant.cli.whereabouts import Whereabouts, whereabouts
from assistant.constraints import COLOURS
from assistant.errors import EngineError, InputError, OutputError
from assistant.explain import Voice
from assistant.records import to_data

SHOWN = 20
"""Failed variants and broken rules that are told one by one; the sheet has them all."""


def add_campaign(commands: argparse._SubParsersAction) -> None:  # type: ignore[type-arg]
    """Its arguments."""
    command = commands.add_parser("campaign", help="many variants of one motif: regions x lengths x moods x voices")
    command.add_argument("text", help="the brief of them all")
    command.add_argument("--regions", metavar="A,B", help="names in any language, or all")
    command.add_argument("--lengths", metavar="S,S", help="seconds, such as 30,15,6 (default: the brief's)")
    command.add_argument("--moods", metavar="A,B", help='such as "calm,bold"')
    command.add_argument("--voices", metavar="FILE,FILE", help="voice-overs: the music makes way for each")
    command.add_argument("--table", metavar="FILE", help="a CSV instead: region,length,mood,voice,name,seed")
    command.add_argument("--motif", help="the tune of all: a sound or MIDI file, or notes such as C4 D4:0.5")
    command.add_argument("--colour", "--color", choices=COLOURS, help="how much of each region (default: balanced)")
    command.add_argument("--brand", metavar="FILE", help="brand rules, a .toml file (see docs/campaigns.md)")
    command.add_argument(
        "--out", default="campaign", help="a folder (default: campaign), with --ray s3://... too; goes on"
    )
    command.add_argument("--workers", type=int, default=None, metavar="N", help="default: one for each core")
    command.add_argument("--ray", metavar="ADDRESS", help="make it on a Ray cluster: local, auto, or where it is")
    command.add_argument("--ray-code", choices=("here", "ship", "installed"), help="where its workers find Cuewright")
    command.add_argument("--engine", default="rules", help="see: cuewright engines (default: rules, the quickest)")
    command.add_argument("--seed", type=int, default=None, metavar="N", help="for other music to the same words")
    command.add_argument(
        "--retries", type=int, default=2, metavar="N", help="after failures that may pass (default: 2)"
    )
    command.add_argument("--full", action="store_true", help="a whole delivery for each: stems, papers, report")
    command.add_argument("--no-zip", action="store_true", help="don't pack campaign.zip")
    command.add_argument("--estimate", action="store_true", help="only say how long it will take")
    command.set_defaults(run=run_campaigns)


def run_campaigns(options: argparse.Namespace) -> int:
    """Gather, estimate, run, and hand over."""
    if not 0 <= options.retries <= 20:
        raise InputError(f"--retries {options.retries}", "0 to 20", "choose a number in this range")
    # Ray tells of workers that die on standard output, which is the answer's
    with redirect_stdout(sys.stderr), whereabouts(options) as where:
        code, answer = _run_there(options, where)
    answer_with(answer)
    return code


def _run_there(options: argparse.Namespace, where: Whereabouts) -> tuple[int, Json]:
    """The exit code, and what programs are answered."""
    campaign, out, executor = _gathered(options), where.out, where.executor
    texts = campaign_voice(campaign.shared.language)
    archive = not options.no_zip
    if options.estimate or len(campaign.jobs) > FEW:
        tell(texts.text("page", "measuring", count=len(sample_of(campaign.jobs))))
        keep = not options.estimate and options.ray is None  # what was measured is made already
        told = estimate(campaign, out, workers=executor.workers, archive=archive, keep=keep)
        tell(estimate_said(told, texts))
        if options.estimate:
            return 0, to_data(told)
        if not told.has_room and where.afar is None:
            raise OutputError(f"folder {str(out)!r} ({texts.text('page', 'too_large')})", "room for it", "make room")
    last = _walked(campaign, where, options.retries, texts)
    results = where.results(archive=archive and last.kind == "ended")
    _tell_results(results, where.sheet, texts)
    code = 130 if last.kind == "paused" else 1 if last.failed else 0
    return code, _summary(results, where, paused=last.kind == "paused")


FEW = 6
"""A campaign of so few variants begins without a sample: its first outcome tells as much."""


def _gathered(options: argparse.Namespace) -> Campaign:
    """The campaign that the command line asks for."""
    from models.registry import advisers, get_engine, list_engines

    library = load_library()
    get_engine(options.engine)  # one that is unknown or can't run is told before anything is read
    writing = [info.name for info in list_engines() if info.writes == "score"]
    if options.engine not in writing:
        cure = "choose one of these"
        raise EngineError(f"a campaign with engine {options.engine!r}, which paints sound", ", ".join(writing), cure)
    brand = read_brand(Path(options.brand), library) if options.brand else Brand()
    request = Request(
        options.text, _rows(options), options.motif, brand, options.engine, options.seed, options.full,
        colour=options.colour,
    )  # fmt: skip
    return gather(request, library=library, advisers=advisers())


def _rows(options: argparse.Namespace) -> tuple[Row, ...]:
    """The rows of the table, or of the grid that the options span."""
    spans = (options.regions, options.lengths, options.moods, options.voices)
    if options.table is not None:
        if any(spans):
            given = "--table with --regions, --lengths, --moods or --voices"
            raise InputError(given, "a table or a grid", "put everything into the table's columns")
        return read_table(Path(options.table))
    regions, moods, voices = (_listed(words) for words in (options.regions, options.moods, options.voices))
    return grid(regions, parse_lengths(options.lengths or ""), moods, voices)


def _listed(words: str | None) -> list[str]:
    """What a list in words holds."""
    return [word.strip() for word in (words or "").replace("，", ",").replace("、", ",").split(",") if word.strip()]


def _walked(campaign: Campaign, where: Whereabouts, retries: int, texts: Voice) -> Event:
    """Run it, telling every event; the last one."""
    with _stopping(texts) as stop:
        last = None
        for last in run_campaign(campaign, where.out, where.executor, retries=retries, stop=lambda: bool(stop)):
            if last.kind == "begun":
                where.begun()
            tell(event_said(last, texts))
    if last is None:
        raise InputError("a campaign of nothing", "at least one variant", "name regions or lengths")
    return last


@contextmanager
def _stopping(texts: Voice) -> Iterator[list[int]]:
    """A list that holds something once a person has pressed Ctrl-C; the second time interrupts."""
    asked: list[int] = []

    def heard(number: int, frame: FrameType | None) -> None:
        if asked:
            raise KeyboardInterrupt
        asked.append(number)
        sys.stderr.write("\n" + texts.text("page", "stopping") + "\n")

    before = {each: signal.signal(each, heard) for each in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield asked
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _summary(results: Results, where: Whereabouts, *, paused: bool) -> Json:
    """What was made, for programs."""
    outcomes = results.outcomes
    done = {identity: each for identity, each in outcomes.items() if each.is_done}
    mean_s = sum(each.seconds for each in done.values()) / max(1, len(done))
    cpu_s = sum(each.cpu_s for each in done.values()) / max(1, len(done))
    return {
        "folder": where.address,
        "variants": len(results.campaign.jobs),
        "done": len(done),
        "failed": {identity: each.error for identity, each in outcomes.items() if not each.is_done},
        "warned": {identity: list(each.warnings) for identity, each in done.items() if each.warnings},
        "motif": results.campaign.shared.motif.text if results.campaign.shared.motif else None,
        "seed": results.campaign.shared.seed,
        "seconds_each": round(mean_s, 2),
        "cpu_seconds_each": round(cpu_s, 2),
        "sheet": where.sheet,
        "zip": str(results.archive) if results.archive else None,
        "paused": paused,
    }


def _tell_results(results: Results, sheet: str, texts: Voice) -> None:
    """What went wrong, and where to look."""
    failed = [each for each in results.outcomes.values() if not each.is_done]
    warned = [each for each in results.outcomes.values() if each.warnings]
    for each in failed[:SHOWN]:
        tell(f"  {each.variant_id}: {each.error}")
    for each in warned[:SHOWN]:
        rules = ", ".join(dict.fromkeys(texts.name("rules", name) for name in each.warnings))
        tell(f"  {each.variant_id}: {texts.text('sheet', 'warned')} ({rules})")
    tell(f"{texts.text('sheet', 'title')}: {sheet}")
