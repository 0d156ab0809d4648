"""Eight visitors at once through the page's own queue, and memory over many turns: ``make bench ARGS="--only soak"``.

A page is started on a port of its own and used as a browser uses it: its events are joined and listened to over HTTP.
It measures and prints; it never passes or fails, but for files that crossed over, which are a fault.

Conventions: seconds from pressing send; memory is the resident set of the page's process, in MiB. The first sound of a
visitor is the first update of the page that has something to play in it.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import secrets
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from assistant.deliver import load_cue
from tests.test_browser import served

VISITORS, TURNS, EVERY = 8, 200, 50
ENOUGH_S = 8.0
"""Nobody should wait longer for a first sound."""
SOUND = re.compile(r"ahead-[0-9a-f]+/[0-9]{4}\.wav|mix\.wav")
"""What an update of the page has in it when there is something to play."""
FOLDER = re.compile(r"file=([^\"'\\& ]+/sessions/[^\"'\\& ]+)/mix\.wav")
KEYS = ("C major", "D minor", "E minor", "F major", "G major", "A minor", "Bb major", "B minor")
REPLIES = ("faster", "what key is this in?", "no drums", "undo", "slower", "redo", "the melody louder", "more notes")


@dataclass
class Visitor:
    """A browser without a picture: one session, its words, and what it got to hear."""

    address: str
    event: tuple[int, dict[str, object]]
    """The index of the event that a message sets off, and what the page holds for its inputs at first."""
    number: int
    engine: str
    pid: int
    session: str = field(default_factory=lambda: secrets.token_hex(6))
    secret: str = field(default_factory=lambda: secrets.token_hex(32))
    first_sound_s: float = float("nan")
    processor_s: float = float("nan")
    """What the page worked, for all visitors, until this one heard something."""
    done_s: float = float("nan")
    folders: list[Path] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    @property
    def key(self) -> str:
        return KEYS[self.number % len(KEYS)]

    @property
    def tempo_bpm(self) -> int:
        return 72 + 9 * (self.number % 8)

    def brief(self, length_s: float) -> str:
        """Words that no other visitor says."""
        return f"{length_s:g} seconds of film music in {self.key} at {self.tempo_bpm} BPM, number {self.number}"

    def say(self, words: str, *, patience_s: float = 600.0) -> None:
        """Send a message and listen until it is dealt with."""
        message = {"text": words, "files": []}
        own = {"key": self.secret, "message": message, "engine": self.engine}
        data = [own.get(name, value) for name, value in self.event[1].items()]
        body = {"data": data, "fn_index": self.event[0], "session_hash": self.session, "trigger_id": None}
        began, worked_s, self.first_sound_s = time.perf_counter(), processor_s(self.pid), float("nan")
        with httpx.Client(base_url=f"{self.address}/gradio_api", timeout=patience_s, verify=False) as web:
            web.post("/queue/join", json=body).raise_for_status()
            with web.stream("GET", "/queue/data", params={"session_hash": self.session}) as lines:
                for line in lines.iter_lines():
                    if not line.startswith("data: "):
                        continue
                    if self.first_sound_s != self.first_sound_s and SOUND.search(line):
                        self.first_sound_s = time.perf_counter() - began
                        self.processor_s = processor_s(self.pid) - worked_s
                    for found in FOLDER.findall(line):
                        if Path(found) not in self.folders:
                            self.folders.append(Path(found))
                    told = json.loads(line[6:])
                    if told.get("msg") == "process_completed":
                        if not told.get("success"):
                            self.faults.append(str(told.get("output"))[:200])
                        break
        self.done_s = time.perf_counter() - began


def find_send(address: str) -> tuple[int, dict[str, object]]:
    """The event that a message sets off, and what the page holds at first for its inputs, in order, by name."""
    config = httpx.get(f"{address}/config", timeout=60).json()
    values = {each["id"]: each.get("props", {}).get("value") for each in config["components"]}
    names = {each["id"]: each.get("props", {}).get("elem_id") for each in config["components"]}
    names |= {each["id"]: "key" for each in config["components"] if each["type"] == "browserstate"}
    for each in config["dependencies"]:
        if any(names.get(target) == "message" and event == "submit" for target, event in each["targets"]):
            return int(each["id"]), {names.get(one) or f"input {one}": values[one] for one in each["inputs"]}
    raise RuntimeError("the page has no message box")


def resident_mib(pid: int) -> float:
    """What a process holds."""
    words = re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())
    return int(words[1]) / 1024 if words else float("nan")


def processor_s(pid: int) -> float:
    """Processor seconds that a process and its threads have had."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def settle(pid: int, *, patience_s: float = 60.0) -> None:
    """Wait until a page that has just started has loaded what it loads while it is up."""
    end, worked_s = time.monotonic() + patience_s, -1.0
    while time.monotonic() < end and processor_s(pid) > worked_s + 0.1:
        worked_s = processor_s(pid)
        time.sleep(2.0)


