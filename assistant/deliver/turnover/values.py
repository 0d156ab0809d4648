"""What is handed over to a cutting room or a studio: the cue on a time line that counts frames.

Conventions: seconds count from the first frame of the picture, time codes from ``start_frame``. Names of files are
relative to the folder of the take.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from assistant.clip import Clip
from assistant.plan import Plan
from assistant.score import Score
from assistant.settings import RATE_HZ
from assistant.timecode import Timebase

if TYPE_CHECKING:
    from assistant.deliver.cue import Cue
    from assistant.deliver.values import Materials

MAKER = "Cuewright"


@dataclass(frozen=True)
class Moment:
    """A named stretch or point of the cue.

    Parameters
    ----------
    name : str
        Of a section, or what a hit is.
    kind : {"section", "hit"}
    start_s, end_s : float
        Of a hit both are the same.
    bar, beat : float
        As musicians count them, from 1.
    """

    name: str
    kind: str
    start_s: float
    end_s: float
    bar: int
    beat: float

    @property
    def is_hit(self) -> bool:
        """Whether it is a point."""
        return self.kind != "section"


@dataclass(frozen=True)
class Turnover:
    """Everything that the files of a turnover say.

    Parameters
    ----------
    title : str
    words : str
        The person's brief.
    language : str
        That the person writes.
    plan : Plan
    score : Score
    timebase : Timebase
        Of the clip; 25 frames a second without one.
    start_frame : int
        The number of the picture's first frame.
    engine : str
        That composed.
    clip : Clip or None
    loudness_lufs, true_peak_dbtp : float or None
        Of the mix.
    made : datetime
        When the files are written.
    """

    title: str
    words: str
    language: str
    plan: Plan
    score: Score
    timebase: Timebase
    start_frame: int = 0
    engine: str = ""
    clip: Clip | None = None
    loudness_lufs: float | None = None
    true_peak_dbtp: float | None = None
    made: datetime = field(default_factory=lambda: datetime.now(UTC))

    @property
    def length_s(self) -> float:
        """Of the cue."""
        return self.score.length_s

    @property
    def frames(self) -> int:
        """Samples of the cue."""
        return round(self.length_s * RATE_HZ)

    @property
    def time_reference(self) -> int:
        """Samples from midnight of the time code to the beginning of the cue."""
        return round(self.start_frame / self.timebase.rate_hz * RATE_HZ)

    def code(self, at_s: float) -> str:
        """The time code of a time in the cue."""
        return self.timebase.code(self.start_frame + self.timebase.frame_at(at_s))

    @cached_property
    def moments(self) -> tuple[Moment, ...]:
        """Sections and hits, in order of time."""
        marks = sorted((mark for mark in self.score.markers), key=lambda mark: mark.at_q)
        starts_q = [mark.at_q for mark in marks if mark.kind == "section"]
        found = []
        for mark in marks:
            start_s = min(self.length_s, self.score.tempo_map.seconds_at(mark.at_q))
            following = next((at_q for at_q in starts_q if at_q > mark.at_q + 1e-6), None)
            end_s = self.length_s if following is None else self.score.tempo_map.seconds_at(following)
            bar, beat = _counted(self.score, mark.at_q)
            end_s = min(end_s, self.length_s) if mark.kind == "section" else start_s
            found.append(Moment(mark.text or mark.kind, mark.kind, start_s, end_s, bar, beat))
        return tuple(found)


def _counted(score: Score, at_q: float) -> tuple[int, float]:
    """Bar and beat of a position, as musicians count them."""
    bar = score.tempo_map.bar_at(at_q)
    return bar.index + 1, round(1 + (at_q - bar.start_q) / bar.meter.count_q, 3)


def turnover_of(materials: Materials, *, start: str | None = None) -> Turnover:
    """The turnover of a take that is being delivered; ``start`` is the time code of the picture's first frame."""
    take, mixdown = materials.take, materials.mixdown
    base, first = _counting(materials.clip, start)
    return Turnover(
        title=title_of(take.plan, take.name),
        words=materials.brief.text,
        language=materials.language,
        plan=take.plan,
        score=take.score,
        timebase=base,
        start_frame=first,
        engine=take.engine,
        clip=materials.clip,
        loudness_lufs=mixdown.loudness_lufs,
        true_peak_dbtp=mixdown.true_peak_dbtp,
    )


def turnover_of_cue(cue: Cue, *, start: str | None = None) -> Turnover:
    """The turnover of a take that lies in a folder."""
    base, first = _counting(cue.clip, start)
    measured = {found.name: found.achieved for found in cue.findings.items}
    return Turnover(
        title=title_of(cue.plan),
        words=cue.brief.text,
        language=cue.constraints.language,
        plan=cue.plan,
        score=cue.score,
        timebase=base,
        start_frame=first,
        engine=cue.engine,
        clip=cue.clip,
        loudness_lufs=_number(measured.get("loudness")),
        true_peak_dbtp=_number(measured.get("true_peak")),
    )


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) else None


def title_of(plan: Plan, name: str = "") -> str:
    """What a cue is called: as the person named it, or what it is."""
    return name or f"{plan.style.replace('-', ' ').title()} cue in {plan.key.name}, {plan.length_s:g} s"


def _counting(clip: Clip | None, start: str | None) -> tuple[Timebase, int]:
    """How frames are counted, and the number of the first: the one named, the clip's own, or 0."""
    base = Timebase.of(clip.frame_rate_hz if clip else None)
    if start is not None:
        return base, base.frames(start)
    return _own_start(clip, base) if clip is not None and clip.has_picture else (base, 0)


def _own_start(clip: Clip, base: Timebase) -> tuple[Timebase, int]:
    """How a clip says that its frames are counted, and from where; as usual and 0 where it says nothing that fits."""
    from assistant.clip.reading import find_picture, open_media
    from assistant.errors import AssistantError

    try:
        with open_media(Path(clip.path)) as container:
            picture = find_picture(container)
            said = container.metadata.get("timecode") or (picture.metadata.get("timecode") if picture else None)
        if not said:
            return base, 0
        counted = replace(base, drop=base.drop and (";" in said or "." in said))
        return counted, counted.frames(said)
    except AssistantError:  # a clip that is gone, or a code that the rate doesn't have, names no start
        return base, 0
