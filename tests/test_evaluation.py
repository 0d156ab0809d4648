"""The command that evaluates: its sections, the card that it writes, and what it does when one of them fails."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from assistant.errors import InputError
from models.evaluation import __main__ as command
from models.evaluation import controls, likelihood
from models.evaluation.missed import Bound, MissedError, bounded, printed
from models.transformer import corpus, train, weights, windows
from models.transformer.network import Composer, Shape
from tests import bench
from tests.plans import toy_plan
from tests.test_data import data_folder


def stand_in(monkeypatch: pytest.MonkeyPatch, name: str, said: str | Exception) -> None:
    """A section that says this, or fails."""

    def report(*, corpus: Path | None, engines: Sequence[str], seeds: int) -> str:
        if isinstance(said, Exception):
            raise said
        return said

    module = ModuleType(f"models.evaluation.{name}")
    module.report = report  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, module.__name__, module)


def test_a_section_replaces_its_own_and_leaves_the_rest() -> None:
    card = "head\n\n<!-- eval:speed -->\nold\n<!-- /eval -->\n\n<!-- eval:styles -->\nkept\n<!-- /eval -->\nfoot\n"
    new = command.placed(card, "speed", "new \\1")
    assert new == card.replace("old", "new \\1")
    assert command.placed("head\n", "speed", "new").endswith("<!-- eval:speed -->\nnew\n<!-- /eval -->\n")
    assert command.placed(new, "speed", "new \\1") == new


def test_a_section_that_fails_is_said_and_stops_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stand_in(monkeypatch, "controls", ValueError("no such luck"))
    stand_in(monkeypatch, "likelihood", "| a table |")
    card = tmp_path / "CARDS.md"
    card.write_text("<!-- eval:controls -->\nearlier\n<!-- /eval -->\n", "utf-8")
    done = command.run(["controls", "likelihood"], corpus=None, engines=["rules"], seeds=1, card=card)
    printed = capsys.readouterr().out
    assert done == 1
    assert "failed: ValueError: no such luck" in printed
    assert '`make eval ARGS="--only likelihood"`' in printed and "| a table |" in printed
    assert "earlier" in card.read_text("utf-8") and "| a table |" in card.read_text("utf-8")


def test_a_bound_that_is_missed_fails_and_is_written_all_the_same(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    late, soon = (Bound("speed", "1 s", f"{measured} s", measured <= 1) for measured in (2, 1))
    with pytest.raises(MissedError, match=r"\| speed \| 1 s \| 2 s \| \*\*missed\*\* \|") as missed:
        bounded([soon, late], "More.")
    stand_in(monkeypatch, "controls", missed.value)
    card = tmp_path / "CARDS.md"
    card.write_text("", "utf-8")
    assert command.run(["controls"], corpus=None, engines=["rules"], seeds=1, card=card) == 1
    assert "**missed**" in card.read_text("utf-8") and "A bound is missed." in capsys.readouterr().out
    assert printed(lambda: bounded([soon, late], "More.")) == 1 and printed(lambda: bounded([soon], "More.")) == 0


def test_all_well_is_nothing_to_report(monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in(monkeypatch, "controls", "fine")
    assert command.run(["controls"], corpus=None, engines=["rules"], seeds=1, card=None) == 0


def test_unknown_sections_and_corpora_are_refused(tmp_path: Path) -> None:
    assert command.chosen("likelihood, controls") == ("controls", "likelihood")
    with pytest.raises(InputError, match=r"section vibes; of controls, "):
        command.chosen("vibes")
    with pytest.raises(InputError, match=r"gone\.npz"):
        command.corpus_of(str(tmp_path / "gone.npz"))
    assert command.main(["--only", "vibes"]) == 2


def test_the_rules_keep_to_metre_key_and_instruments(monkeypatch: pytest.MonkeyPatch) -> None:
    two = ("waltz for violin and piano", "guzheng and dizi")
    monkeypatch.setattr(controls, "WISHES", {name: controls.WISHES[name] for name in two})
    kept = controls.obeyed("rules", 1)
    assert kept == {"meter": (2, 2), "key": (2, 2), "instrument": (4, 4), "no_instrument": (3, 3)}


def test_an_instrument_that_does_not_play_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    wish = controls.WISHES["cello alone"]
    monkeypatch.setattr(controls, "WISHES", {"cello": wish})
    monkeypatch.setattr(controls, "make_plan", lambda *_, **__: toy_plan(8))
    kept = controls.obeyed("rules", 1)
    assert kept["instrument"] == (0, 1) and kept["key"] == (0, 1) and kept["no_instrument"] == (1, 2)


def test_held_out_music_is_foreseen_by_weights_and_chain(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    corpus.build(data_folder(tmp_path) / "music", tmp_path / "table.npz", workers=1)
    table = dict(np.load(tmp_path / "table.npz"))
    table["piece"][:, 1] = [0, 1, 2]
    np.savez(tmp_path / "table.npz", **table)
    monkeypatch.setattr(weights, "load_composer", lambda: Composer(Shape(16, 1, 2)).eval())
    said = likelihood.report(corpus=tmp_path / "table.npz", windows=16)
    rows = [line for line in said.splitlines() if line.startswith("| ")]
    names = [row.split(" | ")[0].split(",")[0] for row in rows[1:]]
    assert names == ["| composer", "| GRU", "| Markov chain of third order"]
    assert "3.13 | 3.08" in rows[2]
    read = windows.Corpus.load(tmp_path / "table.npz")
    found = train.evaluate(Composer(Shape(16, 1, 2)), read, train.Recipe("", "", window=96), windows=16)
    assert found["bits_a_note"] > 10  # it knows nothing
    assert "not measured" in likelihood.report(corpus=None)


def test_the_first_bars_are_there_when_all_of_them_sound() -> None:
    from assistant.score import Score
    from models.rules import RulesGenerator

    score = RulesGenerator().generate(toy_plan(8), seed=1)
    assert isinstance(score, Score)
    bare = Score(score.tempo_map, (), score.length_s)
    assert bench.first_bars_s([(0.1, bare), (0.2, score)], score) == 0.2
    assert bench.first_bars_s([(0.1, bare)], score) is None
