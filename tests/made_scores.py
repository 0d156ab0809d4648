"""Hypothesis strategies for scores, and one small score that is music enough to look at."""

from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st

from assistant.score import (
    ROLES,
    Control,
    Marker,
    Meter,
    MeterChange,
    Note,
    Part,
    Score,
    TempoChange,
    TempoMap,
)

settings.register_profile("cuewright", deadline=None)  # a busy machine is no failure
settings.load_profile("cuewright")

TICKS = 960
METERS = st.builds(Meter, st.integers(1, 13), st.sampled_from([2, 4, 8, 16]))
NAMES = st.text("abcdefghijklmnopqrstuvwxyz0123456789-_筝é", min_size=1, max_size=12)
WORDS = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=20)


@st.composite
def tempo_maps(draw: st.DrawFn) -> TempoMap:
    """Tempi in whole microseconds a quarter at whole ticks, metres at bar lines: what MIDI can hold."""
    microseconds = st.integers(60_000_000 // 400, 60_000_000 // 20)
    ticks = draw(st.lists(st.integers(1, 200_000), max_size=6, unique=True))
    tempos = [TempoChange(tick / TICKS, 60e6 / draw(microseconds)) for tick in [0, *sorted(ticks)]]
    meters = [MeterChange(0.0, draw(METERS))]
    for bars in draw(st.lists(st.integers(1, 9), max_size=3)):
        before = meters[-1]
        meters.append(MeterChange(before.at_q + bars * before.meter.bar_q, draw(METERS)))
    return TempoMap(tuple(tempos), tuple(meters))


@st.composite
def parts(draw: st.DrawFn, part_id: str) -> Part:
    """A part on whole ticks on which no key sounds twice at once, played as written."""
    notes: list[Note] = []
    for pitch in draw(st.lists(st.integers(0, 127), max_size=4, unique=True)):
        tick = 0
        for wait, length in draw(st.lists(st.tuples(st.integers(0, 2000), st.integers(1, 3000)), max_size=5)):
            start = tick + wait
            notes.append(Note(start / TICKS, pitch, length / TICKS, draw(st.integers(1, 127))))
            tick = start + length
    places = st.integers(0, 50_000).map(lambda tick: tick / TICKS)
    turns = st.builds(Control, places, st.integers(0, 119), st.integers(0, 127))
    bends = st.builds(Control, places, st.just(128), st.integers(0, 16383))
    controls = draw(st.lists(turns | bends, max_size=4))
    return Part(
        part_id,
        draw(st.sampled_from(ROLES)),
        draw(NAMES),
        draw(st.integers(0, 127)),
        draw(st.booleans()),
        tuple(notes),
        tuple(controls),
    )


@st.composite
def scores(draw: st.DrawFn) -> Score:
    """Scores that MIDI can hold whole."""
    tempo_map = draw(tempo_maps())
    ids = draw(st.lists(NAMES, max_size=5, unique=True))
    marker = st.builds(
        Marker,
        st.integers(0, 200_000).map(lambda tick: tick / TICKS),
        WORDS,
        st.sampled_from(["section", "hit", "reveal"]),
    )
    markers = tuple(sorted(draw(st.lists(marker, max_size=4)), key=lambda item: item.at_q))
    return Score(
        tempo_map,
        tuple(draw(parts(part_id)) for part_id in ids),
        draw(st.floats(1.0, 1800.0)),
        draw(st.sampled_from(["C major", "D minor", "F# dorian", "Bb hijaz", "G# minor"])),
        markers,
    )


def small_score(*, quarter_bpm: float = 96.0, drums: bool = True, length_s: float = 20.0) -> Score:
    """Eight bars for flute, strings, bass and drums, with a tempo change, two sections and a hit."""
    tempo_map = TempoMap(
        (TempoChange(0.0, quarter_bpm), TempoChange(16.0, quarter_bpm * 1.05)), (MeterChange(0.0, Meter(4, 4)),)
    )
    tune = (74, 76, 77, 81, 79, 77, 76, 74)
    lead = tuple(
        Note(bar * 4.0 + beat, tune[(bar + beat) % 8], 0.9, 80 + beat, 0.01) for bar in range(7) for beat in range(4)
    )
    chords = tuple(
        Note(bar * 4.0, pitch + (0, -2, -4, -5)[bar % 4], 4.0, 60) for bar in range(7) for pitch in (57, 62, 65)
    )
    bass = tuple(Note(bar * 4.0, 38 + (0, -2, -4, -5)[bar % 4], 3.5, 75) for bar in range(7))
    kit = tuple(Note(bar * 4.0 + beat, 36 if beat % 2 == 0 else 38, 0.25, 90) for bar in range(7) for beat in range(4))
    ending = 28.0
    players = (
        Part("lead-flute", "lead", "flute", 73, False, (*lead, Note(ending, 74, 2.0, 90)), (Control(0.0, 11, 100),)),
        Part("harmony-strings", "harmony", "strings", 48, False, (*chords, Note(ending, 62, 2.0, 70))),
        Part("bass-double-bass", "bass", "double-bass", 43, False, (*bass, Note(ending, 38, 2.0, 80))),
        *((Part("drums-drums", "drums", "drums", 0, True, (*kit, Note(ending, 49, 1.0, 110))),) if drums else ()),
    )
    markers = (Marker(0.0, "theme"), Marker(16.0, "climax"), Marker(16.0, "logo", "hit"))
    return Score(tempo_map, players, length_s, "D minor", markers)
