"""The campaign's tab at work: estimate, start, pause, go on, and the contact sheet on the page.

Conventions: a visitor's campaigns lie in a folder of his own that nobody can guess, named by a digest of the id that
opens it; the same brief and rules find one again, others begin another beside it. Handlers yield HTML in the visitor's
language; no word of his is unescaped.
"""

from __future__ import annotations

import hashlib
import logging
import os
import re
import shutil
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from html import escape
from pathlib import Path
from typing import Literal
from urllib.parse import quote

from assistant.campaign.estimate import estimate, sample_of
from assistant.campaign.gather import gather
from assistant.campaign.journal import PAUSE_FILE, load_campaign
from assistant.campaign.local import Local, cores
from assistant.campaign.packing import outcomes_of, write_results
from assistant.campaign.run import Event, Kind, run_campaign
from assistant.campaign.sheet import ARCHIVE_FILE, NAMED, SHEET_FILE, sheet_html
from assistant.campaign.telling import estimate_said, event_said
from assistant.campaign.values import Campaign, shared_digest
from assistant.campaign.words import campaign_voice
from assistant.errors import AssistantError, InputError, OutputError
from assistant.explain import say_error, voice
from assistant.page.campaign_form import VOICES, Form, request_of
from assistant.page.house import House
from assistant.page.storage import Storage, forget_copies
from assistant.store import Limits

log = logging.getLogger(__name__)

FOLDER, CAMPAIGN, CURRENT = "campaigns-of-visitors", "campaign", "current"
STARTED, OWNER, ERASE = "started", "owner", "erase"
"""Marks: of a campaign that was more than estimated; in a visitor's folder whose it is, and that it is to go."""
ID = re.compile(r"[0-9a-f]{32}")
MAKE, MEASURE = "make", "measure"
"""The two lines: estimates don't wait behind campaigns."""
LOOK_S = 1.0
"""How often one that waits looks whether it is its turn."""
Stage = Kind | Literal["waiting", "refused"] | None


def storage_of(house: House) -> Storage:
    """Where campaigns lie: beside the sessions, which are swept by what the store knows."""
    return Storage(house.storage.root.parent / FOLDER)


def workers_here() -> int:
    """Processes of one campaign: a core is left to the page, where there are several."""
    return max(1, cores() - 1)


def place_of(house: House, visitor: str) -> Path:
    """A visitor's folder: its name comes of the id that opens it, but doesn't tell it."""
    if not ID.fullmatch(visitor):
        raise OutputError(f"visitor {visitor!r:.40}", "32 hexadecimal digits", "reload the page")
    return storage_of(house).folder_of(name_of(visitor))


def name_of(visitor: str) -> str:
    """What a visitor's folder is called."""
    return hashlib.sha256(f"campaigns of {visitor}".encode()).hexdigest()[:32]


def _prepared(house: House, form: Form, visitor: str, owner: str, *, begin: bool = False) -> tuple[Campaign, Path]:
    """The campaign of a form, and its folder; with ``begin`` it becomes the one that is found again."""
    place = place_of(house, visitor)
    if (place / ERASE).exists() and not all(house.campaigns.holds(line, place.name) for line in (MAKE, MEASURE)):
        _erase(place)  # a crash kept it from going
        place.mkdir(exist_ok=True)
    request = request_of(form, place, house.library)
    if request.engine not in house.engine_names:
        raise InputError(f"engine {request.engine!r:.40}", ", ".join(house.engine_names), "choose one of these")
    campaign = gather(request, library=house.library, advisers=house.advisers, most=house.settings.most_variants)
    folder = place / f"{CAMPAIGN}-{shared_digest(campaign.shared)[:16]}"
    folder.mkdir(parents=True, exist_ok=True)
    if owner:
        (place / OWNER).write_text(owner, encoding="utf-8")
    if begin:
        (folder / STARTED).touch()
        (place / CURRENT).write_text(folder.name, encoding="utf-8")
    os.utime(place)  # by whose time it is swept: a file that is written over doesn't change it
    return campaign, folder


