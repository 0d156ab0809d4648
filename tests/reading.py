"""Probes of the reader in every language: ``python -m tests.reading [--language de] [--set first]`` prints the misses.

Conventions: a line of ``tests/data/reading/<language>.jsonl`` holds ``text`` and ``expect`` in the forms of the golden
lines, and beside these: ``absent`` (instruments that may stand neither among the wanted nor the unwanted),
``styles_none`` (styles that may not be read), ``only`` (these play and nobody else), ``adjust`` (field, part and sign),
``tempo_bpm`` null (no tempo may be read). ``set`` is *first* for the probes that were written before the reader was
looked at and mended by them (187 of 350 were right as a whole before), *fresh* for those that were written afterwards
(117 of 140 right when they were written), *blind* for those of another build written at the end (24 of 29, 118 of 123
fields); what all three showed has been mended since.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from golden import judge  # noqa: E402

from assistant.brief import Brief  # noqa: E402
from assistant.constraints import Constraints  # noqa: E402
from assistant.interpret import read_brief  # noqa: E402
from assistant.library import load  # noqa: E402

PROBES = ROOT / "tests" / "data" / "reading"


def probes(language: str | None = None, only: str | None = None) -> Iterator[dict[str, Any]]:
    """The probes of one language or all, of one set or all."""
    for path in sorted(PROBES.glob(f"{language or '*'}.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            probe = json.loads(line)
            if only is None or probe["set"] == only:
                yield probe


def read(text: str) -> Constraints:
    """What the word reader alone understands."""
    return read_brief(Brief(text), library=load()).constraints


def misses(probe: dict[str, Any]) -> list[str]:
    """What of a probe was not read as it should be; ``field: found not wished`` each."""
    found, wish = read(probe["text"]), dict(probe["expect"])
    judged = [(name, right, have) for name, right, have in _more(wish, found)]
    judged += list(judge(wish, found))
    return [
        f"{name}: {have!r} not {probe['expect'].get(name.split('.')[0])!r}" for name, right, have in judged if not right
    ]


def _more(wish: dict[str, Any], found: Constraints) -> Iterator[tuple[str, bool, Any]]:
    """The fields that golden lines do not have; they are taken out of ``wish``."""
    played = found.instruments
    if "duration_s" in wish and wish["duration_s"] is None:
        yield "duration_s", found.duration_s is None, found.duration_s
        del wish["duration_s"]
    if "tempo_bpm" in wish and wish["tempo_bpm"] is None:
        yield "tempo_bpm", found.tempo_bpm is None, found.tempo_bpm
        del wish["tempo_bpm"]
    if names := wish.pop("absent", None):
        yield "absent", not set(names) & {*played.include, *played.exclude}, played
    if names := wish.pop("styles_none", None):
        yield "styles_none", not set(names) & set(found.styles), found.styles
    if names := wish.pop("only", None):
        yield "only", played.alone and set(played.include) == set(names), played
    for asked in wish.pop("adjust", []):
        sign = 1 if asked["sign"] == "+" else -1
        met = any(
            (item.field, item.part) == (asked["field"], asked["part"]) and item.amount * sign > 0
            for item in found.adjust
        )
        yield "adjust", met, found.adjust


def main() -> None:
    """Prints every miss and how many probes of each language are right as a whole."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--language")
    parser.add_argument("--set", choices=("first", "fresh", "blind"))
    parser.add_argument("--quiet", action="store_true", help="only the counts")
    asked = parser.parse_args()
    right: Counter[str] = Counter()
    count: Counter[str] = Counter()
    for probe in probes(asked.language, asked.set):
        language = probe["id"].rsplit("-", 1)[0]
        wrong = misses(probe)
        for key in (language, "all"):
            count[key] += 1
            right[key] += not wrong
        if wrong and not asked.quiet:
            print(f"{probe['id']} {probe['text']}\n    " + "\n    ".join(wrong))
    print(", ".join(f"{name} {right[name]}/{count[name]}" for name in count))


if __name__ == "__main__":
    main()
