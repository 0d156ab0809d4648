"""Promises that the sound can be held to: length, hits, loudness, peaks, stems, audibility, ending, seam.

Conventions: times in seconds, levels in dBFS or LU. Everything is measured again on the finished samples; nothing is
taken from what the renderer said it did.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from assistant.audio import Waveform
from assistant.audio.loudness import (
    HOPS_PER_S,
    SILENCE_LUFS,
    amplitude,
    decibels,
    energies_of,
    gated_lufs,
    integrated_lufs,
    true_peak_dbtp,
)
from assistant.audio.onsets import energy_rise
from assistant.audio.shelf import blocks
from assistant.audio.waveform import Samples
from assistant.check.values import Finding
from assistant.clip import NO_PICTURE_FRAME_S, Clip
from assistant.constraints import Constraints
from assistant.plan import Plan, PlannedHit
from assistant.render import Mixdown
from assistant.score import Score

HIT_WINDOW_S = 0.1
HIT_RISE_DB = 1.0
"""A strike that lifts the energy by less than this is not heard as one."""

LOUDNESS_BOUND_LU = 0.5
CEILING_DBTP = -1.0
NULL_DBFS = -90.0
SILENT_DBFS = -60.0
TAIL_BOUND_S = 0.5
CUT_DBFS = -50.0
DC_DBFS = -60.0
AUDIBLE_LU = -30.0
SEAM_DB = 6.0
PCM_24 = 2.0**23


def check_sound(asked: Constraints, plan: Plan, score: Score, mixdown: Mixdown, clip: Clip | None) -> Iterator[Finding]:
    """Every promise about the sound, those that always hold among them."""
    yield check_length(asked, plan, mixdown)
    yield from check_hits(asked, plan, score, mixdown, clip)
    yield check_loudness(asked, plan, mixdown)
    yield check_true_peak(mixdown.mix)
    yield check_clipping(mixdown)
    yield check_dc(mixdown.mix)
    yield check_stems(mixdown)
    if plan.loop:
        yield check_seam(mixdown.mix)
    else:
        yield check_tail(mixdown.mix)
        yield check_cut(mixdown.mix)
    yield from check_audible(score, mixdown)


def check_length(asked: Constraints, plan: Plan, mixdown: Mixdown) -> Finding:
    """The length of the mix, to the sample; stems and premaster have the same."""
    wanted_s = asked.duration_s if asked.duration_s is not None else plan.length_s
    rate_hz = mixdown.mix.rate_hz
    lengths = {mixdown.mix.frames, mixdown.premaster.frames, *(stem.waveform.frames for stem in mixdown.stems)}
    met = lengths == {round(wanted_s * rate_hz)}
    error = mixdown.mix.length_s - wanted_s
    return Finding("length", wanted_s, mixdown.mix.length_s, "s", error, 0.5 / rate_hz, met, "sound")


def check_hits(asked: Constraints, plan: Plan, score: Score, mixdown: Mixdown, clip: Clip | None) -> Iterator[Finding]:
    """Every hit: where the energy of the stems that strike rises most steeply."""
    bound_s = clip.frame_s if clip is not None else NO_PICTURE_FRAME_S
    for hit in plan.hits:
        if not hit.feasible:
            yield Finding("hit", hit.at_s, "-", "s", 0.0, bound_s, False, "score", hit.kind)
        else:
            yield check_hit(hit, score, mixdown, bound_s)
    for wish in asked.hits:
        if not any(abs(hit.at_s - wish.at_s) < 0.05 for hit in plan.hits):
            yield Finding("hit", wish.at_s, "-", "s", 0.0, bound_s, False, "score", wish.kind)


def check_hit(hit: PlannedHit, score: Score, mixdown: Mixdown, bound_s: float) -> Finding:
    """One hit, measured on the sum of the parts that have a note there."""
    striking = [part.id for part in score.parts if any(abs(note.start_q - hit.at_q) < 0.02 for note in part.notes)]
    stems = [stem.waveform for stem in mixdown.stems if stem.part_id in striking]
    if not stems:
        return Finding("hit", hit.at_s, "-", "s", 0.0, bound_s, False, "sound", hit.kind)
    rise = energy_rise(_around(stems, hit.at_s), _MARGIN_S if hit.at_s > _MARGIN_S else hit.at_s, HIT_WINDOW_S)
    error = rise.at_s - min(hit.at_s, _MARGIN_S)
    met = abs(error) <= bound_s and rise.rise_db >= HIT_RISE_DB
    return Finding("hit", hit.at_s, round(hit.at_s + error, 4), "s", round(error, 4), bound_s, met, "sound", hit.kind)


_MARGIN_S = 0.5


def _around(stems: list[Waveform], at_s: float) -> Waveform:
    """The sum of the stems from half a second before a place to half a second after it."""
    rate_hz = stems[0].rate_hz
    first = max(0, round((at_s - _MARGIN_S) * rate_hz))
    last = round((at_s + _MARGIN_S) * rate_hz)
    total = np.sum([stem.samples[:, first:last] for stem in stems], axis=0, dtype=np.float32)
    return Waveform(np.asarray(total, np.float32), rate_hz)


def check_loudness(asked: Constraints, plan: Plan, mixdown: Mixdown) -> Finding:
    """Integrated loudness; quieter than the default by choice, where limiting would squash it, is no broken promise."""
    target = asked.loudness_lufs if asked.loudness_lufs is not None else plan.loudness_lufs
    achieved = integrated_lufs(mixdown.mix)
    error = achieved - target
    chosen = asked.loudness_lufs is None and any(item.code == "loudness_held_back" for item in mixdown.remarks)
    met = abs(error) <= LOUDNESS_BOUND_LU or (chosen and error < 0)
    return Finding("loudness", target, round(achieved, 2), "LUFS", round(error, 3), LOUDNESS_BOUND_LU, met, "sound")


def check_true_peak(mix: Waveform) -> Finding:
    """The highest peak between the samples."""
    peak = true_peak_dbtp(mix)
    error = max(0.0, peak - CEILING_DBTP)
    return Finding("true_peak", CEILING_DBTP, round(peak, 2), "dBTP", error, 0.0, error == 0, "sound")


def check_clipping(mixdown: Mixdown) -> Finding:
    """Samples at or over full scale, in the mix, the premaster or a stem."""
    sounds = (mixdown.mix, mixdown.premaster, *(stem.waveform for stem in mixdown.stems))
    count = float(
        sum(
            int((np.abs(sound.samples[:, span]) >= 1 - 1 / PCM_24).sum())
            for sound in sounds
            for span in blocks(sound.frames)
        )
    )
    return Finding("clipping", 0.0, count, "", count, 0.0, count == 0, "sound")


def check_dc(mix: Waveform) -> Finding:
    """A constant offset."""
    sums = [mix.samples[:, span].sum(axis=1, dtype=np.float64) for span in blocks(mix.frames)]
    offset = decibels(float(np.abs(np.sum(sums, axis=0)).max(initial=0.0)) / max(1, mix.frames))
    return Finding("dc", DC_DBFS, round(offset, 1), "dBFS", max(0.0, offset - DC_DBFS), 0.0, offset <= DC_DBFS, "sound")


def check_stems(mixdown: Mixdown) -> Finding:
    """What is left when the stems, as written in 24 bits, are taken from the premaster."""
    highest = 0.0
    for span in blocks(mixdown.premaster.frames):
        residue = np.rint(mixdown.premaster.samples[:, span] * PCM_24)
        for stem in mixdown.stems:
            residue -= np.rint(stem.waveform.samples[:, span] * PCM_24)
        highest = max(highest, float(np.abs(residue).max(initial=0.0)))
    level = decibels(highest / PCM_24)
    met = level <= NULL_DBFS
    return Finding("stems", NULL_DBFS, round(level, 1), "dBFS", max(0.0, level - NULL_DBFS), 0.0, met, "sound")


def check_tail(mix: Waveform) -> Finding:
    """How long the end is silent."""
    hop = mix.rate_hz // 100
    loud = np.flatnonzero(_rms(mix.samples, hop) > amplitude(SILENT_DBFS))
    heard = (int(loud[-1]) + 1) * hop if len(loud) else 0
    silent_s = max(0, mix.frames - heard) / mix.rate_hz
    met = silent_s <= TAIL_BOUND_S
    return Finding("tail", TAIL_BOUND_S, round(silent_s, 2), "s", max(0.0, silent_s - TAIL_BOUND_S), 0.0, met, "sound")


def check_cut(mix: Waveform) -> Finding:
    """The level of the last 2 ms: an ending that still sounds there was cut."""
    last = mix.samples[:, -max(1, mix.rate_hz // 500) :]
    level = decibels(float(np.abs(last).max(initial=0.0)))
    return Finding(
        "cut", CUT_DBFS, round(level, 1), "dBFS", max(0.0, level - CUT_DBFS), 0.0, level <= CUT_DBFS, "sound"
    )


def check_seam(mix: Waveform) -> Finding:
    """How far a click at the seam of a loop would stand above the sound around it, in dB."""
    level = seam_db(mix)
    return Finding("seam", 0.0, round(level, 1), "dB", max(0.0, level), SEAM_DB, level <= SEAM_DB, "sound")


def seam_db(mix: Waveform) -> float:
    """The sharpest corner within 1 ms of the seam against the sharpest within 150 ms of it, in dB."""
    around = round(0.15 * mix.rate_hz)
    near = max(2, mix.rate_hz // 1000)
    joined = np.concatenate((mix.samples[:, -around:], mix.samples[:, :around]), axis=1)
    corners = np.abs(np.diff(joined, n=2, axis=1)).max(axis=0)
    middle = around - 1
    at_seam = corners[middle - near : middle + near].max(initial=0.0)
    beside = np.concatenate((corners[: middle - near], corners[middle + near :])).max(initial=0.0)
    return decibels(float(at_seam / max(beside, 1e-6)))


def check_audible(score: Score, mixdown: Mixdown) -> Iterator[Finding]:
    """Every part that plays can be heard: its loudness against the mix, while it sounds."""
    whole = energies_of(mixdown.premaster)
    for part in score.parts:
        stem = mixdown.stem(part.id)
        if stem is None or not part.notes:
            continue
        own = energies_of(stem.waveform)
        sounding = _sounding(score, part.id, len(own))
        level = float(gated_lufs(own[sounding]) - gated_lufs(whole[sounding])) if sounding.any() else SILENCE_LUFS
        error = min(0.0, level - AUDIBLE_LU)
        yield Finding("audible", AUDIBLE_LU, round(level, 1), "LU", error, 0.0, error == 0, "sound", part.id)


def _sounding(score: Score, part_id: str, hops: int) -> np.typing.NDArray[np.bool_]:
    """The tenths of a second in which a part has a note."""
    sounding = np.zeros(hops, np.bool_)
    part = score.part(part_id)
    for note in part.notes if part else ():
        first = int(score.start_s(note) * HOPS_PER_S)
        sounding[first : max(first + 4, int(score.end_s(note) * HOPS_PER_S))] = True
    return sounding


def _rms(samples: Samples, hop: int) -> Samples:
    """The level of every ``hop`` samples, the louder channel's."""
    found = []
    for span in blocks(samples.shape[1], hop):
        starts = np.arange(0, max(1, span.stop - span.start), hop)
        found.append(np.sqrt(np.add.reduceat(samples[:, span] ** 2, starts, axis=1) / hop).max(axis=0))
    return np.asarray(np.concatenate(found), np.float32)