def estimated(house: House, form: Form, visitor: str, language: str, owner: str = "") -> Iterator[tuple[str, bool]]:
    """What a campaign will take, as HTML, and whether it can be started; what was started before stays."""
    texts = campaign_voice(language)
    ticket = house.campaigns.join(MEASURE, name_of(visitor))
    if ticket is None:
        yield refused(house, MEASURE, visitor, language), False
        return
    try:
        sweep(house)
        campaign, folder = _prepared(house, form, visitor, owner)
        for other in folder.parent.glob(f"{CAMPAIGN}-*"):
            if other != folder and not (other / STARTED).exists():  # the sample of another estimate
                shutil.rmtree(other, ignore_errors=True)
        while count := house.campaigns.before(ticket):
            yield said(texts.text("page", "waits", count=count)), False
            time.sleep(LOOK_S)
        yield said(texts.text("page", "measuring", count=len(sample_of(campaign.jobs)))), False
        told = estimate(campaign, folder, workers=workers_here(), keep=True)
        yield said(estimate_said(told, texts)), told.has_room
    except AssistantError as error:
        yield trouble(error, language), False
    finally:
        house.campaigns.leave(ticket)
        _erase_if_asked(house, visitor)


def started(house: House, form: Form, visitor: str, language: str, owner: str = "") -> Iterator[tuple[str, str, Stage]]:
    """Run it, or go on with it: progress and sheet as HTML, and what happened; None where something went wrong.

    One campaign of all visitors is made at a time: who comes later waits, and is told. A start while the visitor's own
    is made, or waits, changes nothing.
    """
    ticket = house.campaigns.join(MAKE, name_of(visitor))
    if ticket is None:
        yield refused(house, MAKE, visitor, language), "", "refused"
        return
    try:
        sweep(house)
        campaign, folder = _prepared(house, form, visitor, owner, begin=True)
        (folder / PAUSE_FILE).unlink(missing_ok=True)
        while count := house.campaigns.before(ticket):
            if (folder / PAUSE_FILE).exists():
                yield said(campaign_voice(language).text("page", "left")), "", None
                return
            yield said(campaign_voice(language).text("page", "waits", count=count)), "", "waiting"
            time.sleep(LOOK_S)
        for event in run_campaign(campaign, folder, Local(workers_here())):
            house.campaigns.before(ticket)  # still here
            yield progress(event, language), "", event.kind
        write_results(folder)
        yield progress(event, language), sheet_of(folder, language), event.kind
    except AssistantError as error:
        yield trouble(error, language), "", None
    except Exception as error:
        log.exception("a campaign of the page failed")
        yield trouble(AssistantError(type(error).__name__), language), "", None
    finally:
        house.campaigns.leave(ticket)
        _erase_if_asked(house, visitor)


def refused(house: House, line: str, visitor: str, language: str) -> str:
    """Why somebody can't join a line: he stands in it, or it is full."""
    why = "at_work" if house.campaigns.holds(line, name_of(visitor)) else "full"
    return said(campaign_voice(language).text("page", why))


def sweep(house: House) -> None:
    """Erase what nobody has touched for as long as stored work is kept (``CUEWRIGHT_KEEP_DAYS``)."""
    limits = house.store.limits if house.store is not None else Limits.from_environment()
    oldest_s = time.time() - limits.age_s
    for place in storage_of(house).root.glob("*"):
        if ID.fullmatch(place.name) and _touched_s(place) < oldest_s:
            _erase(place)


def _touched_s(place: Path) -> float:
    """When the newest file of a visitor's folder was written: of its own, its campaigns' and their variants."""
    newest = 0.0
    for path in (place, *place.glob("*"), *place.glob("*/*"), *place.glob("*/variants/*")):
        with suppress(OSError):
            newest = max(newest, path.stat().st_mtime)
    return newest


