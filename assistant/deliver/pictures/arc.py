"""The emotion that was asked, over what can be measured in the take.

Conventions: asked emotion runs from -1 to 1 in straight lines; what was achieved is drawn from measurements only:
loudness of the sound and onsets of the score, each on a scale of its own, named at the edge.
"""

from __future__ import annotations

from collections.abc import Sequence

from assistant.check import Findings
from assistant.check.emotion import Heard
from assistant.constraints import Constraints
from assistant.deliver.pictures.curves import thinned
from assistant.deliver.pictures.svg import Frame, legend, line, num, polyline, tag, words
from assistant.deliver.words import report_voice
from assistant.explain import Voice
from assistant.plan import Plan

TOP, BOTTOM, FOOT = 16.0, 216.0, 46.0
AROUSAL, VALENCE, LOUDNESS, ONSETS = "#e2642f", "#dfa01e", "#3b8fd4", "#8a919c"
SHOWN_LU = 30.0
NO_FINDINGS = Findings()


def arc_svg(
    asked: Constraints,
    plan: Plan,
    findings: Findings = NO_FINDINGS,
    *,
    heard: Sequence[Heard] = (),
    loudness: Sequence[tuple[float, float]] = (),
    onsets: Sequence[tuple[float, float]] = (),
    speaker: Voice | None = None,
) -> str:
    """Asked energy and mood, over what was measured.

    Parameters
    ----------
    asked : Constraints
    plan : Plan
        Gives length and sections.
    findings : Findings
        Those called ``arousal`` and ``valence``, one a section, tell what was measured where ``heard`` is not given.
    heard : sequence of Heard
        What every section of the plan came out as.
    loudness : sequence of (float, float)
        Time in seconds and short-term loudness in LUFS.
    onsets : sequence of (float, float)
        Time in seconds and onsets a second, at equal distances.
    speaker : Voice or None
        The language; English without one.
    """
    texts = report_voice(speaker.language if speaker else "en")
    frame = Frame(plan.length_s, BOTTOM + FOOT)
    shapes = [_scale(frame), _bars(frame, onsets), _area(frame, loudness)]
    shapes.append(_asked(frame, [(point.at, point.valence) for point in asked.arc], VALENCE, dashes="7 5"))
    shapes.append(_asked(frame, [(point.at, point.arousal) for point in asked.arc], AROUSAL))
    for name, colour in (("valence", VALENCE), ("arousal", AROUSAL)):
        values = [float(getattr(section, name)) for section in heard] or _measured(findings, name)
        shapes.append(_sections(frame, plan, values, colour))
    entries = [(texts.text("pictures", "arousal"), AROUSAL), (texts.text("pictures", "valence"), VALENCE)]
    if loudness:
        entries.append((texts.text("pictures", "loudness_curve"), LOUDNESS))
    if onsets:
        most = max(count for _, count in onsets)
        entries.append((f"{texts.text('pictures', 'onsets')} (≤ {most:.3g})", ONSETS))
    shapes += [frame.axis(BOTTOM), legend(entries, BOTTOM + 36), frame.playhead(TOP, BOTTOM)]
    return frame.picture(texts.text("pictures", "arc"), *shapes, kind="arc")


def _measured(findings: Findings, name: str) -> list[float]:
    """The findings of one emotion, section by section."""
    return [float(item.achieved) for item in findings.named(name) if not isinstance(item.achieved, str)]


def _sections(frame: Frame, plan: Plan, values: Sequence[float], colour: str) -> str:
    """What every section measures, as a thick line as long as the section."""
    if len(values) != len(plan.sections):
        return ""
    starts = [plan.tempo_map.seconds_at(plan.bars[section.start_bar].start_q) for section in plan.sections]
    ends = [*starts[1:], plan.length_s]
    return "".join(
        line(
            (frame.x(start_s) + 2, _y(value)),
            (frame.x(end_s) - 2, _y(value)),
            stroke=colour,
            stroke_width=7.0,
            stroke_opacity="0.5",
        )
        for start_s, end_s, value in zip(starts, ends, values, strict=True)
    )


def _y(value: float) -> float:
    """Down, for -1 to 1."""
    return TOP + (BOTTOM - TOP) * (1 - value) / 2


def _scale(frame: Frame) -> str:
    """Lines at -1, 0 and 1."""
    shapes = []
    for value in (-1, 0, 1):
        shapes.append(
            line((frame.left, _y(value)), (frame.right, _y(value)), stroke_opacity="0.25" if not value else "0.1")
        )
        shapes.append(
            words((frame.left - 8, _y(value) + 4), f"{value:+d}" if value else "0", text_anchor="end", opacity="0.6")
        )
    return "".join(shapes)


def _asked(frame: Frame, points: Sequence[tuple[float, float]], colour: str, *, dashes: str | None = None) -> str:
    """An asked curve: level before its first point and after its last."""
    whole = [(0.0, points[0][1]), *points, (1.0, points[-1][1])]
    places = [(frame.x(at * frame.length_s), _y(value)) for at, value in whole]
    path = tag("path", d=polyline(places), fill="none", stroke=colour, stroke_width=1.8, stroke_dasharray=dashes)
    dots = [tag("circle", cx=x, cy=y, r=3.0, fill=colour) for x, y in places[1:-1]]
    return path + "".join(dots)


def _area(frame: Frame, loudness: Sequence[tuple[float, float]]) -> str:
    """Measured loudness: the loudest moment at the upper edge, 30 LU below it at the lower."""
    if not loudness:
        return ""
    loudest = max(level for _, level in loudness)
    places = [
        (frame.x(at_s), TOP + (BOTTOM - TOP) * min(1.0, (loudest - level) / SHOWN_LU))
        for at_s, level in thinned(loudness)
    ]
    closed = f"{polyline(places)}L{num(places[-1][0])} {num(BOTTOM)}L{num(places[0][0])} {num(BOTTOM)}z"
    labels = words((frame.right - 2, TOP - 5), f"{loudest:.0f} LUFS", text_anchor="end", opacity="0.6") + words(
        (frame.right - 2, BOTTOM - 5), f"{loudest - SHOWN_LU:.0f} LUFS", text_anchor="end", opacity="0.6"
    )
    return tag("path", d=closed, fill=LOUDNESS, fill_opacity="0.22") + labels


def _bars(frame: Frame, onsets: Sequence[tuple[float, float]]) -> str:
    """Measured onsets as columns along the foot."""
    if not onsets:
        return ""
    most = max(1e-9, max(count for _, count in onsets))
    width = max(1.0, (frame.right - frame.left) / len(onsets) - 1.2)
    columns = "".join(
        f"M{num(frame.x(at_s) - width / 2)} {num(BOTTOM)}v{num(-70 * count / most)}h{num(width)}V{num(BOTTOM)}z"
        for at_s, count in onsets
        if count > 0
    )
    return tag("path", d=columns, fill=ONSETS, fill_opacity="0.35")
