"""The piano roll: every note of a take over time, and what two takes have in common.

Conventions: time runs in seconds; low notes lie low; struck instruments have lanes of their own below. The louder a
note, the fuller its colour. What two takes share is judged in bars and beats, whatever their tempi.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from assistant.deliver.pictures.colours import ADDED, KEPT, REMOVED, part_colours
from assistant.deliver.pictures.svg import Frame, clock, diamond, legend, line, num, tag, words
from assistant.deliver.words import part_names, report_voice
from assistant.explain import Voice
from assistant.feedback import compare_scores
from assistant.feedback.compare import PLACES
from assistant.plan import Plan
from assistant.score import Note, Part, Score

TOP, LANE, FOOT = 44.0, 9.0, 44.0
SPARE_LANES = 6
"""Lanes that a roll has room for before any struck instrument is written."""
ROLL_HEIGHT = 300.0
STRENGTHS = ((56, "0.5"), (84, "0.75"), (128, "1"))
"""Velocity below which a note has that opacity."""

Colour = Callable[[Part, Note], str]


@dataclass(frozen=True)
class _Scene:
    """What a roll shows besides its notes."""

    score: Score
    plan: Plan | None
    texts: Voice
    title: str
    cuts_s: tuple[float, ...]
    kind: str = "piano-roll"
    is_sketch: bool = False

    def is_ahead(self, start_s: float, end_s: float) -> bool:
        """Whether a stretch is still to be written."""
        if not self.is_sketch:
            return False
        start_q, end_q = (self.score.tempo_map.quarters_at(at_s) - 1e-6 for at_s in (start_s, end_s))
        return not any(start_q <= note.start_q < end_q for part in self.score.parts for note in part.notes)

    def sections(self) -> list[tuple[float, float, str, float]]:
        """Start and end in seconds, name, and depth of the band of every section."""
        score = self.score
        if self.plan is not None:
            bars = (*self.plan.bars, None)
            places = [
                (bar.start_q, section.name, 0.03 + 0.035 * (section.arousal + 1))
                for section in self.plan.sections
                if (bar := bars[min(section.start_bar, len(bars) - 1)]) is not None
            ]
        else:
            markers = [marker for marker in score.markers if marker.kind == "section"]
            places = [(marker.at_q, marker.text, (0.07, 0.03)[number % 2]) for number, marker in enumerate(markers)]
        starts = [score.tempo_map.seconds_at(at_q) for at_q, _, _ in places]
        ends = [*starts[1:], score.length_s][: len(starts)]
        return [(start, end, *place[1:]) for start, end, place in zip(starts, ends, places, strict=True)]

    def hits_s(self) -> list[float]:
        """When the hits are."""
        if self.plan is not None:
            times = [hit.at_s for hit in self.plan.hits if hit.feasible]
        else:
            hits = [marker for marker in self.score.markers if marker.kind != "section"]
            times = [self.score.tempo_map.seconds_at(marker.at_q) for marker in hits]
        return [at_s for at_s in times if 0 <= at_s <= self.score.length_s]


def piano_roll_svg(
    score: Score,
    plan: Plan | None = None,
    *,
    speaker: Voice | None = None,
    cuts_s: Sequence[float] = (),
) -> str:
    """Every note, coloured by part, with sections, hits and cuts.

    Parameters
    ----------
    score : Score
    plan : Plan or None
        Gives the sections their energy, and the hits; the score's markers are drawn without it.
    speaker : Voice or None
        The language; English without one.
    cuts_s : sequence of float
        Cuts of the clip, in seconds.
    """
    language = speaker.language if speaker else "en"
    texts = report_voice(language)
    colours, names = part_colours(score.parts), part_names(score, language)
    entries = [(names[part.id], colours[part.id]) for part in score.parts]
    scene = _Scene(score, plan, texts, texts.text("pictures", "roll"), tuple(cuts_s))
    return _roll(scene, lambda part, note: colours[part.id], entries)


def sketch_svg(
    plan: Plan, sketch: Score | None = None, *, speaker: Voice | None = None, cuts_s: Sequence[float] = ()
) -> str:
    """A take that is being written: the notes so far, in a picture that stays as it is while more of them come.

    Parameters
    ----------
    plan : Plan
        Gives the sections, hits and players, and the range of pitches that the picture has room for.
    sketch : Score or None
        What is written of it (`assistant.generator.Progress`); nothing yet without one.
    speaker, cuts_s
        As for `piano_roll_svg`.
    """
    language = speaker.language if speaker else "en"
    texts = report_voice(language)
    written = {part.id: part for part in sketch.parts} if sketch else {}
    players = (written.get(part.id) or Part(part.id, part.role, part.instrument, 0) for part in plan.parts)
    score = Score(plan.tempo_map, tuple(players), plan.length_s)
    colours, names = part_colours(score.parts), part_names(score, language)
    entries = [(names[part.id], colours[part.id]) for part in score.parts]
    title = texts.text("pictures", "sketch")
    scene = _Scene(score, plan, texts, title, tuple(cuts_s), "piano-roll sketch", is_sketch=True)
    room = _Room.needed_by(score)
    pitched = [part for part in plan.parts if part.role not in ("drums", "percussion")]
    lanes = SPARE_LANES if len(pitched) < len(plan.parts) else 0
    for planned in pitched:
        room = room.at_least(planned.low, planned.high, lanes)
    return _roll(scene, lambda part, note: colours[part.id], entries, room)


def difference_rolls(
    before: Score, after: Score, *, numbers: tuple[int, int] = (1, 2), speaker: Voice | None = None
) -> tuple[str, str]:
    """Two takes, one roll each: what stayed is grey, what went is red, what came is green."""
    texts = report_voice(speaker.language if speaker else "en")
    old, new = fingerprints(before, successors(before, after)), fingerprints(after)
    rolls = []
    for what, number, score, marks, others, (name, colour) in (
        ("before", numbers[0], before, old, frozenset(new.values()), ("removed", REMOVED)),
        ("after", numbers[1], after, new, frozenset(old.values()), ("added", ADDED)),
    ):
        entries = [(texts.text("pictures", "kept"), KEPT), (texts.text("pictures", name), colour)]
        kind = f"piano-roll {what}"
        scene = _Scene(score, None, texts, texts.text("pictures", what, number=number), (), kind)
        rolls.append(_roll(scene, _paint_shared(marks, others, colour), entries))
    return rolls[0], rolls[1]


def _paint_shared(marks: Mapping[tuple[str, Note], Fingerprint], others: frozenset[Fingerprint], colour: str) -> Colour:
    """Grey for notes that the other take has too."""
    return lambda part, note: KEPT if marks[part.id, note] in others else colour


Fingerprint = tuple[str, int, int, int, int, int]
"""Part, bar, place in the bar and length in ten-thousandths of a quarter, pitch, velocity: a note's identity."""

