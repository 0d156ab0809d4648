"""Toy plans: small, whole and legal, for tests that need a plan without the planner.

Conventions: `toy_plan` fills ``bars`` bars of one metre and tempo; everything has a default, so a test names only what
it is about. Section bounds come every eight bars; the last bar is the ending.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from assistant.plan import BarIntent, Chord, Key, Phrase, Plan, PlannedHit, PlannedPart, Section
from assistant.score import Meter, TempoMap

MAJOR = (0, 2, 4, 5, 7, 9, 11)
MINOR = (0, 2, 3, 5, 7, 8, 10)
PENTATONIC = (0, 2, 4, 7, 9)

D_MINOR = Key(2, "minor", MINOR)

BRIGHT = ((0, "maj", "I"), (7, "maj", "V"), (9, "min", "vi"), (5, "maj", "IV"))
DARK = ((0, "min", "i"), (8, "maj", "VI"), (3, "maj", "III"), (10, "maj", "VII"))

BAND: tuple[tuple[str, str, str, int, int, str], ...] = (
    ("lead-flute", "lead", "flute", 64, 88, "melody"),
    ("counter-clarinet", "counter", "clarinet", 52, 74, "countermelody"),
    ("harmony-strings", "harmony", "strings", 48, 72, "pad"),
    ("pulse-piano", "pulse", "piano", 48, 76, "arpeggio"),
    ("bass-bass", "bass", "bass", 28, 48, "roots"),
    ("drums-drums", "drums", "drums", 35, 81, "pop-straight"),
)
"""Parts as (id, role, instrument, low, high, texture)."""

NAMES = ("theme", "build", "climax", "contrast", "release")
USES = ("state", "repeat", "vary", "contrast", "return")


def toy_plan(
    bars: int = 16,
    *,
    bpm: float = 100.0,
    meter: str = "4/4",
    key: Key = D_MINOR,
    band: Sequence[tuple[str, str, str, int, int, str]] = BAND,
    valence: float = 0.1,
    arousal: float = 0.2,
    hits: Sequence[tuple[int, str]] = (),
    loop: bool = False,
    region: str | None = None,
    style: str = "cinematic",
    groove: str = "pop-straight",
    swing: float = 0.5,
    density: float = 0.5,
    dynamics: float = 0.55,
    tail_s: float = 2.0,
) -> Plan:
    """A plan of so many bars; ``hits`` are (bar, kind), each on that bar's downbeat."""
    tempo_map = TempoMap.steady(bpm, Meter.parse(meter))
    bar_q = Meter.parse(meter).bar_q
    final_q = bars * bar_q if loop else (bars - 1) * bar_q
    length_s = tempo_map.seconds_at(bars * bar_q) if loop else tempo_map.seconds_at(final_q) + tail_s
    intent = BarIntent(True, density, dynamics)
    return Plan(
        length_s=length_s,
        tempo_map=tempo_map,
        bar_count=bars,
        final_q=final_q,
        key=key,
        sections=_sections(bars, key, valence, arousal),
        chords=_chords(bars, bar_q, key, loop=loop),
        parts=tuple(PlannedPart(*row, (intent,) * bars) for row in band),
        hits=tuple(PlannedHit(tempo_map.seconds_at(bar * bar_q), kind, bar * bar_q) for bar, kind in hits),
        style=style,
        groove=groove,
        region=region,
        swing=swing,
        loop=loop,
    )


def _sections(bars: int, key: Key, valence: float, arousal: float) -> tuple[Section, ...]:
    """Sections of eight bars, each of two phrases; what is left over belongs to the last."""
    starts = list(range(0, max(1, bars - 4), 8))
    out = []
    for index, start in enumerate(starts):
        end = starts[index + 1] if index + 1 < len(starts) else bars
        half = (end - start + 1) // 2
        spans = [(start, half), (start + half, end - start - half)]
        phrases = tuple(
            Phrase(
                first,
                count,
                USES[min(len(USES) - 1, index)] if place == 0 or index else "repeat",
                "full" if place else "half",
            )
            for place, (first, count) in enumerate(spans)
            if count
        )
        lift = min(0.25, 0.12 * index)
        out.append(
            Section(NAMES[index % len(NAMES)], start, end - start, valence, min(1.0, arousal + lift), key, phrases)
        )
    return tuple(out)


def _chords(bars: int, bar_q: float, key: Key, *, loop: bool) -> tuple[Chord, ...]:
    """One chord a bar, four in turn, a dominant before the end and the tonic at it."""
    table = DARK if key.is_minor else BRIGHT
    chords = []
    for bar in range(bars):
        step, quality, degree = table[bar % 4]
        if bar == bars - 2 and bars > 2:
            step, quality, degree = 7, "maj", "V"
        if bar == bars - 1 and not loop:
            step, quality, degree = table[0]
        chords.append(Chord(bar * bar_q, bar_q, (key.tonic + step) % 12, quality, degree=degree))
    return tuple(chords)


def with_part(plan: Plan, part_id: str, **changes: object) -> Plan:
    """The plan with one part changed."""
    parts = tuple(replace(part, **changes) if part.id == part_id else part for part in plan.parts)  # type: ignore[arg-type]
    return replace(plan, parts=parts)


def without_part(plan: Plan, part_id: str) -> Plan:
    """The plan with one part taken away."""
    return replace(plan, parts=tuple(part for part in plan.parts if part.id != part_id))
