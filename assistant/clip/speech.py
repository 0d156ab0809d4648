"""Finds where somebody speaks in a clip's sound, so that the music can keep out of the voice.

Conventions: sound arrives in stretches of mono samples at `RATE_HZ`, in order; spans in seconds from the beginning. The
network is silero-vad's own (16 kHz, one judgement each 32 ms), its weights read from the installed package and run in
numpy: everything but the recurrent layer is one product for a whole stretch, and neither torch nor a second runtime
has to be loaded for it.

It does not know who speaks, nor in which language. Singing and effects raise the network's doubts now and then for a
moment: what is shorter than a word or surer of itself nowhere is left out.

Source: Silero Team, *Silero VAD* (MIT), https://github.com/snakers4/silero-vad; layers as in its `tinygrad_model.py`.
"""

from __future__ import annotations

import importlib.util
import logging
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from assistant.clip.values import Span
from assistant.settings import RATE_HZ

Numbers = npt.NDArray[np.float32]
Weights = dict[str, Numbers]

EAR_HZ = 16_000
FRAME, CONTEXT = 512, 64
"""Samples at `EAR_HZ` that are judged at once, and how many before them are heard again."""
FRAME_S = FRAME / EAR_HZ
STEP = RATE_HZ // EAR_HZ
UNITS = 128
BEGINS, ENDS = 0.5, 0.35
"""Probability from which speech begins, and below which it is over: silero-vad's own."""
SURE = 0.8
"""What the network must reach somewhere in a span."""
SHORTEST_S, PAUSE_S = 0.25, 0.4
"""A shorter span is no speech; a shorter pause is none that music could come up in."""
BEFORE_S, AFTER_S = 0.03, 0.03
"""What a span is widened by: soft beginnings and ends of words."""


class Ear:
    """Hears a sound stretch by stretch and remembers how likely each moment is speech."""

    def __init__(self) -> None:
        self._weights = read_weights()
        self._held = np.zeros(0, np.float32)
        self._context = np.zeros(CONTEXT, np.float32)
        self._state = np.zeros((2, UNITS), np.float32)
        self._heard: list[Numbers] = []

    def hear(self, mono: Numbers) -> None:
        """The next samples at `RATE_HZ`, of any number."""
        if self._weights is None:
            return
        held = np.concatenate([self._held, mono])
        whole = len(held) // (FRAME * STEP) * FRAME * STEP
        self._held = held[whole:]
        if whole:
            self._judge(held[:whole])

    def spans(self) -> tuple[Span, ...]:
        """Where speech is in all that was heard."""
        if self._weights is not None and self._held.any():
            self._judge(np.pad(self._held, (0, FRAME * STEP - len(self._held))))
            self._held = np.zeros(0, np.float32)
        return find_spans(np.concatenate(self._heard)) if self._heard else ()

    def _judge(self, mono: Numbers) -> None:
        from scipy.signal import resample_poly

        assert self._weights is not None
        frames = np.asarray(resample_poly(mono, 1, STEP), np.float32).reshape(-1, FRAME)
        tails = np.concatenate([self._context[None], frames[:-1, -CONTEXT:]])
        self._context = frames[-1, -CONTEXT:]
        likely, self._state = judge(np.concatenate([tails, frames], axis=1), self._state, self._weights)
        self._heard.append(likely)


def find_spans(likely: Sequence[float] | Numbers) -> tuple[Span, ...]:
    """Spans of speech from its probability in each frame of `FRAME_S`.

    Examples
    --------
    >>> find_spans([0.0] * 20 + [0.9] * 20 + [0.2] * 5 + [0.9] * 10 + [0.0] * 20)
    (Span(from_s=0.61, to_s=1.79),)
    """
    runs: list[list[int]] = []
    speaks = False
    for index, value in enumerate(likely):
        if not speaks and value >= BEGINS:
            runs.append([index, index])
        speaks = value >= (ENDS if speaks else BEGINS)
        if speaks:
            runs[-1][1] = index + 1
    joined: list[list[int]] = []
    for start, end in runs:
        if joined and (start - joined[-1][1]) * FRAME_S < PAUSE_S:
            joined[-1][1] = end
        else:
            joined.append([start, end])
    last_s = len(likely) * FRAME_S
    return tuple(
        Span(round(max(0.0, start * FRAME_S - BEFORE_S), 3), round(min(last_s, end * FRAME_S + AFTER_S), 3))
        for start, end in joined
        if (end - start) * FRAME_S >= SHORTEST_S and max(likely[start:end]) >= SURE
    )