def page_of(folder: Path) -> int:
    """The process that serves from a folder."""
    for path in Path("/proc").glob("[0-9]*/environ"):
        try:
            if f"CUEWRIGHT_WORK={folder / 'work'}".encode() in path.read_bytes() and int(path.parts[2]) != os.getpid():
                return int(path.parts[2])
        except OSError:
            continue
    raise RuntimeError("the page is gone")


def at_once(visitors: Sequence[Visitor], words: Sequence[str]) -> None:
    """Everybody says something at the same moment."""
    threads = [
        threading.Thread(target=visitor.say, args=(line,)) for visitor, line in zip(visitors, words, strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def crossed(visitors: Sequence[Visitor]) -> list[str]:
    """What one visitor got that was another's: folders shared, or a first take in another's words, key or tempo."""
    wrong = [fault for visitor in visitors for fault in visitor.faults]
    sessions = Counter(
        folder.parent for visitor in visitors for folder in {one.parent: one for one in visitor.folders}.values()
    )
    wrong += [f"folder {folder} of {count} visitors" for folder, count in sessions.items() if count > 1]
    for visitor in visitors:
        if not visitor.folders:
            wrong.append(f"visitor {visitor.number} heard nothing")
            continue
        cue = load_cue(visitor.folders[0])
        bpm = cue.plan.tempo_map.felt_bpm[0]
        if f"number {visitor.number}" not in cue.brief.text or cue.plan.key.name != visitor.key:
            wrong.append(f"visitor {visitor.number} got {cue.brief.text!r} in {cue.plan.key.name}")
        if abs(bpm - visitor.tempo_bpm) > 0.04 * visitor.tempo_bpm:
            wrong.append(f"visitor {visitor.number} got {bpm:.1f} BPM for {visitor.tempo_bpm}")
    return wrong


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog='make bench ARGS="--only soak"', description=__doc__)
    parser.add_argument("--visitors", type=int, default=VISITORS)
    parser.add_argument("--turns", type=int, default=TURNS, help="turns of all visitors together, for the memory")
    parser.add_argument("--seconds", type=float, default=30.0, help="length of the first cues")
    parser.add_argument("--engine", default="composer")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as name, served(Path(name), "app.py") as address:
        event = find_send(address)
        pid = page_of(Path(name))
        warming = Visitor(address, event, 99, options.engine, pid)
        warming.say("4 seconds of piano")
        settle(pid)
        visitors = [Visitor(address, event, index, options.engine, pid) for index in range(options.visitors)]
        print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} before, engine {options.engine}")
        at_once(visitors, [visitor.brief(options.seconds) for visitor in visitors])
        firsts = sorted(visitor.first_sound_s for visitor in visitors)
        print(f"{options.visitors} visitors at once, {options.seconds:g} s cues, seconds to first sound:")
        print("  " + ", ".join(f"{first:.1f}" for first in firsts))
        worked = sorted(visitor.processor_s for visitor in visitors)
        print("  processor seconds of the page until then: " + ", ".join(f"{each:.1f}" for each in worked))
        cores = os.cpu_count() or 1
        print(f"  so on {cores} cores with nothing else to do, {worked[-1] / cores:.1f} s at least")
        print("  whole takes: " + ", ".join(f"{each:.1f}" for each in sorted(visitor.done_s for visitor in visitors)))
        print(f"  nobody waits more than {ENOUGH_S:g} s: {'yes' if firsts[-1] <= ENOUGH_S else 'NO'}")
        _turns(visitors, options.turns, pid)
        wrong = crossed(visitors)
        print(f"nothing crossed over: {'yes' if not wrong else 'NO'}")
        for fault in wrong:
            print(f"  {fault}")
    return 1 if wrong else 0


def _turns(visitors: Sequence[Visitor], turns: int, pid: int) -> None:
    """Short cues and replies by turns of two visitors at a time; memory at the beginning and every so many turns."""
    held = [resident_mib(pid)]
    print(f"memory: {held[0]:.0f} MiB after the first takes")
    done = 0
    while done < turns:
        two = [visitors[(done + offset) % len(visitors)] for offset in range(2)]
        round_of = done // len(visitors)
        words = [REPLIES[(round_of + visitor.number) % len(REPLIES)] for visitor in two]
        if round_of % 6 == 0:
            words = [f"an ad: {visitor.brief(8)}, with piano, strings and drums" for visitor in two]
        at_once(two, words)
        done += 2
        if done % EVERY == 0 or done >= turns:
            held.append(resident_mib(pid))
            files = len(os.listdir(f"/proc/{pid}/fd"))
            threads = len(os.listdir(f"/proc/{pid}/task"))
            print(f"  after {done:4} turns {held[-1]:6.0f} MiB, {files} open files, {threads} threads", flush=True)
    if len(held) > 2:
        rate = (held[-1] - held[1]) / max(1, turns - EVERY) * 100
        print(f"  {rate:+.0f} MiB in 100 turns after the first {EVERY}")


if __name__ == "__main__":
    sys.exit(main())
