"""Drums and percussion: a groove that breathes - thinned, thickened, varied, filled.

Conventions: a groove's step is ``1 / steps_per_q`` quarters; ``goxX`` weigh -0.6, -0.3, 0, 0.6. Fills come at the
end of phrases: half a bar every four bars, a whole bar before a new section. Strokes that an instrument lacks are
played on its stand-ins (`assistant.library.Library.strokes`).
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, replace

from assistant.errors import DataError
from assistant.library import Groove, GrooveLine
from assistant.plan import PlannedPart
from assistant.score import Bar
from assistant.tuned import tuning_region
from models.rules.context import Context, Tone, strength
from models.rules.hands import feel_of, on_the_grid, place_of

WEIGHTS = {"g": -0.6, "o": -0.3, "x": 0.0, "X": 0.6}
LOW_STROKES = ("kick", "bass", "don", "low", "surdo", "dum")
CYMBALS = ("hat", "openhat", "pedalhat", "ride", "shaker", "tambourine", "ka")
STEADY = ("claves",)
STROKE_Q = 0.2
"""How long a drum note is written."""


def groove_of(context: Context, name: str) -> Groove | None:
    """The groove of that name, else the plan's own, else None."""
    grooves = context.library.grooves
    return grooves.get(name) or grooves.get(context.plan.groove)


def kicks(context: Context, bar: Bar) -> list[float]:
    """Where the low drum of the plan's groove falls in a bar, played or not."""
    groove = context.library.grooves.get(context.plan.groove)
    if groove is None:
        return []
    low = [line for line in groove.lines if line.stroke in LOW_STROKES][:1]
    return [at_q for line in low for at_q, mark in _steps(groove, line, bar) if mark in "xX"]


def _steps(groove: Groove, line: GrooveLine, bar: Bar, *, of_fill: bool = False) -> list[tuple[float, str]]:
    """(position, mark) of a line in a bar; a bar of another length is filled from the pattern's beginning."""
    per_bar = groove.bar_steps
    offset = 0 if of_fill else (bar.index % groove.bars) * per_bar
    count = int(bar.length_q * groove.steps_per_q + 1e-6)
    body = line.pattern[offset : offset + per_bar]
    return [
        (bar.start_q + step / groove.steps_per_q, body[step % per_bar])
        for step in range(count)
        if body[step % per_bar] != "."
    ]


@dataclass(frozen=True)
class Drummer:
    """One player of a groove."""

    context: Context
    part: PlannedPart
    groove: Groove
    keys: Mapping[str, int]

    def key(self, stroke: str) -> int:
        """The drum key of a stroke."""
        return self.keys[stroke]


def write_drums(context: Context, part: PlannedPart) -> list[Tone]:
    """The tones of a drummer, before hits and ending."""
    groove = groove_of(context, part.texture)
    if groove is None:
        legal = ", ".join(sorted(context.library.grooves)[:8])
        raise DataError(f"part {part.id} with groove {part.texture!r}", f"use a groove such as {legal}")
    drummer = Drummer(context, part, groove, context.library.strokes(groove, part.instrument))
    tones: list[Tone] = []
    for bar in context.playing(part):
        tones += _bar(drummer, bar)
    return [replace(tone, pitch=_tuned(drummer, tone)) for tone in tones]


def _tuned(drummer: Drummer, tone: Tone) -> int:
    """The key itself, or for tuned drums the root or fifth of the chord nearest to it."""
    if not drummer.context.library.instrument(drummer.part.instrument).tuned:
        return tone.pitch
    chord = drummer.context.chord(tone.start_q)
    classes = {chord.bass_class, *(pitch for pitch in chord.pitch_classes if (pitch - chord.root) % 12 == 7)}
    options = [pitch for pitch in range(drummer.part.low, drummer.part.high + 1) if pitch % 12 in classes]
    return min(options, key=lambda pitch: (abs(pitch - tone.pitch), pitch), default=tone.pitch)


