"""The errors that Cuewright raises, and the one form in which a person reads them.

::

    AssistantError            everything below; caught once, at the edge
    ├── InputError            what a person gave cannot be used (exit code 2)
    │   ├── BriefError        words that no cue can be made from
    │   ├── ClipError         a file that is missing, damaged or of another kind
    │   ├── OutputError       a place that cannot be written
    │   └── EngineError       an engine that is unknown or cannot run here
    ├── DataError             a file of ``prompts/`` or ``models/`` that breaks its own rules
    └── Fault                 a promise of ours that was broken (exit code 1)

Conventions: an ``InputError`` names what was given, the legal form, and the cure, in that order.
"""

from __future__ import annotations


class AssistantError(Exception):
    """Base of every error of ours.

    Parameters
    ----------
    message : str
        What is wrong, with the bad value in it.
    cure : str
        What to do about it, as an instruction.
    """

    exit_code = 1

    def __init__(self, message: str, cure: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.cure = cure

    def __str__(self) -> str:
        return f"{self.message}; {self.cure}" if self.cure else self.message


class InputError(AssistantError):
    """What a person gave cannot be used.

    Parameters
    ----------
    given : str
        What was given, quoted.
    legal : str
        The legal form.
    cure : str
        What to do instead.

    Examples
    --------
    >>> str(InputError("length '-3 s'", "1 to 1800 seconds", "say how long the cue should be"))
    "length '-3 s'; 1 to 1800 seconds; say how long the cue should be"
    """

    exit_code = 2

    def __init__(self, given: str, legal: str, cure: str) -> None:
        super().__init__(given, cure)
        self.given = given
        self.legal = legal

    def __str__(self) -> str:
        return f"{self.given}; {self.legal}; {self.cure}"


class BriefError(InputError):
    """Words that no cue can be made from."""


class ClipError(InputError):
    """A file that is missing, damaged or of another kind."""


class OutputError(InputError):
    """A place that cannot be written."""


class EngineError(InputError):
    """An engine that is unknown or cannot run here."""


class DataError(AssistantError):
    """A file of ``prompts/`` or ``models/`` that breaks its own rules."""


class Fault(AssistantError):  # noqa: N818 - a fault is ours; errors are what a person can cure
    """A promise of ours that was broken; never the person's doing."""
