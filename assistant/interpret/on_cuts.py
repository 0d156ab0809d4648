"""Moments of the picture as hits: cuts that are asked for, markers of an edit, and an offer where nobody names one.

Conventions: seconds. "On the cut" is the strongest cut, or the one nearest to each time that is named; "on the cuts" is
every clear one, a second apart. The words stand in ``prompts/picture.toml``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

from assistant.clip import Clip, Cut
from assistant.constraints import HIT_KINDS, Constraints, Evidence, HitPoint
from assistant.datafile import read_data
from assistant.errors import DataError
from assistant.language import READ_LANGUAGES, fold
from assistant.remark import Remark

NEAR_S = 1.5
"""How far from a time that is named its cut may lie."""
APART_S, MOST_HITS = 1.0, 12
EDGE_S = 0.5
"""Cuts nearer to the beginning or the end of the cue are not offered."""
SURE = 0.95


def with_moments(
    asked: Constraints, clip: Clip, words: str, prompts_dir: Path
) -> tuple[Constraints, tuple[Remark, ...]]:
    """The constraints with hits from the clip, and the offer of a hit where nobody has named one.

    Parameters
    ----------
    asked : Constraints
        What the words said.
    clip : Clip
    words : str
        The brief as it was typed.
    """
    length_s = asked.duration_s or clip.length_s
    wanted = wish_for_cuts(words, asked.language, prompts_dir)
    cuts = [cut for cut in clip.cuts if EDGE_S <= cut.at_s <= length_s - EDGE_S]
    if wanted and cuts:
        return _landed(asked, choose(cuts, wanted, [hit.at_s for hit in asked.hits])), ()
    if asked.hits:
        return asked, ()
    if clip.markers:
        return _marked(asked, clip, length_s), ()
    if not cuts:
        return asked, ()
    at_s = round(strongest(cuts).at_s, 3)
    if len(cuts) == 1:
        return asked, (Remark.of("offer_cut", at_s=at_s, time=clock(at_s)),)
    return asked, (Remark.of("offer_cuts", count=len(cuts), at_s=at_s, time=clock(at_s)),)


def wish_for_cuts(words: str, language: str, prompts_dir: Path) -> str:
    """``"one"`` or ``"all"`` when the words ask for the music to land on cuts, else empty."""
    plain = fold(words, simplify=language != "ja").text
    forms = _forms(prompts_dir)
    for tag in dict.fromkeys((language, "en")):
        for wish in ("all", "one"):
            if tag in forms and forms[tag][wish].search(plain):
                return wish
    return ""


def words_beside(words: str, language: str, prompts_dir: Path) -> int:
    """How many words a wish for cuts leaves over: of "yes, on the cut" one."""
    plain = fold(words, simplify=language != "ja").text
    forms = _forms(prompts_dir)
    for tag in dict.fromkeys((language, "en")):
        for wish in ("all", "one"):
            plain = forms[tag][wish].sub(" ", plain) if tag in forms else plain
    return len(re.findall(r"[^\W\d_]{2,}", plain))


def choose(cuts: Sequence[Cut], wish: str, near_s: Sequence[float]) -> list[Cut]:
    """The cuts that a wish is about, in order of time."""
    if near_s:
        nearest = {min(cuts, key=lambda cut: abs(cut.at_s - at_s)) for at_s in near_s}
        close = [cut for cut in nearest if any(abs(cut.at_s - at_s) <= NEAR_S for at_s in near_s)]
        if close:
            return sorted(close)
    if wish == "one":
        return [strongest(cuts)]
    kept: list[Cut] = []
    for cut in sorted(cuts, key=lambda cut: -cut.strength):
        if len(kept) < MOST_HITS and all(abs(cut.at_s - other.at_s) >= APART_S for other in kept):
            kept.append(cut)
    return sorted(kept)


def strongest(cuts: Sequence[Cut]) -> Cut:
    """The cut at which most changes, the first of equals."""
    return max(cuts, key=lambda cut: (round(cut.strength, 6), -cut.at_s))


def clock(at_s: float) -> str:
    """A time as people write it.

    Examples
    --------
    >>> clock(15.75), clock(61.0), clock(8.3333)
    ('0:15.75', '1:01', '0:08.33')
    """
    hundredths = round(at_s * 100)
    minutes, rest = divmod(hundredths, 6000)
    said = f"{minutes}:{rest // 100:02d}.{rest % 100:02d}"
    return said.removesuffix(".00")


def kind_of(name: str) -> str:
    """The kind of hit that a marker's name asks for.

    Examples
    --------
    >>> kind_of("Logo REVEAL"), kind_of("Marker 3")
    ('reveal', 'hit')
    """
    told = set(re.findall(r"[a-z]+", name.lower()))
    return next((kind for kind in ("stop", "reveal", "swell") if kind in told), HIT_KINDS[0])


def _landed(asked: Constraints, cuts: Sequence[Cut]) -> Constraints:
    """Hits on cuts; hits that the words named elsewhere stay, and so do the kinds of those that were moved."""
    before = {hit.at_s: hit for hit in asked.hits}
    moved = {
        at_s: min(cuts, key=lambda cut: abs(cut.at_s - at_s))
        for at_s in before
        if any(abs(cut.at_s - at_s) <= NEAR_S for cut in cuts)
    }
    kinds = {cut.at_s: before[at_s].kind for at_s, cut in moved.items()}
    rows = [(HitPoint(cut.at_s, kinds.get(cut.at_s, "hit")), _evidence("cut", cut.at_s)) for cut in cuts]
    for index, hit in enumerate(asked.hits):
        if hit.at_s not in moved:
            said = asked.evidence_for(f"hits[{index}]") or Evidence("", "", confidence=0.5)
            rows.append((hit, said))
    return _with_hits(asked, rows)


def _marked(asked: Constraints, clip: Clip, length_s: float) -> Constraints:
    """Hits on the markers of an edit."""
    rows: dict[float, tuple[HitPoint, Evidence]] = {}
    for marker in clip.markers:
        if 0 < marker.at_s <= length_s and len(rows) < 4 * MOST_HITS:
            name = f"marker {marker.name!r}" if marker.name else "marker"
            rows[round(marker.at_s, 6)] = (HitPoint(marker.at_s, kind_of(marker.name)), _evidence(name, marker.at_s))
    return _with_hits(asked, list(rows.values()))


def _evidence(what: str, at_s: float) -> Evidence:
    return Evidence("", f"clip: {what} at {at_s:.3f} s", confidence=SURE)


def _with_hits(asked: Constraints, rows: Sequence[tuple[HitPoint, Evidence]]) -> Constraints:
    """The constraints with these hits alone, each with its evidence."""
    ordered = sorted(rows, key=lambda row: row[0].at_s)
    kept = tuple(item for item in asked.evidence if not item.field.startswith("hits["))
    told = tuple(replace(said, field=f"hits[{index}]") for index, (_, said) in enumerate(ordered))
    return replace(asked, hits=tuple(hit for hit, _ in ordered), evidence=(*kept, *told))


@cache
def _forms(prompts_dir: Path) -> dict[str, dict[str, re.Pattern[str]]]:
    """What people say in every language, as one pattern a wish."""
    path = prompts_dir / "picture.toml"
    data = read_data(path).get("on_the_cut", {})
    missing = set(READ_LANGUAGES) - set(data)
    if missing:
        raise DataError(f"{path}: on_the_cut has no {', '.join(sorted(missing))}", "add what people say there")
    return {tag: {wish: _pattern(tag, listed[wish]) for wish in ("one", "all")} for tag, listed in data.items()}


def _pattern(language: str, listed: str) -> re.Pattern[str]:
    """Any of the listed forms, as whole words where the script parts words."""
    folded = {fold(form.strip(), simplify=language != "ja").text for form in listed.split(",")}
    forms = "|".join(re.escape(form) for form in sorted(folded, key=len, reverse=True) if form)
    spaced = language not in ("zh", "ja", "ko")
    return re.compile(rf"(?<!\w)(?:{forms})(?!\w)" if spaced else forms)
