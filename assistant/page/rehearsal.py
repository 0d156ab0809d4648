"""The line walked once for nobody, as far as its first sound, so that the first visitor finds all of it loaded.

Conventions: for machines that start often and are waited for, as Spaces; it costs some 3 s of a core at the start and
saves them on the first brief. What goes wrong here would be told to a visitor too, and is only logged.
"""

from __future__ import annotations

import logging
import tempfile
from pathlib import Path

from assistant import pipeline
from assistant.brief import Brief
from assistant.errors import AssistantError
from assistant.page.house import House
from assistant.session import Session

log = logging.getLogger(__name__)

BRIEF = "30 seconds of calm film music for piano and strings"


def rehearse(house: House) -> bool:
    """Walk until something could be heard; gives whether it came to that."""
    with tempfile.TemporaryDirectory(prefix="cuewright-") as room:
        line = pipeline.Line(
            house.library,
            house.settings,
            house.engine(house.default_engine),
            lambda number: Path(room) / f"take-{number}",
            seed=1,
            ahead=True,
        )
        steps = pipeline.converse(Session("rehearsal"), Brief(BRIEF), line=line)
        try:
            return any(step.station == "preview" and step.value is not None for step in steps)
        except AssistantError as error:
            log.warning("the rehearsal was broken off: %s", error)
            return False
        finally:
            steps.close()