def _bar(drummer: Drummer, bar: Bar) -> list[Tone]:
    """One bar: groove, or groove and fill, varied by chance of its own."""
    context = drummer.context
    chance = context.stream(drummer.part.id, "drums", bar.index)
    density = drummer.part.bars[bar.index].density
    fill_q = _fill_length(drummer, bar)
    lines = list(drummer.groove.lines)
    if density > 0.6:
        lines += drummer.groove.more
    elif density > 0.45 and drummer.groove.more:
        lines += drummer.groove.more[:1]
    tones: list[Tone] = []
    steady = _steady(drummer)
    for line in _thinned(lines, density):
        for at_q, mark in _steps(drummer.groove, line, bar):
            if line.stroke in steady:
                tones.append(Tone(at_q, STROKE_Q, drummer.key(line.stroke), WEIGHTS[mark]))
            elif at_q < bar.end_q - fill_q - 1e-6:
                tones += _varied(drummer, bar, line.stroke, at_q, mark, density, chance)
    tones += _fill(drummer, bar, fill_q, chance) if fill_q else _ghosts(drummer, bar, density, chance)
    tones += _section_start(drummer, bar)
    return sorted({(tone.start_q, tone.pitch): tone for tone in tones}.values(), key=lambda tone: tone.start_q)


def _steady(drummer: Drummer) -> tuple[str, ...]:
    """Strokes that go on through every fill: in a region's own music the clave, which all others lean on."""
    return STEADY if tuning_region(drummer.context.plan, drummer.context.library) is not None else ()


def _thinned(lines: list[GrooveLine], density: float) -> list[GrooveLine]:
    """At low density only the ground of the groove: its low stroke and one other, or the low one alone."""
    if density >= 0.35:
        return lines
    low = [line for line in lines if line.stroke in LOW_STROKES][:1] or lines[:1]
    others = [line for line in lines if line not in low and line.stroke in CYMBALS] or lines[1:]
    return low + others[: 1 if density > 0.15 else 0]


def _varied(
    drummer: Drummer, bar: Bar, stroke: str, at_q: float, mark: str, density: float, chance: random.Random
) -> list[Tone]:
    """A stroke as a player would: weak ones now and then left out, hats opened before a phrase turns."""
    weight = WEIGHTS[mark]
    draw = chance.random()
    on_beat = strength(bar, at_q)
    if density < 0.3 and mark in "go":
        return []
    if mark in "go" and draw < 0.12:
        return []
    if stroke == "hat" and _ends_phrase(drummer, bar) and at_q >= bar.end_q - 0.5 - 1e-6 and "openhat" in drummer.keys:
        return [Tone(at_q, 0.5, drummer.key("openhat"), 0.1)]
    if stroke in LOW_STROKES and mark == "x" and on_beat < 0.3 and draw < 0.15:
        return []
    human = 0.12 * (chance.random() - 0.5)
    return [Tone(at_q, STROKE_Q, drummer.key(stroke), max(-1.0, min(1.0, weight + human)))]


def _ghosts(drummer: Drummer, bar: Bar, density: float, chance: random.Random) -> list[Tone]:
    """Ghost notes on the snare or its like, off the beat, when there is room for talk."""
    name = next((stroke for stroke in ("snare", "mid", "rim") if stroke in drummer.keys), None)
    step = 1 / drummer.groove.steps_per_q
    if (
        name is None
        or density < 0.5
        or on_the_grid(drummer.context)
        or drummer.groove.steps_per_q < 4
        or chance.random() < 0.45
    ):
        return []
    places = list(range(1, int(bar.length_q / step), 2))
    likely = _ghostly(drummer, bar, [bar.start_q + place * step for place in places])
    picked = sorted(set(chance.choices(places, likely, k=chance.choice((1, 1, 2)))) if places else ())
    return [Tone(bar.start_q + place * step, STROKE_Q, drummer.key(name), -0.75) for place in picked]