def erase_all(house: House, owner: str) -> None:
    """Erase every campaign and voice-over of an owner; one that is at work is stopped, and goes when it has stopped."""
    for mark in storage_of(house).root.glob(f"*/{OWNER}"):
        try:
            if mark.read_text("utf-8") != owner:
                continue
            (mark.parent / ERASE).touch()
            for folder in mark.parent.glob(f"{CAMPAIGN}-*"):
                (folder / PAUSE_FILE).touch()
        except OSError:
            continue  # it went meanwhile
        if not any(house.campaigns.holds(line, mark.parent.name) for line in (MAKE, MEASURE)):
            _erase(mark.parent)


def _erase_if_asked(house: House, visitor: str) -> None:
    """Erase what was to be erased while it was at work, once neither of the lines has the visitor."""
    with suppress(AssistantError):
        place = place_of(house, visitor)
        if (place / ERASE).exists() and not any(house.campaigns.holds(line, place.name) for line in (MAKE, MEASURE)):
            _erase(place)


def _erase(place: Path) -> None:
    forget_copies(place / VOICES)
    shutil.rmtree(place, ignore_errors=True)


def paused(house: House, visitor: str, language: str) -> str:
    """Ask the visitor's campaign to finish what runs and stop."""
    if (folder := folder_of(house, visitor)) is not None:
        (folder / PAUSE_FILE).touch()
    return said(campaign_voice(language).text("page", "stopping"))


def folder_of(house: House, visitor: str) -> Path | None:
    """The folder of a visitor's campaign; None where there is none."""
    try:
        place = place_of(house, visitor)
        folder = place / (place / CURRENT).read_text("utf-8")
        os.utime(place)
    except (OSError, AssistantError):
        return None
    return folder if folder.is_dir() and folder.parent == place else None


def found_again(house: House, visitor: str, language: str) -> str:
    """The sheet of the campaign that a visitor had, for a page that is opened again; empty without one."""
    folder = folder_of(house, visitor)
    try:
        return sheet_of(folder, language) if folder is not None and (folder / SHEET_FILE).exists() else ""
    except AssistantError as error:  # of an older release, perhaps
        return trouble(error, language)


def sheet_of(folder: Path, language: str) -> str:
    """The contact sheet in a frame of its own, whose links lead to the campaign's folder."""
    campaign = load_campaign(folder)
    if campaign is None:
        return ""
    outcomes = outcomes_of(folder, campaign)
    base = f"gradio_api/file={quote(folder.resolve().as_posix())}/"
    names = _names(folder, campaign)
    archive = (folder / ARCHIVE_FILE).exists()
    page = sheet_html(campaign, outcomes, names, archive=archive, language=language, base=base)
    title = campaign_voice(language).text("sheet", "title")
    return (
        f'<iframe class="cw-sheet" title="{escape(title)}" sandbox="allow-scripts allow-downloads allow-popups" '
        f'allow="autoplay" srcdoc="{escape(page)}"></iframe>'
    )


def _names(folder: Path, campaign: Campaign) -> dict[str, str]:
    """The names that sounds were given, by id."""
    from assistant.campaign.names import file_names

    names = file_names(job.variant for job in campaign.jobs)
    return {identity: name for identity, name in names.items() if (folder / NAMED / f"{name}.wav").exists()}


def progress(event: Event, language: str) -> str:
    """A bar, and how it stands in words."""
    texts = campaign_voice(language)
    share = event.done / max(1, event.total)
    quiet = replace(event, outcome=None)
    return (
        f'<div class="cw-campaign-bar" role="progressbar" aria-valuemin="0" aria-valuemax="{event.total}" '
        f'aria-valuenow="{event.done}"><i style="width:{100 * share:.1f}%"></i></div>{said(event_said(quiet, texts))}'
    )


def said(words: str) -> str:
    """Words as a paragraph."""
    return f'<p class="cw-campaign-said" dir="auto">{escape(words)}</p>'


def trouble(error: AssistantError, language: str) -> str:
    """An error as the visitor reads it."""
    return f'<p class="cw-campaign-trouble" role="alert" dir="auto">{escape(say_error(error, voice(language)))}</p>'
