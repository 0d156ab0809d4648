"""The emotion evaluation: its briefs, its measure of agreement, and its table."""

from __future__ import annotations

import pytest

from models.evaluation.emotion import BRIEFS, QUADRANTS, ROWS, compose, correlations, read_briefs, report, spearman


def test_there_are_25_different_briefs_of_each_quadrant() -> None:
    briefs = read_briefs()
    assert {name: sum(quadrant == name for quadrant, _ in briefs) for name in QUADRANTS} == dict.fromkeys(QUADRANTS, 25)
    assert len({brief for _, brief in briefs}) == 100
    assert "sources" in BRIEFS.read_text("utf-8")


def test_spearman_compares_ranks_and_shares_them_among_ties() -> None:
    assert spearman([1, 2, 3, 4], [1, 10, 100, 1000]) == 1
    assert spearman([1, 2, 3, 4], [4, 3, 2, 1]) == -1
    assert spearman([-1, -1, 1, 1], [1, 2, 3, 4]) == pytest.approx(0.894, abs=0.001)
    assert spearman([1, 2, 3], [5, 5, 5]) == 0


def test_quadrants_come_out_apart_and_the_table_says_so() -> None:
    cues = compose("rules", each=2)
    mean = {
        quadrant: [
            sum(getattr(cue.found, name) for cue in cues if cue.quadrant == quadrant) / 2
            for name in ("valence", "arousal")
        ]
        for quadrant in QUADRANTS
    }
    for bright, dark in (("bright_lively", "dark_lively"), ("bright_calm", "dark_calm")):
        assert mean[bright][0] > mean[dark][0] + 0.3
    for lively, calm in (("bright_lively", "bright_calm"), ("dark_lively", "dark_calm")):
        assert mean[lively][1] > mean[calm][1] + 0.3
    assert {row[1]: row[2] for row in correlations(cues)}["judged arousal"] > 0.5
    table = report(engines=("rules",), each=1)
    assert table.count("\n|") == len(ROWS) + 2
    assert "planned tonic" in table
