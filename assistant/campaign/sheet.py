"""The contact sheet: one page to hear every variant, with what was measured, its papers, and what failed.

Conventions: ``index.html`` is one file that needs nothing but the folders beside it; sounds and pictures are loaded
when they are wanted, so that a sheet of a thousand opens at once. Whatever a person wrote is escaped by the template.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from assistant.campaign.files import CUE_SHEET_FILE, RIGHTS_PAGE, THUMBNAIL_FILE
from assistant.campaign.journal import VARIANTS
from assistant.campaign.values import Campaign, Figures, Job, Outcome
from assistant.campaign.words import campaign_voice
from assistant.deliver.pages import template
from assistant.explain import Voice, voice

SHEET_FILE, ARCHIVE_FILE, NAMED = "index.html", "campaign.zip", "named"
STATES = ("done", "warned", "failed", "waiting")


@dataclass(frozen=True)
class Link:
    """A file to open or to take away."""

    text: str
    href: str


@dataclass(frozen=True)
class Card:
    """One variant on the sheet, all in words; ``filters`` are the values that the choices above look at."""

    id: str
    title: str
    state: str
    said: str
    filters: Mapping[str, str]
    sound: str = ""
    picture: str = ""
    facts: tuple[tuple[str, str], ...] = ()
    warnings: tuple[str, ...] = ()
    links: tuple[Link, ...] = ()


def sheet_html(
    campaign: Campaign,
    outcomes: Mapping[str, Outcome],
    names: Mapping[str, str],
    *,
    archive: bool = False,
    language: str | None = None,
    base: str = "",
) -> str:
    """The page.

    Parameters
    ----------
    campaign : Campaign
    outcomes : mapping of str to Outcome
        What became of each variant, by id; one that isn't there waits to be made.
    names : mapping of str to str
        What a variant's files are called in ``named/``; one that isn't there is reached by its own folder.
    archive : bool
        Whether the ZIP is linked.
    language : str or None
        Of the reader; that of the brief unless given.
    base : str
        An address before all links, for a page that lies elsewhere than its folders.
    """
    language = language or campaign.shared.language
    texts, speaker = campaign_voice(language), voice(language)
    full = campaign.shared.full
    cards = [_card(job, outcomes.get(job.variant.id), names, texts, speaker, full=full) for job in campaign.jobs]
    return template("campaign.html.j2").render(
        language=texts.language,
        direction=speaker.direction,
        brief=campaign.shared.text,
        brand=campaign.shared.brand.name,
        motif=campaign.shared.motif.text if campaign.shared.motif else "",
        cards=cards,
        choices=tuple(_choices(cards, texts)),
        totals=_totals(campaign, outcomes, texts),
        text=lambda key, **slots: texts.text("sheet", key, **slots),
        archive=ARCHIVE_FILE if archive else "",
        base=base,
    )


def _totals(campaign: Campaign, outcomes: Mapping[str, Outcome], texts: Voice) -> tuple[str, ...]:
    """What all of it amounts to."""
    done = [each for each in outcomes.values() if each.is_done]
    warned = sum(bool(each.warnings) for each in done)
    failed = len(outcomes) - len(done)
    said = [texts.text("sheet", "totals", done=len(done), total=len(campaign.jobs), failed=failed, warned=warned)]
    if done:
        minutes = sum(each.figures.length_s for each in done if each.figures) / 60
        seconds = sum(each.seconds for each in done) / len(done)
        said.append(texts.text("sheet", "music", minutes=f"{minutes:.1f}", seconds=f"{seconds:.1f}"))
    return tuple(said)


def _choices(cards: Sequence[Card], texts: Voice) -> Iterator[tuple[str, str, tuple[tuple[str, str], ...]]]:
    """The filters that tell cards apart: name, label, and values with their words."""
    for name in ("region", "length", "mood", "voice", "state"):
        values = dict.fromkeys(card.filters[name] for card in cards)
        if len(values) > 1:
            none = texts.text("sheet", "none")
            worded = tuple(
                (value, (texts.text("sheet", value) if name == "state" else value) or none) for value in values
            )
            yield name, texts.text("sheet", name), worded


def _card(
    job: Job, outcome: Outcome | None, names: Mapping[str, str], texts: Voice, speaker: Voice, *, full: bool
) -> Card:
    """One variant in words."""
    variant = job.variant
    region = speaker.name("regions", variant.region) if variant.region else ""
    length, heard = f"{variant.length_s:g} s", Path(variant.voice_path).stem if variant.voice_path else ""
    title = " · ".join(filter(None, (variant.name, region, length, variant.mood, heard)))
    state = state_of(outcome)
    filters = {"region": region, "length": length, "mood": variant.mood, "voice": heard, "state": state}
    if outcome is None or not outcome.is_done or outcome.figures is None:
        return Card(variant.id, title, state, outcome.error if outcome else texts.text("sheet", state), filters)
    folder, figures = f"{VARIANTS}/{variant.id}", outcome.figures
    sound = f"{folder}/{'voiced' if variant.voice_path else 'mix'}.m4a"
    return Card(
        id=variant.id,
        title=title,
        state=state,
        said=texts.text("sheet", state),
        filters=filters,
        sound=sound,
        picture=f"{folder}/{THUMBNAIL_FILE}",
        facts=tuple(_facts(figures, texts, speaker)),
        warnings=tuple(_broken(figures, texts)),
        links=tuple(_links(folder, job, names, texts, full=full)),
    )


def state_of(outcome: Outcome | None) -> str:
    """One of `STATES`."""
    if outcome is None:
        return "waiting"
    if not outcome.is_done:
        return "failed"
    return "warned" if outcome.warnings else "done"


def _facts(figures: Figures, texts: Voice, speaker: Voice) -> Iterator[tuple[str, str]]:
    """The key figures of a variant."""
    yield texts.text("sheet", "length"), f"{figures.length_s:.2f} s"
    yield texts.text("sheet", "key"), figures.key
    yield texts.text("sheet", "tempo"), f"{figures.tempo_bpm:.0f} BPM"
    yield texts.text("sheet", "loudness"), f"{figures.loudness_lufs:.1f} LUFS"
    if figures.parts:
        yield texts.text("sheet", "players"), speaker.names("instruments", tuple(dict.fromkeys(figures.parts)))
    if figures.hits_asked:
        yield texts.text("sheet", "hits"), f"{figures.hits_met}/{figures.hits_asked}"
    if figures.motif_share is not None:
        yield texts.text("sheet", "tune"), f"{100 * figures.motif_share:.0f} %"
    unmet = f" ({speaker.names('findings', figures.unmet)})" if figures.unmet else ""
    yield texts.text("sheet", "promises"), f"{figures.promises_met}/{figures.promises_asked}{unmet}"


def _broken(figures: Figures, texts: Voice) -> Iterator[str]:
    for rule in figures.broken:
        named = texts.name("rules", rule.name)
        yield texts.text("sheet", "broken", rule=named, asked=rule.asked, got=rule.achieved)


def _links(folder: str, job: Job, names: Mapping[str, str], texts: Voice, *, full: bool) -> Iterator[Link]:
    """The papers and the files of a variant."""
    name = names.get(job.variant.id)
    wave = f"{NAMED}/{quote(name)}.wav" if name else f"{folder}/mix.wav"
    yield Link(texts.text("sheet", "wave"), wave)
    yield Link(texts.text("sheet", "notes"), f"{folder}/score.mid")
    yield Link(texts.text("sheet", "rights"), f"{folder}/{RIGHTS_PAGE}")
    yield Link(texts.text("sheet", "cue_sheet"), f"{folder}/{CUE_SHEET_FILE}")
    if full:
        yield Link(texts.text("sheet", "report"), f"{folder}/report.html")
