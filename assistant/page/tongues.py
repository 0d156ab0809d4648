"""Which language a browser is answered in.

Conventions: tags as HTTP writes them in Accept-Language; of a tag only its language counts.
"""

from __future__ import annotations

import re
from collections.abc import Collection

from assistant.explain import FALLBACK_LANGUAGE

WEIGHT = re.compile(r"[01](\.\d{0,3})?")
"""How much a browser would like a language, as HTTP writes it."""


def preferred_language(accepted: str, spoken: Collection[str]) -> str:
    """The language of ours that a browser would like best, by its Accept-Language header; English where it names none.

    Examples
    --------
    >>> preferred_language("ca, es-419;q=0.9, en;q=0.8", ("en", "es", "zh"))
    'es'
    """
    wishes = []
    for wish in accepted.lower().split(","):
        tag, *more = (piece.strip() for piece in wish.split(";"))
        weight = next((piece[2:] for piece in more if piece.startswith("q=")), "1")
        wishes.append((float(weight) if WEIGHT.fullmatch(weight) else 0.0, tag.partition("-")[0]))
    liked = sorted(wishes, key=lambda wish: -wish[0])
    return next((tag for weight, tag in liked if weight and tag in spoken), FALLBACK_LANGUAGE)
