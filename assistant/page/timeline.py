"""The time line of a take: picture, cuts, speech, hits and the arc, all of which a hand can move.

Conventions: one ``<svg>`` whose units are those of `assistant.deliver.pictures` until ``timeline.js`` makes them the
screen's; everything has its place in seconds (``data-s``, or ``data-from`` and ``data-to``), so that the script can
place it anew. Times run to the right in every language. The arc stands in ``data-arc`` as (at, valence, arousal):
its own points and one for each stage, so that one stage can be moved without the others. A take that nobody may
change yet has no time line. Everything that came from a person is escaped.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from html import escape

from assistant.check.emotion import Heard
from assistant.constraints import HitPoint
from assistant.deliver.pictures.svg import Frame, diamond, line, num, polyline, tag, words
from assistant.deliver.pictures.svg import clock as short
from assistant.deliver.words import report_voice
from assistant.explain import Voice
from assistant.feedback.handwords import clock
from assistant.session import TakeRecord

HITS, STRIP, SPEECH, ARC, AXIS = 52.0, 48.0, 12.0, 150.0, 24.0
"""Heights of the rows, from above: hits, thumbnails, speech, the arc, times."""
NAMES = 18.0
"""Room for the names of the stages, at the head of the arc."""
NEAR = 0.05
"""A stage that begins nearer than this (share of the length) to a point of the arc has that point."""
LEFT, RIGHT = 26.0, 14.0
"""Margins, in pixels."""
DIMENSIONS = ("valence", "arousal")

Point = tuple[float, float, float]


def timeline(take: TakeRecord, speaker: Voice, *, heard: Sequence[Heard] = (), thumbnails: Sequence[str] = ()) -> str:
    """The time line with its tools and legend, as HTML.

    Parameters
    ----------
    take : TakeRecord
    speaker : Voice
    heard : sequence of Heard
        What every section of the plan came out as.
    thumbnails : sequence of str
        Addresses of pictures of the clip, at equal distances (`assistant.page.strip`).
    """

    def hand(key: str, **slots: object) -> str:
        return escape(speaker.text("hands", key, **slots))

    tools = "".join(
        (
            f'<button type="button" data-tool="hit">{hand("add_hit")}</button>',
            *(
                f'<button type="button" data-tool="draw" data-dimension="{name}" aria-pressed="false">'
                f"{hand(f'draw_{name}')}</button>"
                for name in reversed(DIMENSIONS)
            ),
        )
    )
    return (
        f'<figure class="cw-figure cw-timeline"><figcaption>{hand("title")}<span class="cw-tools">{tools}</span>'
        f"</figcaption>{_picture(take, speaker, heard, thumbnails)}{_legend(take, speaker)}"
        f'<p class="cw-hint">{hand("hint")}</p></figure>'
    )


def handles_of(take: TakeRecord) -> tuple[Point, ...]:
    """The arc as points to take hold of: its own, one for the start of each stage, and the ends.

    Returns
    -------
    tuple of (at, valence, arousal)
        In order; the line through them is the arc.
    """
    plan, asked = take.plan, take.constraints
    starts = [
        plan.tempo_map.seconds_at(plan.bars[section.start_bar].start_q) / plan.length_s for section in plan.sections
    ]
    ats = {0.0, 1.0, *(point.at for point in asked.arc)}
    for start in sorted(starts):
        if all(abs(start - at) >= NEAR for at in ats):
            ats.add(start)
    points = (asked.emotion_at(at) for at in sorted(ats))
    return tuple((round(point.at, 4), round(point.valence, 3), round(point.arousal, 3)) for point in points)


def _rows(take: TakeRecord, thumbnails: Sequence[str]) -> tuple[float, float, float, float]:
    """Top of the strip, of speech, of the arc, and the foot of it."""
    strip = HITS
    speech = strip + (STRIP if thumbnails else 0.0)
    arc = speech + (SPEECH if take.clip and take.clip.speech else 0.0) + NAMES
    return strip, speech, arc, arc + ARC


def _picture(take: TakeRecord, speaker: Voice, heard: Sequence[Heard], thumbnails: Sequence[str]) -> str:
    """The picture itself."""
    plan = take.plan
    strip, speech, arc, foot = _rows(take, thumbnails)
    frame = Frame(plan.length_s, foot + AXIS, left=LEFT, right=1000.0 - RIGHT)
    points = handles_of(take)
    shapes = [
        _thumbnails(frame, thumbnails, strip),
        _stages(frame, take, speaker, arc, foot),
        _speech(frame, take, speech),
        _scale(frame, arc, foot),
        _cuts(frame, take, strip, foot),
        _heard(frame, take, heard, arc),
        *(_curve(frame, points, name, arc) for name in DIMENSIONS),
        tag("path", class_="stroke", d="", fill="none"),
        _axis(frame, foot),
        frame.playhead(HITS - 8, foot),
        *(_handles(frame, points, name, arc, speaker) for name in DIMENSIONS),
        *(_hit(frame, take, place, hit, foot, speaker) for place, hit in enumerate(take.constraints.hits)),
    ]
    cuts = [round(cut.at_s, 4) for cut in take.clip.cuts] if take.clip else []
    return tag(
        "svg",
        "".join(shapes),
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 1000 {num(frame.height)}",
        class_="cue-picture timeline",
        role="group",
        aria_label=speaker.text("hands", "title"),
        data_left=LEFT,
        data_right=1000.0 - RIGHT,
        data_length_s=str(plan.length_s),
        data_margin=RIGHT,
        data_top=arc,
        data_foot=foot,
        data_cuts=json.dumps(cuts),
        data_arc=json.dumps(points),
    )


def _y(value: float, arc: float) -> float:
    """Down, for -1 to 1, in the rows of the arc."""
    return arc + ARC * (1 - value) / 2


def _span(frame: Frame, start_s: float, end_s: float, y: float, height: float, **attributes: str | float | None) -> str:
    """A box from one time to another."""
    x, end_x = (frame.x(min(max(at_s, 0.0), frame.length_s)) for at_s in (start_s, end_s))
    place = {"data_from": f"{start_s:.3f}", "data_to": f"{end_s:.3f}"}
    return tag("rect", x=x, y=y, width=max(0.0, end_x - x), height=height, **place, **attributes)


def _thumbnails(frame: Frame, thumbnails: Sequence[str], top: float) -> str:
    """Pictures of the clip side by side; each covers its own stretch."""
    step = frame.length_s / max(1, len(thumbnails))
    return "".join(
        tag(
            "image",
            href=address,
            x=frame.x(place * step),
            y=top,
            width=frame.x(step) - frame.x(0),
            height=STRIP - 4,
            preserveAspectRatio="xMidYMid slice",
            data_from=f"{place * step:.3f}",
            data_to=f"{(place + 1) * step:.3f}",
        )
        for place, address in enumerate(thumbnails)
    )


def _stages(frame: Frame, take: TakeRecord, speaker: Voice, arc: float, foot: float) -> str:
    """A band for every section of the plan, with its name."""
    plan, texts = take.plan, report_voice(speaker.language)
    starts = [plan.tempo_map.seconds_at(plan.bars[section.start_bar].start_q) for section in plan.sections]
    shapes = []
    for section, start_s, end_s in zip(plan.sections, starts, [*starts[1:], plan.length_s], strict=True):
        depth = f"{0.03 + 0.035 * (section.arousal + 1):.3f}"
        shapes.append(_span(frame, start_s, end_s, arc, foot - arc, fill="currentColor", fill_opacity=depth))
        name = words((0.0, arc - 5), texts.name("sections", section.name), class_="stage", data_room=f"{end_s:.3f}")
        shapes.append(_at(frame, start_s, name, shift=3.0))
    return "".join(shapes)


def _at(frame: Frame, at_s: float, inside: str, *, shift: float = 0.0, **attributes: str | float | None) -> str:
    """A group that stands at a time."""
    place = {"data_s": f"{at_s:.4f}", "data_shift": num(shift) if shift else None}
    return tag("g", inside, transform=f"translate({num(frame.x(at_s) + shift)} 0)", **place, **attributes)


def _speech(frame: Frame, take: TakeRecord, top: float) -> str:
    """Where somebody speaks."""
    spans = take.clip.speech if take.clip else ()
    return "".join(_span(frame, span.from_s, span.to_s, top + 2, SPEECH - 5, rx=3.0, class_="speech") for span in spans)


def _cuts(frame: Frame, take: TakeRecord, top: float, foot: float) -> str:
    """A dashed line for every cut of the picture."""
    cuts = take.clip.cuts if take.clip else ()
    mark = tag("path", d=f"M0 {num(top)}V{num(foot)}", class_="cut")
    return "".join(_at(frame, cut.at_s, mark) for cut in cuts if 0 < cut.at_s < frame.length_s)


def _scale(frame: Frame, arc: float, foot: float) -> str:
    """Lines at 1, 0 and -1, and what they mean."""
    shapes = []
    for value in (1, 0, -1):
        y = _y(value, arc)
        shapes.append(
            line((frame.left, y), (frame.right, y), class_="level", stroke_opacity="0.18" if value else "0.4")
        )
        label = {1: "+", 0: "0", -1: "−"}[value]
        shapes.append(words((frame.left - 8, y + 4), label, text_anchor="end", opacity="0.75"))
    return "".join(shapes)


def _heard(frame: Frame, take: TakeRecord, heard: Sequence[Heard], arc: float) -> str:
    """What every section measures, as a thick line as long as the section."""
    plan = take.plan
    if len(heard) != len(plan.sections):
        return ""
    starts = [plan.tempo_map.seconds_at(plan.bars[section.start_bar].start_q) for section in plan.sections]
    ends = [*starts[1:], plan.length_s]
    return "".join(
        _span(frame, start_s, end_s, _y(getattr(section, name), arc) - 3, 6.0, rx=3.0, class_=f"heard {name}")
        for section, start_s, end_s in zip(heard, starts, ends, strict=True)
        for name in DIMENSIONS
    )


def _curve(frame: Frame, points: Sequence[Point], name: str, arc: float) -> str:
    """One line of the arc."""
    value = 1 + DIMENSIONS.index(name)
    places = [(frame.x(point[0] * frame.length_s), _y(point[value], arc)) for point in points]
    return tag("path", d=polyline(places), fill="none", class_=f"curve {name}")


def _handles(frame: Frame, points: Sequence[Point], name: str, arc: float, speaker: Voice) -> str:
    """What a hand takes hold of: a circle for energy, a square for mood."""
    mark = (
        tag("circle", r=6.0, class_="mark")
        if name == "arousal"
        else tag("rect", x=-5.0, y=-5.0, width=10.0, height=10.0, rx=2.0, class_="mark")
    )
    shapes = []
    for place, point in enumerate(points):
        at_s, value = point[0] * frame.length_s, point[1 + DIMENSIONS.index(name)]
        shapes.append(
            tag(
                "g",
                tag("circle", r=17.0, class_="grip") + mark,
                class_=f"handle {name}",
                tabindex="0",
                role="slider",
                aria_label=speaker.text("hands", name, time=short(at_s)),
                aria_orientation="vertical",
                aria_valuemin="-1",
                aria_valuemax="1",
                aria_valuenow=f"{value:g}",
                data_place=str(place),
                data_dimension=name,
                transform=f"translate({num(frame.x(at_s))} {num(_y(value, arc))})",
            )
        )
    return "".join(shapes)


def _hit(frame: Frame, take: TakeRecord, place: int, hit: HitPoint, foot: float, speaker: Voice) -> str:
    """One hit: a line down to the arc, a diamond to take hold of, and its time."""
    if not 0 <= hit.at_s <= frame.length_s:
        return ""
    is_met = any(planned.feasible and abs(planned.at_s - hit.at_s) < 1e-3 for planned in take.plan.hits)
    inside = (
        tag("rect", x=-23.0, y=10.0, width=46.0, height=HITS - 12, rx=6.0, class_="grip")
        + line((0.0, 38.0), (0.0, foot), class_="stem")
        + diamond(0.0, 38.0, 7.0, class_="mark")
        + words((0.0, 26.0), clock(hit.at_s), text_anchor="middle", class_="time")
    )
    kind = speaker.name("hits", hit.kind)
    return _at(
        frame,
        hit.at_s,
        inside,
        class_="hit" if is_met else "hit unmet",
        tabindex="0",
        role="slider",
        aria_label=f"{speaker.text('hands', 'hit', time=clock(hit.at_s))} ({kind})",
        aria_valuemin="0",
        aria_valuemax=f"{frame.length_s:g}",
        aria_valuenow=f"{hit.at_s:g}",
        aria_valuetext=clock(hit.at_s),
        data_place=str(place),
    )


def _axis(frame: Frame, foot: float) -> str:
    """Times along the foot; the script leaves out what has no room."""
    step = next((step for step in (1, 2, 5, 10, 15, 30, 60, 120, 300) if frame.length_s / step <= 16), 600)
    marks = line((0.0, foot), (0.0, foot + 4), stroke_opacity="0.5")
    return "".join(
        _at(frame, at_s, marks + words((0.0, foot + 16), short(at_s), text_anchor="middle"), class_="tick")
        for at_s in range(0, int(frame.length_s + 1e-6) + 1, step)
    )


def _legend(take: TakeRecord, speaker: Voice) -> str:
    """What the lines are; cuts and speech only where there are some."""
    texts = report_voice(speaker.language)
    entries = [(name, texts.text("pictures", name)) for name in reversed(DIMENSIONS)]
    entries += [(f"heard {name}", texts.text("pictures", f"{name}_achieved")) for name in reversed(DIMENSIONS)]
    if take.constraints.hits:
        entries.append(("hit", speaker.name("hits", "hit")))
    if take.clip and take.clip.cuts:
        entries.append(("cut", speaker.text("hands", "cuts")))
    if take.clip and take.clip.speech:
        entries.append(("speech", speaker.text("hands", "speech")))
    inside = "".join(f'<li class="{kind}"><i></i>{escape(name)}</li>' for kind, name in entries)
    return f'<ul class="cw-legend">{inside}</ul>'
