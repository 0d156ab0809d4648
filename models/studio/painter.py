"""The engines of sound as generators: a whole cue painted over its score, window by window, and accounted for.

With a guide every window is held to it (`models.studio.stroke`); without one the words alone are painted, as long as
the plan. Windows are joined on bar lines (`models.studio.windows`); of an earlier sound only the spans named are
painted and everything else comes back bit for bit. Where memory is short another way is gone, and said
(`models.studio.dispatch`). A loop is painted a bar beyond its end, which goes over into its beginning.

Conventions: 48 kHz, stereo, exactly ``round(plan.length_s * 48000)`` frames. The same plan, guide and seed give the
same sound on one machine. One cue is painted at a time in a process, since a device has one memory; who waits is told
so several times a second and may leave.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

import numpy as np

from assistant.audio import Waveform
from assistant.audio.waveform import Samples
from assistant.errors import InputError
from assistant.generator import NOTHING_KEPT, Account, Guide, Keep, Opening, Painted, Progress, no_progress
from assistant.plan import Plan
from assistant.remark import Remark
from assistant.score import Score
from assistant.settings import RATE_HZ
from models.studio.checkpoints import checkpoint, commit
from models.studio.clap import ear_here
from models.studio.dispatch import Way, step, ways_for
from models.studio.memory import loaded
from models.studio.ranking import Ear
from models.studio.stroke import SILENT, Stroke, Task, painted, within
from models.studio.values import AudioModel, DeviceMemoryError
from models.studio.windows import FADE_S, TooShortError, crossfaded, joined, lines_of, renewed, windows_of
from models.tuning.adapters import OtherSizeError

CANDIDATES = 3
"""Sounds drawn of each window: the best of three is kept."""
ENDING_SHARE = 0.5
"""From which part of the final chord's ring on the ending fades."""

_at_work = threading.Lock()


@dataclass(frozen=True)
class StudioGenerator:
    """An engine of sound.

    Parameters
    ----------
    name : str
    load : callable
        Gives the model of a way.
    ways : callable
        Gives the ways of an engine for a use, in the order in which they are tried.
    ear : callable
        Gives who judges sounds by the words; None where nobody can.
    candidates : int
        Sounds drawn of each window.
    """

    name: str
    load: Callable[[Way], AudioModel] = loaded
    ways: Callable[[str, str], Iterable[Way]] = lambda engine, use: ways_for(engine, use=use)
    ear: Callable[[], Ear | None] = ear_here
    candidates: int = CANDIDATES

    def generate(
        self, plan: Plan, *, keep: Keep = NOTHING_KEPT, seed: int = 0, progress: Progress = no_progress
    ) -> Painted:
        """The plan as sound, held to the guide in ``keep`` where there is one.

        Raises
        ------
        EngineError
            If what is painted does not follow the guide; `DeviceMemoryError` if nothing fits into memory.
        """
        guide, frames = keep.guide, round(plan.length_s * RATE_HZ)
        _check(guide, frames)
        rising = _Rising(progress)
        remarks: list[Remark] = []
        before: Way | None = None
        model: AudioModel | None = None
        trouble = DeviceMemoryError(f"engine {self.name!r} here", "weights that are here", "choose another engine")
        with _in_turn(lambda: rising(0.0, self.name)):
            for way in self.ways(self.name, plan.use):
                tried = list(remarks)
                try:
                    model = self.load(way)
                    if before is not None:
                        tried.append(step(before, way, model.longest_s * way.share))
                    return self._painted(model, way, plan, guide, seed, tuple(tried), rising)
                except (TooShortError, OtherSizeError):
                    if before is None:
                        raise
                    model = None  # windows shorter than bars, an adapter of larger weights: the next way may do
                except DeviceMemoryError as error:
                    remarks = tried
                    before, trouble, model = way, error.with_traceback(None), None  # its frames hold the model
        raise trouble

    def warm(self) -> None:
        """Load the weights of the first way."""
        for way in self.ways(self.name, "other"):
            prepare = getattr(self.load(way), "warm", None)
            if prepare is not None:
                prepare()
            return

    def _painted(
        self,
        model: AudioModel,
        way: Way,
        plan: Plan,
        guide: Guide | None,
        seed: int,
        remarks: tuple[Remark, ...],
        progress: Progress,
    ) -> Painted:
        """The cue painted one way."""
        frames = round(plan.length_s * RATE_HZ)
        again = plan.loop and not (guide is not None and guide.renewed_s)
        lines = lines_of(plan)
        lines += [lines[-1] + lines[1] - lines[0]] if again else []
        long = _with_more(guide, round(lines[-1] * RATE_HZ) - frames) if again else guide
        ear = self.ear()
        task = Task(way.engine, model, plan, long, seed, self.candidates, way.together, ear)
        windows = windows_of(lines, model.longest_s * way.share, () if guide is None else guide.renewed_s)
        strokes: list[Stroke] = []
        for number, window in enumerate(windows):
            part = within(progress, number / len(windows), 1 / len(windows))
            strokes.append(painted(task, window, strokes[-1] if strokes else None, part))
        sound = joined(windows, [stroke.sound for stroke in strokes], round(lines[-1] * RATE_HZ))
        sound = self._finished(sound, plan, guide, again)
        progress(1.0, self.name)
        remarks = (*remarks, *_remarks(task, strokes))
        return Painted(Waveform(sound, RATE_HZ), _account(way, model, task, strokes, remarks))

    def _finished(self, sound: Samples, plan: Plan, guide: Guide | None, again: bool) -> Samples:
        """Exactly as long as the plan, ended or going over into its beginning, and only renewed where asked."""
        frames = round(plan.length_s * RATE_HZ)
        if again:
            return looped(sound, frames)
        if not plan.loop:
            sound = ended(sound, plan, None if guide is None else guide.sound)
        if guide is not None and guide.before is not None and guide.renewed_s:
            return renewed(guide.before, sound, guide.renewed_s, loop=plan.loop)
        return sound


