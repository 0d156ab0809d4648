"""Every evaluation in turn, as Markdown: ``make eval``, or ``python -m models.evaluation [--only NAME,...] [--card]``.

Conventions: a section is a module of this package with a ``report``; it names the command that prints it alone. With
``--card`` sections replace what stands between their markers in `models/CARDS.md`, ``<!-- eval:NAME -->`` and
``<!-- /eval -->``; markers that are not there yet are added at the end. A section that misses a bound is written all
the same, the bound marked; one that fails is said and leaves the card's own as it was. Neither stops the others; the
exit code is then 1.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import os
import re
import sys
import time
import traceback
from collections.abc import Sequence
from pathlib import Path

from assistant.errors import InputError
from models.evaluation.missed import MissedError, held

SECTIONS = {
    "controls": "Asked and achieved",
    "likelihood": "Held-out music foreseen",
    "copying": "Copying",
    "likeness": "Likeness to held-out music, and repetition",
    "recognised": "Tunes recognised, and only they",
    "emotion": "Emotion",
    "styles": "Styles told apart",
    "performance": "Performance",
    "musiccaps": "Briefs read: MusicCaps",
    "cuts": "Cuts, fades and dissolves",
    "files_open": "Files open in other programs",
    "voices": "Voices of our own against the SoundFont",
    "soundness": "Mix and master",
    "loops": "Loops for games",
    "lengths": "Cut-downs of one score",
    "soundfont": "Faults of the SoundFont",
    "tunings": "Regional tunings heard",
    "regions_heard": "Regional leads heard in the mix",
    "hits": "Hits met",
    "voice_over": "Music under a voice",
    "mux": "Scored clips: picture and sound",
}
"""Names of the modules, in the order of the card, and what a reader calls them."""
ROOT = Path(__file__).resolve().parents[2]
CARD = ROOT / "models" / "CARDS.md"
CORPUS = ROOT / "runs" / "corpus.npz"


def present() -> tuple[str, ...]:
    """The sections whose modules are there."""
    return tuple(name for name in SECTIONS if importlib.util.find_spec(f"models.evaluation.{name}"))


def section(name: str, *, corpus: Path | None, engines: Sequence[str], seeds: int) -> str:
    """One evaluation, with its title and its command; raises `MissedError` with the same where a bound is missed."""
    module = importlib.import_module(f"models.evaluation.{name}")
    is_met = True
    try:
        body = str(module.report(corpus=corpus, engines=tuple(engines), seeds=seeds)).strip()
    except MissedError as missed:
        body, is_met = f"{str(missed).strip()}\n\nA bound is missed.", False
    more = f" --seeds {seeds}" if seeds != 1 else ""
    return held(f'### {SECTIONS[name]}\n\n`make eval ARGS="--only {name}{more}"` prints this.\n\n{body}\n', met=is_met)


def placed(card: str, name: str, text: str) -> str:
    """The card with this section between its markers, which are added at the end where there are none.

    Examples
    --------
    >>> print(placed("# Card\\n\\n<!-- eval:speed -->\\nold\\n<!-- /eval -->\\n", "speed", "new\\n"), end="")
    # Card
    <BLANKLINE>
    <!-- eval:speed -->
    new
    <!-- /eval -->
    """
    begin, end = f"<!-- eval:{name} -->", "<!-- /eval -->"
    block = f"{begin}\n{text.strip()}\n{end}"
    pattern = re.compile(re.escape(begin) + r".*?" + re.escape(end), re.DOTALL)
    if pattern.search(card):
        return pattern.sub(lambda _: block, card, count=1)
    return f"{card.rstrip()}\n\n{block}\n"


def chosen(names: str) -> tuple[str, ...]:
    """The sections that ``--only`` names, in the order of the card.

    Raises
    ------
    InputError
        If a name is not that of a section that is there.
    """
    wanted = {name.strip() for name in names.split(",") if name.strip()}
    unknown = sorted(wanted - set(present()))
    if unknown:
        raise InputError(f"section {', '.join(unknown)}", f"of {', '.join(present())}", "name one of these")
    return tuple(name for name in present() if not wanted or name in wanted)


def corpus_of(given: str) -> Path | None:
    """The table that is to be measured on: the one given, or that of ``make data``; None where that is not there.

    Raises
    ------
    InputError
        If the one given is not there.
    """
    if given and not Path(given).is_file():
        raise InputError(f"corpus {given!r}", "a table that make data wrote", "run make data, or correct --corpus")
    path = Path(given) if given else CORPUS
    return path if path.is_file() else None


def run(names: Sequence[str], *, corpus: Path | None, engines: Sequence[str], seeds: int, card: Path | None) -> int:
    """Print every section, write those that succeed into the card; 1 where one failed, else 0."""
    failed = 0
    for name in names:
        began = time.perf_counter()
        _tell(f"{name} ...")
        try:
            text = section(name, corpus=corpus, engines=engines, seeds=seeds)
        except MissedError as missed:
            failed = 1
            text = str(missed)
            if card is not None:
                _write(card, name, text)
        except Exception as error:  # noqa: BLE001 - whatever befalls one section, the others are still wanted
            failed = 1
            traceback.print_exc()
            text = f"### {SECTIONS[name]}\n\nfailed: {type(error).__name__}: {error}\n"
        else:
            if card is not None:
                _write(card, name, text)
        sys.stdout.write(text + "\n")
        sys.stdout.flush()
        _tell(f"{name}: {time.perf_counter() - began:.0f} s")
    return failed


def _write(card: Path, name: str, text: str) -> None:
    """The card anew, never half written."""
    other = card.with_suffix(".tmp")
    known = card.read_text("utf-8") if card.is_file() else ""
    other.write_text(placed(known, name, text), "utf-8")
    os.replace(other, card)


def _tell(words: str) -> None:
    sys.stderr.write(words + "\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="make eval", description=__doc__)
    parser.add_argument("--only", default="", help="names of sections, with commas: " + ", ".join(SECTIONS))
    parser.add_argument("--corpus", default="", help="the table of make data; runs/corpus.npz where it is there")
    parser.add_argument("--engines", default="rules,composer")
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--card", nargs="?", const=str(CARD), default="", help="write into models/CARDS.md, or FILE")
    options = parser.parse_args(arguments)
    try:
        names, corpus = chosen(options.only), corpus_of(options.corpus)
    except InputError as error:
        _tell(f"error: {error}")
        return error.exit_code
    if corpus is None:
        _tell("no runs/corpus.npz: what needs held-out music is left out; make data builds it")
    absent = [name for name in SECTIONS if name not in present()]
    if absent and not options.only:
        _tell(f"not part of this copy: {', '.join(absent)}")
    card = Path(options.card) if options.card else None
    return run(names, corpus=corpus, engines=options.engines.split(","), seeds=options.seeds, card=card)


if __name__ == "__main__":
    raise SystemExit(main())
