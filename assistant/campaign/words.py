"""What a campaign says, in a person's language.

Conventions: texts are ``prompts/campaign/<language>.toml``, the same keys in each; a language without a file is
answered in English. Names of regions and instruments are those of the conversation (`assistant.explain`).
"""

from __future__ import annotations

from assistant.deliver.pages import size_text
from assistant.explain import Voice, voice
from assistant.settings import ROOT

CAMPAIGN_DIR = ROOT / "prompts" / "campaign"
MINUTE_S = 90.0
"""A time that is longer is told in minutes."""


def campaign_voice(language: str) -> Voice:
    """The texts of campaigns.

    Examples
    --------
    >>> campaign_voice("en").text("sheet", "done")
    'done'
    """
    return voice(language, CAMPAIGN_DIR)


def time_said(seconds: float, speaker: Voice) -> str:
    """A time as people say it, in seconds or minutes.

    Examples
    --------
    >>> time_said(40.2, campaign_voice("en")), time_said(600, campaign_voice("en"))
    ('41 s', '10 min')
    """
    if seconds < MINUTE_S:
        return speaker.text("page", "seconds", count=max(1, -int(-seconds // 1)))
    return speaker.text("page", "minutes", count=round(seconds / 60))


def size_said(size_bytes: int) -> str:
    """A size as people say it.

    Examples
    --------
    >>> size_said(2_400_000_000), size_said(1_250_000)
    ('2.4 GB', '1.2 MB')
    """
    return f"{size_bytes / 1e9:.1f} GB" if size_bytes >= 1e9 else size_text(size_bytes)