def _ghostly(drummer: Drummer, bar: Bar, positions: list[float]) -> list[float]:
    """How likely ghosts are at positions: as often as drummers of the style's feel have them there; else alike."""
    feel = feel_of(drummer.context)
    if feel is None:
        return [1.0] * len(positions)
    return [0.02 + feel.ghosts[int(place_of(feel, bar, at_q) + 1e-6) % feel.places] for at_q in positions]


def _ends_phrase(drummer: Drummer, bar: Bar) -> bool:
    phrase = drummer.context.phrase(bar.index)
    return bar.index == phrase.start_bar + phrase.bars - 1


def _fill_length(drummer: Drummer, bar: Bar) -> float:
    """How much of a bar is fill: all before a louder section, half at phrase ends, a beat every four bars."""
    context, density = drummer.context, drummer.part.bars[bar.index].density
    section = context.section(bar.index)
    last = bar.index == section.end_bar - 1
    following = bar.index + 1
    silent = following >= context.plan.bar_count or not drummer.part.bars[following].active
    if not drummer.groove.fill or density < 0.25 or (silent and not context.plan.loop):
        return 0.0
    if last and not silent and context.section(following).arousal >= section.arousal - 0.1:
        return bar.length_q if density > 0.4 else bar.length_q / 2
    if _ends_phrase(drummer, bar):
        phrase = context.phrase(bar.index)
        return bar.length_q / 2 if phrase.bars >= 4 or density > 0.6 else bar.meter.beat_q
    return 0.0


def _fill(drummer: Drummer, bar: Bar, fill_q: float, chance: random.Random) -> list[Tone]:
    """The groove's fill, the last part of it, growing."""
    tones = []
    for line in drummer.groove.fill:
        if line.stroke in _steady(drummer):
            continue
        for at_q, mark in _steps(drummer.groove, line, bar, of_fill=True):
            into = at_q - (bar.end_q - fill_q)
            if into < -1e-6 or (mark in "go" and chance.random() < 0.25):
                continue
            rise = 0.25 * into / fill_q
            tones.append(Tone(at_q, STROKE_Q, drummer.key(line.stroke), min(1.0, WEIGHTS[mark] + rise)))
    return tones


def _section_start(drummer: Drummer, bar: Bar) -> list[Tone]:
    """A cymbal where an excited section begins."""
    section = drummer.context.section(bar.index)
    loud = section.arousal >= 0.2 and bar.index > 0
    if bar.index != section.start_bar or not loud:
        return []
    key = cymbal(drummer.context, drummer.part)
    return [Tone(bar.start_q, 1.0, key, 0.4, "ring")] if key is not None else []


def cymbal(context: Context, part: PlannedPart) -> int | None:
    """The drum key of a part's crash, or of its loudest stroke; None for tuned drums.

    Percussion of a region's own music has no crash: the high stroke of its groove stands there.
    """
    instrument = context.library.instrument(part.instrument)
    if instrument.tuned:
        return None
    own = _own_strokes(context, part)
    if own:
        return own[max(own, key=lambda name: name not in LOW_STROKES)]
    return next((instrument.strokes[name] for name in ("crash", "accent") if name in instrument.strokes), None)


def _own_strokes(context: Context, part: PlannedPart) -> dict[str, int]:
    """The strokes of a percussion part's groove with their keys, in a region's own music; else none."""
    groove = groove_of(context, part.texture)
    if part.role != "percussion" or groove is None or tuning_region(context.plan, context.library) is None:
        return {}
    keys = context.library.strokes(groove, part.instrument)
    return {line.stroke: keys[line.stroke] for line in groove.lines}


def low_drum(context: Context, part: PlannedPart) -> int:
    """The drum key of a part's lowest stroke; in a region's own music, of those that its groove has."""
    own = {name: key for name, key in _own_strokes(context, part).items() if name in LOW_STROKES}
    strokes = own or context.library.instrument(part.instrument).strokes
    return next((strokes[name] for name in LOW_STROKES if name in strokes), part.low)
