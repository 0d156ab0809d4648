"""Hits and the ending: prepare, strike together, answer; and the last chord.

Conventions: a hit is struck on its exact beat (``manner="strike"``, no nudge) by every part that is active there. What
sounded before is let go `GAP_S` earlier, so that the rise of energy is the strike's own. A *stop* is followed by
`SILENCE_BEATS` of nothing, the other kinds ring. Never is a part added: only the plan's parts play.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from assistant.plan import Chord, PlannedHit, PlannedPart
from models.rules.context import Context, Tone
from models.rules.drums import cymbal, low_drum
from models.rules.modes import is_modal, mode_of

GAP_S = 0.09
QUIET_S = 0.17
"""No new note in this time before a hit, in seconds."""
SILENCE_BEATS = 2.0
AGAIN_S = 1.1
"""After so long a plucked chord has faded: it is played again."""
ROLLED = 0.45
"""From this arousal on the last chord is rolled."""


def shape(context: Context, part: PlannedPart, tones: Sequence[Tone]) -> list[Tone]:
    """The tones of a part with every hit prepared, struck and answered."""
    out = list(tones)
    for hit in context.hits:
        bar = context.bar(hit.at_q)
        if not context.plan.loop and hit.at_q > context.plan.final_q - 1e-6:
            continue
        active = part.bars[bar.index].active
        out = _cleared(context, out, hit)
        out = _prepared(context, part, out, hit)
        if active:
            out = _struck(context, part, out, hit)
        if hit.kind == "stop":
            out = _silenced(context, part, out, hit)
    return out


def _cleared(context: Context, tones: Sequence[Tone], hit: PlannedHit) -> list[Tone]:
    """What sounds before a hit is let go; what would begin just before it is not begun."""
    gap = context.quarters(GAP_S, hit.at_q)
    quiet = context.quarters(QUIET_S, hit.at_q)
    out = []
    for tone in tones:
        if hit.at_q - quiet < tone.start_q < hit.at_q - 1e-6:
            continue
        if tone.start_q < hit.at_q - 1e-6 and tone.end_q > hit.at_q - gap:
            tone = replace(tone, length_q=hit.at_q - gap - tone.start_q)
        out.append(tone)
    return out


def _prepared(context: Context, part: PlannedPart, tones: Sequence[Tone], hit: PlannedHit) -> list[Tone]:
    """The bar before grows towards the hit."""
    bar = context.bar(max(0.0, hit.at_q - 0.01))
    from_q = max(bar.start_q, hit.at_q - bar.length_q) if hit.at_q - bar.start_q > 1.9 else hit.at_q - bar.length_q
    steep = {"swell": 0.6, "stop": 0.3}.get(hit.kind, 0.4)
    out = []
    for tone in tones:
        if from_q <= tone.start_q < hit.at_q - 1e-6:
            share = (tone.start_q - from_q) / max(0.5, hit.at_q - from_q)
            tone = replace(tone, weight=min(1.0, tone.weight + steep * (share - 0.4)))
        out.append(tone)
    if part.role in ("drums", "percussion") and hit.kind != "stop":
        out += _roll(context, part, hit)
    return out


def _roll(context: Context, part: PlannedPart, hit: PlannedHit) -> list[Tone]:
    """A roll that grows through the last two beats, on the snare, its like, or the drum itself."""
    before = context.bar(max(0.0, hit.at_q - 0.01))
    intent = part.bars[before.index]
    if not intent.active or intent.density < 0.35:
        return []
    instrument = context.library.instrument(part.instrument)
    key = next((instrument.strokes[name] for name in ("snare", "mid") if name in instrument.strokes), None)
    if key is None:
        return []
    if instrument.tuned:
        key = _near(context.chord(hit.at_q - 0.01).bass_class, key, part)
    quiet = context.quarters(QUIET_S, hit.at_q)
    count = 8 if context.seconds(0.25, hit.at_q) > 0.07 else 4
    step = 2.0 / count
    return [
        Tone(hit.at_q - 2.0 + index * step, 0.2, key, -0.6 + 1.1 * index / count)
        for index in range(count)
        if hit.at_q - 2.0 + index * step < hit.at_q - quiet and hit.at_q - 2.0 >= before.start_q
    ]


def _struck(context: Context, part: PlannedPart, tones: Sequence[Tone], hit: PlannedHit) -> list[Tone]:
    """Every tone on the hit is a strike; who has none gets one."""
    here = [tone for tone in tones if abs(tone.start_q - hit.at_q) < 1e-3]
    clear_q = hit.at_q + context.quarters(0.12, hit.at_q)
    rest = [tone for tone in tones if tone not in here and not hit.at_q <= tone.start_q < clear_q]
    following = min((tone.start_q for tone in rest if tone.start_q > hit.at_q), default=hit.at_q + 4.0)
    strikes = _strike_pitches(context, part, tones, here, hit.at_q)
    wanted = 0.5 if hit.kind == "stop" else max(1.0, min(4.0, following - hit.at_q))
    longest = max((tone.length_q for tone in here), default=wanted)
    length = wanted if hit.kind == "stop" else max(wanted, longest)
    if len(strikes) == 1:
        length = min(length, max(0.2, following - hit.at_q))
    length = min(length, context.end_q - hit.at_q - 0.01)
    return [*rest, *(Tone(hit.at_q, length, pitch, 1.0, "strike") for pitch in strikes)]


def _strike_pitches(
    context: Context, part: PlannedPart, tones: Sequence[Tone], here: Sequence[Tone], at_q: float
) -> list[int]:
    """What a part strikes: its own tones if it has any, more of the chord if it plays chords, drum and cymbal."""
    if part.role in ("drums", "percussion"):
        return _drum_strike(context, part, at_q)
    own = sorted({tone.pitch for tone in here})
    if part.role in ("lead", "counter", "bass") or not context.library.instrument(part.instrument).polyphonic:
        return own[:1] if own else [chord_pitch(context, part, tones, at_q)]
    if len(own) >= 3:
        return own
    return chord_pitches(context, part, own[-1] if own else chord_pitch(context, part, tones, at_q), at_q)


def _drum_strike(context: Context, part: PlannedPart, at_q: float) -> list[int]:
    low, high = low_drum(context, part), cymbal(context, part)
    if context.library.instrument(part.instrument).tuned:
        return [_near(context.chord(at_q).bass_class, low, part)]
    return [low] if high is None or high == low else [low, high]


def _near(pitch_class: int, pitch: int, part: PlannedPart) -> int:
    """The pitch of a class nearest to another, within a part's range."""
    options = [other for other in range(part.low, part.high + 1) if other % 12 == pitch_class]
    return min(options, key=lambda other: (abs(other - pitch), other), default=min(max(pitch, part.low), part.high))