UNITS = 10**PLACES


def fingerprints(score: Score, aliases: Mapping[str, str] | None = None) -> dict[tuple[str, Note], Fingerprint]:
    """What each note is, in bars and beats; ``aliases`` says which part of another take a part stands for."""
    bars = score.bars
    marks: dict[tuple[str, Note], Fingerprint] = {}
    for part in score.parts:
        index, name = 0, (aliases or {}).get(part.id, part.id)
        for note in part.notes:
            while index + 1 < len(bars) and note.start_q >= bars[index].end_q - 1e-6:
                index += 1
            place, length = round((note.start_q - bars[index].start_q) * UNITS), round(note.length_q * UNITS)
            marks[part.id, note] = (name, index, place, length, note.pitch, note.velocity)
    return marks


def successors(before: Score, after: Score) -> dict[str, str]:
    """Parts of an earlier take that another one took over, as `assistant.feedback.compare_scores` pairs them."""
    heirs = {part.part_id: part.role for part in compare_scores(before, after).parts if part.notes_before}
    gone = {part.role: part.id for part in before.parts if after.part(part.id) is None}
    return {gone[role]: heir for heir, role in heirs.items() if before.part(heir) is None and role in gone}


@dataclass(frozen=True)
class _Room:
    """The pitches that a roll has rows for (none where ``low`` is above ``high``), struck keys, and lanes for them."""

    low: int
    high: int
    keys: tuple[int, ...]
    lanes: int

    @classmethod
    def needed_by(cls, score: Score) -> _Room:
        """Room for the notes of a score and a little air."""
        pitches = [note.pitch for part in score.parts if not part.is_drums for note in part.notes]
        keys = tuple(sorted({note.pitch for part in score.parts if part.is_drums for note in part.notes}))
        return cls(min(pitches, default=130) - 2, max(pitches, default=-3) + 2, keys, len(keys))

    def at_least(self, low: int, high: int, lanes: int) -> _Room:
        """The same with these pitches and lanes too."""
        return replace(self, low=min(self.low, low), high=max(self.high, high), lanes=max(self.lanes, lanes))

    @property
    def bottom(self) -> float:
        """Where the roll ends."""
        return TOP + (ROLL_HEIGHT if self.low <= self.high else 0.0) + (LANE * self.lanes + 10 if self.lanes else 0)


