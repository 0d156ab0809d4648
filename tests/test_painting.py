"""Sound painted over a rendered score, along the whole line: what it becomes, what stays, what is said."""

import argparse
import itertools
import json
import threading
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pytest

from assistant import pipeline
from assistant.audio import Waveform, load_wav
from assistant.audio.loudness import integrated_lufs, true_peak_dbtp
from assistant.brief import Brief
from assistant.check.painting import lateness_s
from assistant.deliver import EngineCard, load_cue
from assistant.errors import EngineError
from assistant.explain import voice
from assistant.feedback import skin_wish_in
from assistant.generator import Account, Candidate, Keep, Painted
from assistant.language import READ_LANGUAGES
from assistant.session import Session, TakeRecord
from assistant.store import Bubble, Database, Limits, Message, Store, export_work, import_work, owner_of
from models.registry import get_engine

RATE_HZ = 48_000
SPOT = "An upbeat pop piece of 6 seconds, 120 bpm, piano, bass and drums, a hit at 0:03"


@dataclass
class Brush:
    """An engine of sound that gives its guide back, louder or later, or fails."""

    gain: float = 0.5
    late_s: float = 0.0
    error: Exception | None = None
    endless: bool = False
    name: str = "brush"
    keeps: list[Keep] = field(default_factory=list)
    has_ended: threading.Event = field(default_factory=threading.Event)

    def generate(self, plan, *, keep, seed, progress):
        self.keeps.append(keep)
        try:
            for step in range(10):
                progress(step / 10, "step")
            while self.endless:
                progress(0.9, "step")
        finally:
            self.has_ended.set()
        if self.error is not None:
            raise self.error
        sound = np.float32(self.gain) * (keep.guide.sound.samples + np.float32(2e-4 * len(self.keeps)))
        late = round(self.late_s * RATE_HZ)
        sound = np.roll(sound, late, axis=1) if late else sound
        drawn = (Candidate(seed, {"sync": 0.9, "key": 0.8}, 0.85), Candidate(seed + 1, {"sync": 0.4}, 0.4))
        account = Account(
            self.name, "someone/brush", "abc123", "CC-BY-NC-4.0", prompts=("<b>pop</b>, piano",), seed=seed,
            freedom=keep.guide.freedom, agreement=0.9, latest_s=0.012, candidates=drawn,
            adapter="mine.safetensors (SHA-256 12ab)", adapter_learned_from="2 files of my own",
        )  # fmt: skip
        return Painted(Waveform(np.ascontiguousarray(sound, np.float32), RATE_HZ), account)


def card(name: str, *, commercial: bool | None = True) -> EngineCard:
    return EngineCard(
        name, "CC-BY-NC-4.0", commercial, "brush weights", ("pictures of brushes",), "free below a million"
    )


def line(library, settings, folder: Path, studio: Brush, *, commercial: bool = True, **more) -> pipeline.Line:
    count = itertools.count()
    return pipeline.Line(
        library, settings, get_engine("rules"), lambda number: folder / f"take-{number}-{next(count)}", 7,
        card=EngineCard("rules", "Apache-2.0", True), studio=studio,
        studio_card=lambda name: card(name, commercial=commercial), **more,
    )  # fmt: skip


def walk(session: Session, text: str, made: pipeline.Line) -> tuple[Session, str]:
    steps = list(pipeline.converse(session, Brief(text), line=made))
    said = " ".join(str(step.value) for step in steps if step.station in ("said", "answer") and step.value)
    assert isinstance(steps[-1].value, Session)
    return steps[-1].value, said


def take_of(session: Session) -> TakeRecord:
    assert session.current_take is not None
    return session.current_take


@pytest.fixture(scope="module")
def conversation(library, tmp_path_factory):
    """A painted take, and the take after a change of two bars."""
    from assistant.settings import Settings

    folder = tmp_path_factory.mktemp("painted")
    studio = Brush()
    made = line(library, Settings(work_dir=folder / "work"), folder, studio)
    first, said = walk(Session("s"), SPOT, made)
    second, _ = walk(first, "fewer notes in the piano from 0:00 to 0:02", made)
    return studio, made, first, second, said


