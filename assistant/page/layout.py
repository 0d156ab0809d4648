"""What stands where on the page.

Conventions: every text is in ``prompts/replies/<language>.toml`` under ``[page]`` and follows the browser's language;
handlers are in `assistant.page.conversation`; pictures come from `assistant.page.views`.
"""

from __future__ import annotations

import tomllib
from functools import partial
from html import escape
from pathlib import Path
from typing import cast

import gradio as gr

from assistant.page import conversation
from assistant.page.house import House
from assistant.session import Session
from assistant.settings import ROOT

CLIP_TYPES = [".mp4", ".mov", ".webm", ".mkv", ".m4v", ".avi", ".wav", ".mp3", ".m4a", ".flac", ".ogg"]
STYLE = (Path(__file__).parent / "style.css").read_text("utf-8")
SCRIPT = f"<script>{(Path(__file__).parent / 'player.js').read_text('utf-8')}</script>"


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


def _empty_view(texts: dict[str, dict[str, str]]) -> str:
    """What stands where the take will be; the style sheet shows the line in the browser's language."""
    lines = "".join(f'<p lang="{language}">{escape(text["empty"])}</p>' for language, text in texts.items())
    return f'<div class="cw-empty"><svg viewBox="0 0 240 80" aria-hidden="true">{_staff()}</svg>{lines}</div>'


def _staff() -> str:
    """Five lines and a few notes: the place of the score before there is one."""
    lines = "".join(f'<path d="M8 {y}H232" stroke="currentColor" opacity=".25"/>' for y in range(20, 61, 10))
    places = ((30, 50), (60, 45), (90, 35), (120, 40), (150, 25), (180, 30), (210, 20))
    notes = "".join(f'<ellipse cx="{x}" cy="{y}" rx="6" ry="4.4" fill="#6d5bd0" opacity=".55"/>' for x, y in places)
    return lines + notes


def build_page(house: House) -> tuple[gr.Blocks, gr.I18n]:
    """The page, and its texts for `gradio.Blocks.launch`."""
    texts = _page_texts()
    i18n = gr.I18n(**texts, **{f"{language}-{place}": texts[language] for language, place in (("zh", "CN"),)})
    translated = partial(_translated, i18n)
    examples = [line for key, line in texts["en"].items() if key.startswith("example_")]
    examples += [line for key, line in texts["zh"].items() if key.startswith("example_")][:1]
    with gr.Blocks(title="Cuewright", fill_width=True, delete_cache=(3600, 24 * 3600)) as page:
        session = gr.State(Session(""))
        gr.HTML('<h1 class="cw-title">Cuewright</h1>', padding=False)
        with gr.Row(elem_classes="cw-columns"):
            with gr.Column(scale=5, min_width=320):
                chat = gr.Chatbot(
                    label=translated("chat"),
                    placeholder=translated("welcome"),
                    height="62vh",
                    elem_id="chat",
                    buttons=["copy"],
                )
                message = gr.MultimodalTextbox(
                    label=translated("message"),
                    placeholder=translated("hint"),
                    show_label=False,
                    file_types=CLIP_TYPES,
                    file_count="single",
                    sources=["upload"],
                    max_plain_text_length=20_000,
                    elem_id="message",
                    autofocus=True,
                )
                with gr.Row():
                    undo = gr.Button(translated("undo"), size="sm", elem_id="undo")
                    redo = gr.Button(translated("redo"), size="sm", elem_id="redo")
                    stop = gr.Button(translated("stop"), size="sm", variant="stop", elem_id="stop")
                gr.Examples(
                    [[{"text": line, "files": []}] for line in examples], [message], label=translated("examples")
                )
                with gr.Accordion(translated("more"), open=False):
                    engine = gr.Dropdown(
                        list(house.engine_names),
                        value=house.engine_names[0],
                        label=translated("engine"),
                        elem_id="engine",
                    )
                    seed = gr.Number(value=None, precision=0, minimum=0, label=translated("seed"), elem_id="seed")
            with gr.Column(scale=6, min_width=320, elem_id="take"):
                takes = gr.Radio([], label=translated("takes"), visible=False, elem_id="takes")
                video = gr.Video(
                    label=translated("video"), visible=False, interactive=False, elem_id="video", height=320
                )
                audio = gr.HTML("", elem_id="audio", padding=False)
                with gr.Row(visible=False, elem_id="downloads") as downloads:
                    midi = gr.DownloadButton(translated("midi"), size="sm", elem_id="download-midi")
                    wave = gr.DownloadButton(translated("wave"), size="sm", elem_id="download-wav")
                    stems = gr.DownloadButton(translated("stems"), size="sm", elem_id="download-stems")
                    report = gr.DownloadButton(translated("report"), size="sm", elem_id="download-report")
                    papers = gr.DownloadButton(translated("rights"), size="sm", elem_id="download-rights")
                view = gr.HTML(_empty_view(texts), elem_id="view", padding=False)
        shown = conversation.Shown(
            chat, message, session, takes, video, audio, view, downloads, midi, wave, stems, report, papers
        )
        outputs = list(shown.components())
        inputs = [message, chat, session, engine, seed]
        sending = message.submit(
            partial(conversation.send, house, shown), inputs, outputs, api_name="send", concurrency_limit=2
        )
        for button, words in ((undo, "undo"), (redo, "redo")):
            button.click(
                partial(conversation.step_back_or_on, house, shown, words),
                [chat, session],
                outputs,
                api_visibility="private",
            )
        takes.input(
            partial(conversation.choose, house, shown), [takes, chat, session], outputs, api_visibility="private"
        )
        stop.click(conversation.stopped, [chat], [chat, message], cancels=[sending], api_visibility="private")
    return page, i18n
