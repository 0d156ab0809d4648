"""The last hand on a cue's sound: its ending, its master, and a painting in place of the score's own rendering.

Conventions: as in `assistant.render.mixdown`. A painting is what an engine of sound made over the rendered score: as
long as the cue to the sample, at whatever level it came.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from assistant.audio import Waveform
from assistant.audio.shelf import highest, mine
from assistant.audio.waveform import Samples
from assistant.generator import Account
from assistant.plan import Plan
from assistant.remark import Remark
from assistant.render.craft import Craft, load_craft
from assistant.render.master import Mastered, master
from assistant.render.targets import load_targets, under_ceiling
from assistant.render.values import Mixdown
from assistant.score import Score
from assistant.settings import RATE_HZ, Settings

STUDIO_FILE = "studio.wav"
"""The painting in a take's folder, not mastered, in floating point: what is kept of it comes back bit for bit."""
SEAM_S = 0.01
"""How long a painted loop takes at its end to come to where it begins."""
ENDED = 0.003
"""What is this soft beside its loudest moment has ended."""
HELD_BACK = "loudness_held_back"


def with_painting(
    mixdown: Mixdown,
    painting: Waveform,
    account: Account,
    plan: Plan,
    *,
    settings: Settings,
    loudness_asked: bool = False,
) -> Mixdown:
    """The mixdown whose mix is a painting, mastered; stems and premaster stay the score's own rendering.

    Parameters
    ----------
    mixdown : Mixdown
        Of the score.
    painting : Waveform
        As long as it.
    account : Account
        How it was made.
    plan : Plan
    settings : Settings
    loudness_asked : bool
        Whether the person named the loudness: then it is reached whatever the limiting.
    """
    done = mastered(painting, plan, settings=settings, loudness_asked=loudness_asked)
    others = tuple(remark for remark in mixdown.remarks if remark.code != HELD_BACK)
    return replace(
        mixdown,
        mix=Waveform(done.samples, painting.rate_hz),
        loudness_lufs=done.loudness_lufs,
        true_peak_dbtp=done.true_peak_dbtp,
        limiting_db=done.limiting_db,
        remarks=(*others, *loudness_remarks(done, plan)),
        painting=painting,
        account=account,
    )


def closed(painting: Waveform, score: Score, plan: Plan, settings: Settings) -> Waveform:
    """A painting that ends: faded as the score's own ending is; of a loop, led to where it begins. One that does so by
    itself stays as it is."""
    samples = painting.samples
    if plan.loop:
        return painting if _has_no_seam(samples) else Waveform(_seamless(samples), painting.rate_hz)
    if highest(samples[:, -round(SEAM_S * RATE_HZ) :]) <= ENDED * highest(samples):
        return painting
    craft = load_craft(settings.prompts_dir).in_style(plan.style)
    return Waveform(faded(samples, fade_s_of(score, plan, craft)), painting.rate_hz)


def _has_no_seam(sound: Samples) -> bool:
    """Whether its end is no further from its beginning than neighbours are from each other around it."""
    near = round(SEAM_S * RATE_HZ)
    steps = np.abs(np.diff(np.concatenate((sound[:, -near:], sound[:, :near]), axis=1), axis=1)).max(axis=0)
    return bool(steps[near - 1] <= np.delete(steps, near - 1).max(initial=0.0))


def _seamless(sound: Samples) -> Samples:
    """A loop whose last moment goes over into its first one, heard backwards, so that nothing jumps at the seam."""
    count = min(sound.shape[1], round(SEAM_S * RATE_HZ))
    out = mine(sound)
    share = np.linspace(0, 1, count, dtype=np.float32)
    out[:, out.shape[1] - count :] = (1 - share) * sound[:, sound.shape[1] - count :] + share * sound[
        :, count - 1 :: -1
    ]
    return out


def mastered(sound: Waveform, plan: Plan, *, settings: Settings, loudness_asked: bool = False) -> Mastered:
    """The master of a cue's sound: at the plan's loudness, under the ceiling of where it goes."""
    craft = load_craft(settings.prompts_dir).in_style(plan.style).master
    return master(
        sound,
        target_lufs=plan.loudness_lufs,
        craft=under_ceiling(craft, plan.loudness_lufs, load_targets(settings.prompts_dir)),
        insist=loudness_asked,
        loop=plan.loop,
    )


def loudness_remarks(done: Mastered, plan: Plan) -> tuple[Remark, ...]:
    """What must be said where the wanted loudness was not reached."""
    if not done.held_back:
        return ()
    achieved, target = round(done.loudness_lufs, 1), plan.loudness_lufs
    return (Remark.of("loudness_held_back", achieved_lufs=achieved, target_lufs=target),)


def ring_s_of(score: Score, plan: Plan) -> float:
    """Seconds from the final chord to the end."""
    return score.length_s - score.tempo_map.seconds_at(plan.final_q)


def fade_s_of(score: Score, plan: Plan, craft: Craft) -> float:
    """How long the last ring fades: a share of the time since the final chord."""
    ending = craft.ending
    return float(np.clip(ending.share * ring_s_of(score, plan), ending.shortest_s, ending.longest_s))


def faded(sound: Samples, fade_s: float) -> Samples:
    """Sound that reaches zero at its end, along a quarter of a cosine squared."""
    count = min(sound.shape[1], round(fade_s * RATE_HZ))
    out = mine(sound)
    out[:, out.shape[1] - count :] *= np.cos(np.linspace(0, np.pi / 2, count, dtype=np.float32)) ** 2
    return out