def test_the_mix_is_the_painting_mastered_and_stems_are_the_scores_own(conversation):
    studio, _, session, _, said = conversation
    take = take_of(session)
    folder = Path(take.folder)
    mix, painting, premaster = (load_wav(folder / f"{name}.wav") for name in ("mix", "studio", "premaster"))
    assert mix.frames == painting.frames == premaster.frames == 6 * RATE_HZ
    assert abs(integrated_lufs(mix) - take.plan.loudness_lufs) < 0.5 and true_peak_dbtp(mix) <= -1.0
    stems = sum(load_wav(path).samples for path in (folder / "stems").glob("*.wav"))
    assert 20 * np.log10(np.abs(stems - premaster.samples).max() + 1e-12) < -90
    middle = slice(RATE_HZ, 4 * RATE_HZ)
    assert np.abs(painting.samples[:, middle] - 0.5 * premaster.samples[:, middle] - 1e-4).max() < 1e-5
    assert np.abs(painting.samples[:, -1]).max() < 1e-3, "it ends"
    keep = studio.keeps[0]
    assert keep.guide is not None and keep.guide.before is None and keep.score == take.score
    assert len(keep.cells) == len(take.score.parts) * len(take.score.bars)
    assert keep.guide.melody is not None and keep.guide.melody.frames == mix.frames
    assert "brush" in said and "30 %" in said


def test_what_was_painted_is_found_promised_and_measured(conversation):
    findings = take_of(conversation[2]).findings
    assert findings.named("agreement")[0].achieved == 0.9
    (hit,) = findings.named("painted_hit")
    assert hit.met and abs(hit.error - findings.named("hit")[0].error) < 0.003
    assert not findings.unmet


def test_papers_and_report_say_who_painted_with_which_weights(conversation):
    folder = Path(take_of(conversation[2]).folder)
    rights = json.loads((folder / "rights.json").read_text("utf-8"))
    assert rights["painter"]["weights"] == "someone/brush @ abc123 + mine.safetensors (SHA-256 12ab)"
    assert rights["painter"]["training_data"] == ["pictures of brushes", "2 files of my own"]
    assert any("CC-BY-NC-4.0; free below a million" in line for line in rights["plain_words"])
    assert any("mine.safetensors" in line for line in rights["plain_words"]) and rights["commercial_use"] is True
    assert rights["painting"]["prompts"] == ["<b>pop</b>, piano"] and rights["painting"]["seed"] == 7
    assert any("brush" in line for line in rights["plain_words"]) and not rights["insisted"]
    page, report = (folder / "rights.html").read_text("utf-8"), (folder / "report.html").read_text("utf-8")
    assert "&lt;b&gt;pop&lt;/b&gt;" in page and "pictures of brushes" in page
    assert "0.85" in report and "12 ms" in report and "studio.wav" in report
    cue = load_cue(folder)
    assert cue.skin is not None and cue.skin.account is not None and cue.skin.account.revision == "abc123"
    assert cue.take(folder) == take_of(conversation[2])


def test_after_a_reply_only_the_changed_bars_are_painted_anew(conversation):
    studio, _, first, second, _ = conversation
    guide = studio.keeps[1].guide
    assert guide.before is not None and guide.renewed_s
    bar_lines = {round(guide_s, 6) for guide_s in _bar_lines(take_of(second))}
    assert all(round(edge, 6) in bar_lines for span in guide.renewed_s for edge in span)
    old, new = (load_wav(Path(take_of(each).folder) / "studio.wav").samples for each in (first, second))
    stays = np.ones(old.shape[1], bool)
    for start_s, end_s in guide.renewed_s:
        stays[round(start_s * RATE_HZ) : round(end_s * RATE_HZ)] = False
    assert 0.3 < stays.mean() < 0.9
    assert np.array_equal(old[:, stays], new[:, stays])
    assert not np.array_equal(old[:, ~stays], new[:, ~stays])


