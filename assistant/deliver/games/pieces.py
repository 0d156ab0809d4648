"""What is played before, after and over a loop: intro, outro, stingers and transitions, in its key and on its bars.

Conventions: notes count in quarter notes from the piece's first bar line. Where the cue has an opening or an ending of
its own beside the loop, that is taken; elsewhere one is written by rule: an opening that lets the calmest parts lead in
with what leads into the loop's first bar anyway, an ending on the tonic with every voice moved as little as can be.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from statistics import fmean, median

from assistant.deliver.games.grid import Body
from assistant.deliver.games.values import Piece, Signal
from assistant.library import Library
from assistant.plan import Plan
from assistant.score import Control, Note, Part, Score
from assistant.score.tuning import is_tuning
from assistant.score.values import IN_TUNE, PITCH_BEND

MODULATION, EXPRESSION, SUSTAIN = 1, 11, 64
_SHORT_BAR_S = 1.3
"""An opening of two bars shorter than this is no opening; then it has four."""

_TRIAD = {True: (0, 3, 7), False: (0, 4, 7)}
_ROLL = 4
"""Strokes of the drums before the loop begins, in the last pulse."""


class Composer:
    """Writes the pieces of one cue."""

    def __init__(self, plan: Plan, score: Score, body: Body, library: Library) -> None:
        self.plan, self.score, self.body, self.library = plan, score, body, library
        self.bar_q = body.grid.meter.bar_q
        self.start_q, self.end_q = plan.bars[body.first].start_q, plan.bars[body.end - 1].end_q
        self._played = {part.id: part.between(self.start_q, self.end_q) for part in score.parts}

    def intro(self, calm: Sequence[str]) -> Piece:
        """The cue's own opening, or one by the parts named ``calm``, which lead in with the loop's last bars."""
        if self.body.intro is not None:
            return self.taken("intro", "intro", self.body.intro, self.body.first)
        bar_s = self.body.grid.bar_frames / 48_000
        count = min(self.body.bars, 2 if bar_s >= _SHORT_BAR_S else 4)
        piece = self.taken("intro", "intro", self.body.end - count, self.body.end)
        length_q = count * self.bar_q
        quiet = [id_ for id_ in calm if self._role(id_) not in ("lead", "counter", "drums")] or list(calm)
        notes = {
            id_: tuple(_softer(note, 0.6 + 0.4 * note.start_q / length_q) for note in piece.notes[id_]) for id_ in quiet
        }
        notes |= self._roll(length_q)
        return replace(piece, notes=notes, controls={id_: piece.controls[id_] for id_ in quiet})

    def outro(self) -> Piece:
        """The cue's own ending, or the tonic, struck by everyone and left to ring."""
        if self.body.outro is not None:
            return self.taken("outro", "outro", self.body.end, self.body.outro)
        notes = {part.id: self.tonic(part, 0.0, self.bar_q * 1.5) for part in self.score.parts if self._played[part.id]}
        return self.written("outro", "outro", 2, {id_: chord for id_, chord in notes.items() if chord})

    def signal(self, signal: Signal) -> Piece | None:
        """A stinger (one bar and its ring) or a transition (one bar, which ends on the next bar line)."""
        figure = self._first(signal.roles)
        if figure is None:
            return None
        places = [at * self.bar_q for at, _ in signal.notes]
        ends = [*places[1:], self.bar_q * (1.0 if signal.kind == "transition" else 1.25)]
        base = self.near_tonic(figure, 12 * signal.octave)
        first, last = signal.loud
        slope = (last - first) / max(places[-1], 1e-9)
        notes: dict[str, tuple[Note, ...]] = {}
        notes[figure.id] = tuple(
            Note(at_q, self.in_key(base + up), max(0.1, end_q - at_q), _velocity(first + slope * at_q))
            for at_q, end_q, (_, up) in zip(places, ends, signal.notes, strict=True)
        )  # fmt: skip
        if signal.chord:
            for part in (self._first(("harmony", "pulse", "counter")), self._first(("bass",))):
                if part is not None and part.id != figure.id:
                    notes[part.id] = self.tonic(part, places[-1], self.bar_q)
        if signal.cymbal:
            at_q = self.bar_q if signal.kind == "transition" else places[-1]
            notes |= self._struck("crash", at_q, last)
        if signal.kind == "transition" and last > first:
            notes = notes | self._roll(self.bar_q, crash=signal.cymbal)
        return self.written(f"{signal.kind}_{signal.name}", signal.kind, 1, notes)

    def taken(self, name: str, kind: str, first: int, end: int) -> Piece:
        """Bars of the cue as they are."""
        start_q, end_q = self.plan.bars[first].start_q, self.plan.bars[end - 1].end_q
        notes, controls = {}, {}
        for part in self.score.parts:
            notes[part.id], controls[part.id] = moved(part, start_q, end_q, kept_to_end=kind != "outro")
        return Piece(name, kind, end - first, notes, controls, tuple(range(first, end)))

    def written(self, name: str, kind: str, bars: int, notes: Mapping[str, tuple[Note, ...]]) -> Piece:
        """Bars that were written here, played with the level that the parts have in the loop."""
        controls = {id_: self._usual(id_) for id_ in notes}
        return Piece(name, kind, bars, notes, controls, (self.body.end - 1,) * bars)

    def tonic(self, part: Part, at_q: float, length_q: float) -> tuple[Note, ...]:
        """The tonic chord as a part would end on it; for drums a kick and a cymbal."""
        played = self._played[part.id]
        if not played:
            return ()
        velocity = round(fmean(note.velocity for note in played))
        if self._is_struck(part):
            struck = (self._struck(stroke, at_q, velocity / 127).get(part.id, ()) for stroke in ("kick", "crash"))
            return tuple(note for notes in struck for note in notes)
        low, high = self._range(part)
        last_q = max(note.start_q for note in played)
        last = sorted({note.pitch for note in played if note.start_q > last_q - 0.25})
        classes = {(self.plan.key.tonic + step) % 12 for step in _TRIAD[self.plan.key.is_minor]}
        if part.role in ("bass", "lead"):
            classes = {self.plan.key.tonic}
        wanted = last if len(last) > 1 or part.role not in ("harmony", "pulse") else [last[0], last[0] + 4, last[0] + 7]
        pitches = {_nearest(pitch, classes, low, high) for pitch in wanted}
        return tuple(Note(at_q, pitch, length_q, velocity) for pitch in sorted(pitches))

    def near_tonic(self, part: Part, shift: int) -> int:
        """The tonic nearest to the middle of what a part plays, so many semitones moved, within its range."""
        low, high = self._range(part)
        middle = median(note.pitch for note in self._played[part.id])
        return _nearest(round(middle) - 6 + shift, {self.plan.key.tonic}, low, max(low + 12, high - 12))

    def in_key(self, pitch: int) -> int:
        """The nearest pitch of the home key, the lower one of two."""
        return _nearest(pitch, self.plan.key.pitch_classes, 0, 127)

    def _first(self, roles: Sequence[str]) -> Part | None:
        """The first part of these roles that plays pitches in the loop."""
        playing = [part for part in self.score.parts if self._played[part.id] and not self._is_struck(part)]
        return next((part for role in roles for part in playing if part.role == role), None)

    def _struck(self, stroke: str, at_q: float, loud: float) -> dict[str, tuple[Note, ...]]:
        """One stroke of the drums, else of the percussion; nothing where there are none."""
        part = next(iter(self._drummers()), None)
        if part is None:
            return {}
        return {part.id: (Note(at_q, self._key_of(part, stroke), 0.5, _velocity(loud)),)}

    def _roll(self, length_q: float, *, crash: bool = False) -> dict[str, tuple[Note, ...]]:
        """Strokes that grow through the last pulse before a bar line; with a cymbal on it."""
        part = next(iter(self._drummers()), None)
        if part is None:
            return {}
        pulse_q = self.body.grid.pulse_q
        key = self._key_of(part, "snare")
        strokes = [
            Note(length_q - pulse_q * (1 - step / _ROLL), key, pulse_q / _ROLL, _velocity(0.45 + 0.12 * step))
            for step in range(_ROLL)
        ]
        if crash:
            strokes.append(Note(length_q, self._key_of(part, "crash"), 0.5, _velocity(0.9)))
        return {part.id: tuple(strokes)}

    def _drummers(self) -> list[Part]:
        roles = ("drums", "percussion")
        playing = [part for part in self.score.parts if self._played[part.id] and self._is_struck(part)]
        return sorted((part for part in playing if part.role in roles), key=lambda part: roles.index(part.role))

    def _key_of(self, part: Part, stroke: str) -> int:
        """The key of a stroke, or of the stand-in that the instrument has for it."""
        kit = self.library.instrument(part.instrument).strokes
        chain = (stroke, *self.library.stroke_fallbacks.get(stroke, ()), "accent", "low")
        return next((kit[name] for name in chain if name in kit), next(iter(kit.values())))

    def _is_struck(self, part: Part) -> bool:
        known = self.library.instruments.get(part.instrument)
        return part.is_drums or (known is not None and known.is_struck)

    def _role(self, part_id: str) -> str:
        part = self.score.part(part_id)
        return part.role if part is not None else ""

    def _range(self, part: Part) -> tuple[int, int]:
        planned = self.plan.part(part.id)
        if planned is not None:
            return planned.low, planned.high
        pitches = [note.pitch for note in self._played[part.id]]
        return min(pitches), max(pitches) + 1

    def _usual(self, part_id: str) -> tuple[Control, ...]:
        """Controllers at rest, the swell where the part has it as a rule, the tuning that it begins with."""
        part = self.score.part(part_id)
        swells = [control.value for control in part.controls if control.number == EXPRESSION] if part else []
        tuning = [control for control in part.controls if is_tuning(control) and control.at_q == 0] if part else []
        return (*at_rest(0.0), Control(0.0, EXPRESSION, round(median(swells)) if swells else 127), *tuning)


