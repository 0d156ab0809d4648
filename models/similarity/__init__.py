"""Whether a melody stands in what the composer learned from.

`find_copies` looks a score's lines up in an index of every one-voice line of the training pieces, which ships with the
project; `build` makes that index from the corpus. Importing this package reads no file.
"""

from models.similarity.lookup import Copy, find_copies, find_in_line

__all__ = ["Copy", "find_copies", "find_in_line"]
