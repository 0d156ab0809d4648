"""Imports point one way: app -> models -> assistant, and within the core each module only to earlier ones."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

CORE = [
    "errors",
    "records",
    "remark",
    "settings",
    "audio",
    "score",
    "clip",
    "brief",
    "constraints",
    "library",
    "language",
    "interpret",
    "plan",
    "generator",
    "render",
    "check",
    "session",
    "explain",
    "feedback",
    "deliver",
    "pipeline",
]
OUTER = ["cli", "page"]
HEAVY = {"torch", "gradio", "transformers", "diffusers", "librosa", "av", "cv2", "music21", "sklearn"}
EXEMPT = {"__init__", "__main__"}


def python_files() -> list[Path]:
    files = [*ROOT.glob("assistant/**/*.py"), *ROOT.glob("models/**/*.py"), ROOT / "app.py"]
    return [path for path in files if path.exists()]


def station(path: Path) -> str:
    """The station a file belongs to: ``assistant/plan/tempo.py`` -> ``plan``."""
    inside = path.relative_to(ROOT / "assistant")
    return inside.parts[0].removesuffix(".py")


def imported(path: Path, *, top_level_only: bool = False) -> list[str]:
    tree = ast.parse(path.read_text("utf-8"))
    nodes = tree.body if top_level_only else ast.walk(tree)
    names: list[str] = []
    for node in nodes:
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names += [f"{node.module}.{alias.name}" for alias in node.names]
    return names


@pytest.mark.parametrize("path", python_files(), ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_imports_only_earlier_ones(path: Path) -> None:
    names = imported(path)
    if path.parent == ROOT:
        return
    if path.is_relative_to(ROOT / "models"):
        assert not [name for name in names if name.split(".")[0] == "app" or name.startswith(("assistant.page", "assistant.cli"))]
        return
    place = station(path)
    if place in OUTER or place in EXEMPT:
        return
    assert place in CORE, f"{place} is not on the list of modules"
    assert not [name for name in names if name.split(".")[0] in ("models", "app")], "the core imports a plug-in"
    for name in names:
        if name.startswith("assistant."):
            other = name.split(".")[1]
            assert other in CORE or other == "__version__", f"{path.name} imports the outer ring: {name}"
            if other in CORE:
                assert CORE.index(other) <= CORE.index(place), f"{place} imports {other}, which comes after it"


@pytest.mark.parametrize("path", python_files(), ids=lambda path: str(path.relative_to(ROOT)))
def test_heavy_libraries_are_imported_where_they_are_used(path: Path) -> None:
    if path.is_relative_to(ROOT / "assistant" / "page") or path == ROOT / "app.py":
        return
    heavy = {name.split(".")[0] for name in imported(path, top_level_only=True)} & HEAVY
    if path.is_relative_to(ROOT / "models"):
        heavy -= {"torch"}
    assert not heavy, f"{path.name} imports {heavy} at module level"


def test_every_module_is_on_the_list() -> None:
    found = {station(path) for path in python_files() if path.is_relative_to(ROOT / "assistant")}
    assert found - EXEMPT <= set(CORE) | set(OUTER)
    assert set(CORE) <= found


def test_importing_touches_no_heavy_library_and_no_network() -> None:
    script = (
        "import sys, socket\n"
        "socket.socket.connect = lambda *a: sys.exit('network at import')\n"
        "import assistant, assistant.pipeline, models.registry\n"
        f"heavy = {HEAVY!r} & set(sys.modules)\n"
        "sys.exit(f'imported {heavy}' if heavy else 0)"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