def _bar_lines(take: TakeRecord) -> list[float]:
    return [*(take.score.tempo_map.seconds_at(bar.start_q) for bar in take.score.bars), take.score.length_s]


def test_what_changes_no_note_keeps_the_painting_bit_for_bit(conversation):
    studio, made, first, _, _ = conversation
    asked = len(studio.keeps)
    third, _ = walk(first, "at -18 LUFS", made)
    old, new = (load_wav(Path(take_of(each).folder) / "studio.wav") for each in (first, third))
    assert len(studio.keeps) == asked and old == new
    assert abs(integrated_lufs(load_wav(Path(take_of(third).folder) / "mix.wav")) + 18) < 0.5
    undone, _ = walk(third, "undo", made)
    assert take_of(undone) == take_of(first)


def test_more_freely_paints_the_same_score_anew(conversation):
    studio, made, first, _, _ = conversation
    freer, said = walk(first, "Follow the score more freely, please", made)
    assert take_of(freer).score == take_of(first).score
    assert take_of(freer).skin.freedom == 0.5 and "50 %" in said
    assert studio.keeps[-1].guide.freedom == 0.5 and studio.keeps[-1].guide.before is None
    assert freer.turns[-1].words == "Follow the score more freely, please"


REFUSAL = EngineError("weights that are not here", "weights in the cache", "run cuewright engines")


@pytest.mark.parametrize(
    ("studio", "word"), [(Brush(error=REFUSAL), "weights that are not here"), (Brush(error=ValueError("ink")), "ink"),
                         (Brush(gain=0.0), "silent")], ids=["refused", "fault", "silent"],
)  # fmt: skip
def test_where_nothing_is_painted_the_rendering_stays_and_why_is_said(library, settings, tmp_path, studio, word):
    session, said = walk(Session("s"), "calm piano, 2 seconds", line(library, settings, tmp_path, studio))
    take = take_of(session)
    assert word in said and take.skin is not None and take.account is None
    folder = Path(take.folder)
    assert (folder / "mix.wav").is_file() and not (folder / "studio.wav").exists()
    assert not take.findings.named("agreement")
    assert word in (folder / "report.html").read_text("utf-8")


def test_weights_that_are_not_for_adverts_wait_for_the_persons_word(library, settings, tmp_path):
    studio = Brush()
    made = line(library, settings, tmp_path, studio, commercial=False)
    session, said = walk(Session("s"), "A 2 second advert, happy piano", made)
    assert not studio.keeps and take_of(session).account is None and "use it anyway" in said
    session, said = walk(session, "use it anyway", made)
    take = take_of(session)
    assert take.account is not None and take.skin.insisted and take.score == session.takes[0].score
    rights = json.loads((Path(take.folder) / "rights.json").read_text("utf-8"))
    assert rights["insisted"] and rights["commercial_use"] is False
    assert {each["use"]: each["allowed"] for each in rights["uses"]}["advert"] is False
    assert voice("en").text("remarks", "studio_painted_anyway", engine="brush", percent=30) in said
    assert walk(session, "may I use this in an advert?", made)[1].count("does not allow commercial use") == 1


def test_stopping_ends_the_engine_within_a_step_and_leaves_nothing(library, settings, tmp_path):
    studio, threads = Brush(endless=True), set(threading.enumerate())
    steps = pipeline.converse(Session("s"), Brief("calm piano, 2 s"), line=line(library, settings, tmp_path, studio))
    shares = [step.share for step in steps if _goes_on(step, steps)]
    assert len(shares) > 3 and studio.has_ended.is_set()
    assert not list(tmp_path.glob("take-*")) and set(threading.enumerate()) <= threads


