"""What stands where on the page.

Conventions: every text is in ``prompts/replies/<language>.toml`` under ``[page]`` and follows the browser's language;
handlers are in `assistant.page.conversation`; pictures come from `assistant.page.views`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from functools import partial
from html import escape
from pathlib import Path
from string import Template
from typing import Any, cast

import gradio as gr
from gradio.blocks import Block
from gradio.components.chatbot import ExampleMessage

from assistant.explain import voice
from assistant.page import campaign, conversation, hands, past, sessions, takes, taste, tune, views
from assistant.page.api import connect_api
from assistant.page.blocks import ThriftyBlocks
from assistant.page.house import House
from assistant.page.storage import CLIP_TYPES
from assistant.page.tongues import preferred_language
from assistant.session import Session
from assistant.settings import ROOT

LONGEST_PASTE = 2_000_000
"""Characters that may be pasted; Gradio would make a file of a longer text, which is no clip. The reader cuts it."""
STYLE = (Path(__file__).parent / "style.css").read_text("utf-8") + hands.STYLE + campaign.STYLE
SCRIPTS = ("sound", "pictures", "player", "takes", "stream")
"""The page's scripts, each of which may use those before it."""
SCRIPT = "".join(f"<script>{(Path(__file__).parent / f'{name}.js').read_text('utf-8')}</script>" for name in SCRIPTS)
SCRIPT += f"<script>{hands.SCRIPT}</script>"


def theme() -> gr.themes.Base:
    """Quiet colours and the system's own fonts, so that nothing is fetched from elsewhere."""
    fonts = ["system-ui", "-apple-system", "Segoe UI", "Noto Sans", "Noto Sans CJK SC", "PingFang SC", "sans-serif"]
    return gr.themes.Soft(primary_hue="violet", secondary_hue="amber", neutral_hue="slate", font=fonts)


def _page_texts() -> dict[str, dict[str, str]]:
    """The page's texts by language."""
    texts = {}
    for path in sorted((ROOT / "prompts" / "replies").glob("*.toml")):
        with path.open("rb") as file:
            texts[path.stem] = dict(tomllib.load(file)["page"])
    return texts


def _translated(i18n: gr.I18n, key: str) -> str:
    """The text ``key`` in the browser's language; Gradio's parts take its marker but declare plain text."""
    return cast(str, i18n(key))


def _noted(wanted: bool) -> str:
    """A switch as the browser keeps it; what is empty or false it would not keep."""
    return "on" if wanted else "off"


def _recalled(kept: Any) -> bool:
    """The switch that a browser kept."""
    return bool(kept != "off")


def _head(text: dict[str, str]) -> str:
    return f'<h1 class="cw-title">Cuewright</h1><p class="cw-tagline" dir="auto">{escape(text["tagline"])}</p>'


def _not_here(house: House, text: dict[str, str]) -> str | None:
    """Which engines cannot run on this machine and why; None where all can."""
    listed = "; ".join(f"{name} ({why.split(': ')[0]})" for name, why in house.not_here)
    return Template(text["engines_not"]).substitute(listed=listed) if listed else None


def _examples(text: dict[str, str], other: dict[str, str]) -> list[ExampleMessage]:
    """What a first visitor can click: three scenes in their language and one in another."""
    lines = [line for key, line in text.items() if key.startswith("example_")]
    return [ExampleMessage(text=line) for line in (*lines, other["example_1"])]


def greet(labels: Sequence[Mapping[str, str]], kept: str, request: gr.Request) -> list[Any]:
    """A session with the visitor's taste, and the whole page in the visitor's language.

    Gradio translates into the languages that it has itself, which leaves out Italian and most tags of Chinese; so
    every text is sent once more. ``labels`` holds a component's properties and the keys of their texts, one each for
    the chat and then the other components.
    """
    texts = _page_texts()
    language = preferred_language(str(request.headers.get("accept-language", "")), texts)
    text, other = texts[language], texts["zh" if language == "en" else "en"]
    worded: list[dict[str, Any]] = [{name: text[key] for name, key in keys.items()} for keys in labels]
    worded[0]["examples"] = _examples(text, other)
    view = views.empty_view(text["empty"], direction=voice(language).direction)
    session = Session("", language=language, taste=taste.recalled(kept))
    return [_head(text), view, session, taste.listed(session), *(gr.update(**values) for values in worded)]


