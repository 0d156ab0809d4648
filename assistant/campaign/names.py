"""Names of variants as people read them, each in the language of its region: ``日本_30s_calm``.

Conventions: a name is safe on every common file system (no separators, no marks that Windows forbids, at most
`LONGEST` bytes), and different for every variant. Where a file system can't hold it, the variant's id stands for it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from assistant.campaign.values import Variant
from assistant.datafile import read_data
from assistant.explain import FALLBACK_LANGUAGE, voice
from assistant.language import READ_LANGUAGES
from assistant.settings import ROOT

LONGEST = 150
"""Bytes of UTF-8, an ending not counted: every file system takes 255."""
SEVERAL = frozenset({"balkans", "nordic"})
"""Regions that no one territory names."""
_FORBIDDEN = re.compile(r'[\x00-\x1f\x7f<>:"/\\|?*\u2028\u2029\u202a-\u202e\u2066-\u2069]+')
_ARTICLE = re.compile(r"^(the|los|les|la|il|die|der|das|o|os|l')\s*(?=[A-ZÀ-Þ])")
_RESERVED = re.compile(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\..*)?")


def tongue_of(region: str | None) -> str:
    """The language tag of a region's own people; English without a region."""
    return str(_regions("tongues").get(region or "", FALLBACK_LANGUAGE))


@cache
def _regions(name: str) -> dict[str, str]:
    """What a file of ``prompts/lexicon/`` says of each region."""
    return dict(read_data(ROOT / "prompts" / "lexicon" / f"{name}.toml")["regions"])


def sheet_language(region: str | None) -> str:
    """The language of a region's cue sheet: its own where we speak that, else English."""
    tag = tongue_of(region)
    return tag if tag in READ_LANGUAGES else FALLBACK_LANGUAGE


def own_name(region: str | None) -> str:
    """What a region's own people call it.

    Examples
    --------
    >>> own_name("japan"), own_name("turkey"), own_name("greece"), own_name(None)
    ('日本', 'Türkiye', 'Ελλάδα', '')
    """
    if region is None:
        return ""
    tag = tongue_of(region)
    if tag not in READ_LANGUAGES and region not in SEVERAL:
        from babel import Locale

        codes = _regions("territories").get(region, "").split()
        if codes and (name := Locale.parse(tag).territories.get(codes[0])):
            return str(name)
    language = tag if tag in READ_LANGUAGES else FALLBACK_LANGUAGE
    return _ARTICLE.sub("", voice(language).name("regions", region))


def file_name(variant: Variant) -> str:
    """The name of a variant's files, without an ending.

    Examples
    --------
    >>> file_name(Variant("x", "japan", 30.0, "calm")), file_name(Variant("x", None, 6.5, "a/b: c?"))
    ('日本_30s_calm', '6.5s_a-b-c')
    """
    length = f"{variant.length_s:g}s"
    heard = Path(variant.voice_path).stem if variant.voice_path else ""
    words = (own_name(variant.region), length, variant.mood, heard, variant.name)
    return safe("_".join(filter(None, map(_plain, words)))) or variant.id


def _plain(words: str) -> str:
    """Words without what a file name may not hold; spaces become hyphens."""
    words = _FORBIDDEN.sub(" ", unicodedata.normalize("NFC", words)).replace("_", " ")
    return "-".join(words.split()).strip("-. ")


def safe(name: str) -> str:
    """A name cut to what a file system takes, and none that Windows keeps for itself."""
    name = name.encode()[:LONGEST].decode("utf-8", "ignore").strip("-. _")
    return f"_{name}" if _RESERVED.fullmatch(name) else name


def file_names(variants: Iterable[Variant]) -> dict[str, str]:
    """A name for each variant, by id; where two would be called the same, their ids are added."""
    variants = tuple(variants)
    wanted = {variant.id: file_name(variant) for variant in variants}
    count: dict[str, int] = {}
    for name in wanted.values():
        count[name.casefold()] = count.get(name.casefold(), 0) + 1
    return {
        identity: name if count[name.casefold()] == 1 else f"{name}_{identity}" for identity, name in wanted.items()
    }