@cache
def read_weights() -> Weights | None:
    """The network's weights; None, with a line in the log, when silero-vad is not installed."""
    found = importlib.util.find_spec("silero_vad")
    path = Path(found.origin).parent / "data" / "silero_vad_16k.safetensors" if found and found.origin else None
    if path is None or not path.is_file():
        logging.getLogger(__name__).warning("silero-vad is not installed: speech in clips is not found")
        return None
    from safetensors.numpy import load_file

    return dict(load_file(path))


def judge(frames: Numbers, state: Numbers, weights: Weights) -> tuple[Numbers, Numbers]:
    """How likely each frame is speech, and what the recurrent layer remembers after the last.

    Parameters
    ----------
    frames : array, shape (n, CONTEXT + FRAME)
        Successive frames at `EAR_HZ`, each with the end of the one before it.
    state : array, shape (2, UNITS)
    weights : dict of str to array

    Returns
    -------
    array, shape (n,)
        0..1.
    array, shape (2, UNITS)
    """
    sound = np.pad(frames, ((0, 0), (0, CONTEXT)), mode="reflect")
    windows = np.lib.stride_tricks.sliding_window_view(sound, 256, axis=1)[:, ::128]
    parts = windows @ weights["stft_conv.weight"][:, 0].T
    layer = np.sqrt(parts[..., :129] ** 2 + parts[..., 129:] ** 2)
    for name, stride in (("conv1", 1), ("conv2", 2), ("conv3", 2), ("conv4", 1)):
        layer = _convolved(layer, weights[f"{name}.weight"], weights[f"{name}.bias"], stride)
    return _remembered(layer[:, 0], state, weights)


def _convolved(layer: Numbers, kernel: Numbers, bias: Numbers, stride: int) -> Numbers:
    """A convolution of width 3 over time, padded by 1, and its rectifier; layer of shape (n, time, channels)."""
    padded = np.pad(layer, ((0, 0), (1, 1), (0, 0)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, 3, axis=1)[:, ::stride]  # (n, time, channels, 3)
    flat = windows.reshape(*windows.shape[:2], -1)
    return np.asarray(np.maximum(flat @ kernel.reshape(len(kernel), -1).T + bias, 0.0))


def _remembered(layer: Numbers, state: Numbers, weights: Weights) -> tuple[Numbers, Numbers]:
    """The recurrent layer, frame by frame, and the probability that follows from it."""
    given = layer @ weights["lstm_cell.weight_ih"].T + weights["lstm_cell.bias_ih"] + weights["lstm_cell.bias_hh"]
    recurrent = np.ascontiguousarray(weights["lstm_cell.weight_hh"].T)
    hidden, cell = state
    out = np.empty((len(layer), UNITS), np.float32)
    for index, row in enumerate(given):
        gates = row + hidden @ recurrent
        let_in, forget, give_out = (_sigmoid(gates[at : at + UNITS]) for at in (0, UNITS, 3 * UNITS))
        cell = forget * cell + let_in * np.tanh(gates[2 * UNITS : 3 * UNITS])
        hidden = give_out * np.tanh(cell)
        out[index] = hidden
    likely = _sigmoid(np.maximum(out, 0.0) @ weights["final_conv.weight"][0, :, 0] + weights["final_conv.bias"][0])
    return likely, np.stack([hidden, cell])


def _sigmoid(values: Numbers) -> Numbers:
    return np.asarray(1.0 / (1.0 + np.exp(-np.clip(values, -60.0, 60.0))), np.float32)
