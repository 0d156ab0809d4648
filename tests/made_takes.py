"""A small finished take: planned, scored, sounding and measured, without any station having run."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from assistant.audio import Waveform
from assistant.audio.loudness import integrated_lufs, true_peak_dbtp
from assistant.brief import Brief
from assistant.check import Finding, Findings
from assistant.clip import Clip, Cut
from assistant.constraints import Constraints, Evidence, HitPoint, Instruments, arc_of
from assistant.deliver import EngineCard, Materials
from assistant.plan import BarIntent, Chord, Key, Phrase, Plan, PlannedHit, PlannedPart, Section
from assistant.remark import Remark
from assistant.render.values import Mixdown, SoundFont, Stem
from assistant.score import Score
from assistant.session import TakeRecord
from tests.made_scores import small_score

HOSTILE = "<script>alert('x')</script> & \"quotes\" </title><img src=x onerror=alert(1)>"
WORDS = "Twenty seconds, quiet and warm at first, then a sunrise at 0:10. Flute and strings, please."
D_MINOR = Key(2, "minor", (0, 2, 3, 5, 7, 8, 10))
RATE_HZ = 48_000


def small_plan(score: Score) -> Plan:
    """The plan that `small_score` could have come from."""
    count = 8
    hit_s = score.tempo_map.seconds_at(16.0)
    roots = ((2, "min"), (0, "maj"), (10, "maj"), (9, "min7"))
    chords = tuple(Chord(4.0 * bar, 4.0, *roots[bar % 4]) for bar in range(count))
    parts = tuple(
        PlannedPart(part.id, part.role, part.instrument, 36, 84, "melody", (BarIntent(True),) * count)
        for part in score.parts
    )
    sections = (
        Section("theme", 0, 4, 0.2, -0.4, D_MINOR, (Phrase(0, 4),)),
        Section("climax", 4, 4, 0.6, 0.6, D_MINOR, (Phrase(4, 4, "return", "full"),)),
    )
    remarks = (Remark.of("hit_infeasible", at_s=45.0, nearest_s=20.0),)
    return Plan(
        length_s=score.length_s,
        tempo_map=score.tempo_map,
        bar_count=count,
        final_q=28.0,
        key=D_MINOR,
        sections=sections,
        chords=chords,
        parts=parts,
        hits=(PlannedHit(hit_s, "reveal", 16.0), PlannedHit(45.0, "hit", 70.0, feasible=False)),
        style="cinematic",
        seed=7,
        remarks=remarks,
    )


def small_constraints(plan: Plan, language: str = "en") -> Constraints:
    """What was asked for it."""
    return Constraints(
        language=language,
        duration_s=plan.length_s,
        use="ad",
        arc=arc_of([(0, 0.2, -0.5), (0.5, 0.3, 0.1), (0.6, 0.7, 0.7), (1, 0.5, 0.3)]),
        styles=("cinematic",),
        tempo_bpm=(90.0, 100.0),
        instruments=Instruments(("flute", "strings"), ("piano",)),
        hits=(HitPoint(plan.hits[0].at_s, "reveal"),),
        evidence=(
            Evidence("duration_s", "Twenty seconds", 0, 14),
            Evidence("arc", "quiet and warm at first", 16, 39),
            Evidence("hits[0]", "a sunrise at 0:10", 46, 63),
            Evidence("instruments.include", "Flute and strings", 65, 82),
            Evidence("styles", "", assumed=True, confidence=0.4),
        ),
    )


def small_findings(plan: Plan) -> Findings:
    """What a check could have measured."""
    at_s = plan.hits[0].at_s
    return Findings(
        (
            Finding("length", plan.length_s, plan.length_s, "s", 0.0, 0.0, True, "sound"),
            Finding("hit", at_s, at_s + 0.012, "s", 0.012, 0.04, True, "sound", "reveal"),
            Finding("loudness", -14.0, -14.2, "LUFS", -0.2, 0.5, True, "sound"),
            Finding("tempo", 95.0, 98.4, "bpm", 3.4, 5.0, True, "score"),
            Finding("key", "D minor", "F major", "", 0.0, 0.0, False, "score"),
        )
    )


def sound_of(score: Score, part_id: str) -> Waveform:
    """A part as plain tones."""
    frames = round(score.length_s * RATE_HZ)
    samples = np.zeros((2, frames), np.float32)
    part = score.part(part_id)
    for note in part.notes if part else ():
        first = round(score.start_s(note) * RATE_HZ)
        last = min(frames, round(score.end_s(note) * RATE_HZ))
        if last <= first:
            continue
        times = np.arange(last - first) / RATE_HZ
        tone = np.sin(2 * np.pi * 440 * 2 ** ((note.pitch - 69) / 12) * times) * np.exp(-2.5 * times)
        samples[:, first:last] += (0.06 * note.velocity / 127 * tone).astype(np.float32)
    return Waveform(samples, RATE_HZ)


def small_mixdown(score: Score) -> Mixdown:
    """Stems, their sum, and a mix twice as loud."""
    stems = tuple(Stem(part.id, sound_of(score, part.id)) for part in score.parts)
    frames = round(score.length_s * RATE_HZ)
    total = np.sum([stem.waveform.samples for stem in stems] or [np.zeros((2, frames))], axis=0).astype(np.float32)
    mix = Waveform(np.clip(2 * total, -0.9, 0.9), RATE_HZ)
    font = SoundFont("Toy Tones", "MIT", Path(__file__))
    loudness = integrated_lufs(mix)
    return Mixdown(stems, Waveform(total, RATE_HZ), mix, font, "toy", loudness, true_peak_dbtp(mix), -14.0)


def small_materials(*, language: str = "en", text: str = WORDS, score: Score | None = None) -> Materials:
    """Everything for a first take."""
    score = score or small_score()
    plan = small_plan(score)
    take = TakeRecord(1, small_constraints(plan, language), plan, score, small_findings(plan), "rules", 7, "nowhere")
    card = EngineCard("rules", "Apache-2.0", True)
    return Materials(Brief(text, language=language), take, small_mixdown(score), engine=card)


def with_clip(materials: Materials, path: str = "film.mp4") -> Materials:
    """The same, written to a clip."""
    clip = Clip(path, materials.take.plan.length_s, 24.0, cuts=(Cut(3.2, 0.8), Cut(10.0, 0.9)), width=854, height=480)
    return replace(materials, clip=clip)


def revised(materials: Materials) -> Materials:
    """A second take: slower, no drums, one note of the tune another."""
    before = materials.take
    score = small_score(quarter_bpm=88.0, drums=False, length_s=before.score.length_s + 2)
    lead = score.parts[0]
    notes = (replace(lead.notes[0], pitch=lead.notes[0].pitch - 2), *lead.notes[1:])
    score = replace(score, parts=(replace(lead, notes=notes), *score.parts[1:]))
    plan = small_plan(score)
    take = replace(before, number=2, parent=1, plan=plan, score=score, findings=small_findings(plan))
    return replace(materials, take=take, mixdown=small_mixdown(score), before=before, brief=Brief("slower, no drums"))
