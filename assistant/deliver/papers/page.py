"""``rights.html``: the papers as a page for people, in their language where we have the words, else in English.

Conventions: as for the report: everything that a person wrote is escaped, nothing is fetched, no script runs.
"""

from __future__ import annotations

from typing import Any

from markupsafe import Markup

from assistant import __version__
from assistant.deliver.pages import TEMPLATES, template
from assistant.deliver.papers.values import Credentials
from assistant.deliver.rights import Rights
from assistant.deliver.values import LikePlace, Materials
from assistant.deliver.words import part_names
from assistant.explain import Voice, voice
from assistant.settings import ROOT

PAPERS_DIR = ROOT / "prompts" / "papers"
VERDICTS = {True: "yes", False: "no", None: "ask"}


def papers_voice(language: str) -> Voice:
    """The texts of the page.

    Examples
    --------
    >>> papers_voice("en").text("verdicts", "ask"), papers_voice("eo").language
    ('ask first', 'en')
    """
    return voice(language, PAPERS_DIR)


def rights_html(materials: Materials, rights: Rights) -> str:
    """The page.

    Parameters
    ----------
    materials : Materials
    rights : Rights
        With what was done to the files.
    """
    texts = papers_voice(materials.language)
    names = part_names(materials.take.score, materials.language)
    places = rights.reference_check.places if rights.reference_check else ()
    return template("rights.html.j2").render(
        language=texts.language,
        direction=texts.direction,
        text=lambda key, **slots: texts.text("page", key, **slots),
        style=Markup((TEMPLATES / "report.css").read_text(encoding="utf-8")),
        version=__version__,
        number=materials.take.number,
        rights=rights,
        names=names,
        from_samples=not rights.players or any(each.has_samples for each in rights.players),
        uses=[_use_row(each.use, each.allowed, texts) for each in rights.uses],
        places=[_place(each, names, texts) for each in places if each.likeness >= 1.0],
        credentials=_credentials(rights.papers.credentials, texts),
    )


def _use_row(use: str, allowed: bool | None, texts: Voice) -> dict[str, Any]:
    """A use with its verdict and its reason."""
    verdict = VERDICTS[allowed]
    words = texts.text("verdicts", verdict)
    return {"use": texts.text("uses", use), "why": texts.text("why", use), "verdict": words, "class": verdict}


def _place(place: LikePlace, names: dict[str, str], texts: Voice) -> str:
    """Where two pieces are alike, in a sentence."""
    spans = {"start": round(place.start_s, 1), "end": round(place.end_s, 1), "there": round(place.there_start_s, 1)}
    part = names.get(place.part_id, place.part_id)
    return texts.text("page", f"place_{place.way}", part=part, notes=place.notes, **spans)


def _credentials(made: Credentials, texts: Voice) -> list[str]:
    """What must be said of the signatures."""
    comma = ", "
    said = [texts.text("page", f"credentials_{made.kind}", issuer=made.issuer, files=comma.join(made.files))]
    if made.files:
        said.append(texts.text("page", "credentials_time" if made.timestamped else "credentials_no_time"))
    return [*said, texts.text("page", "credentials_trouble", trouble=made.trouble)] if made.trouble else said
