"""What the papers of a delivery say of its files.

Conventions: names of files are relative to the folder, with ``/`` on every system; hashes are SHA-256 in hexadecimal,
of the files as they lie there, signed ones with their signature.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from assistant.records import STRICT

Kind = Literal["own", "test", "none"]
"""Whose certificate signed: the publisher's own, a test one that nobody vouches for, or nobody's."""


@dataclass(frozen=True)
class FileHash:
    """One file of a delivery.

    Parameters
    ----------
    name : str
    sha256 : str
    signed : bool
        Whether content credentials (C2PA) are in it.
    disclosed : bool
        Whether its own metadata say that it was made by a program.
    """

    __pydantic_config__ = STRICT

    name: str
    sha256: str
    signed: bool = False
    disclosed: bool = False


@dataclass(frozen=True)
class Credentials:
    """The content credentials of a delivery.

    Parameters
    ----------
    kind : {"own", "test", "none"}
    issuer : str
        Who the certificate says that it is; empty without one.
    timestamped : bool
        Whether an authority of time was asked to countersign.
    files : tuple of str
        What was signed.
    trouble : str
        Why files that should have been signed are not; empty when all went well.
    """

    __pydantic_config__ = STRICT

    kind: Kind = "none"
    issuer: str = ""
    timestamped: bool = False
    files: tuple[str, ...] = ()
    trouble: str = ""

    def joined(self, later: Credentials) -> Credentials:
        """These, and what was signed later."""
        trouble = self.trouble or later.trouble
        if not later.files:
            return replace(self, trouble=trouble)
        return replace(later, files=tuple(sorted({*self.files, *later.files})), trouble=trouble)


@dataclass(frozen=True)
class Papers:
    """What was done to the files of a delivery, and what they are now."""

    __pydantic_config__ = STRICT

    files: tuple[FileHash, ...] = ()
    credentials: Credentials = Credentials()
