"""Sound: the waveform, and what can be measured on it."""

from assistant.audio.waveform import Waveform, load_wav, save_wav

__all__ = ["Waveform", "load_wav", "save_wav"]