def build_page(house: House) -> tuple[gr.Blocks, gr.I18n]:
    """The page, and its texts for `gradio.Blocks.launch`."""
    texts = _page_texts()
    i18n = gr.I18n(**texts, **{tag: texts[tag[:2]] for tag in ("zh-CN", "zh-TW", "pt-BR")})
    translated = partial(_translated, i18n)
    with ThriftyBlocks(title="Cuewright", fill_width=True, delete_cache=(3600, 24 * 3600)) as page:
        session = gr.State(Session(""))
        kept = gr.BrowserState("", storage_key="cuewright-taste", secret="cuewright-taste")
        key = gr.BrowserState("", storage_key="cuewright-visitor", secret="cuewright-visitor")
        wanted = gr.BrowserState("on", storage_key="cuewright-ahead", secret="cuewright-ahead")
        head = gr.HTML(_head(texts["en"]), padding=False, elem_id="head")
        tabs = campaign.Tabs()
        with gr.Row(elem_classes="cw-columns"):
            with gr.Column(scale=5, min_width=320, elem_id="talk"):
                chat = gr.Chatbot(
                    label=translated("chat"),
                    show_label=False,
                    placeholder=translated("welcome"),
                    examples=_examples(texts["en"], texts["zh"]),
                    height="64vh",
                    elem_id="chat",
                    buttons=[],
                )
                message = gr.MultimodalTextbox(
                    label=translated("message"),
                    placeholder=translated("hint"),
                    show_label=False,
                    file_types=CLIP_TYPES,
                    file_count="single",
                    sources=["upload"],
                    max_plain_text_length=LONGEST_PASTE,
                    elem_id="message",
                    autofocus=True,
                    interactive=False,  # until the page knows who comes (assistant.page.past)
                )
                with gr.Row(elem_id="turns"):
                    undo = gr.Button(translated("undo"), size="sm", elem_id="undo", interactive=False)
                    redo = gr.Button(translated("redo"), size="sm", elem_id="redo", interactive=False)
                    stop = gr.Button(translated("stop"), size="sm", elem_id="stop", interactive=False)
                    new = gr.Button(translated("new"), size="sm", elem_id="new")
                with gr.Accordion(translated("more"), open=False, elem_id="more") as more:
                    engine = gr.Dropdown(
                        list(house.offered),
                        value=house.default_engine,
                        label=translated("engine"),
                        info=_not_here(house, texts["en"]),
                        elem_id="engine",
                    )
                    seed = gr.Textbox(value="", max_length=12, label=translated("seed"), elem_id="seed")
                    hum = gr.Audio(
                        label=translated("tune"), sources=["microphone", "upload"], type="filepath", elem_id="tune"
                    )
                    notes = gr.Textbox(
                        label=translated("tune_notes"), placeholder="C4 D4:0.5 Eb4 r G4:2", elem_id="notes"
                    )
                    roll = gr.HTML("", padding=False, elem_id="tune-roll")
                    ahead = gr.Checkbox(True, label=translated("ahead"), elem_id="ahead")
                    with gr.Accordion(translated("taste"), open=False, elem_id="taste") as liked:
                        leanings = gr.CheckboxGroup(
                            [], show_label=False, info=texts["en"]["taste_none"], elem_id="leanings"
                        )
                        forget = gr.Button(translated("taste_forget"), size="sm", elem_id="forget")
                    work = past.build(translated, key)
            with gr.Column(scale=6, min_width=320, elem_id="take"):
                audio = gr.HTML("", elem_id="audio", padding=False)
                stream = gr.HTML("", elem_id="stream", padding=False)
                view = gr.HTML(
                    views.empty_view(texts["en"]["empty"]), elem_id="view", padding=False, js_on_load=hands.LISTEN
                )
        wish = gr.HTML("", elem_id="wish", js_on_load=takes.WISHING)
        shown = conversation.Shown(
            *(chat, message, session, audio, view),
            *(undo, redo, stop, stream),
        )
        sent = _connect(house, shown, engine, seed, notes, work.key, ahead)
        private: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
        hum.change(tune.heard, [hum, session], [notes, roll], **private)

        def carry_out(chat: list[Any], session: Session, key: object, event: gr.EventData) -> Any:
            wished = partial(conversation.carry_out, shown, takes.wished(event))  # which gets no event from Gradio
            yield from sessions.kept(house, shown, wished)(chat, session, key)

        wish.submit(carry_out, [chat, session, work.key], list(shown.components()), **private)
        notes.input(tune.typed, [notes, session], [roll], **private)
        ahead.change(_noted, [ahead], [wanted], **private)
        page.load(_recalled, [wanted], [ahead], **private)
        _connect_taste(session, kept, leanings, forget, sent)
        connect_api(house)
        tabs.campaign(house, page, key)
        buttons = {undo: "undo", redo: "redo", stop: "stop", new: "new", forget: "taste_forget"}
        buttons |= {work.save: "work_save", work.erase: "work_erase"}
        named = {
            more: "more",
            engine: "engine",
            seed: "seed",
            hum: "tune",
            notes: "tune_notes",
            liked: "taste",
            ahead: "ahead",
            work.folded: "work",
            work.load: "work_load",
        }
        labels: dict[Block, dict[str, str]] = {
            chat: {"label": "chat", "placeholder": "welcome"},
            message: {"label": "message", "placeholder": "hint"},
            **{button: {"value": key} for button, key in buttons.items()},
            **{component: {"label": key} for component, key in named.items()},
        }

        def welcome(kept: str, request: gr.Request) -> list[Any]:  # Gradio gives no request to a `partial`
            greeted = greet(tuple(labels.values()), kept, request)
            told = _not_here(house, texts[greeted[2].language])
            greeted[places.index(engine)] |= {"info": told} if told else {}
            return greeted

        places: list[Any] = [head, view, session, leanings, *labels]
        opened = page.load(welcome, [kept], places, api_visibility="private", show_progress="hidden")
        past.connect(house, shown, work, new, sent, opened)
    return page, i18n


