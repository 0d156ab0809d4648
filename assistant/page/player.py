"""The player of a take: its sound, its film, another take to compare it with, and its files, as HTML.

Conventions: what a script needs to know stands as JSON in ``data-cue`` (``sound.js`` and ``player.js`` read it);
addresses are those of files that the page may serve; what a person wrote is escaped. Nothing plays by itself.
"""

from __future__ import annotations

import hashlib
import json
import secrets
import zipfile
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import quote

from assistant.deliver.pictures import part_colours
from assistant.deliver.words import part_names
from assistant.explain import Voice, voice
from assistant.page.strip import poster_of
from assistant.session import Session, TakeRecord

CEILING_LUFS = -14.0
"""Nothing is played louder than this on the page, as ``sound.js`` has it too; the files are as loud as was asked."""

ICONS = {
    "play": '<path class="cw-go" d="M7 4.5v15l13-7.5z"/>'
    '<path class="cw-rest" d="M6 4.5h4.5v15H6zM13.5 4.5H18v15h-4.5z"/>',
    "volume": '<path d="M4 9v6h4l5 4.5v-15L8 9z"/>'
    '<path d="M16 8.2a5 5 0 0 1 0 7.6" fill="none" stroke="currentColor" stroke-width="1.8"/>',
    "close": '<path d="M6 6l12 12M18 6L6 18" stroke="currentColor" stroke-width="2"/>',
}


def player(session: Session, *, compare: int | None = None) -> str:
    """The player of the current take; nothing before the first.

    Parameters
    ----------
    session : Session
    compare : int or None
        Number of a take that is to be heard beside the current one.
    """
    take = session.current_take
    if take is None:
        return ""
    speaker = voice(session.language)
    data = escape(json.dumps(cue_data(session, take, compare, speaker), ensure_ascii=False))
    return anew(
        f'<cw-player class="cw-player" data-cue="{data}" dir="{speaker.direction}">'
        f"{_film(take, speaker)}{_bar(take, speaker)}{_said(take, speaker)}{_pair(session, take, speaker)}</cw-player>"
    )


def anew(content: str) -> str:
    """Content that is put on the page as a whole.

    Gradio patches element by element what stands there, which leaves what scripts made of it half old and half new; it
    replaces what has another tag. So every content is in a tag of its own.

    Examples
    --------
    >>> anew("a")[:12] == anew("a")[:12], anew("a")[:12] == anew("b")[:12]
    (True, False)
    """
    tag = f"cw-{hashlib.sha256(content.encode()).hexdigest()[:16]}"
    return f'<{tag} class="cw-whole">{content}</{tag}>'


def cue_data(session: Session, take: TakeRecord, compare: int | None, speaker: Voice) -> dict[str, Any]:
    """What the scripts need to know of a take, its stems, and the takes that it may be compared with."""
    folder, names = Path(take.folder), part_names(take.score, speaker.language)
    others = [record for record in session.takes if record.number != take.number]
    known = {record.number for record in others}
    return {
        **_heard(take),
        "label": title(take, speaker),
        "loop": take.plan.loop,
        "stems": [
            {"id": part.id, "name": names[part.id], "address": address(folder / "stems" / f"{part.id}.wav")}
            for part in take.score.parts
            if part.notes
        ],
        "others": [_heard(record) for record in others],
        "compare": compare if compare in known else None,
        "texts": {key: speaker.text("page", key) for key in ("play", "pause")},
    }


def _heard(take: TakeRecord) -> dict[str, Any]:
    """What it takes to play the mix of a take."""
    mix = address(Path(take.folder) / "mix.wav")
    return {"take": take.number, "mix": mix, "lengthS": round(take.score.length_s, 4), "lufs": loudness_of(take)}


def loudness_of(take: TakeRecord) -> float:
    """The loudness of the mix in LUFS as it was measured, the planned one where it was not."""
    found = next((item for item in take.findings.items if item.name == "loudness"), None)
    return float(found.achieved) if found and isinstance(found.achieved, int | float) else take.plan.loudness_lufs


def title(take: TakeRecord, speaker: Voice) -> str:
    """The number of a take, and its name where it has one."""
    label = speaker.text("take", "label", number=take.number)
    return f"{label} · {take.name}" if take.name else label


def address(path: Path) -> str:
    """The page's address of a file that it may serve."""
    return f"gradio_api/file={quote(path.resolve().as_posix())}"


def clock(at_s: float) -> str:
    """Whole minutes and seconds.

    Examples
    --------
    >>> clock(62.9)
    '1:02'
    """
    return f"{int(at_s) // 60}:{int(at_s) % 60:02d}"


def _icon(name: str) -> str:
    return f'<svg viewBox="0 0 24 24" aria-hidden="true" fill="currentColor">{ICONS[name]}</svg>'


def _film(take: TakeRecord, speaker: Voice) -> str:
    """The clip with its music, where there is one; it is the clock then."""
    film = next(iter(sorted(Path(take.folder).glob("scored.*"))), None)
    if film is None:
        return ""
    label = escape(speaker.text("page", "video"))
    poster = f' poster="{picture}"' if (picture := poster_of(take)) else ""
    return (
        f'<div id="video" class="cw-film"><video playsinline preload="auto" src="{escape(address(film))}"'
        f'{poster} aria-label="{label}"></video></div>'
    )


