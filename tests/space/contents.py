"""The folder for a Space: the files that run, and four that Spaces read first.

README.md's head, requirements.txt, packages.txt and .gitattributes are made, not kept: the versions are those of
constraints.txt and the binaries those that are there, so neither can fall behind; and README.md of the repository needs
no head, which GitHub would show as a table above the title.

Conventions: only files that git tracks go along, as they are in the work tree, so nothing that lies about can leak.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path
from typing import Any

import yaml
from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from assistant.errors import InputError
from assistant.settings import ROOT
from tests.space.inspection import is_binary

SETTINGS = Path(__file__).with_name("settings.toml")
MADE = ("README.md", "requirements.txt", "packages.txt", ".gitattributes")
OURS = ".made-by-make-space"
"""A folder without this file is somebody's and never written over; it stays behind."""
LFS = "filter=lfs diff=lfs merge=lfs -text"
LARGEST_REGULAR = 10_000_000
"""Bytes of a file from which the Hub takes it through LFS or Xet only, text or not."""
COLOURS = ("red", "yellow", "green", "blue", "indigo", "purple", "pink", "gray")
LONGEST_DESCRIPTION = 60


@dataclass(frozen=True)
class Hardware:
    """One kind of machine that a Space runs on: its Python, its torch, what is installed besides, rows of the head."""

    name: str
    python_version: str
    index: str
    torch: str
    more: tuple[str, ...]
    head: dict[str, str]


@dataclass(frozen=True)
class Settings:
    """What `settings.toml` says."""

    files: tuple[str, ...]
    left_out: tuple[str, ...]
    packages: tuple[str, ...]
    head: dict[str, Any]
    versions: dict[str, str]
    hardware: dict[str, Hardware]

    def on(self, name: str) -> Hardware:
        """The hardware of that name."""
        if name not in self.hardware:
            raise InputError(f"hardware {name!r}", f"one of {', '.join(self.hardware)}", "choose one of these")
        return self.hardware[name]


def read_settings(path: Path = SETTINGS) -> Settings:
    """The choices, checked as far as Hugging Face checks them."""
    data = tomllib.loads(path.read_text("utf-8"))
    kinds = {name: Hardware(name, **{**each, "more": tuple(each["more"])}) for name, each in data["hardware"].items()}
    head = data["head"]
    if not {head["colorFrom"], head["colorTo"]} <= set(COLOURS):
        raise InputError("colours of the head", ", ".join(COLOURS), f"correct {path.name}")
    if len(head["short_description"]) > LONGEST_DESCRIPTION:
        raise InputError("short_description", f"{LONGEST_DESCRIPTION} characters at most", f"correct {path.name}")
    lists = (tuple(data[name]) for name in ("files", "left_out", "packages"))
    versions = {canonicalize_name(name): version for name, version in data["versions"].items()}
    return Settings(*lists, head, versions, kinds)


def write_folder(target: Path, settings: Settings, hardware: Hardware, *, root: Path = ROOT) -> tuple[Path, ...]:
    """Make the folder anew; gives its files, relative to it.

    Raises
    ------
    InputError
        If the place is something else's, or git does not know this copy.
    """
    _check_ours(target)
    shutil.rmtree(target, ignore_errors=True)
    for name in tracked(settings, root):
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(root / name, target / name)
    made = {
        "README.md": readme((root / "README.md").read_text("utf-8"), settings, hardware, root),
        "requirements.txt": requirements(settings, hardware, root),
        "packages.txt": "".join(f"{name}\n" for name in settings.packages),
    }
    for name, text in made.items():
        (target / name).write_text(text, "utf-8")
    (target / ".gitattributes").write_text(attributes(target), "utf-8")
    (target / OURS).write_text("Made by make space, which makes it anew.\n", "utf-8")
    return files_of(target)


def _check_ours(target: Path) -> None:
    """Raise `InputError` where a place is something else's, or can't be written."""
    try:
        is_free = (target / OURS).is_file() or not target.exists() or (target.is_dir() and not any(target.iterdir()))
        target.mkdir(parents=True, exist_ok=is_free)
    except OSError as error:
        given = f"folder {str(target)!r} ({error.strerror})"
        raise InputError(given, "one that was made before, or a new one", "name another") from error


