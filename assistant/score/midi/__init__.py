"""The score as a Standard MIDI File, and back."""

from assistant.score.midi.read import is_midi, read_midi
from assistant.score.midi.text import TICKS_PER_Q
from assistant.score.midi.write import write_midi

__all__ = ["TICKS_PER_Q", "is_midi", "read_midi", "write_midi"]
