"""The files open in the programs that they are for (slow: notation programs take seconds to start)."""

from __future__ import annotations

from pathlib import Path

import pytest

from assistant.deliver import deliver
from assistant.deliver.papers.certificates import signer_for
from assistant.deliver.papers.write import note_again
from assistant.deliver.turnover import export
from assistant.settings import Settings
from models.evaluation import opened
from tests.turnovers import busy_materials

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("opened") / "take"
    signer = signer_for(Settings(place.parent), {})
    deliver(place, busy_materials(rate_hz=29.97, text="Twenty seconds, then a sunrise"), signer=signer)
    note_again(place, [each.file for each in export(place, start="01:00:00;00")], signer=signer)
    return place


@pytest.mark.parametrize("name", opened.CHECKS)
def test_a_file_opens_in_a_program_that_is_not_ours(folder: Path, name: str) -> None:
    from assistant.deliver import load_cue

    found = opened.CHECKS[name](folder, load_cue(folder).score)
    if found == opened.ABSENT:
        pytest.skip(f"needs the program or schema of {name!r}")
    assert found == ""


@pytest.mark.parametrize("name", ["score.mid, music21", "project.rpp, rpp", "timeline.otio, OpenTimelineIO"])
def test_a_file_of_another_score_is_told(folder: Path, name: str) -> None:
    from dataclasses import replace

    from assistant.deliver import load_cue

    score = load_cue(folder).score
    other = replace(
        score,
        parts=(replace(score.parts[0], notes=score.parts[0].notes[1:]), *score.parts[1:]),
        markers=tuple(replace(mark, at_q=mark.at_q + 1) for mark in score.markers),
    )
    assert opened.CHECKS[name](folder, other) != ""
