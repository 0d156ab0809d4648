"""The score as MusicXML: what a player reads, in bars, quantised."""

from assistant.score.musicxml.write import write_musicxml

__all__ = ["write_musicxml"]
