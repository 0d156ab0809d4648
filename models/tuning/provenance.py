"""What a file of adaptations says of itself: whose weights it belongs to, what it learned from, with what right.

Conventions: it stands in the head of the safetensors file, one JSON value under `KEY`; files are named by the SHA-256
of their bytes, never by their names, which may be private. Losses are those of the run that wrote it, lower is better.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any

from assistant.errors import EngineError, InputError

KEY = "cuewright_tuning"
LEAST_SAID = 8
"""Letters of the shortest statement of rights that is taken for one."""


@dataclass(frozen=True)
class Provenance:
    """Where an adaptation comes from.

    Parameters
    ----------
    engine : str
        The engine that it is for.
    base : str
        The weights that it was learned on: the SHA-256 of a file, or repository and revision.
    network : str
        A digest of the names and shapes of the layers that it changes, see `digest_of_shapes`.
    licence : str
        The person's own statement of their rights in what it learned from.
    files : tuple of str
        SHA-256 of every file that it learned from or was checked on.
    rank, steps, seed : int
    figures : dict of str to float
        Losses before and after.
    """

    engine: str
    base: str
    network: str
    licence: str
    files: tuple[str, ...]
    rank: int
    steps: int
    seed: int
    figures: dict[str, float] = field(default_factory=dict)

    def head(self) -> dict[str, str]:
        """The head of the file that carries it."""
        return {KEY: json.dumps(asdict(self), sort_keys=True)}

    def sources(self) -> str:
        """One line for the papers of a delivery.

        Examples
        --------
        >>> Provenance("composer", "", "", "my own work, 2021 to 2025", ("a", "b"), 8, 100, 1).sources()
        '2 files of the person who uses it (as they state: my own work, 2021 to 2025)'
        """
        count = f"{len(self.files)} file{'' if len(self.files) == 1 else 's'}"
        return f"{count} of the person who uses it (as they state: {self.licence})"


def of_head(head: dict[str, str] | None) -> Provenance | None:
    """What a file's head says; None where it is no adaptation of ours.

    Raises
    ------
    EngineError
        If it says so in a form that cannot be read.
    """
    text = (head or {}).get(KEY)
    if text is None:
        return None
    try:
        found: dict[str, Any] = json.loads(text)
        return Provenance(**(found | {"files": tuple(found["files"])}))
    except (ValueError, TypeError, KeyError) as error:
        raise EngineError(
            f"an adaptation whose head says {text[:60]!r}", "what models.tuning wrote", "tune anew"
        ) from error


def checked_licence(said: str) -> str:
    """The person's statement of their rights.

    Raises
    ------
    InputError
        If there is none.
    """
    words = " ".join(said.split())
    if len(words) < LEAST_SAID:
        raise InputError(
            f"statement of rights {said!r}",
            "with what right these files may be learned from, in a few words",
            'say it, such as --licence "my own compositions and recordings" or --licence "CC BY 4.0, Jane Doe 2024"',
        )
    return words


def digest_of_shapes(shapes: Iterable[tuple[str, tuple[int, ...]]]) -> str:
    """A digest of layers by name and shape, whatever their order.

    Examples
    --------
    >>> digest_of_shapes([("a", (2, 3)), ("b", (4,))]) == digest_of_shapes([("b", (4,)), ("a", (2, 3))])
    True
    """
    lines = sorted(f"{name} {'x'.join(map(str, shape))}" for name, shape in shapes)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()
