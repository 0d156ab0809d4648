"""One window painted: candidates drawn, measured, the best of them held to the guide.

All candidates of a window are drawn in one batch (one by one where memory is short), put in order, and the best that
follows the guide is brought back into its time and tuning (`models.studio.following`). Where none does, the window is
drawn again from other seeds and follows more closely; after `TRIES` it is refused. Where the guide rests throughout,
nothing is drawn and it is silent. With no guide, with a model that
reads words alone, or when the person wants the words alone (freedom 1), the best is taken as it is.

Conventions: seconds from the beginning of the window; sound is float32 of shape (2, n) at `RATE_HZ`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from assistant.audio import Waveform
from assistant.audio.shelf import highest
from assistant.audio.waveform import Samples
from assistant.errors import EngineError
from assistant.generator import Candidate, Guide, Opening, Progress
from assistant.plan import Plan
from assistant.score import Score
from assistant.settings import RATE_HZ
from models.studio.alignment import Followed, follow
from models.studio.fitting import fitted, levelled, stereo
from models.studio.following import TRIES, kept_to, latest_at
from models.studio.prompting import Said, say
from models.studio.ranking import Ear, Ranked, Wanted, ranked
from models.studio.values import GUIDE, MELODY, REPAINT, AudioModel, Request
from models.studio.windows import Window

SILENT = 1e-3
"""What of its own highest sample a guide is silent below (-60 dB)."""
CLOSER = 0.5
"""Each further draw follows this much more closely."""


@dataclass(frozen=True)
class Task:
    """What the windows of a cue share.

    Parameters
    ----------
    engine : str
        Whose words the model understands.
    model : AudioModel
    plan : Plan
    guide : Guide or None
        As long as all windows together.
    seed : int
    candidates : int
    together : bool
        Whether they are drawn in one batch.
    ear : Ear or None
    """

    engine: str
    model: AudioModel
    plan: Plan
    guide: Guide | None
    seed: int
    candidates: int
    together: bool = True
    ear: Ear | None = None

    @property
    def is_held(self) -> bool:
        """Whether what is painted must keep to the guide."""
        return self.guide is not None and self.guide.freedom < 1 and bool(self.model.abilities & {GUIDE, MELODY})


@dataclass(frozen=True)
class Stroke:
    """A window as it was painted; ``tries`` is how often it was drawn."""

    window: Window
    sound: Samples
    prompt: str
    candidates: tuple[Candidate, ...]
    agreement: float = 0.0
    latest_s: float = 0.0
    tries: int = 1


def seed_of(seed: int, window: Window, number: int) -> int:
    """The seed of a window's candidate: another one for each, the same in every run."""
    return int(np.random.SeedSequence([seed, window.first_bar, window.end_bar, number]).generate_state(1)[0])


def within(progress: Progress, first: float, part: float) -> Progress:
    """The progress of a part of the work, as that of the whole."""

    def told(share: float, what: str, sketch: Score | None = None, opening: Opening | None = None) -> None:
        progress(first + part * share, what)

    return told


def painted(task: Task, window: Window, before: Stroke | None, progress: Progress) -> Stroke:
    """One window of a cue.

    Parameters
    ----------
    task : Task
    window : Window
    before : Stroke or None
        The window that this one goes on from.
    progress : Progress
        Of this window, 0 to 1.

    Raises
    ------
    EngineError
        If what is painted does not follow the guide however often it is drawn.
    """
    said = say(task.plan, task.engine, first_bar=window.first_bar, end_bar=window.end_bar)
    piece = None if task.guide is None else _piece(task.guide.sound, window)
    wanted = Wanted(said.prompt, task.plan.section_of(window.first_bar).key, 60 / said.tempo_bpm, piece)
    found: list[Candidate] = []
    refused: EngineError | None = None
    if task.is_held and _is_silent(task, piece):
        silence = np.zeros((2, window.frames.stop - window.frames.start), np.float32)
        progress(1.0, task.engine)
        return Stroke(window, silence, said.prompt, (), agreement=1.0)
    for attempt in range(TRIES if task.is_held else 1):
        request = _request(task, said, window, before, attempt)
        batch = ranked(wanted, stereo(_drawn(task, request, attempt, progress)), request.seeds, ear=task.ear)
        found += [each.candidate for each in batch]
        progress(1 - 0.2 ** (attempt + 1), task.engine)
        if piece is None or not task.is_held:
            return _taken(task, window, said, piece, batch[0], tuple(found))
        try:
            return _held(task, window, said, piece, batch, tuple(found), attempt + 1)
        except EngineError as error:
            refused = error
    assert refused is not None
    raise EngineError(f"{refused.given} (drawn {TRIES} times)", refused.legal, refused.cure) from refused


def _piece(sound: Waveform, window: Window) -> Waveform:
    return Waveform(sound.samples[:, window.frames], sound.rate_hz)


