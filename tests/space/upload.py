"""The way to the Hub: every binary through LFS or Xet, every text as it is, and what is not ours any more goes.

Two commits. The first holds .gitattributes alone: the Hub decides by the attributes that it has, file by file, how each
is to come, and refuses a binary that comes as text, however small. What it decided is looked at before the second
commit, and what arrived is compared with the folder after it.

Conventions: huggingface_hub says nothing of its own here and finds no token by itself; ``HF_ENDPOINT`` may name another
Hub, and ``HF_HUB_DISABLE_XET=1`` takes LFS in place of Xet.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from assistant.errors import AssistantError, InputError
from tests.space.inspection import is_binary

ATTRIBUTES = ".gitattributes"
KIND = "space"


def upload(
    folder: Path, files: Sequence[Path], where: str, hardware: str, *, token: str, is_private: bool = True
) -> str:
    """Make the Space where there is none, bring the folder, and compare.

    Parameters
    ----------
    folder : Path
    files : sequence of Path
        Relative to the folder.
    where : str
        ``owner/name``.
    hardware : str
        What a new Space runs on.
    token : str
        Goes into the requests' heads and nowhere else.
    is_private : bool
        Whether a new Space is seen by its owner alone.

    Returns
    -------
    str
        The address of the Space.

    Raises
    ------
    InputError
        If the name is no ``owner/name``.
    AssistantError
        If the Hub refuses something, would take a binary as text, or holds something else afterwards.
    """
    from huggingface_hub import CommitOperationAdd, CommitOperationDelete, HfApi
    from huggingface_hub.errors import HfHubHTTPError
    from huggingface_hub.utils import disable_progress_bars

    disable_progress_bars()
    if where.count("/") != 1 or not all(where.split("/")):
        raise InputError(f"Space {where!r}", "OWNER/NAME", "name the owner too")
    api = HfApi(token=token)
    try:
        page = api.create_repo(
            where, repo_type=KIND, space_sdk="gradio", space_hardware=hardware, private=is_private, exist_ok=True
        )
        first = CommitOperationAdd(ATTRIBUTES, str(folder / ATTRIBUTES))
        api.create_commit(where, [first], commit_message="How files are kept", repo_type=KIND)
        others = [
            CommitOperationAdd(name.as_posix(), str(folder / name)) for name in files if name.as_posix() != ATTRIBUTES
        ]
        api.preupload_lfs_files(where, others, repo_type=KIND, free_memory=False)
        _look_at(folder, others)
        stale = sorted({entry.path for entry in _there(api, where)} - {name.as_posix() for name in files})
        gone = [CommitOperationDelete(path) for path in stale]
        api.create_commit(where, [*others, *gone], commit_message="Cuewright", repo_type=KIND)
        _compare(folder, files, _there(api, where))
    except HfHubHTTPError as error:
        raise AssistantError(f"the Hub refused: {error.server_message or error}", "see what it says") from error
    except RuntimeError as error:  # what huggingface_hub makes of a file that did not get through
        raise AssistantError(f"{error} ({error.__cause__})", "try again") from error
    return str(page)


def _there(api: Any, where: str) -> list[Any]:
    """The files that the Space has."""
    return [entry for entry in api.list_repo_tree(where, recursive=True, repo_type=KIND) if hasattr(entry, "size")]


def _look_at(folder: Path, additions: Iterable[Any]) -> None:
    """Raise where the Hub would take a binary as text, or would leave a file out."""
    for addition in additions:
        if addition._should_ignore:
            raise AssistantError(f"the Hub would leave out {addition.path_in_repo}", "see .gitignore of the Space")
        if addition._upload_mode != "lfs" and is_binary(folder / addition.path_in_repo):
            raise AssistantError(f"the Hub would take {addition.path_in_repo} as text", f"see {ATTRIBUTES}")


def _compare(folder: Path, files: Sequence[Path], there: Iterable[Any]) -> None:
    """Raise where the Space holds other files, other sizes, or a binary as text."""
    found = {entry.path: entry for entry in there}
    for name in files:
        entry = found.pop(name.as_posix(), None)
        if entry is None or entry.size != (folder / name).stat().st_size:
            raise AssistantError(f"{name} is not there as it is here", "upload again")
        if entry.lfs is None and is_binary(folder / name):
            raise AssistantError(f"{name} is there as text", f"see {ATTRIBUTES}")
    if found:
        raise AssistantError(f"the Space holds other files: {', '.join(sorted(found)[:5])}", "upload again")
