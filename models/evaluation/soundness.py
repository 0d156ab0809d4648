"""Mix and master of the ten cues, measured by meters that are not ours: ``python -m models.evaluation.soundness``.

Every cue is rendered once and mastered for every target of ``prompts/targets.toml``. Loudness and true peak are those
of FFmpeg's ebur128, with pyloudnorm beside it; the m4a files are decoded first. Then: do the stems add up, is anything
clipped, offset, cut, silent at its end, does anything click; and does the detector of clicks find planted ones.

Conventions: a WAV is measured as its 24 bits hold it. Loudness is right within `BOUND_LU`, or where the target is held
back (it would cost more than 4 dB of limiting; said to the person). A click within `STROKE_S` of a stroke of drums or
percussion is counted apart: a stick on a rim is as short. A loop is measured three times in a row, joins included.
Folders of finished takes may be given instead of the ten cues: their premaster, stems and ``cue.json`` are read.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from assistant.audio import Waveform, load_wav
from assistant.audio.faults import click_times_s, clipped_samples, end_dbfs, offset_dbfs, silent_end_s
from assistant.audio.loudness import decibels
from assistant.deliver.lossy import decoded
from assistant.deliver.masters import mastered_for, write_lossy
from assistant.plan import Plan
from assistant.render.craft import Master, load_craft
from assistant.render.master import Mastered
from assistant.render.targets import Target, load_targets
from assistant.score import Score
from assistant.settings import ROOT, from_environment
from models.evaluation.meters import ffmpeg_meter, pyloudnorm_lufs
from models.evaluation.missed import held
from models.evaluation.planting import planted_and_found

BOUND_LU = 0.3
MOST_LIMITING_DB = 4.0
"""What a master is held back for: `most_limiting_db` of ``prompts/mix.toml``, written out so that it is not bent."""
STROKE_S = 0.012
STRUCK = ("drums", "percussion")
PCM_24 = 2.0**23
EACH = 3
"""Clicks of every kind and level planted in every cue."""


@dataclass(frozen=True)
class Sounding:
    """A cue as it sounds."""

    name: str
    plan: Plan
    score: Score
    stems: tuple[Waveform, ...]
    premaster: Waveform


@dataclass(frozen=True)
class Reading:
    """One master, measured."""

    target: str
    target_lufs: float
    lufs: float
    other_lufs: float
    ceiling_dbtp: float
    peak_dbtp: float
    limiting_db: float
    held_back: bool

    @property
    def met(self) -> bool:
        """Whether it is as loud as promised, or held back and said, and under its ceiling."""
        loud = abs(self.lufs - self.target_lufs) <= BOUND_LU or (
            self.held_back and self.lufs < self.target_lufs and self.limiting_db >= MOST_LIMITING_DB - BOUND_LU
        )
        return loud and self.peak_dbtp <= self.ceiling_dbtp


def report(*, corpus: Path | None = None, engines: Sequence[str] = ("composer",), seeds: int = 1) -> str:
    """The section of ``make eval``; ``corpus`` is not needed."""
    del corpus
    cues = (cue for seed in range(7, 7 + seeds) for cue in composed(engines[-1], seed))
    return measured(cues)


def measured(cues: Iterator[Sounding]) -> str:
    """Every table."""
    targets = _distinct(load_targets(ROOT / "prompts"))
    readings: dict[str, list[Reading]] = {}
    rows, mixes = [], []
    for cue in cues:
        sys.stderr.write(f"  {cue.name}\n")
        mix, found = _masters(cue, targets)
        readings[cue.name] = found
        rows.append(_faults(cue, mix))
        mixes.append(mix)
    text = "\n\n".join((_loudness_table(readings), _fault_table(rows), _click_table(mixes)))
    return held(text, met=all(each.met for found in readings.values() for each in found))


def composed(engine: str, seed: int) -> Iterator[Sounding]:
    """The ten cues, composed and rendered."""
    from assistant.library import load
    from assistant.render import render
    from tests.cues import CUES, compose

    for name, asked in CUES.items():
        plan, score, _ = compose(asked, engine=engine, seed=seed)
        mixdown = render(score, plan, library=load(), settings=from_environment())
        stems = tuple(stem.waveform for stem in mixdown.stems)
        yield Sounding(name, plan, score, stems, mixdown.premaster)


def finished(folders: Sequence[Path]) -> Iterator[Sounding]:
    """Takes that were delivered."""
    from assistant.deliver.cue import load_cue

    for folder in folders:
        cue = load_cue(folder)
        stems = tuple(load_wav(path) for path in sorted((folder / "stems").glob("*.wav")))
        yield Sounding(folder.name, cue.plan, cue.score, stems, load_wav(folder / "premaster.wav"))


def craft_of(cue: Sounding) -> Master:
    """Compressor and limiter of a cue's style."""
    return load_craft(ROOT / "prompts").in_style(cue.plan.style).master


def _distinct(targets: dict[str, Target]) -> dict[str, Target]:
    """One target of those that ask for the same."""
    seen: dict[tuple[float, float, bool], str] = {}
    for name, target in targets.items():
        seen.setdefault((target.loudness_lufs, target.ceiling_dbtp, target.lossy), name)
    return {name: targets[name] for name in seen.values()}


