"""The campaign's tab at work: estimate, start, pause, go on, and the contact sheet on the page.

Conventions: a visitor's campaign lies in a folder of his own that nobody can guess; the same brief and rules find it
again, others begin another and erase it. Handlers yield HTML in the visitor's language; no word of his is unescaped.
"""

from __future__ import annotations

import logging
import os
import shutil
from collections.abc import Iterator
from dataclasses import replace
from html import escape
from pathlib import Path
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
from assistant.errors import AssistantError, InputError
from assistant.explain import say_error, voice
from assistant.page.campaign_form import Form, request_of
from assistant.page.house import House
from assistant.page.storage import Storage

log = logging.getLogger(__name__)

KEPT_S = 7 * 24 * 3600.0
"""How long a campaign that nobody touches is kept."""
FOLDER, CAMPAIGN, CURRENT = "campaigns-of-visitors", "campaign", "current"


def storage_of(house: House) -> Storage:
    """Where campaigns lie: beside the sessions, which are swept by what the store knows."""
    return Storage(house.storage.root.parent / FOLDER)


def workers_here() -> int:
    """Processes of one campaign: a core is left to the page, where there are several."""
    return max(1, cores() - 1)


def _prepared(house: House, form: Form, visitor: str) -> tuple[Campaign, Path]:
    """The campaign of a form, and its folder; what the visitor had of another campaign is erased."""
    place = storage_of(house).folder_of(visitor)
    request = request_of(form, place, house.library)
    if request.engine not in house.engine_names:
        raise InputError(f"engine {request.engine!r:.40}", ", ".join(house.engine_names), "choose one of these")
    campaign = gather(request, library=house.library, advisers=house.advisers, most=house.settings.most_variants)
    folder = place / f"{CAMPAIGN}-{shared_digest(campaign.shared)[:16]}"
    for other in place.glob(f"{CAMPAIGN}-*"):
        if other != folder:
            shutil.rmtree(other, ignore_errors=True)
    folder.mkdir(parents=True, exist_ok=True)
    (place / CURRENT).write_text(folder.name, encoding="utf-8")
    os.utime(place)  # by whose time it is swept: a file that is written over doesn't change it
    return campaign, folder


def estimated(house: House, form: Form, visitor: str, language: str) -> Iterator[tuple[str, bool]]:
    """What a campaign will take, as HTML, and whether it can be started."""
    texts = campaign_voice(language)
    try:
        campaign, folder = _prepared(house, form, visitor)
        yield said(texts.text("page", "measuring", count=len(sample_of(campaign.jobs)))), False
        told = estimate(campaign, folder, workers=workers_here(), keep=True)
        yield said(estimate_said(told, texts)), told.has_room
    except AssistantError as error:
        yield trouble(error, language), False


def started(house: House, form: Form, visitor: str, language: str) -> Iterator[tuple[str, str, Kind | None]]:
    """Run it, or go on with it: progress and sheet as HTML, and what happened; None where something went wrong."""
    try:
        campaign, folder = _prepared(house, form, visitor)
        storage_of(house).erase_older_than(KEPT_S)
        (folder / PAUSE_FILE).unlink(missing_ok=True)
        for event in run_campaign(campaign, folder, Local(workers_here())):
            yield progress(event, language), "", event.kind
        write_results(folder)
        yield progress(event, language), sheet_of(folder, language), event.kind
    except AssistantError as error:
        yield trouble(error, language), "", None
    except Exception as error:
        log.exception("a campaign of the page failed")
        yield trouble(AssistantError(type(error).__name__), language), "", None


def paused(house: House, visitor: str, language: str) -> str:
    """Ask the visitor's campaign to finish what runs and stop."""
    if (folder := folder_of(house, visitor)) is not None:
        (folder / PAUSE_FILE).touch()
    return said(campaign_voice(language).text("page", "stopping"))


def folder_of(house: House, visitor: str) -> Path | None:
    """The folder of a visitor's campaign; None where there is none."""
    try:
        place = storage_of(house).folder_of(visitor)
        folder = place / (place / CURRENT).read_text("utf-8")
        os.utime(place)
    except (OSError, AssistantError):
        return None
    return folder if folder.is_dir() and folder.parent == place else None


def found_again(house: House, visitor: str, language: str) -> str:
    """The sheet of the campaign that a visitor had, for a page that is opened again; empty without one."""
    folder = folder_of(house, visitor)
    return sheet_of(folder, language) if folder is not None and (folder / SHEET_FILE).exists() else ""


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
