"""The score as a Standard MIDI File, and back."""

from assistant.score.midi.read import read_midi
from assistant.score.midi.text import TICKS_PER_Q
from assistant.score.midi.write import write_midi

__all__ = ["TICKS_PER_Q", "read_midi", "write_midi"]