def _is_silent(task: Task, piece: Waveform | None) -> bool:
    """Whether the score rests in all of a window: there is nothing to follow, and nothing may sound."""
    if task.guide is None or piece is None:
        return False
    return highest(piece.samples) <= SILENT * highest(task.guide.sound.samples)


def _request(task: Task, said: Said, window: Window, before: Stroke | None, attempt: int) -> Request:
    """What the model is asked for."""
    guide, able, frames = task.guide, task.model.abilities, window.frames
    length_s = (frames.stop - frames.start) / RATE_HZ
    earlier, renewed_s = _earlier(task, window, before) if REPAINT in able else (None, None)
    led = guide is not None and guide.freedom < 1
    return Request(
        prompt=said.prompt,
        negative=said.negative,
        length_s=length_s,
        seeds=tuple(seed_of(task.seed, window, attempt * task.candidates + each) for each in range(task.candidates)),
        guide=_piece(guide.sound, window) if guide is not None and led and GUIDE in able else None,
        freedom=0.0 if guide is None else guide.freedom * CLOSER**attempt,
        melody=_piece(guide.melody, window) if guide is not None and guide.melody and led and MELODY in able else None,
        before=earlier,
        renewed_s=renewed_s,
        tempo_bpm=said.tempo_bpm,
        key=said.key,
        beats=said.beats,
    )


def _earlier(task: Task, window: Window, before: Stroke | None) -> tuple[Waveform | None, tuple[float, float] | None]:
    """What is there already of a window, and the span of it that is painted."""
    guide, length_s = task.guide, window.length_s
    if guide is not None and guide.before is not None and guide.renewed_s:
        inside = [
            (max(0.0, start - window.start_s), min(length_s, end - window.start_s))
            for start, end in guide.renewed_s
            if start < window.end_s and end > window.start_s
        ]
        return _piece(guide.before, window), (inside[0][0], inside[-1][1])
    if guide is not None or before is None or before.window.end_s <= window.start_s:
        return None, None
    shared = before.window.frames.stop - window.frames.start
    there = np.zeros((2, window.frames.stop - window.frames.start), np.float32)
    there[:, :shared] = before.sound[:, -shared:]
    return Waveform(there, RATE_HZ), (shared / RATE_HZ, length_s)


def _drawn(task: Task, request: Request, attempt: int, progress: Progress) -> list[Waveform]:
    """A sound for each seed of a request, in its order."""
    groups = [request.seeds] if task.together else [(seed,) for seed in request.seeds]
    sounds: list[Waveform] = []
    for number, seeds in enumerate(groups):
        done, part = number / len(groups), 1 / len(groups)
        inside = within(progress, 1 - 0.2**attempt, 0.8 * 0.2**attempt)
        sounds += task.model.paint(replace(request, seeds=seeds), progress=within(inside, 0.9 * done, 0.9 * part))
    return sounds


def _taken(
    task: Task, window: Window, said: Said, piece: Waveform | None, best: Ranked, found: tuple[Candidate, ...]
) -> Stroke:
    """The best as it is; how near it came to the guide is told all the same."""
    sound = fitted(best.sound, window.frames.stop - window.frames.start)
    if piece is None or best.followed is None:
        return Stroke(window, levelled(sound, None), said.prompt, found)
    latest_s = latest_at(best.followed, _hits(task, window))
    return Stroke(window, levelled(sound, piece), said.prompt, found, best.followed.agreement, latest_s)


def _held(
    task: Task,
    window: Window,
    said: Said,
    piece: Waveform,
    batch: tuple[Ranked, ...],
    found: tuple[Candidate, ...],
    tries: int,
) -> Stroke:
    """The best that follows the guide, brought back; raises `EngineError` where none does."""
    able = [each for each in batch if each.followed is not None and each.followed.follows] or [batch[0]]
    hits = _hits(task, window)
    known = {id(each.sound): each.followed for each in able}

    def judge(guide: Waveform, sound: Waveform) -> Followed:
        return known.get(id(sound)) or follow(guide, sound)

    kept = kept_to(piece, lambda number: able[number].sound, hits_s=hits, tries=len(able), judge=judge)
    latest_s = latest_at(kept.left, hits or np.arange(0.5, piece.length_s, 1.0).tolist())
    return Stroke(window, levelled(kept.sound, piece), said.prompt, found, kept.left.agreement, latest_s, tries)


def _hits(task: Task, window: Window) -> list[float]:
    """The hits that lie in a window, and in what is renewed of it."""
    spans = (task.guide.renewed_s if task.guide is not None else ()) or ((0.0, math.inf),)
    return [
        hit.at_s - window.start_s
        for hit in task.plan.hits
        if hit.feasible
        and window.start_s <= hit.at_s < window.end_s
        and any(start - 1e-6 <= hit.at_s < end for start, end in spans)
    ]
