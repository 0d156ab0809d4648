"""Campaigns: all is read at the door; what is finished stays; nothing is made twice; one failure stays one."""

import json
import os
import re
import tomllib
import zipfile
from dataclasses import replace
from pathlib import Path
from urllib.parse import unquote

import pytest

from assistant import __version__
from assistant.campaign import making, packing
from assistant.campaign.brand import Brand, FinalHit, read_brand, ruled
from assistant.campaign.cue_sheet import heads
from assistant.campaign.executor import limit_s
from assistant.campaign.finding import _key_kept, logo_notes
from assistant.campaign.gather import Request, gather, region_named, slug
from assistant.campaign.journal import JOURNAL_FILE, PAUSE_FILE, Desk, finished_in, read_journal
from assistant.campaign.local import Local
from assistant.campaign.logo import with_logo
from assistant.campaign.making import make_variant
from assistant.campaign.names import file_name, file_names, own_name, tongue_of
from assistant.campaign.packing import write_results
from assistant.campaign.rows import Row, grid, parse_lengths, parse_table, table_of
from assistant.campaign.run import Event, run_campaign
from assistant.campaign.sheet import sheet_html
from assistant.campaign.studio import studio_for
from assistant.campaign.values import Campaign, Outcome, Rule, Variant
from assistant.campaign.words import CAMPAIGN_DIR, campaign_voice
from assistant.cli import main
from assistant.constraints import Constraints, HitPoint, Instruments
from assistant.errors import InputError, OutputError
from assistant.interpret import NOBODY
from assistant.language import READ_LANGUAGES
from assistant.library import Library
from assistant.plan import make_plan
from models.registry import get_engine
from tests.campaigns import FIGURES, Here, Toy, campaign_of, done, failed, with_engine

LOGO = "G4:0.5 C5:0.5 E5 G5:2"


def run(campaign: Campaign, out: Path, executor: Toy | Local, **options: object) -> list[Event]:
    return list(run_campaign(campaign, out, executor, sleep=lambda seconds: None, **options))  # type: ignore[arg-type]


# rows


def test_a_grid_is_every_combination_and_a_table_is_read_as_it_was_written() -> None:
    rows = grid(["japan", "brazil", "japan"], parse_lengths("30, 6s"), ["calm", "bold"])
    assert len(rows) == 8 and rows[0] == Row("japan", 30.0, "calm")
    assert [replace(row, place="") for row in parse_table(table_of(rows))] == list(rows)


