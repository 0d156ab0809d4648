"""Score to sound: every part played, balanced and placed by itself, then added up and mastered.

Conventions: `RATE_HZ`, stereo, exactly ``round(length_s * RATE_HZ)`` frames. Parts are rendered on threads, since
neither synthesiser nor filters hold Python's lock; each stem depends on its own part and the plan alone.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass

import numpy as np

from assistant.audio import Waveform
from assistant.audio.loudness import amplitude
from assistant.audio.shelf import filled, highest, mine, scaled, zeros
from assistant.audio.waveform import Samples
from assistant.generator import Progress, no_progress
from assistant.library import Library
from assistant.plan import Plan
from assistant.render.attack import Timing, begun, breathed, speech_of
from assistant.render.craft import Craft, Strip, load_craft
from assistant.render.finish import fade_s_of, faded, loudness_remarks, mastered, ring_s_of
from assistant.render.performance import NO_FERMATA, Fermata, Performance, perform
from assistant.render.players import Band, choose_player
from assistant.render.room import impulse_response
from assistant.render.strip import Fader, balanced, placed, side_gain, sided, written_level_db
from assistant.render.values import Mixdown, Stem
from assistant.render.voiced import voice_of
from assistant.score import Part, Score
from assistant.settings import RATE_HZ, Settings

_MOST_THREADS = 8
_RELEASE_S = 2.0
"""How long the last key of a loop may ring after its release, before the room."""

_SAME_TIME_S = 0.06
"""Performers are this far off the beat at most: a note that near to the final chord belongs to it."""

_PARTS_SHARE = 0.8

FURTHEST = 0.7
"""Where a stage that is spread ends."""

_MOVE_S = 0.25
"""How long before a bar line a fader begins to move."""


def render(
    score: Score,
    plan: Plan,
    *,
    library: Library,
    settings: Settings,
    progress: Progress = no_progress,
    loudness_asked: bool = False,
    band: Band | None = None,
) -> Mixdown:
    """Play, mix and master a score.

    Parameters
    ----------
    score : Score
    plan : Plan
        Levels, pans, room, loudness, and whether the cue loops.
    library : Library
        Instruments, for parts that the plan does not seat.
    settings : Settings
        Renderer, SoundFont and folder of data files.
    progress : Progress
        Called from this thread; raise from it to stop.
    loudness_asked : bool
        Whether the person named the loudness: then it is reached whatever the limiting.
    band : Band, optional
        Who plays; chosen by the settings unless given.

    Returns
    -------
    Mixdown
        Stems and mix of exactly ``round(score.length_s * 48000)`` frames.

    Raises
    ------
    EngineError
        If nothing on this machine can play.
    """
    craft = load_craft(settings.prompts_dir).in_style(plan.style)
    studio = Studio(score, plan, library, craft, band or choose_player(settings, craft, rate_hz=RATE_HZ))
    stems = _rendered(studio, progress, settings.threads or os.cpu_count() or 1)
    stems, total, trim_db = _with_headroom(stems, studio.frames, craft.level.ceiling_dbfs)
    premaster = Waveform(total, RATE_HZ)
    progress(_PARTS_SHARE, "master")
    done = mastered(premaster, plan, settings=settings, loudness_asked=loudness_asked)
    progress(1.0, "master")
    return Mixdown(
        tuple(Stem(part.id, Waveform(stem, RATE_HZ)) for part, stem in zip(score.parts, stems, strict=True)),
        premaster,
        Waveform(done.samples, RATE_HZ),
        studio.band.soundfont,
        studio.band.player.name,
        done.loudness_lufs,
        done.true_peak_dbtp,
        plan.loudness_lufs,
        done.limiting_db,
        trim_db,
        (*studio.band.remarks, *loudness_remarks(done, plan)),
        tuple(part.id for part in score.parts if studio.is_voiced(part)),
    )


@dataclass(frozen=True)
class Studio:
    """What every part needs to be rendered."""

    score: Score
    plan: Plan
    library: Library
    craft: Craft
    band: Band

    @property
    def frames(self) -> int:
        """Length of the cue in samples."""
        return round(self.score.length_s * RATE_HZ)

    def fader(self, part: Part) -> Fader:
        """Level, pan and strip of a part: the plan's, or its role's and instrument's where the plan has none."""
        strip = self.craft.roles[part.role]
        planned = self.plan.part(part.id)
        if planned is not None:
            return Fader(strip, planned.level_lu + strip.lift_db, _seated(planned.pan, strip))
        instrument = self.library.instruments.get(part.instrument)
        return Fader(strip, strip.level_lu + strip.lift_db, _seated(instrument.pan, strip) if instrument else 0.0)

    def is_voiced(self, part: Part) -> bool:
        """Whether a voice of our own plays the part, without samples."""
        return bool(part.notes) and not part.is_drums and voice_of(self.band.player, part.instrument) is not None

    def stem(self, part: Part) -> Samples:
        """One part as it sounds in the mix."""
        if not part.notes:
            return zeros(2, self.frames)
        performance = self.performance(part)
        frames = self.frames
        if self.plan.loop:
            overhang_s = max(0.0, performance.end_s - self.score.length_s) + _RELEASE_S
            frames += round(overhang_s * RATE_HZ) + self.room.shape[1]
        lead = performance.lead_frames(RATE_HZ)
        played = self.band.player.play(performance, lead + frames)[:, lead:]
        dry = breathed(begun(played, RATE_HZ) if lead else played, RATE_HZ, self.breaths(part), self.craft.attack)
        fader, level = self.fader(part), self.craft.level
        dry = sided(dry, side_gain(dry, level.most_width))
        written_db = written_level_db(part, self.score, level)
        loud = balanced(dry, RATE_HZ, fader, level, written_db=written_db)
        loud = self.automated(part, loud)
        wet = placed(loud, RATE_HZ, fader, self.room)
        return wrapped(wet, self.frames) if self.plan.loop else faded(wet, self.fade_s())

    @property
    def room(self) -> Samples:
        """The room's answer."""
        return impulse_response(self.craft.room(self.plan.reverb), RATE_HZ)

    def performance(self, part: Part) -> Performance:
        """What the part's player does."""
        timing, loop = self._timing(part), self.plan.loop
        may_lead = timing.prepares
        return perform(self.score, part, early_s=timing.early_s, may_lead=may_lead, fermata=self._fermata(), loop=loop)

    def breaths(self, part: Part) -> list[tuple[float, float]]:
        """The hits that the part breathes before, and for how long, in seconds."""
        timing = self._timing(part)
        return [(self.score.tempo_map.seconds_at(hit_q), dip_s) for hit_q, dip_s in timing.breaths(part)]

    def automated(self, part: Part, sound: Samples, *, start: int = 0) -> Samples:
        """The sound from frame ``start`` on, the fader moved as planned, in lines of `_MOVE_S` to bar lines."""
        planned = self.plan.part(part.id)
        if planned is None or not any(bar.gain_db for bar in planned.bars):
            return sound
        tempo_map, gains = self.score.tempo_map, [bar.gain_db for bar in planned.bars]
        starts_s = [tempo_map.seconds_at(bar.start_q) for bar in self.plan.bars]
        at_s, level_db = [0.0], [gains[0]]
        for start_s, before, after in zip(starts_s[1:], gains, gains[1:], strict=False):
            if before != after:
                at_s += [max(at_s[-1], start_s - _MOVE_S), start_s]
                level_db += [before, after]

        def moved(span: slice) -> Samples:
            places = np.arange(start + span.start, start + span.stop, dtype=np.float64) / RATE_HZ
            curve = 10 ** (np.interp(places, at_s, level_db) / 20)
            return np.asarray(sound[:, span] * curve.astype(np.float32))

        return filled((2, sound.shape[1]), moved, into=sound)

    def _timing(self, part: Part) -> Timing:
        """How the part's instrument speaks, and the hits that it may have to prepare."""
        attack = self.craft.attack
        speech = speech_of(self.band.player, perform(self.score, part), attack)
        return Timing(speech, attack, tuple(hit.at_q for hit in self.plan.hits if hit.feasible))

    def _fermata(self) -> Fermata:
        """Until when the final chord is held: what the room needs to ring out is left to it."""
        if self.plan.loop:
            return NO_FERMATA
        ending, length_s, ring_s = self.craft.ending, self.score.length_s, ring_s_of(self.score, self.plan)
        decay_s = self.craft.room(self.plan.reverb).decay_s
        room_s = float(np.clip(ending.room_share * decay_s, ending.least_room_s, ending.most_room_s))
        return Fermata(length_s - ring_s - _SAME_TIME_S, ring_s / 2, length_s - min(room_s, ring_s / 2))

    def fade_s(self) -> float:
        """How long the last ring fades."""
        return fade_s_of(self.score, self.plan, self.craft)