def _goes_on(step, steps) -> bool:
    """Whether painting is under way; closes the walk when it is nearly done."""
    if step.station == "studio" and step.share is not None and step.share > 0.8:
        steps.close()
    return step.station == "studio" and step.is_under_way


def test_without_an_engine_of_sound_there_is_no_such_station(library, settings, tmp_path):
    made = replace(line(library, settings, tmp_path, Brush()), studio=None)
    steps = list(pipeline.converse(Session("s"), Brief("calm piano, 2 s"), line=made))
    assert "studio" not in {step.station for step in steps}
    assert take_of(steps[-1].value).skin is None


@pytest.mark.parametrize("late_s", [0.0, 0.03, 0.09, -0.05])
def test_lateness_at_a_hit_is_found_in_a_full_mix(conversation, late_s):
    take = take_of(conversation[2])
    guide = load_wav(Path(take.folder) / "premaster.wav")
    late = Waveform(np.roll(guide.samples, round(late_s * RATE_HZ), axis=1), RATE_HZ)
    found = lateness_s(guide, late, take.plan.hits[0].at_s)
    assert found == pytest.approx(late_s, abs=0.002)


def test_noise_has_no_hit(conversation):
    guide = load_wav(Path(take_of(conversation[2]).folder) / "premaster.wav")
    noise = np.random.default_rng(1).normal(0, 0.1, guide.samples.shape).astype(np.float32)
    assert lateness_s(guide, Waveform(noise, RATE_HZ), 3.0) is None


@pytest.mark.parametrize("language", READ_LANGUAGES)
def test_what_we_offer_to_say_of_a_painting_is_understood(language):
    remarks = voice(language).texts["remarks"]
    offered = _quoted(remarks["studio_painted"])
    assert [skin_wish_in(words, language).freer for words in offered] == [-0.2, 0.2]
    (anyway,) = _quoted(remarks["studio_not_for_adverts"])
    assert skin_wish_in(anyway, language).is_all and skin_wish_in(anyway, language).insists


def _quoted(text: str) -> list[str]:
    pairs = {"“": "”", "„": "“", "«": "»", "「": "」"}
    mark = next(mark for mark in ("「", "«", "„", "“") if mark in text)
    return [piece.split(pairs[mark])[0].strip() for piece in text.split(mark)[1:]]


@pytest.mark.parametrize("words", ["slower, no drums, keep the melody", "more notes", "什么调？", "sadder", "louder"])
def test_other_replies_say_nothing_of_a_painting(words):
    wish = skin_wish_in(words, "en")
    assert wish.rest == words and not wish.insists and not wish.freer


def test_insisting_in_a_longer_message_leaves_the_rest():
    wish = skin_wish_in("Slower please, and use it anyway.", "en")
    assert wish.insists and wish.rest.startswith("Slower please") and wish.words.endswith("anyway.")


# Elsewhere: files of work, programs, the command line


def test_an_exported_session_keeps_its_painting(library, settings, tmp_path):
    me, you, name = owner_of("1" * 64), owner_of("2" * 64), "0123456789abcdef" * 2
    store = Store(Database(tmp_path / "sessions.sqlite"), tmp_path / "sessions", Limits())
    made = line(library, settings, tmp_path, Brush())
    made = replace(made, folder_for=lambda number: store.folder(name) / f"take-{number}")
    store.ask(Session(name), me, Message("calm piano, 2 seconds"), [Bubble("user", "calm piano, 2 seconds")])
    session, _ = walk(Session(name), "calm piano, 2 seconds", made)
    store.save(session, me, [Bubble("assistant", "ready")], answered=True)
    store.runs.end(me)
    again = import_work(store, you, export_work(store, name, me), show=lambda session: "")
    take = take_of(store.open(again, you).session)
    assert take.account == take_of(session).account is not None
    assert load_wav(Path(take.folder) / "studio.wav") == load_wav(Path(take_of(session).folder) / "studio.wav")


