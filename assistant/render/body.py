"""What the body of an instrument makes of its strings or its breath, by frequency.

Conventions: gains are factors, minimum phase; frequencies in Hz.

Sources: Bristow-Johnson, "Cookbook formulae for audio equalizer biquad filter coefficients" (the bell, here as its
analogue prototype, so that it needs no rate).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from assistant.render.voices import Bells

Complex = npt.NDArray[np.complexfloating[Any, Any]]
Real = npt.NDArray[np.floating[Any]]


def body_response(hertz: Real, bells: Bells, low_cut_hz: float) -> Complex:
    """The body's complex gain at every frequency: resonances, and the lows that it is too small to radiate."""
    low = 1j * np.maximum(hertz, 1.0) / low_cut_hz
    response: Complex = np.asarray(low**2 / (low**2 + np.sqrt(2) * low + 1))
    for centre_hz, gain_db, quality in bells:
        s = 1j * hertz / centre_hz
        root = 10 ** (gain_db / 40)
        response = np.asarray(response * (s**2 + s * root / quality + 1) / (s**2 + s / (root * quality) + 1))
    return response
