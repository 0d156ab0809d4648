"""What every test shares: the data files, a quiet environment, and small clips."""

import os
from pathlib import Path

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")

import pytest
from hypothesis import settings as hypothesis_settings

from assistant import library as libraries
from assistant.library import Library
from assistant.settings import Settings

# A busy machine with two cores must not fail a property for being slow.
hypothesis_settings.register_profile("patient", deadline=None)
hypothesis_settings.load_profile("patient")

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared"
"""The project's data folder, beside the clone; a user's machine has none."""


def shared_file(*parts: str) -> Path:
    """A file of the data folder, or a skip that says why."""
    path = SHARED.joinpath(*parts)
    if not path.exists():
        pytest.skip(f"needs {path.name} of the data folder beside the clone")
    return path


@pytest.fixture(scope="session")
def library() -> Library:
    return libraries.load()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(work_dir=tmp_path / "work")