def _bar(take: TakeRecord, speaker: Voice) -> str:
    """Play, place, volume and files in one line."""
    text = {key: escape(speaker.text("page", key)) for key in ("play", "seek", "volume", "audio")}
    length_s = take.score.length_s
    return (
        f'<audio preload="metadata" src="{escape(address(Path(take.folder) / "mix.wav"))}"></audio>'
        f'<div class="cw-bar" role="group" aria-label="{text["audio"]}">'
        f'<button type="button" class="cw-play" data-do="play" aria-label="{text["play"]}">{_icon("play")}</button>'
        f'<span class="cw-title-now">{escape(title(take, speaker))}</span>'
        f'<input type="range" class="cw-seek" data-do="seek" min="0" max="{length_s:.3f}" step="0.01" value="0"'
        f' aria-label="{text["seek"]}">'
        f'<span class="cw-time">0:00 / {clock(length_s)}</span>'
        f'<label class="cw-volume" title="{text["volume"]}">{_icon("volume")}'
        f'<input type="range" data-do="volume" min="0" max="1" step="0.01" value="1" aria-label="{text["volume"]}">'
        f"</label>{_menu(take, speaker)}</div>"
    )


def _menu(take: TakeRecord, speaker: Voice) -> str:
    """Every file of the take behind one button."""
    links = "".join(
        f'<a id="download-{name}" data-do="file" href="{escape(address(path))}" download="{escape(path.name)}">'
        f"{escape(label.removeprefix('↓ '))}</a>"
        for name, path, label in _files(take, speaker)
    )
    label = escape(speaker.text("page", "files"))
    return f'<details id="downloads" class="cw-menu"><summary>{label}</summary><div>{links}</div></details>'


def _files(take: TakeRecord, speaker: Voice) -> Iterator[tuple[str, Path, str]]:
    """The files that a person takes away: id, path and label."""
    folder = Path(take.folder)
    film = next(iter(sorted(folder.glob("scored.*"))), None)
    if film is not None:
        yield "film", film, speaker.text("page", "video")
    yield "wav", folder / "mix.wav", speaker.text("page", "wave")
    yield "m4a", folder / "mix.m4a", "M4A"
    yield "stems", stems_archive(folder), speaker.text("page", "stems")
    yield "midi", folder / "score.mid", speaker.text("page", "midi")
    yield "musicxml", folder / "score.musicxml", "MusicXML"
    sheet = folder / "cue-sheet.pdf"
    if sheet.exists():
        yield "cue-sheet", sheet, speaker.text("page", "cue_sheet")
    yield "report", folder / "report.html", speaker.text("page", "report")
    papers = folder / "rights.html"  # takes of earlier versions have none
    yield "rights", papers if papers.is_file() else folder / "rights.json", speaker.text("page", "rights")


def stems_archive(folder: Path) -> Path:
    """A zip of the stems with the projects that place them, made once, beside them."""
    archive = folder / "stems.zip"
    if not archive.exists() and folder.is_dir():
        begun = folder / f".{secrets.token_hex(4)}.zip"  # two visits at once never see half a file
        with zipfile.ZipFile(begun, "w", zipfile.ZIP_STORED) as file:
            placed = [
                folder / name for name in ("project.rpp", "project.dawproject", "timeline.otio", "mix.wav", "score.mid")
            ]
            for path in (*sorted((folder / "stems").glob("*.wav")), *placed):
                if path.exists():
                    file.write(path, path.relative_to(folder).as_posix())
        begun.replace(archive)
    return archive


def _said(take: TakeRecord, speaker: Voice) -> str:
    """That the take is played quieter than its file, where it is."""
    quieter_db = loudness_of(take) - CEILING_LUFS
    if quieter_db < 0.1:
        return ""
    said = speaker.text("page", "quieter", db=round(quieter_db, 1), lufs=round(loudness_of(take), 1))
    return f'<p class="cw-note" role="note">{escape(said)}</p>'


def _pair(session: Session, take: TakeRecord, speaker: Voice) -> str:
    """Two takes to switch between, unseen until they are compared."""
    text = {key: escape(speaker.text("page", key)) for key in ("compare", "other", "match", "part")}
    others = [record for record in session.takes if record.number != take.number]
    options = "".join(f'<option value="{record.number}">{escape(title(record, speaker))}</option>' for record in others)
    name = escape(title(take, speaker))
    return (
        f'<div class="cw-pair" role="group" aria-label="{text["compare"]}" hidden>'
        f'<div class="cw-switch" role="radiogroup" aria-label="{text["compare"]}">'
        f'<button type="button" role="radio" data-do="hear" data-take="{take.number}"><b>A</b> {name}</button>'
        f'<button type="button" role="radio" data-do="hear" data-take="0"><b>B</b></button></div>'
        f'<select data-do="other" aria-label="{text["other"]}">{options}</select>'
        f'<label><input type="checkbox" data-do="match" checked> {text["match"]}</label>'
        f'<button type="button" data-do="part" class="cw-close" aria-label="{text["part"]}" title="{text["part"]}">'
        f"{_icon('close')}</button></div>"
    )


def stems_section(take: TakeRecord, speaker: Voice) -> str:
    """Every part with a switch to hear it alone and one to silence it; they are fetched when this is opened."""
    colours, names = part_colours(take.score.parts), part_names(take.score, speaker.language)
    solo, mute = (escape(speaker.text("page", key)) for key in ("solo", "mute"))
    rows = ""
    for part in take.score.parts:
        if part.notes:
            name = escape(names[part.id])
            rows += (
                f'<li data-part="{escape(part.id)}"><i style="background: {colours[part.id]}"></i><span>{name}</span>'
                f'<button type="button" data-what="solo" aria-label="{solo}: {name}">{solo}</button>'
                f'<button type="button" data-what="mute" aria-label="{mute}: {name}">{mute}</button></li>'
            )
    loading, failed = (escape(speaker.text("page", key)) for key in ("stems_loading", "stems_failed"))
    return (
        f'<cw-stems data-of="{take.number}" data-loading="{loading}" data-failed="{failed}"><ul>{rows}</ul>'
        f'<p role="status"></p></cw-stems>'
    )