def _masters(cue: Sounding, targets: dict[str, Target]) -> tuple[Waveform, list[Reading]]:
    """Every master measured; and the one at the plan's own loudness, or the first."""
    craft = craft_of(cue)
    readings, mix = [], None
    for name, target in targets.items():
        done = mastered_for(cue.premaster, target, craft, loop=cue.plan.loop)
        wav = Waveform(np.rint(done.samples * PCM_24).astype(np.float32) / np.float32(PCM_24), cue.premaster.rate_hz)
        metered = ffmpeg_meter(wav)
        figures = (metered.loudness_lufs, pyloudnorm_lufs(wav), target.ceiling_dbtp, metered.true_peak_dbtp)
        readings.append(Reading(name, target.loudness_lufs, *figures, done.limiting_db, done.held_back))
        mix = wav if mix is None or target.loudness_lufs == cue.plan.loudness_lufs else mix
        if target.lossy:
            readings.append(_encoded(name, target, cue, done))
    assert mix is not None
    return mix, readings


def _encoded(name: str, target: Target, cue: Sounding, done: Mastered) -> Reading:
    """The m4a file of a target, decoded and measured."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "mix.m4a"
        write_lossy(path, cue.premaster, target, done, craft_of(cue), loop=cue.plan.loop)
        sound = decoded(path)
    metered = ffmpeg_meter(sound)
    figures = (metered.loudness_lufs, pyloudnorm_lufs(sound), target.lossy_dbtp, metered.true_peak_dbtp)
    return Reading(f"{name}, m4a", target.loudness_lufs, *figures, done.limiting_db, done.held_back)


def _faults(cue: Sounding, mix: Waveform) -> tuple[str, ...]:
    """A row of the table of faults."""
    residue = np.rint(cue.premaster.samples * PCM_24)
    for stem in cue.stems:
        residue -= np.rint(stem.samples * PCM_24)
    null_dbfs = decibels(float(np.abs(residue).max()) / PCM_24)
    loop = cue.plan.loop
    whole = Waveform(np.tile(mix.samples, 3), mix.rate_hz) if loop else mix
    strokes = np.array(
        [cue.score.start_s(note) for part in cue.score.parts if part.role in STRUCK for note in part.notes] or [-9.0]
    )
    clicks = [at_s % mix.length_s for at_s in click_times_s(whole) if not loop or 1 <= at_s / mix.length_s < 2.001]
    apart = [at_s for at_s in clicks if float(np.abs(strokes - at_s).min()) < STROKE_S]
    others = [at_s for at_s in clicks if at_s not in apart]
    said = f"{len(others)}" + (f" (at {', '.join(f'{at_s:.2f}' for at_s in others[:5])} s)" if others else "")
    end = ("loop", "loop") if loop else (f"{silent_end_s(mix):.2f}", f"{end_dbfs(mix):.0f}")
    clipped = clipped_samples(mix) + clipped_samples(cue.premaster) + sum(map(clipped_samples, cue.stems))
    return (cue.name, f"{null_dbfs:.0f}", f"{clipped}", f"{offset_dbfs(mix):.0f}", said, f"{len(apart)}", *end)


def _loudness_table(readings: dict[str, list[Reading]]) -> str:
    names = [reading.target for reading in next(iter(readings.values()))]
    lines = [
        f"Loudness by FFmpeg's ebur128, right within {BOUND_LU} LU; true peak by the same, against the file's ceiling.",
        "",
        "| target | LUFS | furthest off, LU | held back | highest peak, dBTP | ceiling | pyloudnorm differs by | met |",
        "|---|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for index, name in enumerate(names):
        found = [each[index] for each in readings.values()]
        reached = [abs(each.lufs - each.target_lufs) for each in found if not each.held_back]
        differ = max(abs(each.lufs - each.other_lufs) for each in found)
        held = sum(each.held_back for each in found)
        met = sum(each.met for each in found)
        lines.append(
            f"| {name} | {found[0].target_lufs:g} | {max(reached, default=0):.2f} | {held} | "
            f"{max(each.peak_dbtp for each in found):.2f} | {found[0].ceiling_dbtp:g} | {differ:.2f} | "
            f"{met} of {len(found)} |"
        )
    held_back = [
        f"{cue} {each.target}: {each.lufs:.1f} LUFS"
        for cue, found in readings.items()
        for each in found
        if each.held_back
    ]
    missed = [
        f"{cue} {each.target}: {each.lufs:.2f} LUFS, {each.peak_dbtp:.2f} dBTP"
        for cue, found in readings.items()
        for each in found
        if not each.met
    ]
    lines += ["", f"Held back: {'; '.join(held_back) or 'none'}. Not met: {'; '.join(missed) or 'none'}."]
    return "\n".join(lines)


def _fault_table(rows: Sequence[tuple[str, ...]]) -> str:
    head = ("cue", "stems less premaster, dBFS", "clipped samples", "offset, dBFS", "clicks", "at strokes of drums")
    head = (*head, "silent end, s", "last 2 ms, dBFS")
    lines = [f"| {' | '.join(head)} |", "|---|" + "---:|" * (len(head) - 1)]
    return "\n".join([*lines, *(f"| {' | '.join(row)} |" for row in rows)])


def _click_table(mixes: Sequence[Waveform]) -> str:
    lines = [f"Clicks planted, {EACH} of each in every cue, and found (level against the 100 ms around):", ""]
    lines += ["| planted | level, dB | found |", "|---|---:|---:|"]
    for each in planted_and_found(mixes, each=EACH, seed=1):
        lines.append(f"| {each.kind} | {each.level_db:g} | {each.found} of {each.count} |")
    return "\n".join(lines)


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="*", type=Path, help="delivered takes; without any, the ten cues")
    parser.add_argument("--engine", default="composer")
    options = parser.parse_args()
    cues = finished(options.folders) if options.folders else composed(options.engine, 7)
    sys.stdout.write(measured(cues) + "\n")


if __name__ == "__main__":
    main()
