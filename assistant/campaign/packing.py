"""What a campaign hands over: the sheet, the files under names that people read, and one archive of it all.

Conventions: a named file is another name of the same bytes (a hard link), so that it takes no room; where the file
system has no such links or can't hold the name, the sheet leads to the variant's own folder. The archive holds every
WAV once, under its name; files in it are in the order of the variants and bear one date, so that the same campaign
gives the same bytes.
"""

from __future__ import annotations

import os
import time
import uuid
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from assistant.campaign.journal import PLAN_FILE, VARIANTS, finished_in, last_outcomes, load_campaign
from assistant.campaign.making import VARIANT_FILE
from assistant.campaign.names import file_names
from assistant.campaign.sheet import ARCHIVE_FILE, NAMED, SHEET_FILE, sheet_html
from assistant.campaign.values import Campaign, Outcome
from assistant.errors import OutputError

DATE = (1980, 1, 1, 0, 0, 0)
"""The earliest that an archive can say; what is made is the same whenever."""
LEFT_S = 3600.0
"""An archive that nobody has written to for so long was left by a crash."""
PACKED = frozenset({".wav", ".m4a", ".flac", ".mp3", ".mp4", ".zip"})
"""Endings of files that don't get smaller."""


@dataclass(frozen=True)
class Results:
    """What was written: the sheet, and the archive where one was wanted."""

    sheet: Path
    archive: Path | None
    campaign: Campaign
    outcomes: Mapping[str, Outcome]


def write_results(out: Path, *, archive: bool = True) -> Results:
    """Write sheet, names and archive of a campaign's folder, as far as it is made.

    Raises
    ------
    OutputError
        If there is no campaign, or the folder can't be written.
    """
    campaign = load_campaign(out)
    if campaign is None:
        raise OutputError(f"folder {str(out)!r} without a campaign", "a campaign's folder", "run one into it")
    outcomes = outcomes_of(out, campaign)
    try:
        names = _named(out, campaign, outcomes)
        sheet = out / SHEET_FILE
        sheet.write_text(sheet_html(campaign, outcomes, names, archive=archive), encoding="utf-8")
        packed = _pack(out, campaign, outcomes, names) if archive else None
    except OSError as error:
        given = f"folder {str(out)!r} ({error.strerror or type(error).__name__})"
        raise OutputError(given, "a folder that can be written, with room", "make room, or choose another") from error
    return Results(sheet, packed, campaign, outcomes)


def check_free(out: Path) -> None:
    """Raise `OutputError` where a folder that is no campaign's holds files of the names that a campaign writes."""
    theirs = [name for name in (SHEET_FILE, ARCHIVE_FILE, NAMED) if (out / name).exists()]
    if theirs and not (out / PLAN_FILE).exists():
        given = f"folder {str(out)!r:.200}, which holds {theirs[0]} of something else"
        raise OutputError(given, "a campaign's folder, or a new one", "choose another with --out")


def outcomes_of(out: Path, campaign: Campaign) -> dict[str, Outcome]:
    """What became of every variant that was tried: its folder says what is done, the journal what failed."""
    done, told = finished_in(out, campaign), last_outcomes(out)
    ids = (job.variant.id for job in campaign.jobs)
    found = {identity: done.get(identity) or told.get(identity) for identity in ids}
    return {
        identity: outcome
        for identity, outcome in found.items()
        if outcome is not None and (identity in done or not outcome.is_done)
    }


def _named(out: Path, campaign: Campaign, outcomes: Mapping[str, Outcome]) -> dict[str, str]:
    """Give the sound of every finished variant its name; the names that could be given, by id."""
    place = out / NAMED
    place.mkdir(exist_ok=True)
    given = {}
    for identity, name in file_names(job.variant for job in campaign.jobs).items():
        outcome = outcomes.get(identity)
        if outcome is None or not outcome.is_done:
            continue
        try:
            for source, ending in _sounds(out / VARIANTS / identity):
                target = place / f"{name}{ending}"
                with suppress(FileNotFoundError):
                    target.unlink()
                os.link(source, target)
        except (OSError, UnicodeError, NotImplementedError):
            continue  # the sheet leads to the variant's own folder
        given[identity] = name
    return given


def _sounds(folder: Path) -> Iterator[tuple[Path, str]]:
    """A variant's files that get a name, and what stands after it."""
    for file, ending in (("mix.wav", ".wav"), ("mix.m4a", ".m4a"), ("voiced.m4a", "_voice.m4a"), ("score.mid", ".mid")):
        if (folder / file).exists():
            yield folder / file, ending


def _pack(out: Path, campaign: Campaign, outcomes: Mapping[str, Outcome], names: Mapping[str, str]) -> Path:
    """Write the archive, a file after the other; the one that was there stays until the new one is whole.

    Two that pack at the same time write a file each, and the later one's stays.
    """
    path = out / ARCHIVE_FILE
    for left in out.glob(f".{path.name}.*part"):
        with suppress(FileNotFoundError):
            if time.time() - left.stat().st_mtime > LEFT_S:
                left.unlink()
    hidden = path.with_name(f".{path.name}.{uuid.uuid4().hex[:12]}.part")
    try:
        with zipfile.ZipFile(hidden, "w", zipfile.ZIP_DEFLATED) as archive:
            page = zipfile.ZipInfo(SHEET_FILE, DATE)
            page.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(page, sheet_html(campaign, outcomes, names))
            for source, name in _contents(out, campaign, outcomes, names):
                _add(archive, source, name)
        hidden.replace(path)
    finally:
        hidden.unlink(missing_ok=True)
    return path


def _contents(
    out: Path, campaign: Campaign, outcomes: Mapping[str, Outcome], names: Mapping[str, str]
) -> Iterator[tuple[Path, str]]:
    """Every file of the archive, in order, and its name there."""
    for job in campaign.jobs:
        identity = job.variant.id
        outcome = outcomes.get(identity)
        if outcome is None or not outcome.is_done:
            continue
        folder, name = out / VARIANTS / identity, names.get(identity)
        for path in sorted(path for path in folder.rglob("*") if path.is_file() and path.name != VARIANT_FILE):
            inside = path.relative_to(folder).as_posix()
            if inside == "mix.wav" and name:
                yield path, f"{NAMED}/{name}.wav"
            else:
                yield path, f"{VARIANTS}/{identity}/{inside}"


def _add(archive: zipfile.ZipFile, source: Path, name: str) -> None:
    """One file, read in pieces."""
    info = zipfile.ZipInfo(name, DATE)
    info.external_attr = 0o644 << 16
    info.compress_type = zipfile.ZIP_STORED if source.suffix in PACKED else zipfile.ZIP_DEFLATED
    info.file_size = source.stat().st_size
    with source.open("rb") as file, archive.open(info, "w") as target:
        while piece := file.read(1 << 20):
            target.write(piece)
