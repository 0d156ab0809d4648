"""The last hand on a folder of files: statement in each, signature on those that are published, hash of all.

Conventions: hashes are of the files as they lie there when this is done; nothing may be written into them after it.
"""

from __future__ import annotations

import hashlib
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from assistant.deliver.papers.certificates import Signer
from assistant.deliver.papers.credentials import Origin, published, sign_files
from assistant.deliver.papers.disclosure import MPEG4, disclose
from assistant.deliver.papers.values import FileHash, Papers

WORKERS = min(4, os.cpu_count() or 1)
"""Files hashed side by side."""
UNKNOWN = "0" * 64
"""In place of a hash that can't be known yet: as long as one."""


def finish(folder: Path, signer: Signer | None, origin: Origin) -> Papers:
    """Disclose, sign and hash every file of a folder.

    Parameters
    ----------
    folder : Path
        Of a delivery whose sound, film and notes are written.
    signer : Signer or None
        None signs nothing.
    origin : Origin
        What the credentials say.
    """
    names = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    told = {name for name in names if Path(name).suffix in {".wav", *MPEG4} and disclose(folder / name)}
    credentials = sign_files(folder, published(names), signer, origin)
    with ThreadPoolExecutor(WORKERS) as pool:
        digests = pool.map(lambda name: hash_of(folder / name), names)
    signed = set(credentials.files)
    hashes = zip(names, digests, strict=True)
    return Papers(tuple(FileHash(name, sha, name in signed, name in told) for name, sha in hashes), credentials)


def hash_of(path: Path) -> str:
    """SHA-256 of a file, read in pieces."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
