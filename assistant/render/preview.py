"""A quick mix, heard while the rest of the cue is being written: notes, players, strips and room are the take's.

What differs from the mixdown: a part's level is set once, by its first seconds and what the plan still has for it,
where the mixdown weighs the whole stem; there is no bus compressor; the loudness is `TARGET_LUFS` as far as the plan
foretells it, and never above `MOST_LUFS`. Players, filters, room and ceiling live on from stretch to stretch, so a join
is no event in the sound.

Conventions: `RATE_HZ`, stereo float32 of shape (2, n); frames count from the start of the cue.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from assistant.audio.loudness import SILENCE_LUFS, amplitude, gated_lufs, k_energies
from assistant.audio.waveform import Samples
from assistant.generator import Opening
from assistant.library import Library
from assistant.plan import Plan, PlannedPart
from assistant.render.attack import begun, breathed, speech_of
from assistant.render.ceiling import Ceiling
from assistant.render.craft import load_craft
from assistant.render.foretold import kept_db, planned_db, played_db, sum_lufs
from assistant.render.live import LivePart, remembering
from assistant.render.live_strip import LiveRoom
from assistant.render.mixdown import Studio
from assistant.render.performance import Performance, Stroke
from assistant.render.players import Band, choose_player
from assistant.render.strip import MovingStrip, side_gain, sided
from assistant.score import Part, Score
from assistant.settings import RATE_HZ, Settings

TARGET_LUFS, MOST_LUFS, PEAK_DBFS = -16.0, -14.0, -2.0
"""What the plan aims at, and what is never exceeded."""
PIECES_S = (1.6, 2.5, 4.0, 6.0)
"""How long the pieces are, in seconds, the last one again and again: the first is short, to be heard soon."""
LONGEST_S = 180.0
"""So much is heard before the take is there; a longer cue fades out here."""

_HEARD_S = 3.0
"""A part's level is set by so many seconds of it, where so many are known."""
_BEHIND_S = 0.65
"""A key goes down so much before its note at most, the breath before it and a hurrying hand included."""
_CUT_S = 0.03
_FADE_S = 2.0
_ROOM_LU = 0.7
"""How much louder the room and what the parts share make the sum."""
_THREADS = 2


@dataclass(frozen=True)
class Piece:
    """A stretch of the quick mix, to be played right after the one before.

    ``start`` is its first frame, ``is_last`` whether nothing follows.
    """

    start: int
    samples: Samples
    is_last: bool = False


class Preview:
    """Plays a cue as far as it is written.

    Parameters
    ----------
    plan : Plan
    library : Library
    settings : Settings
    """

    def __init__(self, plan: Plan, library: Library, settings: Settings) -> None:
        self._plan, self._library = plan, library
        self._craft = load_craft(settings.prompts_dir).in_style(plan.style)
        self._band = choose_player(settings, self._craft, rate_hz=RATE_HZ)
        self._frames = round(min(plan.length_s, LONGEST_S) * RATE_HZ)
        self._channels: dict[str, _Channel] = {}
        self._room: LiveRoom | None = None
        self._ceiling = Ceiling(RATE_HZ, most_lufs=MOST_LUFS, peak_dbfs=PEAK_DBFS)
        self._mixed = self._given = self._count = 0
        self._bus: np.float32 | None = None

    def open(self, stop: Callable[[], bool] = lambda: False) -> None:
        """Seat the players and see how fast they speak: what can be done before there are notes."""
        for part in self._plan.parts:
            if stop():
                return
            silent = Part(part.id, part.role, part.instrument, self._program(part), self._is_drums(part))
            self._channel(silent, Score(self._plan.tempo_map, (silent,), self._plan.length_s))
        self._room = LiveRoom(self._studio(Score(self._plan.tempo_map, (), self._plan.length_s)).room)

    def pieces(self, opening: Opening, *, is_whole: bool = False) -> Iterator[Piece]:
        """Every piece that can be played now, after those that were; up to the end where the score is whole."""
        studio = self._studio(opening.score)
        until = self._until(opening, is_whole=is_whole)
        while self._mixed < until:
            wanted = self._mixed + round(PIECES_S[min(self._count, len(PIECES_S) - 1)] * RATE_HZ)
            if wanted > until and not (is_whole and until == self._frames):
                return
            end = min(wanted, until)
            yield from self._piece(studio, end, until)

    def band(self) -> Band:
        """The band for the mixdown: it need not play again what was heard."""
        return remembering(self._band, tuple(channel.live for channel in self._channels.values()))

    def close(self) -> None:
        """Let the synthesisers go."""
        for channel in self._channels.values():
            channel.live.close()

    @property
    def is_done(self) -> bool:
        """Whether the last piece was played."""
        return self._mixed >= self._frames

    def _piece(self, studio: Studio, end: int, until: int) -> Iterator[Piece]:
        """One piece, from where the mix is to frame ``end``."""
        start, self._mixed, self._count = self._mixed, end, self._count + 1
        heard = min(until, max(end, start + round(_HEARD_S * RATE_HZ)))
        with ThreadPoolExecutor(_THREADS) as pool:
            parts = [part for part in studio.score.parts if part.notes]
            done = list(
                pool.map(lambda part: self._channel(part, studio.score).mixed(studio, part, start, end, heard), parts)
            )
        total, send = np.zeros((2, end - start), np.float32), np.zeros(end - start, np.float32)
        for direct, returned in done:
            total += direct
            send += returned
        self._room = self._room or LiveRoom(studio.room)
        total += self._room.answer(send)
        ready = self._ceiling.push(self._faded(studio, total * self._gain(studio), start), last=end == self._frames)
        if ready.shape[1]:
            at, self._given = self._given, self._given + ready.shape[1]
            yield Piece(at, ready, self._given == self._frames)

    def _until(self, opening: Opening, *, is_whole: bool) -> int:
        """Up to which frame everything is known that will be heard."""
        if is_whole:
            return self._frames
        known_s = self._plan.tempo_map.seconds_at(opening.until_q) - _BEHIND_S
        return min(self._frames, max(0, math.floor(known_s * RATE_HZ)))

    def _studio(self, score: Score) -> Studio:
        return Studio(score, self._plan, self._library, self._craft, self._band)

    def _channel(self, part: Part, score: Score) -> _Channel:
        """The channel of a part; a new one where an engine chose another program than was thought."""
        channel = self._channels.get(part.id)
        if channel is None or _seat_of(channel.live) != _seat_of(part):
            if channel is not None:
                channel.live.close()
            live = LivePart(self._band.player, part.program, is_drums=part.is_drums, frames=self._frames,
                            instrument=part.instrument)  # fmt: skip
            speech_of(self._band.player, _one_note(part), self._craft.attack)
            self._channels[part.id] = channel = _Channel(live, MovingStrip(self._studio(score).fader(part), RATE_HZ))
        return channel

    def _program(self, part: PlannedPart) -> int:
        plan, library = self._plan, self._library
        style = plan.style if plan.style in library.styles else None
        region = plan.region if plan.region in library.regions else None
        return library.program(part.instrument, style=style, region=region)

    def _is_drums(self, part: PlannedPart) -> bool:
        return self._library.instrument(part.instrument).is_drums

    def _gain(self, studio: Studio) -> np.float32:
        """What brings the cue to its loudness, as far as the plan foretells it."""
        if self._bus is None:
            levels = {part.id: part.level_lu for part in self._plan.parts}
            foretold = sum_lufs(self._plan, levels, self._craft.level) + _ROOM_LU
            self._bus = np.float32(amplitude(min(TARGET_LUFS, self._plan.loudness_lufs) - foretold))
        return self._bus

    def _faded(self, studio: Studio, sound: Samples, start: int) -> Samples:
        """The sound with its last ring dying away: as the mixdown's, or soon where the cue goes on or around."""
        whole = self._frames == studio.frames
        fade_s = _FADE_S if not whole else _CUT_S if self._plan.loop else studio.fade_s()
        count = min(self._frames, round(fade_s * RATE_HZ))
        places = np.arange(start, start + sound.shape[1]) - (self._frames - count)
        if places[-1] < 0:
            return sound
        share = np.clip(places / max(1, count - 1), 0, 1)
        return np.asarray(sound * np.cos(share * np.pi / 2) ** 2, np.float32)