def files_of(folder: Path) -> tuple[Path, ...]:
    """All files of a folder, relative to it, in order."""
    paths = (path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    return tuple(sorted(path for path in paths if path != Path(OURS)))


def tracked(settings: Settings, root: Path) -> list[str]:
    """The files that go along: known to git, on the list, and no links."""
    found = subprocess.run(["git", "ls-files", "-z"], cwd=root, capture_output=True, text=True)
    if found.returncode:
        raise InputError(f"folder {str(root)!r}", "a clone of the repository", "run it where git knows the files")
    wanted = (name for name in found.stdout.split("\0") if name.startswith(settings.files))
    kept = (name for name in wanted if not name.startswith(settings.left_out))
    return [name for name in kept if (root / name).is_file() and not (root / name).is_symlink()]


def readme(text: str, settings: Settings, hardware: Hardware, root: Path = ROOT) -> str:
    """README.md with the head that Spaces read in place of any that it has."""
    body = re.sub(r"\A---\n.*?\n---\n+", "", text, flags=re.DOTALL)
    versions = pinned(root)
    head = {
        **settings.head,
        "sdk_version": versions["gradio"],
        "python_version": hardware.python_version,
        **hardware.head,
    }
    return f"---\n{yaml.safe_dump(head, allow_unicode=True, sort_keys=False, width=200)}---\n\n{body}"


def requirements(settings: Settings, hardware: Hardware, root: Path = ROOT) -> str:
    """What pip installs there: every package that the page needs, directly or not, at the version of the tests.

    Gradio is left to ``sdk_version``; named twice it would have to be changed twice.
    """
    versions = pinned(root) | settings.versions
    names = sorted(set(needed(root)) & set(versions) - {"gradio", "torch", "pip", "setuptools"})
    lines = [f"--extra-index-url {hardware.index}"] if hardware.index else []
    lines += [f"torch=={hardware.torch}", *(f"{name}=={versions[name]}" for name in names), *hardware.more]
    return "# Made by make space from pyproject.toml and constraints.txt.\n" + "".join(f"{line}\n" for line in lines)


def pinned(root: Path = ROOT) -> dict[str, str]:
    """The versions of constraints.txt, by the package's plain name."""
    lines = (root / "constraints.txt").read_text("utf-8").splitlines()
    pairs = (line.partition("#")[0].strip().split("==") for line in lines if "==" in line.partition("#")[0])
    return {canonicalize_name(name): version for name, version in pairs}


def needed(root: Path = ROOT) -> Iterator[str]:
    """The packages that the page needs and what these need, as installed here, for Linux."""
    declared = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]["dependencies"]
    waiting, seen = [(Requirement(line), "") for line in declared], set[tuple[str, str]]()
    linux = default_environment() | {"sys_platform": "linux", "platform_system": "Linux"}
    while waiting:
        requirement, extra = waiting.pop()
        if requirement.marker and not requirement.marker.evaluate(linux | {"extra": extra}):
            continue
        name = canonicalize_name(requirement.name)
        for wanted in ("", *requirement.extras):
            if (name, wanted) not in seen:
                seen.add((name, wanted))
                waiting += [(Requirement(line), wanted) for line in _requires(name)]
        yield name


def _requires(name: str) -> Iterable[str]:
    try:
        return requires(name) or ()
    except PackageNotFoundError:
        return ()


def attributes(folder: Path) -> str:
    """Git's attributes that send every binary, and every text that is too large, through LFS or Xet.

    A kind of file is named by its ending; what has none, or shares it with texts, by its path.
    """
    files = files_of(folder)
    heavy = [name for name in files if is_binary(folder / name) or (folder / name).stat().st_size > LARGEST_REGULAR]
    plain = {name.suffix for name in set(files) - set(heavy)}
    rows = {f"*{name.suffix}" if name.suffix and name.suffix not in plain else name.as_posix() for name in heavy}
    return "".join(f"{row.replace(' ', '[[:space:]]')} {LFS}\n" for row in sorted(rows))


def by_lfs(attributes_text: str, name: Path) -> bool:
    """Whether attributes send a file through LFS or Xet."""
    rows = [line.split()[0] for line in attributes_text.splitlines() if "filter=lfs" in line]
    return any(name.match(row) if row.startswith("*") else name.as_posix() == row for row in rows)
