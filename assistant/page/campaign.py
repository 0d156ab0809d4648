"""The campaign's tab: one tune in many regions, lengths and moods.

Conventions: texts are ``prompts/campaign/<language>.toml`` under ``[page]``, sent once more in the visitor's language
when the page is opened, as those of the other tab are; handlers are in `assistant.page.campaign_run`. The browser keeps
the name of the visitor's folder, so that a page that is opened again finds the campaign.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.blocks import Block

from assistant.campaign.rows import COLUMNS, Row, parse_table
from assistant.campaign.words import campaign_voice
from assistant.errors import AssistantError
from assistant.explain import voice
from assistant.language import READ_LANGUAGES
from assistant.page import campaign_run
from assistant.page.campaign_form import LONGEST_LIST, SOUNDS, Form
from assistant.page.house import House
from assistant.page.tongues import preferred_language
from assistant.store import owner_of
from assistant.store.values import KEY

STYLE = (Path(__file__).parent / "campaign.css").read_text("utf-8")
EMPTY_ROWS = 3
FOLDER = re.compile(r"[0-9a-f]{32}")
"""What a visitor's folder is called (`assistant.page.storage`)."""
PRIVATE: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}


@dataclass(frozen=True)
class Fields:
    """The components of the tab; the form's are in the order of `Form`."""

    form: tuple[Block, ...]
    regions: gr.CheckboxGroup
    every: gr.Button
    bring: gr.UploadButton
    ask: gr.Button
    start: gr.Button
    pause: gr.Button
    told: gr.HTML
    sheet: gr.HTML
    about: gr.HTML
    require: gr.Dropdown
    forbid: gr.Dropdown
    labels: dict[Block, dict[str, str]]


class Tabs:
    """The page's tabs: the conversation's is open from the beginning until the campaign's is built."""

    def __init__(self) -> None:
        self._stack = ExitStack()
        self._stack.enter_context(gr.Tabs(elem_id="tabs"))
        self._first = ExitStack()
        self.talk = self._first.enter_context(gr.Tab(_text("en", "talk"), id="talk"))

    def campaign(self, house: House, page: gr.Blocks, key: gr.BrowserState) -> None:
        """Close the conversation's tab, and build the campaign's with all that happens on it."""
        self._first.close()
        with gr.Tab(_text("en", "tab"), id="campaign") as tab:
            fields = _built(house)
        self._stack.close()
        kept = gr.BrowserState("", storage_key="cuewright-campaign", secret="cuewright-campaign")
        visitor = gr.State("")
        language = gr.State("en")
        fields.labels.update({self.talk: {"label": "talk"}, tab: {"label": "tab"}})
        _connect(house, page, fields, kept, (visitor, language, key))


def _text(language: str, key: str) -> str:
    return campaign_voice(language).text("page", key)