def ended(sound: Samples, plan: Plan, guide: Waveform | None) -> Samples:
    """The sound faded out over the ring of the final chord, silent where its guide is."""
    frames = sound.shape[1]
    end = frames
    if guide is not None and guide.frames:
        heard = np.flatnonzero(np.abs(guide.samples).max(axis=0) > SILENT * float(np.abs(guide.samples).max()))
        end = min(frames, int(heard[-1]) + 1) if len(heard) else frames
    final = round(plan.tempo_map.seconds_at(plan.final_q) * RATE_HZ)
    start = min(end, final + round(ENDING_SHARE * max(0, end - final)))
    gain = np.ones(frames, np.float32)
    gain[start:end] = np.cos((np.arange(end - start) + 1) / max(1, end - start) * np.pi / 2) ** 2
    gain[end:] = 0.0
    return np.asarray(sound * gain)


def looped(sound: Samples, frames: int) -> Samples:
    """A loop from a sound that goes on beyond its end: what follows there goes over into the beginning."""
    out = np.array(sound[:, :frames])
    fade = min(round(FADE_S * RATE_HZ), sound.shape[1] - frames, frames)
    if fade > 0:
        out[:, :fade] = crossfaded(sound[:, frames : frames + fade], out[:, :fade])
    return out


class _Rising:
    """Progress that never falls, though a cue is begun again."""

    def __init__(self, progress: Progress) -> None:
        self._progress, self._share = progress, 0.0

    def __call__(self, share: float, what: str, sketch: Score | None = None, opening: Opening | None = None) -> None:
        self._share = max(self._share, min(1.0, share))
        self._progress(self._share, what)


@contextmanager
def _in_turn(waiting: Callable[[], None]) -> Iterator[None]:
    """While nobody else paints; ``waiting`` is called until then."""
    waiting()
    while not _at_work.acquire(timeout=0.1):
        waiting()
    try:
        yield
    finally:
        _at_work.release()


def _check(guide: Guide | None, frames: int) -> None:
    """Refuse a guide that is not the plan's."""
    if guide is None:
        return
    for name, sound in (("guide", guide.sound), ("melody", guide.melody), ("earlier sound", guide.before)):
        if sound is not None and (sound.frames, sound.rate_hz) != (frames, RATE_HZ):
            given = f"{name} of {sound.frames} frames at {sound.rate_hz} Hz"
            raise InputError(given, f"{frames} at {RATE_HZ}, as the plan", "render it to the plan")
    if guide.renewed_s and guide.before is None:
        raise InputError("spans to renew, of nothing", "an earlier sound", "give it, or no spans")


def _with_more(guide: Guide | None, frames: int) -> Guide | None:
    """The guide of a loop, a little beyond its end: there it begins again."""

    def more(sound: Waveform) -> Waveform:
        return Waveform(np.concatenate([sound.samples, sound.samples[:, :frames]], axis=1), sound.rate_hz)

    if guide is None:
        return None
    return replace(guide, sound=more(guide.sound), melody=None if guide.melody is None else more(guide.melody))


def _remarks(task: Task, strokes: list[Stroke]) -> tuple[Remark, ...]:
    """What was done otherwise than may be thought."""
    said = []
    if task.guide is not None and task.guide.freedom < 1 and not task.is_held:
        said.append(Remark.of("studio_words_alone", agreement=round(min(stroke.agreement for stroke in strokes), 2)))
    if any(stroke.tries > 1 for stroke in strokes):
        said.append(Remark.of("studio_closer", windows=sum(stroke.tries > 1 for stroke in strokes)))
    if task.ear is None:
        said.append(Remark.of("studio_no_ear"))
    return tuple(said)


def _account(way: Way, model: AudioModel, task: Task, strokes: list[Stroke], remarks: tuple[Remark, ...]) -> Account:
    """How the cue was painted."""
    weights = checkpoint(way.weights)
    adapter, learned_from = getattr(model, "adapter", None) or ("", "")
    return Account(
        engine=way.engine,
        repository=weights.repository,
        revision=commit(way.weights) or weights.revision,
        licence=weights.licence,
        device=str(getattr(model, "device", way.device)),
        dtype=str(getattr(model, "dtype", way.dtype)).removeprefix("torch."),
        prompts=tuple(stroke.prompt for stroke in strokes),
        seed=task.seed,
        freedom=0.0 if task.guide is None else task.guide.freedom,
        agreement=round(min((stroke.agreement for stroke in strokes), default=0.0), 4),
        latest_s=round(max((stroke.latest_s for stroke in strokes), default=0.0), 4),
        tries=max((stroke.tries for stroke in strokes), default=1),
        candidates=tuple(each for stroke in strokes for each in stroke.candidates),
        remarks=remarks,
        adapter=adapter,
        adapter_learned_from=learned_from,
    )