def _connect(
    house: House,
    shown: conversation.Shown,
    engine: gr.Dropdown,
    seed: gr.Textbox,
    notes: gr.Textbox,
    key: gr.BrowserState,
    ahead: gr.Checkbox,
) -> list[Any]:
    """What happens on a message, a click and a choice; progress is told in the chat, not by Gradio's bars.

    Gives the events after which a message has been dealt with.
    """
    outputs = list(shown.components())
    private: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
    send: dict[str, Any] = {
        "fn": partial(sessions.send, house, shown),
        "inputs": [key, shown.message, shown.chat, shown.session, engine, seed, notes, ahead],
        "outputs": outputs,
        "concurrency_limit": conversation.VISITORS_AT_ONCE,
        "concurrency_id": "send",
        "show_progress": "hidden",
    }
    sending: list[Any] = [shown.message.submit(**send, api_visibility="private")]
    for clicked in (shown.chat.example_select, shown.chat.option_select):
        filled = clicked(conversation.picked, [shown.chat], [shown.message], **private)
        sending.append(filled.then(**send, api_visibility="private"))
    making = {name: send[name] for name in ("concurrency_limit", "concurrency_id", "show_progress")}
    sending.append(hands.connect(house, shown, key, (engine, seed, ahead), **making, api_visibility="private"))
    for button, words in ((shown.undo, "undo"), (shown.redo, "redo")):
        back_or_on = sessions.kept(house, shown, partial(conversation.step_back_or_on, shown, words))
        button.click(back_or_on, [shown.chat, shown.session, key], outputs, **private)
    stopped = partial(sessions.stopped, house)
    told = shown.stop.click(stopped, [shown.chat, shown.session, key], [shown.chat, shown.view], **private)
    # What is sent before the cancelling would be cancelled with the rest, so the box is locked till after it.
    cancelled = told.then(None, cancels=sending, **private)
    cancelled.then(conversation.unlocked, None, [shown.message, shown.stop], **private)
    return sending


def _connect_taste(
    session: gr.State, kept: gr.BrowserState, leanings: gr.CheckboxGroup, forget: gr.Button, sent: list[Any]
) -> None:
    """What was learned is kept in the browser after every message, and forgotten when it is unticked."""
    private: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
    for event in sent:
        event.then(taste.noted, [session], [kept, leanings], **private)
    leanings.input(taste.unticked, [leanings, session], [session, kept, leanings], **private)
    forget.click(taste.erased, [session], [session, kept, leanings], **private)
