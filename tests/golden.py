"""Field accuracy of the readers on labelled lines: ``make golden`` runs this.

Conventions: a field is right when it meets the rules of the labelled lines (CONTRIBUTING, "The contract"); signs are
"+" above 0.05, "-" below -0.05, "0" within 0.25 of zero. Lines come from ``../shared/golden/dev`` where that is, else
from ``tests/data/golden``; our own beside them: ``own_briefs`` and ``own_replies``, written with the reader;
``tuned_*``, written without it and used to mend it; and ``apart``, written without it and never looked at, so that only
their totals are printed, whatever is asked.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from assistant.brief import Brief  # noqa: E402
from assistant.constraints import Constraints  # noqa: E402
from assistant.feedback import read_reply, reply_to_contract  # noqa: E402
from assistant.interpret import read_brief  # noqa: E402
from models.registry import advisers  # noqa: E402

SHARED, COPIES = ROOT.parent / "shared" / "golden" / "dev", ROOT / "tests" / "data" / "golden"


@dataclass
class Tally:
    """Right and asked-for fields, by field and by language, and every miss."""

    right: Counter[str] = field(default_factory=Counter)
    asked: Counter[str] = field(default_factory=Counter)
    misses: list[str] = field(default_factory=list)

    def add(self, name: str, language: str, is_right: bool, miss: str) -> None:
        """One field of one line."""
        for key in (f"field {name}", f"language {language}", "emotion" if _is_emotion(name) else "other than emotion"):
            self.asked[key] += 1
            self.right[key] += is_right
        if not is_right:
            self.misses.append(miss)


def _is_emotion(name: str) -> bool:
    return name.startswith(("start", "end"))


def library() -> Any:
    """What can be played."""
    from assistant.library import load

    return load()


def lines(name: str) -> Iterator[dict[str, Any]]:
    """The labelled lines of one file; those of our own third sets begin with ``own``."""
    if name.startswith(("own", "tuned", "apart")):
        path = ROOT / "tests" / "data" / f"{'own_briefs' if name == 'own' else name}.jsonl"
    else:
        path = (SHARED if SHARED.is_dir() else COPIES) / f"{name}.jsonl"
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.strip():
            yield json.loads(line)


def text_of(line: dict[str, Any]) -> str:
    """The words of a line."""
    return line["text"] if "text" in line else line["text_repeat"][0] * line["text_repeat"][1]


def judge(expect: dict[str, Any], found: Constraints) -> Iterator[tuple[str, bool, Any]]:
    """Every expected field: its name, whether it is right, and what was found."""
    plain = {"language", "use", "region", "meter", "key", "loop"}
    for name, wish in expect.items():
        if name in plain:
            yield name, getattr(found, name) == wish, getattr(found, name)
        elif name == "duration_s":
            yield name, found.duration_s is not None and abs(found.duration_s - wish) < 0.05, found.duration_s
        elif name == "loudness_lufs":
            yield name, found.loudness_lufs == wish, found.loudness_lufs
        elif name == "tempo_bpm":
            middle = sum(found.tempo_bpm) / 2 if found.tempo_bpm else None
            yield name, middle is not None and wish[0] <= middle <= wish[1], found.tempo_bpm
        elif name == "styles_any":
            yield name, bool(set(wish) & set(found.styles[:3])), found.styles
        elif name in ("include", "exclude"):
            have = getattr(found.instruments, name)
            yield name, set(wish) <= set(have), have
        elif name == "hits_s":
            have = [hit.at_s for hit in found.hits]
            yield name, len(have) == len(wish) and all(abs(a - b) < 0.05 for a, b in zip(have, wish, strict=True)), have
        elif name in ("start", "end"):
            point = found.arc[0] if name == "start" else found.arc[-1]
            for axis, sign in wish.items():
                value = getattr(point, axis)
                yield f"{name}.{axis}", _has_sign(value, sign), value


def _has_sign(value: float, sign: str) -> bool:
    return {"+": value > 0.05, "-": value < -0.05, "0": abs(value) <= 0.25}[sign]


def measure_briefs(name: str) -> Tally:
    """Field accuracy of the reader of briefs on one file."""
    tally, shelf = Tally(), library()
    for line in lines(name):
        found = read_brief(Brief(text_of(line)), library=shelf, advisers=advisers()).constraints
        language = line["expect"].get("language", found.language)
        for field_name, is_right, have in judge(line["expect"], found):
            wish = line["expect"].get(field_name.split(".")[0])
            tally.add(field_name, language, is_right, f"{line['id']} {field_name}: {have!r} not {wish!r}")
    return tally


def measure_outcomes() -> Tally:
    """Outcomes on the hostile lines."""
    tally, shelf = Tally(), library()
    for line in lines("hostile"):
        began = time.perf_counter()
        found = read_brief(Brief(text_of(line)), library=shelf, advisers=advisers())
        spent_s = time.perf_counter() - began
        wish = line["expect"]["outcome"]
        codes = [remark.code for remark in found.remarks]
        miss = f"{line['id']} {found.outcome} {codes} not {wish} ({spent_s:.2f} s)"
        tally.add("outcome", found.constraints.language, found.outcome == wish, miss)
    return tally


def measure_feedback(name: str = "feedback") -> Tally:
    """Changes and keeps on the replies: every one of them, and nothing else."""
    tally, shelf = Tally(), library()
    for line in lines(name):
        before = Constraints.from_contract(line["before"])
        reply = read_reply(line["text"], constraints=before, library=shelf)
        found = reply_to_contract(reply)
        right = []
        for name in ("changes", "keep"):
            wish = [in_one_form(item, line["before"]) for item in line["expect"].get(name, [])]
            have = [in_one_form(item, line["before"]) for item in found[name]]
            right.append(_same(wish, have))
            tally.add(name, reply.language, right[-1], f"{line['id']} {name}: {have} not {wish}")
        tally.add("all right", reply.language, all(right), f"{line['id']} {line['text']}")
    return tally


def in_one_form(item: Any, before: dict[str, Any]) -> Any:
    """A change in one of the forms that mean the same: no place is all of the cue, a hit that comes is the list after.

    Hits are labelled as the list afterwards or as what is added to it; an emotion of the whole cue with ``where`` all
    or without one.
    """
    if not isinstance(item, dict) or "field" not in item:
        return item
    item = {key: value for key, value in item.items() if (key, value) != ("where", "all")}
    if item["field"] == "hits" and ("add" in item or "remove" in item):
        have = {float(hit["at_s"]) for hit in before.get("hits", [])} | {float(at_s) for at_s in item.get("add", [])}
        item = {"field": "hits", "value": sorted(have - {float(at_s) for at_s in item.get("remove", [])})}
    return item


def _canonical(item: Any) -> str:
    """A change or a wish to keep as text that equals that of its like: order of ids and ints against floats aside."""
    if isinstance(item, dict):
        item = {key: sorted(value) if key in ("add", "remove") else value for key, value in item.items()}
    return json.dumps(item, sort_keys=True, ensure_ascii=False, default=str).replace(".0,", ",").replace(".0]", "]")


def _same(wish: list[Any], have: list[Any]) -> bool:
    """Whether every wish is met and nothing else is there, in any order."""
    return sorted(_canonical(_floats(item)) for item in wish) == sorted(_canonical(_floats(item)) for item in have)


def _floats(item: Any) -> Any:
    """The same data with every number a float."""
    if isinstance(item, dict):
        return {key: _floats(value) for key, value in item.items()}
    if isinstance(item, list):
        return [_floats(value) for value in item]
    return float(item) if isinstance(item, int) and not isinstance(item, bool) else item


def report(title: str, tally: Tally, *, verbose: bool) -> None:
    """Prints one table."""
    print(f"\n{title}")
    for key in sorted(tally.asked):
        if tally.asked[key]:
            share = tally.right[key] / tally.asked[key]
            print(f"  {key:28s} {tally.right[key]:4d} of {tally.asked[key]:4d}  {share:6.1%}")
    if verbose:
        for miss in tally.misses:
            print(f"    {miss}")


def main() -> None:
    """Measures and prints everything."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--verbose", action="store_true", help="print every miss")
    parser.add_argument("--only", choices=("briefs", "own", "hostile", "feedback", "own_replies", "tuned", "apart"))
    asked = parser.parse_args()
    for name in ("briefs", "own"):
        if asked.only in (None, name):
            report(name, measure_briefs(name), verbose=asked.verbose)
    if asked.only in (None, "tuned"):
        report("tuned_briefs", measure_briefs("tuned_briefs"), verbose=asked.verbose)
        report("tuned_replies", measure_feedback("tuned_replies"), verbose=asked.verbose)
    if asked.only in (None, "apart"):
        for path in sorted((ROOT / "tests" / "data" / "apart").glob("*.jsonl")):
            measure = measure_briefs if path.stem.startswith("briefs") else measure_feedback
            report(f"apart/{path.stem}", measure(f"apart/{path.stem}"), verbose=False)
    if asked.only in (None, "hostile"):
        report("hostile", measure_outcomes(), verbose=asked.verbose)
    for name in ("feedback", "own_replies"):
        if asked.only in (None, name):
            report(name, measure_feedback(name), verbose=asked.verbose)


if __name__ == "__main__":
    main()
