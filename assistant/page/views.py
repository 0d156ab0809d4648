"""The pictures and words of the page's right side, as HTML.

Conventions: everything that came from a person is escaped; pictures are those of the report (`assistant.deliver`).
"""

from __future__ import annotations

import zipfile
from dataclasses import dataclass, replace
from html import escape
from pathlib import Path

from assistant.check import Finding
from assistant.constraints import Constraints, Evidence, Understanding
from assistant.deliver import pictures
from assistant.explain import Voice, voice
from assistant.pipeline import STATIONS, Step
from assistant.session import TakeRecord


@dataclass(frozen=True)
class Progress:
    """Which stations are done and which is at work, for the chat."""

    language: str
    done: tuple[tuple[str, float], ...] = ()
    at_work: str = ""

    def after(self, step: Step) -> Progress:
        """The progress after one more step of the line."""
        if isinstance(step.value, Understanding):
            self = replace(self, language=step.value.constraints.language)
        if step.station not in STATIONS:
            return replace(self, at_work="")
        if step.value is None:
            return replace(self, at_work=step.station)
        return replace(self, done=(*self.done, (step.station, step.seconds)), at_work="")

    def text(self) -> str:
        """One line of Markdown a station: done ones with their seconds."""
        speaker = voice(self.language)
        lines = [f"✓ {speaker.text('stations', station)} · {seconds:.1f} s" for station, seconds in self.done]
        if self.at_work:
            lines.append(f"**● {speaker.text('stations', self.at_work)} …**")
        return "  \n".join(lines)


def take_view(take: TakeRecord, *, parent: TakeRecord | None, speaker: Voice) -> str:
    """Everything there is to see of a take: arc, score, promises, and what was understood."""
    sections = [
        pictures.arc_svg(take.constraints, take.plan, take.findings, speaker=speaker),
        pictures.piano_roll_svg(take.score, take.plan, before=parent.score if parent else None, speaker=speaker),
        _promises(take.findings.items, speaker),
        _understood(take.constraints, speaker),
    ]
    return f'<div class="cw-take" data-take="{take.number}">{"".join(sections)}</div>'


def _promises(findings: tuple[Finding, ...], speaker: Voice) -> str:
    rows = "".join(
        f'<li class="{"cw-met" if item.met else "cw-unmet"}"><b>{escape(speaker.name("findings", item.name))}</b> '
        f"{escape(item.about)} <span>{_value(item.asked)} → {_value(item.achieved)} {escape(item.unit)}</span></li>"
        for item in findings
    )
    return f'<details open><summary>{escape(speaker.text("page", "promises"))}</summary><ul class="cw-list">{rows}</ul></details>'


def _value(value: str | float) -> str:
    return escape(value) if isinstance(value, str) else f"{value:.4g}"


def _understood(asked: Constraints, speaker: Voice) -> str:
    rows = "".join(_evidence_row(item, speaker) for item in asked.evidence)
    title = escape(speaker.text("page", "understood"))
    return f'<details><summary>{title}</summary><ul class="cw-list">{rows}</ul></details>'


def _evidence_row(item: Evidence, speaker: Voice) -> str:
    note = speaker.text("page", "assumed") if item.assumed else f"“{item.words}”"
    return f"<li><b>{escape(item.field)}</b> <span>{escape(note)}</span></li>"


def stems_archive(folder: Path) -> Path:
    """A zip of the stems, made once, beside them."""
    archive = folder / "stems.zip"
    if not archive.exists():
        with zipfile.ZipFile(archive, "w", zipfile.ZIP_STORED) as file:
            for path in sorted((folder / "stems").glob("*.wav")):
                file.write(path, path.name)
    return archive
