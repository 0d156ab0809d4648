"""A plan in a few lines of text, for people who debug one and for the explanation of a take."""

from __future__ import annotations

from assistant.plan.values import Chord, Key, Plan, Section
from assistant.score import Meter
from assistant.score.keys import FLATS, SHARPS

SIGNS = {
    "maj": "",
    "min": "m",
    "dim": "°",
    "aug": "+",
    "m7b5": "ø7",
    "dim7": "°7",
    "min7": "m7",
    "min6": "m6",
    "min9": "m9",
    "minadd9": "m(add9)",
}
"""How a chord's quality is written where that differs from its id."""

_FLAT_TONICS = {False: {0, 1, 3, 5, 8, 10}, True: {0, 2, 3, 5, 7, 10}}
"""Keys, by whether they are minor, in which chords are spelt with flats: C major borrows Ab and Bb, not G# and A#."""


def describe(plan: Plan) -> str:
    """Length, tempi, sections with their chords, hits and parts.

    Returns
    -------
    str
        Lines of plain text; bars are counted from 1, as musicians do.
    """
    lines = [_headline(plan), *_tempo_lines(plan)]
    for section in plan.sections:
        lines += _section_lines(plan, section)
    lines += [f"{hit.kind} at {hit.at_s:.3f} s{'' if hit.feasible else ' (not possible)'}" for hit in plan.hits]
    lines += [_part_line(part.id, part.texture, tuple(bar.active for bar in part.bars)) for part in plan.parts]
    return "\n".join(lines)


def chord_name(chord: Chord, key: Key) -> str:
    """A chord as players write it in a key, such as ``"F#m7"`` or ``"C/E"``.

    Examples
    --------
    >>> chord_name(Chord(0.0, 4.0, 10, "maj", bass=2), Key(2, "minor", (0, 2, 3, 5, 7, 8, 10)))
    'Bb/D'
    """
    names = FLATS if key.tonic in _FLAT_TONICS[key.is_minor] else SHARPS
    name = names[chord.root] + SIGNS.get(chord.quality, chord.quality)
    return name if chord.bass_class == chord.root else f"{name}/{names[chord.bass_class]}"


def _headline(plan: Plan) -> str:
    where = f" from {plan.region}" if plan.region else ""
    ending = "loops" if plan.loop else f"final chord at {plan.tempo_map.seconds_at(plan.final_q):.3f} s"
    return f"{plan.length_s:.3f} s of {plan.style}{where} in {plan.key.name}, {plan.bar_count} bars, {ending}"


def _tempo_lines(plan: Plan) -> list[str]:
    tempi = ", ".join(
        f"{tempo.quarter_bpm:.2f} from {plan.tempo_map.seconds_at(tempo.at_q):.2f} s" for tempo in plan.tempo_map.tempos
    )
    meters = ", ".join(
        f"{change.meter}{_grouped(change.meter)} from quarter {change.at_q:g}" for change in plan.tempo_map.meters
    )
    return [f"tempo {tempi}", f"metre {meters}"]


def _grouped(meter: Meter) -> str:
    """How the beats of a limping metre go together, as players write it: (2+2+2+3)."""
    return f" ({'+'.join(str(count) for count in meter.groups)})" if meter.groups else ""


def _section_lines(plan: Plan, section: Section) -> list[str]:
    start_s = plan.tempo_map.seconds_at(plan.bars[section.start_bar].start_q)
    mood = f"valence {section.valence:+.2f}, arousal {section.arousal:+.2f}"
    lines = [
        f"{section.name}: bars {section.start_bar + 1}-{section.end_bar}, {start_s:.2f} s, {section.key.name}, {mood}"
    ]
    for phrase in section.phrases:
        first, last = plan.bars[phrase.start_bar], plan.bars[phrase.start_bar + phrase.bars - 1]
        chords = [chord for chord in plan.chords if first.start_q - 1e-6 <= chord.start_q < last.end_q - 1e-6]
        named = " ".join(f"{chord_name(chord, section.key)}({chord.degree})" for chord in chords)
        lines.append(f"  {phrase.motif}, {phrase.bars} bars, {phrase.cadence}: {named}")
    return lines


def _part_line(name: str, texture: str, active: tuple[bool, ...]) -> str:
    return f"{name:24.24} {texture:14.14} {''.join('x' if on else '.' for on in active)}"