def chord_pitch(context: Context, part: PlannedPart, tones: Sequence[Tone], at_q: float) -> int:
    """One chord note near what the part played last: the root for the bass, the nearest of root and third else."""
    before = [tone for tone in tones if tone.start_q < at_q and tone.manner != "grace"]
    middle = (part.low + part.high) // 2 if part.role != "bass" else part.low + 7
    last = max(before, key=lambda tone: tone.start_q).pitch if before else middle
    chord = context.chord(at_q)
    classes = (chord.bass_class,) if part.role == "bass" else _at_rest(context, at_q) or _settled(chord)
    options = [pitch for pitch in range(part.low, part.high + 1) if pitch % 12 in classes]
    return min(options, key=lambda pitch: (abs(pitch - last), pitch), default=last)


def _nearest(context: Context, part: PlannedPart, tones: Sequence[Tone], pitch_class: int, at_q: float) -> int:
    """The pitch of a class nearest to what the part played last."""
    before = [tone for tone in tones if tone.start_q < at_q and tone.manner != "grace"]
    last = max(before, key=lambda tone: tone.start_q).pitch if before else (part.low + part.high) // 2
    return _near(pitch_class, last, part)


def _settled(chord: Chord) -> tuple[int, ...]:
    """Root and third of a chord, the fifth where it has no third: where a tune comes to rest."""
    third = [step for step in (3, 4) if (chord.root + step) % 12 in chord.pitch_classes] or [7]
    return (chord.root, (chord.root + third[0]) % 12)


def _at_rest(context: Context, at_q: float) -> tuple[int, ...]:
    """Tonic and fifth (else fourth) of the scale, where the cue ends in a region's own music that knows no triads.

    Empty everywhere else.
    """
    if at_q < context.plan.final_q - 1e-6 or context.plan.loop or not is_modal(context):
        return ()
    key = context.key(at_q)
    open_steps = [step for step in (7, 5) if step in key.scale][:1]
    return (key.tonic, *((key.tonic + step) % 12 for step in open_steps))


def chord_pitches(context: Context, part: PlannedPart, around: int, at_q: float) -> list[int]:
    """Up to four chord notes around a pitch, no third in the low octave."""
    chord = context.chord(at_q)
    classes = _at_rest(context, at_q) or chord.pitch_classes
    found = []
    for pitch in range(part.low, part.high + 1):
        third = (pitch - chord.root) % 12 in (3, 4)
        if pitch % 12 in classes and not (third and pitch < 52):
            found.append(pitch)
    near = sorted(sorted(found, key=lambda pitch: (abs(pitch - around), pitch))[:4])
    return [pitch for place, pitch in enumerate(near) if not place or pitch >= 52 or pitch - near[place - 1] >= 5]


