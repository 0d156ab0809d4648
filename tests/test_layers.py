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
    "locks",
    "hosted",
    "datafile",
    "timecode",
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
    "judge",
    "taste",
    "session",
    "explain",
    "feedback",
    "deliver",
    "answers",
    "ideas",
    "cutdowns",
    "themes",
    "worker",
    "memory",
    "preview",
    "tuned",
    "renewal",
    "painting",
    "steps",
    "walk",
    "pipeline",
    "store",
    "summary",
    "campaign",
]
OUTER = ["cli", "page"]
HEAVY = {"torch", "gradio", "transformers", "diffusers", "librosa", "av", "cv2", "music21", "ray", "sklearn"}
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


def faults_of_order(path: Path) -> list[str]:
    """What a file imports that does not come before it."""
    names = imported(path)
    if path.is_relative_to(ROOT / "models"):
        return [
            name
            for name in names
            if name.split(".")[0] == "app" or f"{name}.".startswith(("assistant.page.", "assistant.cli."))
        ]
    place = "app" if path.parent == ROOT else station(path)
    if place == "app" or place in OUTER or place in EXEMPT:
        return []
    earlier = CORE[: CORE.index(place) + 1]
    inside = [
        name for name in names if name.startswith("assistant.") and name.split(".")[1] not in (*earlier, "__version__")
    ]
    return inside + [name for name in names if name.split(".")[0] in ("models", "app")]


def heavy_at_the_top(path: Path) -> set[str]:
    """The heavy libraries that importing a file would load."""
    if path.is_relative_to(ROOT / "assistant" / "page") or path == ROOT / "app.py":
        return set()
    heavy = {name.split(".")[0] for name in imported(path, top_level_only=True)} & HEAVY
    return heavy - {"torch"} if path.is_relative_to(ROOT / "models") else heavy


def test_a_module_imports_only_earlier_ones() -> None:
    faults = {str(path.relative_to(ROOT)): faults_of_order(path) for path in python_files()}
    assert not {path: names for path, names in faults.items() if names}


def test_heavy_libraries_are_imported_where_they_are_used() -> None:
    faults = {str(path.relative_to(ROOT)): heavy_at_the_top(path) for path in python_files()}
    assert not {path: names for path, names in faults.items() if names}


def neighbours() -> dict[str, set[str]]:
    """The files that each file imports, packages' faces and ``app.py`` left out, by dotted name.

    ``app.py`` and the command line start each other by design: each is a way to the page.
    """
    names = {".".join(path.relative_to(ROOT).with_suffix("").parts): path for path in python_files()}
    del names["app"]
    return {
        name: {
            other
            for full in imported(path)
            for other in (full, full.rpartition(".")[0])
            if other in names and other != name and names[other].name != "__init__.py"
        }
        for name, path in names.items()
    }


def on_a_circle(edges: dict[str, set[str]]) -> set[str]:
    """What is left when everything that imports nothing left is taken away, again and again, from both ends."""
    left = dict(edges)
    while True:
        wanted = {other for others in left.values() for other in others}
        kept = {name: others & set(left) for name, others in left.items() if others & set(left) and name in wanted}
        if kept == left:
            return set(kept)
        left = kept


def test_no_files_import_each_other_in_a_circle() -> None:
    assert not on_a_circle(neighbours())
    assert on_a_circle({"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}, "e": set()}) == {"a", "b", "c"}


def test_the_rules_catch_what_breaks_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(globals(), "ROOT", tmp_path)
    folder = tmp_path / "assistant" / "plan"
    folder.mkdir(parents=True)
    bad = folder / "bad.py"
    bad.write_text("import torch\nfrom assistant.deliver import deliver\nfrom models.registry import get_engine\n")
    assert faults_of_order(bad) == ["assistant.deliver.deliver", "models.registry.get_engine"]
    assert heavy_at_the_top(bad) == {"torch"}


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
