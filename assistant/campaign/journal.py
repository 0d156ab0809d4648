"""What lies in a campaign's folder: its plan, the journal of outcomes, and which variants are finished.

::

    campaign.json       what all share, and every job
    outcomes.jsonl      one outcome a line, on disk before the next is told
    variants/<id>/      one folder a variant, complete or not there
    pause               while a file of this name is there, nothing more is begun

Conventions: the folders are the truth and the journal is the story. A variant is finished when its folder says so with
this campaign's digest and holds the bytes that it should; what a crash left half made is cleared away. One process at a
time works in a folder.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import TextIO

from assistant.campaign.making import outcome_in
from assistant.campaign.values import Campaign, Outcome, Shared, job_digest, shared_digest
from assistant.errors import InputError, OutputError
from assistant.locks import hold
from assistant.records import STRICT, from_json, to_json

PLAN_FILE, JOURNAL_FILE, PAUSE_FILE, LOCK_FILE = "campaign.json", "outcomes.jsonl", "pause", ".lock"
VARIANTS = "variants"


@dataclass(frozen=True)
class Entry:
    """One line of the journal: when, in seconds of Unix time, which attempt, and what came of it."""

    __pydantic_config__ = STRICT

    at: float
    attempt: int
    outcome: Outcome


def load_campaign(out: Path) -> Campaign | None:
    """The campaign that a folder holds; None where it holds none."""
    path = out / PLAN_FILE
    if not path.exists():
        return None
    try:
        return from_json(Campaign, path.read_text("utf-8"))
    except (OSError, ValueError, InputError) as error:
        cure = "choose another folder, or take this one away"
        raise OutputError(f"file {str(path)!r}, which is damaged", "a campaign as it was written", cure) from error


def read_journal(out: Path) -> tuple[Entry, ...]:
    """Every whole line of a journal; what a crash cut off is passed over."""
    return tuple(_entries(out / JOURNAL_FILE))


def _entries(path: Path) -> Iterator[Entry]:
    try:
        lines = path.read_text("utf-8").splitlines()
    except OSError:
        return
    for line in lines:
        try:
            yield from_json(Entry, line)
        except InputError:
            continue


def last_outcomes(out: Path) -> dict[str, Outcome]:
    """The newest outcome of each variant that the journal tells of."""
    return {entry.outcome.variant_id: entry.outcome for entry in read_journal(out)}


def tell_known(out: Path, known: Iterable[Outcome]) -> None:
    """Write outcomes into a journal of which it doesn't tell: of variants that were made at another desk."""
    told = last_outcomes(out)
    with _locked(out), (out / JOURNAL_FILE).open("a+", encoding="utf-8") as journal:
        _mend(journal)
        for outcome in known:
            if told.get(outcome.variant_id) != outcome:
                journal.write(to_json(Entry(round(time.time(), 3), 1, outcome)) + "\n")


class Desk:
    """A campaign's folder while somebody works in it."""

    def __init__(self, out: Path, campaign: Campaign) -> None:
        self.out, self.variants = out, out / VARIANTS
        self.campaign = campaign
        self._journal: TextIO | None = None

    def __enter__(self) -> Desk:
        """Take the folder; raises `OutputError` where another campaign, or somebody else at work, is in it."""
        try:
            self.variants.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise _unwritable(self.out, error) from error
        self._lock = _locked(self.out)
        self._lock.__enter__()
        try:
            self.campaign = _joined(load_campaign(self.out), self.campaign, self.out)
            finished_in(self.out, self.campaign)  # a command that is refused leaves the plan as it was
            _write_safely(self.out / PLAN_FILE, to_json(self.campaign) + "\n")
            for left in self.variants.glob(".*.part"):
                shutil.rmtree(left, ignore_errors=True)
            self._journal = (self.out / JOURNAL_FILE).open("a+", encoding="utf-8")
            _mend(self._journal)
        except OSError as error:
            self._lock.__exit__(None, None, None)
            raise _unwritable(self.out, error) from error
        except BaseException:
            self._lock.__exit__(None, None, None)
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._journal is not None:
            self._journal.close()
        self._lock.__exit__(kind, error, at)

    def note(self, outcome: Outcome, attempt: int) -> None:
        """Write an outcome down, for good."""
        if self._journal is None:
            raise OutputError("a journal that is closed", "an open one", "enter the desk first")
        self._journal.write(to_json(Entry(round(time.time(), 3), attempt, outcome)) + "\n")
        self._journal.flush()
        os.fsync(self._journal.fileno())

    def finished(self) -> dict[str, Outcome]:
        """Variants that need not be made again, by id; a damaged one of ours is cleared away.

        Raises
        ------
        OutputError
            If a variant's folder holds something that isn't of this campaign.
        """
        return finished_in(self.out, self.campaign, cleared=shutil.rmtree)

    @property
    def is_paused(self) -> bool:
        """Whether a file asks for a pause."""
        return (self.out / PAUSE_FILE).exists()