def _seated(pan: float, strip: Strip) -> float:
    """Where a player sits once the stage is spread; nobody is moved to the very edge."""
    return float(np.clip(pan * strip.spread, min(-FURTHEST, pan), max(FURTHEST, pan)))


def wrapped(sound: Samples, frames: int) -> Samples:
    """What rings on past the end of a loop, added to its beginning."""
    out = mine(sound[:, :frames])
    for start in range(frames, sound.shape[1], frames):
        tail = sound[:, start : start + frames]
        out[:, : tail.shape[1]] += tail
    return out


def _rendered(studio: Studio, progress: Progress, threads: int) -> list[Samples]:
    """The stems in the order of the parts; the longest parts are begun first, so that no thread waits at the end."""
    parts = studio.score.parts
    stems: dict[str, Samples] = {}
    threads = max(1, min(len(parts), threads, _MOST_THREADS))
    with ThreadPoolExecutor(threads) as pool:
        order = sorted(parts, key=lambda part: -len(part.notes))
        waiting = {pool.submit(studio.stem, part): part.id for part in order}
        try:
            for future in as_completed(waiting):
                stems[waiting[future]] = future.result()
                progress(_PARTS_SHARE * (len(stems) / len(parts)), waiting[future])
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return [stems[part.id] for part in parts]


def _sum(stems: list[Samples], frames: int) -> Samples:
    return filled((2, frames), lambda span: _added(stems, span))


def _added(stems: list[Samples], span: slice) -> Samples:
    total = np.zeros((2, span.stop - span.start))
    for stem in stems:
        total += stem[:, span]
    return total.astype(np.float32)


def _with_headroom(stems: list[Samples], frames: int, ceiling_dbfs: float) -> tuple[list[Samples], Samples, float]:
    """The stems and their sum, all lowered by whole decibels if the sum would come near to clipping."""
    premaster = _sum(stems, frames)
    over_db = 20 * np.log10(highest(premaster) + 1e-12) - ceiling_dbfs
    if not stems or over_db <= 0:
        return stems, premaster, 0.0
    trim_db = float(np.ceil(over_db))
    stems = [scaled(stem, np.float32(amplitude(-trim_db)), into=stem) for stem in stems]
    return stems, _sum(stems, frames), -trim_db