def test_a_grid_that_is_too_large_is_counted_not_built(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("assistant.campaign.rows.itertools.product", lambda *columns: pytest.fail("it was built"))
    with pytest.raises(InputError, match="250000 variants; 1 to 20000"):
        grid([], list(range(2, 502)), [f"mood {number}" for number in range(500)])
    with pytest.raises(InputError, match="3 variants; 1 to 2"):
        grid([], [2, 3, 4], most=2)


@pytest.mark.parametrize(
    ("table", "complaint"),
    [
        ("region,length\njapan,3O", "row 2, column length: '3O'; 2 to 1800 seconds"),
        ("region;length\njapan;30\n\nchina;1", "row 4, column length: '1'"),
        ("region,colour\njapan,red", "row 1, column 2: 'colour'"),
        ("region\tregion\njapan\tchina", "row 1: 'region' twice"),
        ("region,length\njapan,6,7", "row 2 of 3 cells"),
        ("region,seed\njapan,-1", "row 2, column seed: '-1'"),
        ("region,length\n", "table without a row"),
        ("region,length\njapan,3_0", "row 2, column length: '3_0'"),
        ("region,seed\njapan,000000000000999999999999", "row 2, column seed: '000000000000999999999999'"),
    ],
)
def test_a_bad_table_is_told_by_row_and_column(table: str, complaint: str) -> None:
    with pytest.raises(InputError, match=re.escape(complaint)):
        parse_table(table)


# gathering


def asked_for(library: Library, rows: tuple[Row, ...], text: str = "A calm spot for tea", **more: object) -> Campaign:
    return gather(Request(text, rows, motif="C4 D4 E4", **more), library=library)  # type: ignore[arg-type]


def test_regions_are_named_in_any_language_and_each_variant_has_an_id_that_stays(library: Library) -> None:
    assert [region_named(name, library) for name in ("Türkiye", "日本", "Brasil", "nordic", "Atlantis")] == [
        "turkey", "japan", "brazil", "nordic", None,
    ]  # fmt: skip
    campaign = asked_for(library, grid(["Türkiye", "日本"], [30, 6.5], ["calm"]))
    ids = [job.variant.id for job in campaign.jobs]
    assert ids == ["turkey-30s-calm", "turkey-6_5s-calm", "japan-30s-calm", "japan-6_5s-calm"]
    assert campaign == asked_for(library, grid(["turkey", "japan"], [30, 6.5], ["calm"]))
    assert len(asked_for(library, grid(["all"], [6])).jobs) == len(library.regions)


@pytest.mark.parametrize("words", ["take_", "_take", "___", "-_-", "x" * 39 + "_y", "静_"])
def test_whatever_a_variant_is_called_its_id_is_safe(library: Library, words: str) -> None:
    (job,) = asked_for(library, (Row("japan", 6.0, name=words),)).jobs
    assert job.variant.id.startswith("japan-6s-") and job.variant.name == words and slug(words) in job.variant.id


def test_a_mood_takes_the_place_of_the_briefs_own_and_hits_that_do_not_fit_are_left_out(library: Library) -> None:
    campaign = asked_for(library, grid(["japan"], [30, 6], ["sad", "joyful"]), "A calm spot, 30 seconds, hit at 12 s")
    sad, joyful, short, _ = (job.asked for job in campaign.jobs)
    assert sad.arc[0].valence < 0 < joyful.arc[0].valence
    assert sad.hits == (HitPoint(12.0),) and short.hits == () and short.duration_s == 6.0


@pytest.mark.parametrize(
    ("rows", "complaint"),
    [
        (parse_table("region,length\njapan,6\nAtlantis,6"), "row 3, column region: 'Atlantis'"),
        (parse_table("region,mood\njapan,xyzzy"), "row 2, column mood: 'xyzzy'"),
        (parse_table("region,voice\njapan,nowhere.wav"), "row 2, column voice: 'nowhere.wav'"),
        (parse_table("region,length\njapan,6\nJapan,6"), "row 3 and row 2, which ask for the same variant"),
        (grid(["all"], parse_lengths(",".join(map(str, range(2, 602))))), "20400 variants; 1 to 20000"),
        ((Row("all"),) * 20_000, "680000 variants; 1 to 20000"),
        ((Row(mood="calm\udcff"),), "mood 'calm\\udcff', which holds bytes that are no text"),
        ((Row("x" * 100_000),), "region 'xxxx"),
    ],
)
def test_what_cannot_be_made_is_told_before_anything_is(
    library: Library, rows: tuple[Row, ...], complaint: str
) -> None:
    with pytest.raises(InputError, match=re.escape(complaint)):
        asked_for(library, rows)


# brand rules


@pytest.mark.parametrize(
    ("rules", "complaint"),
    [
        ('key = "H"', "key = 'H'; a tonic such as D"),
        ('key = "D wobbly"', "a tonic and one of"),
        ('forbid = ["kazoo"]', "forbid names 'kazoo'"),
        ('require = ["piano"]\nforbid = ["piano"]', "'piano' required and forbidden"),
        ("tempo_bpm = [120, 90]", "tempo_bpm = \\[120, 90\\]"),
        ("loudness_lufs = 3", "loudness_lufs = 3"),
        ("[final_hit]\nfrom_end_s = 0", "final_hit.from_end_s = 0"),
        ('logo = "do re mi"', "do"),
        ('slogan = "hurrah"', "slogan"),
        ("key = ", "TOML"),
        ("a = " + 3000 * "[", "TOML"),
    ],
)
def test_brand_rules_are_checked_at_the_door(library: Library, tmp_path: Path, rules: str, complaint: str) -> None:
    path = tmp_path / "brand.toml"
    path.write_text(rules)
    with pytest.raises(InputError, match=complaint):
        read_brand(path, library)


def test_rules_win_over_the_brief(library: Library, tmp_path: Path) -> None:
    path = tmp_path / "brand.toml"
    path.write_text(f'name = "Acme"\nlogo = "{LOGO}"\nforbid = ["drums"]\nrequire = ["piano"]\nfinal_hit = true\n')
    brand = read_brand(path, library)
    brief = Constraints(
        duration_s=8.0, instruments=Instruments(("drums",), ("piano",)), hits=(HitPoint(3), HitPoint(7))
    )
    asked = ruled(brief, brand)
    assert asked.instruments == Instruments(("piano",), ("drums",))
    assert asked.hits == (HitPoint(3), HitPoint(6.5)), "a hit beside the final one gives way to it"
    assert brand.rules == ("logo", "require", "forbid", "final_hit")


def test_the_logo_ends_on_the_final_chord_and_is_found_only_where_it_is(library: Library) -> None:
    brand = Brand(logo=LOGO, final_hit=FinalHit(1.5))
    plan = make_plan(ruled(Constraints(duration_s=10.0, region="turkey"), brand), library=library, seed=3)
    score = get_engine("rules").generate(plan, seed=3)
    logo = brand.sonic_logo
    assert logo is not None and abs(plan.tempo_map.seconds_at(plan.final_q) - 8.5) < 0.01
    assert logo_notes(logo, score, plan.final_q) < 4
    assert logo_notes(logo, with_logo(score, plan, brand), plan.final_q) == 4


def test_a_brands_key_is_heard_tonic_and_mode(library: Library) -> None:
    plans = {key: make_plan(Constraints(duration_s=8.0, key=key), library=library, seed=3)
             for key in ("D major", "D minor", "D dorian")}  # fmt: skip
    scores = {key: get_engine("rules").generate(plan, seed=3) for key, plan in plans.items()}
    kept = {(asked, key): _key_kept(asked, scores[key], plans[key].key)
            for asked in ("D", "D major", "D minor", "D dorian", "E") for key in plans}  # fmt: skip
    assert {pair for pair, (_, met) in kept.items() if met} == {
        ("D", "D major"), ("D", "D minor"), ("D", "D dorian"), ("D major", "D major"), ("D minor", "D minor"),
        ("D minor", "D dorian"), ("D dorian", "D dorian"),
    }  # fmt: skip
    assert _key_kept("D", scores["D major"], plans["D minor"].key) == ("D major", True), "what sounds is told"


# one variant


def test_a_variant_is_whole_and_made_once_and_its_rules_are_measured(tmp_path: Path, library: Library) -> None:
    brand = Brand(logo=LOGO, key="C", require=("piano",), forbid=("drums",), final_hit=FinalHit(1.0))
    rows = grid(["日本"], [4], ["bold"])
    campaign = asked_for(library, rows, "A bold spot for tea", brand=replace(brand, tempo_bpm=(200.0, 201.0)))
    (job,), shared = campaign.jobs, campaign.shared
    made = make_variant(job, shared, tmp_path)
    folder = tmp_path / "japan-4s-bold"
    assert made.is_done and made.figures is not None, made.error
    assert {rule.name: rule.met for rule in made.figures.rules} == {
        "logo": True, "key": True, "tempo_bpm": made.figures.rules[2].met, "require": True, "forbid": True,
        "final_hit": True,
    }  # fmt: skip
    assert {path.name for path in folder.iterdir()} == {
        "mix.wav", "mix.m4a", "score.mid", "cue.json", "rights.json", "rights.html", "cue-sheet.csv", "thumbnail.svg",
        "variant.json",
    }  # fmt: skip
    assert made.figures.sizes == {
        path.name: path.stat().st_size for path in folder.iterdir() if path.name != "variant.json"
    }
    assert made.figures.length_s == 4.0 and made.figures.motif_share is not None
    assert [path.name for path in tmp_path.iterdir()] == [folder.name]
    written = (folder / "mix.wav").stat().st_mtime_ns
    assert make_variant(job, shared, tmp_path) == made and (folder / "mix.wav").stat().st_mtime_ns == written
    other = make_variant(job, replace(shared, text="Another brief"), tmp_path)
    assert not other.is_done and "which holds another variant" in other.error


def test_a_variant_that_fails_is_an_outcome_and_leaves_nothing(tmp_path: Path) -> None:
    campaign = with_engine(campaign_of("a"), "broken")
    outcome = make_variant(campaign.jobs[0], campaign.shared, tmp_path)
    assert (outcome.state, outcome.may_pass, list(tmp_path.iterdir())) == ("failed", False, [])
    assert outcome.error == "ValueError: this engine never works"


# running


def test_one_that_fails_stops_no_other_and_only_what_may_pass_is_tried_again(tmp_path: Path) -> None:
    fate = {"a": lambda job, attempt: failed(job, may_pass=True) if attempt < 3 else None,
            "b": lambda job, attempt: failed(job, may_pass=False)}  # fmt: skip
    toy = Toy(lambda job, attempt: fate.get(job.variant.id, lambda *given: None)(job, attempt))
    waits: list[float] = []
    events = list(run_campaign(campaign_of("a", "b", "c"), tmp_path, toy, retries=2, sleep=waits.append))
    assert toy.begun == ["a", "b", "c", "a", "a"] and waits == [1.0, 4.0]
    assert (events[-1].kind, events[-1].done, events[-1].failed) == ("ended", 2, 1)
    assert [entry.attempt for entry in read_journal(tmp_path) if entry.outcome.variant_id == "a"] == [1, 2, 3]


def test_what_is_finished_is_not_made_again_whatever_ended_the_run(tmp_path: Path) -> None:
    first = Toy()
    steps = run_campaign(campaign_of("a", "b", "c"), tmp_path, first)
    assert [next(steps).kind for _ in range(3)] == ["begun", "made", "made"]
    steps.close()  # as a crash: no word of the end
    (tmp_path / "variants" / ".c.0123.part").mkdir()
    with (tmp_path / JOURNAL_FILE).open("a") as journal:
        journal.write('{"at": 1, "attempt": 1, "outc')
    (tmp_path / "variants" / "b" / "mix.wav").write_bytes(b"")  # damaged since
    second = Toy()
    events = run(campaign_of("a", "b", "c", "d"), tmp_path, second)
    assert second.begun == ["b", "c", "d"] and (events[0].done, events[-1].done) == (1, 4)
    assert sorted(path.name for path in (tmp_path / "variants").iterdir()) == ["a", "b", "c", "d"]
    assert len(read_journal(tmp_path)) == 5
    third = Toy()
    assert run(campaign_of("a", "b"), tmp_path, third)[-1].total == 4 and third.begun == []


def test_whoever_only_looks_takes_nothing_away_and_whoever_works_makes_what_is_damaged_again(tmp_path: Path) -> None:
    campaign = campaign_of("a", "b")
    run(campaign, tmp_path, Toy())
    folder = tmp_path / "variants" / "a"
    (folder / "mix.wav").write_bytes(b"")
    (folder / "notes.txt").write_bytes(b"as many bytes as were lost, and more")
    assert write_results(tmp_path).outcomes.keys() == {"b"} == finished_in(tmp_path, campaign).keys()
    assert (folder / "notes.txt").exists()
    again = Toy()
    run(campaign, tmp_path, again)
    assert again.begun == ["a"] and write_results(tmp_path).outcomes.keys() == {"a", "b"}
    (folder / "mix.wav").unlink()
    assert finished_in(tmp_path, campaign).keys() == {"b"}


def test_a_pause_finishes_what_runs_and_the_same_command_goes_on(tmp_path: Path) -> None:
    toy = Toy()
    events = []
    for event in run_campaign(campaign_of("a", "b", "c"), tmp_path, toy):
        events.append(event)
        if event.kind == "made":
            (tmp_path / PAUSE_FILE).touch()
    assert (events[-1].kind, toy.begun) == ("paused", ["a"])
    (tmp_path / PAUSE_FILE).unlink()
    assert run(campaign_of("a", "b", "c"), tmp_path, toy)[-1].kind == "ended" and toy.begun == ["a", "b", "c"]


def test_another_campaign_or_another_hand_in_the_same_folder_is_refused(tmp_path: Path) -> None:
    run(campaign_of("a"), tmp_path, Toy())
    with pytest.raises(OutputError, match="another brief; the same command, or a new folder; name another folder"):
        run(campaign_of("a", text="coffee"), tmp_path, Toy())
    full = campaign_of("a")
    with pytest.raises(OutputError, match="another --colour"):
        run(replace(full, shared=replace(full.shared, colour="full")), tmp_path, Toy())
    with Desk(tmp_path, campaign_of("a")), pytest.raises(OutputError, match="a campaign is at work"):
        run(campaign_of("a"), tmp_path, Toy())
    other = replace(campaign_of("b"), shared=campaign_of("a").shared)
    (tmp_path / "variants" / "b").mkdir()
    with pytest.raises(OutputError, match="something else than this variant"):
        run(other, tmp_path, Toy())


def test_what_was_begun_with_another_soundfont_is_not_mixed_with_it(
    tmp_path: Path, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = asked_for(library, grid(["japan"], [6]), colour="full")
    run(begun, tmp_path / "out", Toy())
    assert begun.shared.colour == "full" and begun.shared.versions.cuewright == __version__
    (font := tmp_path / "other.sf2").write_bytes(b"RIFF")
    monkeypatch.setenv("CUEWRIGHT_SOUNDFONT", str(font))
    now = asked_for(library, grid(["brazil"], [6]), colour="full")
    told = f"another SoundFont ({begun.shared.versions.soundfont or 'none noted'}, now other "
    with pytest.raises(OutputError, match=f"{re.escape(told)}.*go on with what it was begun with"):
        run(now, tmp_path / "out", Toy())


def test_a_worker_that_is_killed_is_replaced_and_its_variant_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CUEWRIGHT_TEST_MARKER", str(tmp_path / "marker"))
    campaign = with_engine(campaign_of("a"), "killed")
    events = run(campaign, tmp_path / "out", Local(1))
    told = [event.outcome for event in events if event.outcome is not None]
    assert [(each.error, each.may_pass) for each in told] == [
        ("the worker was killed by signal 9", True),
        ("ValueError: tried again", False),
    ]
    assert (events[-1].done, events[-1].failed, list((tmp_path / "out" / "variants").iterdir())) == (0, 1, [])


HANGS = """
import pathlib, sys, time
lines = iter(sys.stdin.readline, "")
next(lines), next(lines)
marker = pathlib.Path({marker!r})
if not marker.exists():
    marker.touch()
    time.sleep(600)
print('{{"variant_id": "a", "state": "done"}}', flush=True)
next(lines, None)
"""


def test_a_variant_that_hangs_is_killed_and_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("assistant.campaign.local.WORKER", ("-c", HANGS.format(marker=str(tmp_path / "marker"))))
    monkeypatch.setattr("assistant.campaign.local.limit_s", lambda job: 2.0)
    told = [event.outcome for event in run(campaign_of("a"), tmp_path / "out", Local(1)) if event.outcome is not None]
    assert [(each.state, each.may_pass) for each in told] == [("failed", True), ("done", False)]
    assert told[0].error == "it hung: nothing after 2 s, and the worker was killed"
    (job,) = campaign_of("a", length_s=30.0).jobs
    assert limit_s(job) == 1200.0


# handing over


def test_files_are_named_in_their_regions_language_and_never_the_same(library: Library) -> None:
    assert {tongue_of(region) for region in library.regions} >= {"ja", "tr", "pt", "ar"}
    assert all(own_name(region) for region in library.regions)
    assert own_name("turkey") == "Türkiye" and own_name("greece") == "Ελλάδα"
    assert file_name(Variant("a", "japan", 30.0, "calm")) == "日本_30s_calm"
    hostile = Variant("a", None, 6.0, "../../x", name='<b> "CON" |\u202e')
    assert not set('/\\:*?"<>|\u202e') & set(file_name(hostile))
    assert len(set(file_names([Variant("a", None, 6.0, "a b"), Variant("b", None, 6.0, "A-b")]).values())) == 2
    assert len(file_name(Variant("a", "japan", 30.0, "静" * 200)).encode()) <= 150


@pytest.mark.parametrize("language", READ_LANGUAGES)
def test_every_language_says_all_that_a_campaign_says(language: str) -> None:
    english = tomllib.loads((CAMPAIGN_DIR / "en.toml").read_text("utf-8"))
    texts = tomllib.loads((CAMPAIGN_DIR / f"{language}.toml").read_text("utf-8"))
    slots = {name: {key: set(re.findall(r"\$[a-z]+", text)) for key, text in table.items()}
             for name, table in english.items() if isinstance(table, dict)}  # fmt: skip
    assert slots == {name: {key: set(re.findall(r"\$[a-z]+", text)) for key, text in table.items()}
                     for name, table in texts.items() if isinstance(table, dict)}  # fmt: skip
    assert len(heads(campaign_voice(language))) == 13


def test_the_sheet_escapes_what_people_wrote_and_tells_why_one_failed() -> None:
    campaign = campaign_of("a", "b", "c", text='<script>alert("x")</script>')
    jobs = [replace(job, variant=replace(job.variant, mood='"><img src=x>')) for job in campaign.jobs]
    shared = replace(campaign.shared, brand=Brand(name="<i>Acme"))
    campaign = Campaign(shared, tuple(jobs))
    warned = replace(FIGURES, rules=(Rule("forbid", "drums", "drums", False),))
    outcomes = {"a": replace(done(jobs[0], shared), warnings=("forbid",), figures=warned),
                "b": Outcome("b", "failed", error="<b>no room</b>")}  # fmt: skip
    page = sheet_html(campaign, outcomes, {}, archive=True)
    assert page.count("<script>") == 1 and "<img src=x>" not in page and "<i>Acme" not in page
    assert "&lt;b&gt;no room&lt;/b&gt;" in page and "Brand rule not met: forbidden instrument" in page
    assert "1 of 3 variants are done, 1 failed, 1 broke a brand rule." in page
    assert [re.search(rf'id="{name}" class="(\w+)"', page)[1] for name in "abc"] == ["warned", "failed", "waiting"]


def test_two_that_pack_one_folder_at_a_time_both_leave_a_whole_archive(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(campaign_of("a", "b"), tmp_path, Toy())
    (left := tmp_path / ".campaign.zip.part").touch()
    os.utime(left, (1.0, 1.0))
    add = packing._add
    packed: list[str] = []

    def meanwhile(archive: zipfile.ZipFile, source: Path, name: str) -> None:
        if not packed:
            packed.append(name)
            write_results(tmp_path)
        add(archive, source, name)

    monkeypatch.setattr(packing, "_add", meanwhile)
    archive = write_results(tmp_path).archive
    assert archive is not None
    with zipfile.ZipFile(archive) as whole:
        assert whole.testzip() is None and len(whole.namelist()) == 3
    assert not list(tmp_path.glob(".campaign.zip*"))


def test_the_command_makes_a_campaign_whose_archive_is_whole_and_always_the_same(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("assistant.cli.whereabouts.Local", Here)
    monkeypatch.setattr("models.registry.advisers", lambda: NOBODY)
    out = tmp_path / "out"
    brief = ["campaign", "A calm spot for tea", "--motif", "C4 D4 E4", "--out", str(out), "--workers", "1"]
    assert main([*brief, "--regions", "日本", "--lengths", "2,3"]) == 0
    summary = json.loads(capsys.readouterr().out)
    assert (summary["variants"], summary["done"], summary["failed"]) == (2, 2, {})
    assert (out / "named" / "日本_2s.wav").stat().st_nlink == 2
    first = (out / "campaign.zip").read_bytes()
    write_results(out)
    assert (out / "campaign.zip").read_bytes() == first
    with zipfile.ZipFile(out / "campaign.zip") as archive:
        assert archive.testzip() is None
        names = archive.namelist()
        page = archive.read("index.html").decode()
    assert (
        names[0] == "index.html"
        and "named/日本_2s.wav" in names
        and not any(name.endswith("mix.wav") for name in names)
    )
    linked = {unquote(link) for link in re.findall(r'(?:href|src|data-sound)="([^"#]+)"', page)}
    assert linked and linked <= set(names)
    sheet = (out / "variants" / "japan-2s" / "cue-sheet.csv").read_text("utf-8-sig")
    assert sheet.splitlines()[0].split(",") == list(heads(campaign_voice("ja")))
    assert main([*brief[:1], "Another spot for coffee", *brief[2:], "--regions", "japan", "--lengths", "2"]) == 2
    assert "which holds a campaign with another brief" in capsys.readouterr().err


def test_a_brands_tonic_carries_the_scale_that_the_region_would_have_had(library: Library) -> None:
    rows = grid(["turkey", "japan", "brazil"], [6], [])
    studio = studio_for("rules", "models.registry")
    modes = []
    for key in (None, "D"):
        campaign = asked_for(library, rows, "A warm spot for tea", brand=Brand(key=key))
        wishes = [making._asked(job, campaign.shared, studio) for job in campaign.jobs]
        plans = [make_plan(each, library=library, seed=1) for each in wishes]
        modes.append([(plan.key.mode, plan.key.scale) for plan in plans])
        assert key is None or {plan.key.tonic for plan in plans} == {2}
    assert modes[0] == modes[1]
    assert len(set(modes[0])) > 1


def test_a_folder_with_somebodys_own_page_is_left_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "index.html").write_text("my own site")
    assert main(["campaign", "A calm spot", "--lengths", "3", "--out", str(tmp_path)]) == 2
    assert "which holds index.html of something else" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["index.html"]