def _silenced(context: Context, part: PlannedPart, tones: Sequence[Tone], hit: PlannedHit) -> list[Tone]:
    """After a stop, nothing for two beats (to the bar line, for who is silent then), except where the cue ends."""
    bar = context.bar(hit.at_q)
    until_q = hit.at_q + SILENCE_BEATS * bar.meter.beat_q
    if bar.index + 1 < context.plan.bar_count and not part.bars[bar.index + 1].active:
        until_q = max(until_q, bar.end_q)
    if not context.plan.loop:
        until_q = min(until_q, context.plan.final_q)
    return [tone for tone in tones if not hit.at_q + 1e-3 < tone.start_q < until_q - 1e-6]


def close(context: Context, part: PlannedPart, tones: Sequence[Tone]) -> list[Tone]:
    """The last chord, or for a loop nothing beyond its end."""
    plan = context.plan
    if plan.loop:
        return [
            replace(tone, length_q=min(tone.length_q, context.end_q - tone.start_q))
            for tone in tones
            if tone.start_q < context.end_q - 0.05
        ]
    breath = context.quarters(0.03, plan.final_q)
    kept = [
        replace(tone, length_q=min(tone.length_q, plan.final_q - breath - tone.start_q))
        for tone in tones
        if tone.start_q < plan.final_q - 0.1
    ]
    if not part.bars[plan.bar_count - 1].active:
        return kept
    ring = max(0.2, context.release_q - plan.final_q)
    struck = any(abs(hit.at_q - plan.final_q) < 1e-3 for hit in context.hits)
    manner = "strike" if struck else "final"
    last = [Tone(plan.final_q, ring, pitch, 0.3, manner) for pitch in _last_pitches(context, part, tones)]
    return [*kept, *last, *_again(context, part, last), *_last_roll(context, part, last, ring)]


def _again(context: Context, part: PlannedPart, last: Sequence[Tone]) -> list[Tone]:
    """Plucked and struck chords decay: where the end is far, they are played again, softer, until it is near."""
    instrument = context.library.instrument(part.instrument)
    plucked = instrument.family in ("plucked", "mallets") and instrument.polyphonic
    if not plucked or part.role in ("lead", "bass", "counter") or not last:
        return []
    out: list[Tone] = []
    at_q, end_q = context.plan.final_q, context.plan.tempo_map.quarters_at(context.plan.length_s)
    step = max(1.0, round(context.quarters(AGAIN_S, at_q) * 2) / 2)
    for time in range(1, 4):
        if context.seconds(end_q - at_q - time * step, at_q) < AGAIN_S:
            break
        out += [
            Tone(at_q + time * step, step, tone.pitch, 0.1 - 0.2 * time, "ring", 0.03 * place)
            for place, tone in enumerate(last)
        ]
    return out


def _last_roll(context: Context, part: PlannedPart, last: Sequence[Tone], ring: float) -> list[Tone]:
    """Under the last chord of a triumph the kettle and the big drums roll, up to one last stroke."""
    instrument = context.library.instrument(part.instrument)
    if part.role != "percussion" or not last or context.plan.sections[-1].arousal < ROLLED:
        return []
    if instrument.id not in ("timpani", "taiko") or context.seconds(ring, context.plan.final_q) < 0.9:
        return []
    key = min(tone.pitch for tone in last)
    step = 0.25 if context.seconds(0.25, context.plan.final_q) > 0.09 else 0.5
    count = int(0.7 * ring / step)
    return [
        Tone(context.plan.final_q + index * step, 0.2, key, -0.5 + 0.7 * index / count) for index in range(2, count + 1)
    ]


def _last_pitches(context: Context, part: PlannedPart, tones: Sequence[Tone]) -> list[int]:
    """The last chord's notes for a part: root in the bass, tonic or third in the tune."""
    at_q = context.plan.final_q
    if part.role in ("drums", "percussion"):
        strikes = _drum_strike(context, part, at_q)
        calm = context.plan.sections[-1].arousal < 0.1
        return strikes[:1] if calm else strikes
    chord = context.chord(at_q)
    if part.role in ("lead", "counter", "bass") or not context.library.instrument(part.instrument).polyphonic:
        here = [tone.pitch for tone in tones if abs(tone.start_q - at_q) < 1e-3]
        good = (chord.bass_class,) if part.role == "bass" else _at_rest(context, at_q)[:1] or _settled(chord)
        mode = mode_of(context, context.key(at_q)) if part.role == "lead" else None
        if part.role != "bass" and good == _at_rest(context, at_q)[:1]:
            return [_nearest(context, part, tones, good[0], at_q)]
        if mode is not None and (final := mode.full_close(chord)):
            return [_nearest(context, part, tones, mode.pitch_class(final[-1]), at_q)]
        return here[:1] if here and here[0] % 12 in good else [chord_pitch(context, part, tones, at_q)]
    return chord_pitches(context, part, chord_pitch(context, part, tones, at_q), at_q)
