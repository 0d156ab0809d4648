"""What a visitor filled in on the campaign's tab becomes a request; every mistake is told in the field's own words.

Conventions: fields come as Gradio gives them, in the order of `Form`; an empty field is not asked. Rows of the table
take the place of regions, lengths, moods and voices. Voice-overs are kept in the visitor's own folder under names of
ours.
"""

from __future__ import annotations

import filecmp
import itertools
import math
import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assistant.brief import LONGEST_TEXT
from assistant.campaign.brand import Brand, FinalHit, checked, read_brand
from assistant.campaign.gather import Request, slug
from assistant.campaign.rows import COLUMNS, Row, grid, is_seed, parse_lengths, parse_table
from assistant.errors import BriefError, InputError
from assistant.library import Library
from assistant.page.storage import CLIP_TYPES, LARGEST_CLIP
from assistant.settings import LARGEST_SEED

SOUNDS = (".wav", ".mp3", ".m4a", ".flac", ".ogg")
MOST_VOICES = 12
VOICES = "voices"
"""The folder of voice-overs in a visitor's own."""
LONGEST_LIST = 1000
"""Letters of a list of lengths or moods."""


@dataclass(frozen=True)
class Form:
    """The fields of the tab, as Gradio gives them."""

    text: str
    regions: Sequence[str]
    lengths: str
    moods: str
    voices: Sequence[str] | None
    table: Sequence[Sequence[Any]]
    tune: str
    engine: str
    seed: str
    brand_file: str | None
    logo: str
    key: str
    final_hit_s: str
    require: Sequence[str]
    forbid: Sequence[str]
    loudness_lufs: str
    slowest_bpm: str
    fastest_bpm: str


def request_of(form: Form, folder: Path, library: Library) -> Request:
    """The request of a form; uploads are kept in ``folder``.

    Raises
    ------
    InputError
        If a field can't be used.
    """
    text = (form.text or "").strip()
    if not text:
        raise BriefError("no words", "a brief in any language", "say what the spot is about")
    rows = _rows_of_table(form.table) or _rows_of_choice(form, folder)
    seed = (form.seed or "").strip()
    if seed and not is_seed(seed):
        raise InputError(f"seed {seed!r:.40}", f"0 to {LARGEST_SEED}", "choose a number in this range")
    return Request(
        text[:LONGEST_TEXT],
        rows,
        motif=_notes(form.tune),
        brand=brand_of(form, library),
        engine=form.engine,
        seed=int(seed) if seed else None,
    )


def _notes(words: str) -> str | None:
    """The notes of a tune; only notes, for a path would be a file of ours."""
    from assistant.score.motif import parse_motif

    words = (words or "").strip()
    if not words:
        return None
    parse_motif(words)
    return words


def _rows_of_choice(form: Form, folder: Path) -> tuple[Row, ...]:
    for name, words in (("lengths", form.lengths), ("moods", form.moods)):
        if len(words or "") > LONGEST_LIST:
            raise InputError(f"{name} {words[:40]!r}...", f"{LONGEST_LIST} characters at most", "name fewer")
    moods = [mood.strip() for mood in re.split("[,，、;]", form.moods or "") if mood.strip()]
    return grid(form.regions or (), parse_lengths(form.lengths or ""), moods, kept_voices(form.voices or (), folder))


def _rows_of_table(cells: Sequence[Sequence[Any]]) -> tuple[Row, ...]:
    """The rows of the table, without those that are empty; a voice-over of a row must have been uploaded."""
    import csv
    import io

    lines = [[_cell(cell) for cell in line] for line in cells]
    lines = [line for line in lines if any(line)]
    if not lines:
        return ()
    target = io.StringIO()
    csv.writer(target).writerows([COLUMNS, *lines])
    rows = parse_table(target.getvalue())
    if named := next((row for row in rows if row.voice), None):
        raise named.error("voice", named.voice, "an empty cell here", "choose voice-overs above, without a table")
    return rows


def _cell(value: Any) -> str:
    """A cell as text; what a spreadsheet calls no number is empty."""
    text = "" if value is None else str(value).strip()
    return "" if text.lower() in ("nan", "none") else text


def kept_voices(uploaded: Sequence[str], folder: Path) -> list[str]:
    """Our copies of uploaded voice-overs, in order."""
    if len(uploaded) > MOST_VOICES:
        raise InputError(f"{len(uploaded)} voice-overs", f"{MOST_VOICES} at most", "choose fewer")
    kept: list[str] = []
    for name in uploaded:
        path, ending = Path(name), Path(name).suffix.lower()
        if ending not in CLIP_TYPES or path.stat().st_size > LARGEST_CLIP:
            raise InputError(f"voice-over {path.name!r:.80}", "a sound file of 200 MB at most", "choose another")
        kept.append(str(_kept_voice(path, folder / VOICES, taken=kept)))
    return kept


def _kept_voice(path: Path, place: Path, *, taken: Sequence[str]) -> Path:
    """Our copy of a voice-over: the one that was made of the same bytes before, or under a name that is free."""
    place.mkdir(parents=True, exist_ok=True)
    stem, ending = slug(path.stem) or "voice", path.suffix.lower()
    for number in itertools.count(1):
        target = place / f"{stem}{f'-{number}' if number > 1 else ''}{ending}"
        if not target.exists():
            shutil.copyfile(path, target)
            return target
        if str(target) not in taken and filecmp.cmp(target, path, shallow=False):
            return target
    raise AssertionError("numbers have no end")


def brand_of(form: Form, library: Library) -> Brand:
    """The brand's rules: those of a file, or of the fields."""
    if form.brand_file:
        return read_brand(Path(form.brand_file), library)
    slowest, fastest = _number("tempo", form.slowest_bpm), _number("tempo", form.fastest_bpm)
    low, high = slowest or fastest, fastest or slowest
    tempo = (low, high) if low is not None and high is not None else None
    from_end_s = _number("final hit", form.final_hit_s)
    brand = Brand(
        logo=(form.logo or "").strip(),
        key=(form.key or "").strip() or None,
        tempo_bpm=tempo,
        loudness_lufs=_number("loudness", form.loudness_lufs),
        require=tuple(form.require or ()),
        forbid=tuple(form.forbid or ()),
        final_hit=FinalHit(from_end_s) if from_end_s is not None else None,
    )
    return checked(brand, library)


def _number(name: str, words: str) -> float | None:
    """The number in a field; None where it is empty."""
    plain = (words or "").strip().replace(",", ".")
    if not plain:
        return None
    try:
        value = float(plain)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise InputError(f"{name} {words!r:.40}", "a number", "correct it, or leave it empty")
    return value