def finished_in(
    out: Path, campaign: Campaign, *, cleared: Callable[[Path], object] = lambda folder: None
) -> dict[str, Outcome]:
    """The finished variants of a campaign's folder, each verified; what happens to a damaged one is said by who works.

    Parameters
    ----------
    out : Path
    campaign : Campaign
    cleared : callable
        Told the folder of each damaged one; whoever only looks leaves it where it is.
    """
    done = {}
    for job in campaign.jobs:
        folder = out / VARIANTS / job.variant.id
        if not folder.exists():
            continue
        outcome = outcome_in(folder)
        if outcome is None or outcome.digest != job_digest(job, campaign.shared):
            given = f"folder {str(folder)!r}, which holds something else than this variant"
            raise OutputError(given, "a folder of this campaign", "choose another --out, or take that folder away")
        if not _is_whole(folder, outcome):
            cleared(folder)
        else:
            done[job.variant.id] = outcome
    return done


def _is_whole(folder: Path, outcome: Outcome) -> bool:
    """Whether each file of a variant is there, as long as it was; a longer one is a person's doing and no damage."""
    sizes = outcome.figures.sizes if outcome.figures else {}
    return all(_size(folder / name) >= size for name, size in sizes.items())


def _size(path: Path) -> int:
    """The bytes of a file; below 0 where there is none."""
    return path.stat().st_size if path.is_file() else -1


def _joined(before: Campaign | None, now: Campaign, out: Path) -> Campaign:
    """The campaign with what was finished of it before; a changed brief is another campaign."""
    if before is None:
        return now
    if shared_digest(before.shared) != shared_digest(now.shared):
        changed, aged = list(_differing(before.shared, now.shared)), list(_aged(before.shared, now.shared))
        given = f"folder {str(out)!r}, which holds a campaign with another {', '.join([*changed, *aged])}"
        cure = "name another folder with --out"
        if aged and not changed:
            cure += ", or go on with what it was begun with: variants of both would sound different"
        raise OutputError(given, "the same command, or a new folder", cure)
    voices = {voice.path: voice for voice in (*before.shared.voices, *now.shared.voices)}
    told = {identity for identity, outcome in last_outcomes(out).items() if outcome.is_done}
    there = [job for job in before.jobs if job.variant.id in told or (out / VARIANTS / job.variant.id).is_dir()]
    jobs = {job.variant.id: job for job in (*there, *now.jobs)}
    return Campaign(replace(now.shared, voices=tuple(voices.values())), tuple(jobs.values()))


def _differing(before: Shared, now: Shared) -> Iterator[str]:
    """What differs, in words of the command line."""
    names = {"text": "brief", "language": "language", "engine": "engine", "motif": "motif", "brand": "brand",
             "seed": "seed", "full": "--full", "registry": "registry", "colour": "--colour"}  # fmt: skip
    for field, name in names.items():
        if getattr(before, field) != getattr(now, field):
            yield name


def _aged(before: Shared, now: Shared) -> Iterator[str]:
    """What was exchanged since on this machine, with what it was and what it is."""
    names = {"cuewright": "release of Cuewright", "weights": "file of weights", "soundfont": "SoundFont"}
    for field, name in names.items():
        old, new = getattr(before.versions, field), getattr(now.versions, field)
        if old != new:
            yield f"{name} ({old or 'none noted'}, now {new or 'none'})"


def _write_safely(path: Path, text: str) -> None:
    """Write a file that is whole whenever anybody reads it."""
    hidden = path.with_name(f".{path.name}.part")
    with hidden.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    hidden.replace(path)


def _mend(journal: TextIO) -> None:
    """End a line that a crash cut off, so that the next one stands by itself."""
    size = journal.seek(0, os.SEEK_END)
    with open(journal.name, "rb") as file:
        file.seek(max(0, size - 1))
        last = file.read(1)
    if last not in (b"", b"\n"):
        journal.write("\n")


@contextmanager
def _locked(out: Path) -> Iterator[None]:
    """Hold the folder; the lock goes with the process, however that ends."""
    with (out / LOCK_FILE).open("w") as file:
        try:
            hold(file.fileno())
        except OSError as error:
            given = f"folder {str(out)!r}, in which a campaign is at work"
            raise OutputError(given, "one at a time", "wait for it, or pause it") from error
        yield


def _unwritable(out: Path, error: OSError) -> OutputError:
    reason = error.strerror or type(error).__name__
    return OutputError(f"folder {str(out)!r} ({reason})", "a folder that can be written", "choose another with --out")