def at_rest(at_q: float) -> tuple[Control, ...]:
    """Pedal up, no bend, no vibrato."""
    return Control(at_q, SUSTAIN, 0), Control(at_q, PITCH_BEND, IN_TUNE), Control(at_q, MODULATION, 0)


def moved(
    part: Part, start_q: float, end_q: float, *, kept_to_end: bool
) -> tuple[tuple[Note, ...], tuple[Control, ...]]:
    """What a part plays in a stretch, counted from its beginning, with its controllers as they stand there.

    With ``kept_to_end`` notes are released at the stretch's end at the latest.
    """
    notes = []
    for note in part.between(start_q, end_q):
        room_q = end_q - note.start_q
        length_q = min(note.length_q, max(0.05, room_q - note.nudge_q)) if kept_to_end else note.length_q
        notes.append(replace(note, start_q=max(0.0, round(note.start_q - start_q, 6)), length_q=length_q))
    standing: dict[int, int] = {}
    inside = []
    for control in part.controls:
        if control.at_q <= start_q:
            standing[control.number] = control.value
        elif control.at_q < end_q:
            inside.append(replace(control, at_q=round(control.at_q - start_q, 6)))
    opening = [control for control in at_rest(0.0) if control.number not in standing]
    return tuple(notes), (*opening, *(Control(0.0, number, value) for number, value in standing.items()), *inside)


def _nearest(pitch: int, classes: set[int] | frozenset[int], low: int, high: int) -> int:
    """The pitch of these classes nearest to one, within a range as far as it has any, the lower one of two."""
    fitting = [each for each in range(max(0, low), min(127, high) + 1) if each % 12 in classes]
    everywhere = [each for each in range(128) if each % 12 in classes]
    return min(fitting or everywhere, key=lambda each: (abs(each - pitch), each))


def _softer(note: Note, share: float) -> Note:
    return replace(note, velocity=max(1, min(127, round(note.velocity * share))))


def _velocity(loud: float) -> int:
    return max(1, min(127, round(127 * loud)))