def _built(house: House) -> Fields:
    """The form, the buttons and the places of what is told."""
    labels: dict[Block, dict[str, str]] = {}

    def named(component: Any, key: str, prop: str = "label", **more: str) -> Any:
        labels[component] = {prop: key, **more}
        return component

    def text(key: str) -> str:
        return _text("en", key)

    several: dict[str, Any] = {"multiselect": True, "allow_custom_value": True}  # choices come with the visitor
    about = gr.HTML("", padding=False, elem_id="campaign-about")
    brief = named(gr.Textbox(label=text("brief"), placeholder=text("brief_hint"), lines=2, elem_id="campaign-brief"),
                  "brief", placeholder="brief_hint")  # fmt: skip
    choices = _named_regions(voice("en").texts["regions"], "en")
    with gr.Row(elem_id="campaign-regions-row"):
        regions = named(gr.CheckboxGroup(choices, label=text("regions"), elem_id="campaign-regions"),
                        "regions")  # fmt: skip
    every = named(gr.Button(text("every"), size="sm", elem_id="campaign-every"), "every", "value")
    with gr.Row():
        lengths = named(
            gr.Textbox("30,15,6", label=text("lengths"), max_length=LONGEST_LIST, elem_id="campaign-lengths"), "lengths"
        )
        moods = named(gr.Textbox(label=text("moods"), placeholder=text("moods_hint"), max_length=LONGEST_LIST,
                                 elem_id="campaign-moods"),
                      "moods", placeholder="moods_hint")  # fmt: skip
    with named(gr.Accordion(text("voices"), open=False), "voices"):
        voices = named(gr.File(label=text("voices"), file_count="multiple", file_types=list(SOUNDS), height=120,
                               elem_id="campaign-voices"), "voices")  # fmt: skip
    with named(gr.Accordion(text("brand"), open=False, elem_id="campaign-brand"), "brand"):
        with gr.Row():
            logo = named(gr.Textbox(label=text("logo"), placeholder="G4:0.5 C5:0.5 E5 G5:2"), "logo")
            key = named(gr.Textbox(label=text("key"), max_length=30), "key")
            final_hit = named(gr.Textbox(label=text("final_hit"), max_length=8), "final_hit")
        with gr.Row():
            require = named(gr.Dropdown([], **several, label=text("require")), "require")
            forbid = named(gr.Dropdown([], **several, label=text("forbid")), "forbid")
        with gr.Row():
            loudness = named(gr.Textbox(label=text("loudness"), max_length=8), "loudness")
            slowest = named(gr.Textbox(label=text("tempo"), max_length=8), "tempo")
            fastest = gr.Textbox(label="BPM", max_length=8)
        brand_file = named(gr.File(label=text("brand_file"), file_types=[".toml"], height=110), "brand_file")
    with named(gr.Accordion(text("table"), open=False, elem_id="campaign-table"), "table"):
        table = named(gr.Dataframe([[""] * len(COLUMNS)] * EMPTY_ROWS, headers=list(COLUMNS), type="array",
                                   datatype="str", interactive=True, label=text("table_about"), max_height=320),
                      "table_about")  # fmt: skip
        bring = named(gr.UploadButton(text("table_bring"), size="sm", file_types=[".csv", ".tsv"]), "table_bring")
    with gr.Row():
        tune = named(gr.Textbox(label=text("tune"), placeholder="C4 D4:0.5 Eb4 r G4:2"), "tune")
        engine = named(gr.Dropdown(list(house.engine_names), value=_quickest(house), label=text("engine")), "engine")
        seed = named(gr.Textbox(label=text("seed"), max_length=12), "seed")
    with gr.Row(elem_id="campaign-turns"):
        ask = named(gr.Button(text("estimate"), interactive=False, elem_id="campaign-estimate"), "estimate", "value")
        start = named(gr.Button(text("start"), variant="primary", interactive=False, elem_id="campaign-start"),
                      "start", "value")  # fmt: skip
        pause = named(gr.Button(text("pause"), visible=False, elem_id="campaign-pause"), "pause", "value")
    told = gr.HTML("", padding=False, elem_id="campaign-told")
    sheet = gr.HTML("", padding=False, elem_id="campaign-sheet")
    form = (brief, regions, lengths, moods, voices, table, tune, engine, seed, brand_file, logo, key, final_hit,
            require, forbid, loudness, slowest, fastest)  # fmt: skip
    return Fields(form, regions, every, bring, ask, start, pause, told, sheet, about, require, forbid, labels)


def _about(language: str, house: House) -> str:
    """What the tab is for, and its bound."""
    most = campaign_voice(language).text("page", "most", most=house.settings.most_variants)
    return f'<p class="cw-campaign-said" dir="auto">{escape(_text(language, "about"))} {escape(most)}</p>'


def _quickest(house: House) -> str:
    """The engine that a campaign takes unless asked: the rules, where they can be chosen."""
    return "rules" if "rules" in house.engine_names else house.default_engine


def _named_regions(regions: Iterable[str], language: str) -> list[tuple[str, str]]:
    """Regions by their names in a language, in the order of names."""
    speaker = voice(language)
    names = ((speaker.name("regions", region), region) for region in regions)
    return sorted((name[:1].upper() + name[1:], region) for name, region in names)


def _players(house: House, language: str) -> list[tuple[str, str]]:
    """Every family and instrument by its name in a language."""
    speaker = voice(language)
    ids = dict.fromkeys((*house.library.families, *house.library.instruments))
    return sorted((speaker.name("instruments", each), each) for each in ids)


