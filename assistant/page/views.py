"""The pictures and words of the page's right side, as HTML.

Conventions: everything that came from a person is escaped; pictures are those of the report (`assistant.deliver`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from html import escape

from assistant.check.emotion import hear_sections
from assistant.clip import Clip
from assistant.constraints import Understanding
from assistant.deliver import pictures
from assistant.deliver.report.promises import promises
from assistant.deliver.words import report_voice
from assistant.explain import Voice, spoken, voice
from assistant.page.card import card
from assistant.page.player import anew, stems_section
from assistant.page.strip import thumbnails_of
from assistant.page.takes import takes_section
from assistant.page.timeline import timeline
from assistant.pipeline import STATIONS, Step
from assistant.plan import Plan
from assistant.score import Score
from assistant.session import Session, TakeRecord

DONE, AT_WORK = "✓", "**●"
"""Mark the stations that are done and the one that is at work."""

MARKUP = re.compile(r"([\\`*_{}\[\]()<>#+!|~$&:])")
"""Characters that Markdown, HTML or LaTeX would read as more than themselves."""


def as_typed(words: str) -> str:
    """Markdown that shows words exactly as they are, whatever stands in them.

    Examples
    --------
    >>> as_typed("<b> F# $x$")
    '\\\\<b\\\\> F\\\\# \\\\$x\\\\$'
    """
    return MARKUP.sub(r"\\\1", words)


@dataclass(frozen=True)
class Progress:
    """Which stations are done, which is at work and how far (0..1), and what is planned and written by now."""

    language: str
    done: tuple[tuple[str, float], ...] = ()
    at_work: str = ""
    share: float | None = None
    plan: Plan | None = None
    sketch: Score | None = None
    cuts_s: tuple[float, ...] = ()

    def after(self, step: Step) -> Progress:
        """The progress after one more step of the line."""
        if isinstance(step.value, Understanding):
            self = replace(self, language=spoken(step.value.constraints.language, self.language))
        if isinstance(step.value, Clip):
            self = replace(self, cuts_s=tuple(cut.at_s for cut in step.value.cuts))
        if isinstance(step.value, Plan):
            self = replace(self, plan=step.value)
        written = step.value if isinstance(step.value, Score) else step.sketch
        if written is not None:
            self = replace(self, sketch=written)
        if step.station not in STATIONS:
            return replace(self, at_work="", share=None)
        if step.value is None:
            return replace(self, at_work=step.station, share=step.share)
        return replace(self, done=(*self.done, (step.station, step.seconds)), at_work="", share=None)

    def text(self) -> str:
        """One line of Markdown a station: done ones with their seconds."""
        speaker = voice(self.language)
        lines = [f"{DONE} {speaker.text('stations', station)} · {seconds:.1f} s" for station, seconds in self.done]
        if self.at_work:
            lines.append(f"{AT_WORK} {self.now()}**")
        return "  \n".join(lines)

    def now(self) -> str:
        """The station at work, and how far it is where it can tell; nothing between two."""
        if not self.at_work:
            return ""
        speaker = voice(self.language)
        station = speaker.text("stations", self.at_work)
        if self.share is None:
            return f"{station} …"
        return f"{station} · {speaker.text('page', 'share', percent=round(100 * self.share))}"


def sketch_view(progress: Progress) -> str:
    """The score as it is written, and how far it is; nothing before there is a plan."""
    if progress.plan is None:
        return ""
    speaker = voice(progress.language)
    percent = round(100 * (progress.share or 0))
    title, now = speaker.text("page", "sketch"), progress.now()
    bar = (
        f'<div class="cw-share" role="progressbar" aria-valuenow="{percent}" aria-label="{escape(now or title)}">'
        f'<i style="width: {percent}%"></i></div>'
    )
    roll = pictures.sketch_svg(progress.plan, progress.sketch, speaker=speaker, cuts_s=progress.cuts_s)
    caption = f"<figcaption>{escape(title)}<span>{escape(now)}</span></figcaption>"
    return (
        f'<div class="cw-take" dir="{speaker.direction}">'
        f'<figure class="cw-figure cw-sketch">{caption}{bar}{roll}</figure></div>'
    )


def session_view(session: Session) -> str:
    """What there is to see while nothing is made: the current take, or the place where the first will be."""
    take, speaker = session.current_take, voice(session.language)
    if take is None:
        return empty_view(speaker.text("page", "empty"), direction=speaker.direction)
    parent = next((record for record in session.takes if record.number == take.parent), None)
    return take_view(take, parent=parent, speaker=speaker, takes=takes_section(session))


def empty_view(text: str, *, direction: str = "ltr") -> str:
    """What stands where the take will be."""
    staff = f'<svg viewBox="0 0 240 80" aria-hidden="true">{_staff()}</svg>'
    return f'<div class="cw-empty" dir="{direction}">{staff}<p>{escape(text)}</p></div>'


def _staff() -> str:
    """Five lines and a few notes: the place of the score before there is one."""
    lines = "".join(f'<path d="M8 {y}H232" stroke="currentColor" opacity=".25"/>' for y in range(20, 61, 10))
    places = ((30, 50), (60, 45), (90, 35), (120, 40), (150, 25), (180, 30), (210, 20))
    notes = "".join(f'<ellipse cx="{x}" cy="{y}" rx="6" ry="4.4" fill="#6d5bd0" opacity=".55"/>' for x, y in places)
    return lines + notes


def take_view(take: TakeRecord, *, parent: TakeRecord | None, speaker: Voice, takes: str = "") -> str:
    """Everything there is to see of a take: time line and score, and in tabs all that can be done and known."""
    texts = report_voice(speaker.language)
    heard = hear_sections(take.score, take.plan)
    line = timeline(take, speaker, heard=heard, thumbnails=thumbnails_of(take))
    roll = pictures.piano_roll_svg(take.score, take.plan, speaker=speaker, cuts_s=cuts_of(take))
    tabs = {
        "takes": (speaker.text("page", "takes"), takes),
        "stems": (speaker.text("page", "tab_stems"), stems_section(take, speaker)),
        "understood": (texts.text("report", "understood"), card(take, speaker, texts)),
        "promises": (speaker.text("page", "promises"), _promises(take, speaker)),
    }
    if parent is not None:
        numbers = (parent.number, take.number)
        rolls = pictures.difference_rolls(parent.score, take.score, numbers=numbers, speaker=speaker)
        tabs["difference"] = (texts.text("report", "difference"), "".join(rolls))
    sections = "".join(
        f'<section data-tab="{name}" data-label="{escape(label)}">{inside}</section>'
        for name, (label, inside) in tabs.items()
        if inside
    )
    first = "understood" if parent is None else "takes"
    return anew(
        f'<div class="cw-take" dir="{speaker.direction}" data-take="{take.number}">'
        f'{line}<figure class="cw-figure cw-roll">{roll}</figure>'
        f'<cw-tabs data-first="{first}">{sections}</cw-tabs></div>'
    )


def cuts_of(take: TakeRecord | None) -> tuple[float, ...]:
    """The cuts of the clip that a take was written to, in seconds."""
    return tuple(cut.at_s for cut in take.clip.cuts) if take and take.clip else ()


def _promises(take: TakeRecord, speaker: Voice) -> str:
    """The findings in words, what a person asked for first."""
    groups = []
    for group in promises(take.findings, take.score, speaker.language):
        rows = "".join(
            f'<li class="{"cw-met" if row.met else "cw-unmet"}"><b>{escape(row.name)}</b> {escape(row.about)} '
            f"<span>{escape(row.sentence)}</span></li>"
            for row in group.rows
        )
        title = escape(f"{group.name} · {group.met_count}/{len(group.rows)}")
        groups.append(f'<h3>{title}</h3><ul class="cw-list">{rows}</ul>')
    return "".join(groups)