def test_the_page_lends_the_default_composer_to_an_engine_of_sound(library, settings, tmp_path):
    from assistant.page.house import House
    from assistant.page.storage import Storage

    studio = Brush()
    house = House(
        library, settings, lambda name: studio if name == "brush" else get_engine(name), card, ("rules",), "rules",
        Storage(tmp_path), sounds=("brush",),
    )  # fmt: skip
    assert house.offered == ("rules", "brush")
    players = house.players("brush")
    assert players["generator"].name == "rules" and players["studio"] is studio
    assert house.players("rules")["studio"] is None


@pytest.fixture
def studio_house(library, settings, tmp_path):
    """A page with two engines of sound, one of them not for adverts, and the record of what was asked of them."""
    from assistant.page.house import House
    from assistant.page.storage import Storage

    asked: list[tuple[str, bool]] = []

    def best(use: str, insist: bool) -> str:
        asked.append((use, insist))
        return "rules" if use == "ad" and not insist else "brush"

    def find(name: str) -> object:
        return Brush(name=name) if name in ("brush", "pen") else get_engine(name)

    house = House(
        library, settings, find, card, ("rules",), "rules", Storage(tmp_path), sounds=("pen", "brush"), final=best
    )
    return house, asked


def test_the_page_offers_the_effort_final_for_what_the_music_is_for(studio_house):
    house, asked = studio_house
    assert house.offered == ("rules", "final", "pen", "brush")
    asked.clear()
    assert house.players("final", "a calm film cue of 20 s")["studio"].name == "brush"
    refused = house.players("final", "a calm piece of 20 s for a TV advert")
    assert refused["studio"].name == "pen", "who is refused in clear words and waits for the person's own"
    house.players("final", "a calm piece of 20 s for a TV advert, use it anyway")
    assert [use for use, _ in asked] == ["film", "ad", "ad"] and [insist for _, insist in asked] == [False, False, True]


def test_what_a_take_is_for_holds_in_the_next_message_of_final(studio_house, conversation):
    house, asked = studio_house
    before = take_of(conversation[2])
    before = replace(
        before, constraints=replace(before.constraints, use="ad"), skin=replace(before.skin, insisted=True)
    )
    assert house.players("final", "slower", before)["studio"].name == "brush"
    assert asked[-1] == ("ad", True)


def test_final_is_not_offered_where_no_engine_of_sound_would_be_chosen(studio_house):
    house, _ = studio_house
    assert "final" not in replace(house, final=lambda use, insist: "rules").offered
    assert "final" not in replace(house, sounds=()).offered and "final" not in replace(house, final=None).offered
    assert replace(house, sounds=(), final=None).players("rules", "calm")["studio"] is None


def test_campaigns_and_freedom_want_the_engine_that_fits(capsys):
    from assistant.cli import main

    assert main(["score", "calm piano, 2 s", "--engine", "rules", "--freedom", "0.5"]) == 2
    assert main(["score", "calm piano, 2 s", "--freedom", "0.5"]) == 2
    assert main(["score", "calm piano, 2 s", "--freedom", "2"]) == 2
    assert main(["score", "calm piano, 2 s", "--engine", "musicgen"]) == 2
    said = capsys.readouterr().err.splitlines()
    assert [line.startswith("error: ") for line in said] == [True] * 4
    assert "an engine of sound" in said[0] and "an engine of sound" in said[1]
    assert "0 (follow" in said[2] and "weights" in said[3]


def test_how_freely_is_no_error_where_final_can_only_be_composed(library, monkeypatch, tmp_path, capsys):
    from assistant.cli.players import players_asked

    monkeypatch.setenv("CUEWRIGHT_WEIGHTS", str(tmp_path))
    options = argparse.Namespace(text="calm piano, 2 s", engine=None, effort="final", freedom=0.4)
    players = players_asked(options, library)
    assert players.studio is None and "no engine of sound for this here" in capsys.readouterr().err