def _roll(scene: _Scene, colour: Colour, entries: Sequence[tuple[str, str]], room: _Room | None = None) -> str:
    """A roll with any colouring, with room for its own notes unless for more."""
    score = scene.score
    room = room or _Room.needed_by(score)
    bottom, frame = room.bottom, Frame(score.length_s, room.bottom + FOOT)
    shapes = [_sections(scene, frame, bottom), _bar_lines(score, frame, bottom)]
    if room.low <= room.high:
        row = ROLL_HEIGHT / (room.high - room.low + 1)
        shapes.append(_octaves(frame, room.low, room.high, row))
        shapes += [
            _strokes(score, part, colour, frame, lambda note: TOP + (room.high - note.pitch + 0.5) * row, max(2.2, row))
            for part in reversed(score.parts)
            if not part.is_drums
        ]
    lanes = {key: bottom - 5 - LANE * (place + 0.5) for place, key in enumerate(room.keys)}
    shapes += [
        _strokes(score, part, colour, frame, lambda note: lanes[note.pitch], LANE - 3)
        for part in score.parts
        if part.is_drums
    ]
    shapes += [_cuts(scene.cuts_s, frame, bottom), _hits(scene, frame, bottom), frame.axis(bottom)]
    shapes.append(legend(entries, bottom + 36))
    if not scene.is_sketch:
        shapes.append(frame.playhead(TOP - 18, bottom))
    return frame.picture(scene.title, *shapes, kind=scene.kind, sounds=not scene.is_sketch)


def _strokes(
    score: Score, part: Part, colour: Colour, frame: Frame, y_of: Callable[[Note], float], thickness: float
) -> str:
    """All notes of a part: one path for each colour and strength, so that thousands of notes stay small."""
    tempo_map = score.tempo_map

    def look(note: Note) -> tuple[str, str]:
        return colour(part, note), next(opacity for below, opacity in STRENGTHS if note.velocity < below)

    paths = []
    for (shade, opacity), notes in groupby(sorted(part.notes, key=look), key=look):
        strokes = []
        for note in notes:
            start = frame.x(min(score.length_s, tempo_map.seconds_at(note.played_q)))
            end = frame.x(min(score.length_s, tempo_map.seconds_at(note.played_q + note.length_q)))
            strokes.append(f"M{num(start)} {num(y_of(note))}h{num(max(1.6, end - start - 0.6))}")
        paths.append(
            tag(
                "path",
                d="".join(strokes),
                stroke=shade,
                stroke_opacity=opacity,
                stroke_width=thickness,
                fill="none",
                data_part=part.id,
            )
        )
    return "".join(paths)


def _sections(scene: _Scene, frame: Frame, bottom: float) -> str:
    """A band for every section, with its name; the more energy, the deeper."""
    shapes = []
    for start_s, end_s, text, depth in scene.sections():
        x, width = frame.x(start_s), frame.x(min(end_s, frame.length_s)) - frame.x(start_s)
        if width <= 0:
            continue
        is_ahead = scene.is_ahead(start_s, end_s)
        shapes.append(
            tag("rect", x=x, y=TOP, width=width, height=bottom - TOP, fill="currentColor", fill_opacity=f"{depth:.3f}")
        )
        name = scene.texts.name("sections", text)
        fits = int(width / (12 if any(ord(letter) > 0x2E80 for letter in name) else 6.6))
        if fits >= 3:
            shown = name if len(name) <= fits else name[: fits - 1] + "…"
            shapes.append(words((x + 4, TOP - 6), shown, opacity="0.4" if is_ahead else "0.75", font_weight="600"))
    return "".join(shapes)


def _bar_lines(score: Score, frame: Frame, bottom: float) -> str:
    """A faint line for every bar, as far as there is room."""
    step = 1 + len(score.bars) // 60
    places = [frame.x(score.tempo_map.seconds_at(bar.start_q)) for bar in score.bars[::step]]
    path = "".join(f"M{num(x)} {num(TOP)}V{num(bottom)}" for x in places)
    return tag("path", d=path, stroke="currentColor", stroke_opacity="0.1", fill="none")


def _octaves(frame: Frame, low: int, high: int, row: float) -> str:
    """A line and a name for every C."""
    shapes = []
    for pitch in range(-(-low // 12) * 12, high + 1, 12):
        y = TOP + (high - pitch + 0.5) * row
        shapes.append(line((frame.left, y), (frame.right, y), stroke_opacity="0.12"))
        shapes.append(words((frame.left - 8, y + 4), f"C{pitch // 12 - 1}", text_anchor="end", opacity="0.6"))
    return "".join(shapes)


def _cuts(cuts_s: Sequence[float], frame: Frame, bottom: float) -> str:
    """A dashed line for every cut of the picture."""
    path = "".join(f"M{num(frame.x(at_s))} {num(TOP)}V{num(bottom)}" for at_s in cuts_s if 0 <= at_s <= frame.length_s)
    return tag("path", d=path, stroke="currentColor", stroke_opacity="0.45", stroke_dasharray="2 4") if path else ""


def _hits(scene: _Scene, frame: Frame, bottom: float) -> str:
    """A line and a diamond for every hit, with its time."""
    shapes = []
    for at_s in scene.hits_s():
        x = frame.x(at_s)
        shapes.append(line((x, TOP - 18), (x, bottom), stroke_width=1.6, stroke_opacity="0.85"))
        shapes.append(diamond(x, TOP - 24, 5.5, fill="currentColor"))
        anchor = "end" if x > frame.right - 60 else "start"
        shapes.append(words((x + (-9 if anchor == "end" else 9), TOP - 20), clock(at_s), text_anchor=anchor))
    return "".join(shapes)