class _Channel:
    """One part in the quick mix."""

    def __init__(self, live: LivePart, strip: MovingStrip) -> None:
        self.live, self._strip = live, strip
        self._gain: np.float32 | None = None
        self._side = 1.0

    def mixed(self, studio: Studio, part: Part, start: int, end: int, heard: int) -> tuple[Samples, Samples]:
        """What is heard of it directly from ``start`` to ``end``, and what goes to the room."""
        performance = studio.performance(part)
        lead = performance.lead_frames(RATE_HZ)
        played = self.live.play_on(performance, lead + max(end, heard))[:, lead:]
        if self._gain is None:
            first = played[:, start:heard]
            self._side = side_gain(first, studio.craft.level.most_width)
            self._gain = _level(studio, part, sided(first, self._side), start)
        dry = np.array(played[:, start:end])
        if lead and not start:
            dry = begun(dry, RATE_HZ)
        start_s, end_s = start / RATE_HZ, end / RATE_HZ
        reach_s = studio.craft.attack.fall_s + studio.craft.attack.rise_s
        near = [(at_s - start_s, dip_s) for at_s, dip_s in studio.breaths(part)
                if at_s + reach_s > start_s and at_s - dip_s - reach_s < end_s]  # fmt: skip
        dry = breathed(dry, RATE_HZ, near, studio.craft.attack)
        gain = np.float32(1.0) if self._gain is None else self._gain
        return self._strip.through(studio.automated(part, sided(dry, self._side) * gain, start=start))


def _level(studio: Studio, part: Part, first: Samples, start: int) -> np.float32 | None:
    """The gain that brings a part to its fader's level, by its first seconds; None while it is silent."""
    loudness = gated_lufs(k_energies(first, RATE_HZ))
    start_s = start / RATE_HZ
    level = studio.craft.level
    played = played_db(part, studio.score, start_s, start_s + first.shape[1] / RATE_HZ, level)
    if loudness <= SILENCE_LUFS + 1 or played is None:
        return None
    planned = studio.plan.part(part.id)
    whole_db = planned_db(planned, studio.plan, level) if planned else played
    wanted = level.reference_lufs + studio.fader(part).level_lu + kept_db(whole_db, level)
    return np.float32(amplitude(min(wanted - (loudness - played + whole_db), level.most_boost_db)))


def _one_note(part: Part) -> Performance:
    """One note, to see how a program speaks."""
    return Performance(part.program, part.is_drums, (Stroke(0.0, 0.5, 60, 90),), instrument=part.instrument)


def _seat_of(player: Part | LivePart) -> tuple[int, bool, str]:
    """What must stay for a part to be played on."""
    return player.program, player.is_drums, player.instrument
