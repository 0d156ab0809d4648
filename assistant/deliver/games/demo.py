"""``demo.html``: one page that plays a kit in any browser, from a server or a double click.

Conventions: everything is inside the page. Sounds are FLAC of 16 bits, which every browser decodes to the frame, so
layers stay in phase; the WAV files of the kit are the ones to build with.
"""

from __future__ import annotations

import base64
import html
import io
import json
from pathlib import Path
from string import Template

import numpy as np
import soundfile

from assistant.audio.waveform import Samples
from assistant.deliver.games.kit import Kit
from assistant.deliver.games.manifest import Manifest
from assistant.records import to_data
from assistant.settings import RATE_HZ

TEMPLATES = Path(__file__).parent / "templates"


def demo_page(kit: Kit, manifest: Manifest) -> str:
    """The page as HTML."""
    sounds = {f"layer_{number}": layer.samples for number, layer in enumerate(kit.layers, 1)}
    sounds |= {name: cut.samples for name, cut in kit.cuts.items()}
    return Template(_text("demo.html")).substitute(
        title=html.escape(manifest.title),
        style=_text("demo.css"),
        manifest=json.dumps(to_data(manifest), ensure_ascii=False).replace("<", "\\u003c"),
        sounds="\n".join(
            f'<script type="text/plain" id="sound-{name}">{base64.b64encode(flac(samples)).decode("ascii")}</script>'
            for name, samples in sounds.items()
        ),
        music=_text("music.js"),
        page=_text("demo.js"),
    )


def flac(samples: Samples) -> bytes:
    """Samples as FLAC of 16 bits."""
    file = io.BytesIO()
    soundfile.write(file, np.ascontiguousarray(samples.T), RATE_HZ, format="FLAC", subtype="PCM_16")
    return file.getvalue()


def _text(name: str) -> str:
    return (TEMPLATES / name).read_text(encoding="utf-8")
