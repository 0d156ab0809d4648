"""A game's music played in Chromium: is what is heard what the manifest promises, to the sample?

Conventions: the kit's own page is opened from its file and its own player plays into a buffer, at the kit's rate. *Off*
is the largest difference, in dB of full scale, from layers that are added up by hand along the faders' lines: a start,
the way from the intro into the loop, four live changes of layers, one of them cutting into another, and the seam.
*Late* is how many samples the beginning of any layer lies from its place, over two rounds.
"""

from __future__ import annotations

import math
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PROGRAM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run")

SWITCHED = """async () => {
  const rate = manifest.rate_hz, frames = manifest.loop.frames, start = 4801, fade = 4800;
  const intro = manifest.pieces.find((piece) => piece.kind === "intro"), loop = start + intro.bar_frames_total;
  const context = new OfflineAudioContext(2, loop + Math.round(frames * 1.4), rate);
  const buffers = await loadSounds(context), music = new CuewrightMusic(context, manifest, buffers);
  music.start(start / rate, 1);
  // layers, frame, and the gains that a third layer must have from there on: the second change cuts into the first
  const switches = [[3, loop + 30011], [1, loop + 30011 + 2400], [3, loop + frames - 2000], [2, loop + frames + 20000]];
  for (const [level, at] of switches) music.setLevel(level, at / rate, fade / rate);
  const heard = (await context.startRendering()).getChannelData(0);
  const lines = manifest.layers.map((_, layer) => {
    const gain = new Float64Array(heard.length);
    let value = layer < 1 ? 1 : 0, to = value, from = value, since = 0;
    for (let at = 0; at < heard.length; at++) {
      for (const [level, when] of switches) if (when === at) { from = value; since = at; to = layer < level ? 1 : 0; }
      value = from === to ? to : from + (to - from) * Math.min(1, (at - since) / fade);
      gain[at] = value;
    }
    return gain;
  });
  let worst = 0, loudest = 0;
  for (let at = 0; at < heard.length; at++) {
    const opening = buffers[intro.name].getChannelData(0);
    let wanted = at >= start && at - start < opening.length ? opening[at - start] : 0;
    if (at >= loop) manifest.layers.forEach((layer, index) => {
      wanted += lines[index][at] * buffers[layer.name].getChannelData(0)[(at - loop) % frames];
    });
    worst = Math.max(worst, Math.abs(heard[at] - wanted));
    loudest = Math.max(loudest, Math.abs(wanted));
  }
  return [worst, loudest];
}"""
"""Plays a start and four changes of layers into a buffer: how far that is from what it should be, and its peak."""

CLICKS = """async () => {
  const rate = manifest.rate_hz, frames = manifest.loop.frames, start = 977;
  const context = new OfflineAudioContext(1, start + 2 * frames + 100, rate), buffers = {};
  manifest.layers.forEach((layer, index) => {
    buffers[layer.name] = context.createBuffer(1, frames, rate);
    buffers[layer.name].getChannelData(0)[0] = 0.5 ** (index + 1);
  });
  const music = new CuewrightMusic(context, manifest, buffers);
  music.start(start / rate, manifest.layers.length, false);
  const heard = (await context.startRendering()).getChannelData(0), found = [];
  heard.forEach((value, at) => { if (Math.abs(value) > 1e-4) found.push([at - start, value]); });
  return found;
}"""
"""One click at the beginning of every layer, each of another strength: where they are heard."""


@dataclass(frozen=True)
class Played:
    """How far from what it should be, in dB of full scale; samples that a layer's beginning is late; page faults."""

    off_db: float
    late: int
    faults: tuple[str, ...] = ()


def played(folder: Path) -> Played:
    """A kit's page, opened and listened to; needs `PROGRAM`."""
    from playwright.sync_api import sync_playwright

    faults: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=PROGRAM, args=list(FLAGS))
        page = browser.new_page()
        page.set_default_timeout(240_000)
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.goto((folder / "demo.html").as_uri())
        worst, _ = page.evaluate(SWITCHED)
        frames, count = page.evaluate("[manifest.loop.frames, manifest.layers.length]")
        late = late_by(page.evaluate(CLICKS), frames, count)
        browser.close()
    return Played(20 * math.log10(worst + 1e-12), late, tuple(faults))


def late_by(clicks: list[Any], frames: int, layers: int) -> int:
    """How far, in samples, any of the clicks lies from the rounds of a loop; all of a loop where one is missing.

    Examples
    --------
    >>> late_by([[0, 0.75], [100, 0.75], [200, 0.75]], 100, 2), late_by([[0, 0.5], [1, 0.25], [100, 0.75]], 100, 2)
    (0, 100)
    """
    together = sum(0.5 ** (index + 1) for index in range(layers))
    whole = [int(at) for at, value in clicks if abs(value - together) < 1e-3]
    rounds = [0, frames, 2 * frames]
    if len(whole) < len(rounds) or len(clicks) > len(rounds):
        return frames
    return max(abs(at - place) for at, place in zip(whole, rounds, strict=True))