def _connect(
    house: House,
    page: gr.Blocks,
    fields: Fields,
    kept: gr.BrowserState,
    who: tuple[gr.State, gr.State, gr.BrowserState],
) -> None:
    """What happens when the page is opened, on the buttons, and when a table is brought."""
    visitor, language, _ = who
    common = [*who, *fields.form]
    heavy: dict[str, Any] = {**PRIVATE, "concurrency_limit": None}  # they wait in lines of ours, which say so
    outputs = [fields.told, fields.sheet, fields.start, fields.pause]

    def greet(name: str, request: gr.Request) -> list[Any]:
        return _greeted(house, fields, name, request)

    greeted = [visitor, language, fields.about, fields.sheet, fields.regions, fields.require, fields.forbid]
    opened = page.load(greet, [kept], [*greeted, *fields.labels], **PRIVATE)
    opened.then(lambda name: name, [visitor], [kept], **PRIVATE)  # a browser's store is not ready before
    fields.every.click(lambda chosen: _all_or_none(house, chosen), [fields.regions], [fields.regions], **PRIVATE)
    fields.bring.upload(_brought, [fields.bring, language], [fields.form[5], fields.told], **PRIVATE)

    def ask(name: str, tongue: str, key: object, *values: Any) -> Iterator[list[Any]]:
        for words, can_start in campaign_run.estimated(house, Form(*values), name, tongue, _owner(key)):
            yield [words, gr.skip(), gr.Button(interactive=can_start), gr.skip()]

    def start(name: str, tongue: str, key: object, *values: Any) -> Iterator[list[Any]]:
        for words, sheet, kind in campaign_run.started(house, Form(*values), name, tongue, _owner(key)):
            if kind == "refused":
                yield [words, gr.skip(), gr.skip(), gr.skip()]
                return
            at_work = kind is not None and not sheet
            again = gr.Button(_text(tongue, "resume" if kind == "paused" else "start"), interactive=not at_work)
            yield [words, sheet or gr.skip(), again, gr.Button(visible=at_work)]

    fields.ask.click(ask, common, outputs, **heavy)
    fields.start.click(start, common, outputs, **heavy)
    fields.pause.click(lambda name, tongue: campaign_run.paused(house, name, tongue), [visitor, language],
                       [fields.told], **PRIVATE)  # fmt: skip


def _owner(key: object) -> str:
    """Whose a campaign is, so that it goes with all that he has; empty for one without a key."""
    return owner_of(key) if isinstance(key, str) and KEY.fullmatch(key) else ""


def _all_or_none(house: House, chosen: list[str]) -> list[str]:
    """All regions; none, where all are chosen."""
    return [] if len(chosen) == len(house.library.regions) else list(house.library.regions)


def _brought(path: str, language: str) -> tuple[Any, str]:
    """The rows of a table that was brought, and what was wrong with it."""
    try:
        rows = parse_table(Path(path).read_text("utf-8-sig", errors="replace"))
    except AssistantError as error:
        return gr.skip(), campaign_run.trouble(error, language)
    return [_cells(row) for row in rows], ""


def _cells(row: Row) -> list[str]:
    length = "" if row.length_s is None else f"{row.length_s:g}"
    return [row.region, length, row.mood, row.voice, row.name, "" if row.seed is None else str(row.seed)]


def _greeted(house: House, fields: Fields, kept: str, request: gr.Request) -> list[Any]:
    """The visitor's folder, and the tab in the visitor's language with the campaign that he had."""
    tongue = preferred_language(str(request.headers.get("accept-language", "")), READ_LANGUAGES)
    visitor = kept if isinstance(kept, str) and FOLDER.fullmatch(kept) else house.storage.new_session_id()
    players = _players(house, tongue)
    worded: list[dict[str, Any]] = [
        {prop: _text(tongue, key) for prop, key in keys.items()} | ({"interactive": True} if each is fields.ask else {})
        for each, keys in fields.labels.items()  # only now it is known whose campaign it is
    ]
    return [
        visitor,
        tongue,
        _about(tongue, house),
        campaign_run.found_again(house, visitor, tongue),
        gr.CheckboxGroup(choices=_named_regions(house.library.regions, tongue), label=_text(tongue, "regions")),
        gr.Dropdown(choices=players, label=_text(tongue, "require")),
        gr.Dropdown(choices=players, label=_text(tongue, "forbid")),
        *(gr.update(**values) for values in worded),
    ]
