"""The papers: what every file says of itself, what is signed, what the page holds, what is never in a file."""

from __future__ import annotations

import hashlib
import json
import re
import struct
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

from assistant.audio import Waveform, load_wav, save_wav
from assistant.brief import Brief
from assistant.deliver import Delivery, EngineCard, Likeness, LikePlace, Materials, deliver
from assistant.deliver.media import write_m4a
from assistant.deliver.pages import size_text
from assistant.deliver.papers import certificates, credentials
from assistant.deliver.papers.certificates import Signer, signer_for
from assistant.deliver.papers.credentials import Origin, sign, sign_files
from assistant.deliver.papers.disclosure import FILM, MUSIC, disclose
from assistant.deliver.papers.page import PAPERS_DIR, papers_voice, rights_html
from assistant.deliver.papers.uses import uses_of
from assistant.deliver.papers.write import note_again
from assistant.deliver.rights import Rights, rights_of
from assistant.errors import InputError
from assistant.records import from_json
from assistant.settings import Settings
from tests import media
from tests.made_takes import HOSTILE, small_materials, with_clip
from tests.texts import assert_same_texts

c2pa = pytest.importorskip("c2pa")
SECRET_WORDS = "a brief about my divorce"
ORIGIN = Origin("rules", 7)


@pytest.fixture(scope="module")
def signer(tmp_path_factory: pytest.TempPathFactory) -> Signer:
    made = signer_for(Settings(tmp_path_factory.mktemp("work")), {})
    assert made is not None
    return made


@pytest.fixture(scope="module")
def tone() -> Waveform:
    chance = np.random.default_rng(1)
    return Waveform((0.1 * chance.standard_normal((2, 24_000))).astype(np.float32), 48_000)


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("film") / "annas-wedding.mp4"
    return media.write_film(path, media.paint_shots([12, 13]))


@pytest.fixture(scope="module")
def delivery(signer: Signer, film: Path, tmp_path_factory: pytest.TempPathFactory) -> Delivery:
    materials = replace(with_clip(small_materials(), str(film)), brief=Brief(SECRET_WORDS))
    return deliver(tmp_path_factory.mktemp("out") / "take-1", materials, signer=signer)


def read_credentials(path: Path) -> tuple[str, dict[str, object]]:
    """What c2pa's reader says of a file: its state, and what was signed."""
    reader = c2pa.Reader(path)
    said = json.loads(reader.json())
    return str(reader.get_validation_state()), said["manifests"][said["active_manifest"]]


def actions_of(made: dict[str, object]) -> list[dict[str, object]]:
    assertions = made["assertions"]
    assert isinstance(assertions, list)
    return next(each["data"]["actions"] for each in assertions if each["label"].startswith("c2pa.actions"))


def write_mp3(path: Path, waveform: Waveform) -> Path:
    """The test's own encoder; skipped where PyAV carries none."""
    import av

    if "libmp3lame" not in av.codecs_available:
        pytest.skip("PyAV without an encoder of mp3")
    with av.open(str(path), "w", format="mp3") as container:
        stream = container.add_stream("libmp3lame", rate=waveform.rate_hz, layout="stereo")
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(waveform.samples), format="fltp", layout="stereo")
        frame.sample_rate, frame.pts = waveform.rate_hz, 0
        for packet in [*stream.encode(frame), *stream.encode(None)]:
            container.mux(packet)
    return path


def packets_of(path: Path) -> list[bytes]:
    import av

    with av.open(str(path)) as container:
        return [bytes(packet) for packet in container.demux() if packet.size]


@pytest.mark.parametrize("name", ["mix.wav", "mix.mp3", "mix.m4a"])
def test_signed_sound_is_whole_and_says_that_a_program_made_it(
    name: str, signer: Signer, tone: Waveform, tmp_path: Path
) -> None:
    path = tmp_path / name
    write = {".wav": save_wav, ".m4a": write_m4a, ".mp3": write_mp3}[path.suffix]
    write(path, tone)
    disclose(path)
    before = packets_of(path)
    sign(path, signer, ORIGIN)
    state, made = read_credentials(path)
    assert state == "Valid"
    assert [(each["action"], each["digitalSourceType"]) for each in actions_of(made)] == [("c2pa.created", MUSIC)]
    assert packets_of(path) == before
    assert list(tmp_path.iterdir()) == [path]
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    assert read_credentials(path)[0] == "Invalid"


def test_a_delivery_is_signed_and_its_samples_are_exact(delivery: Delivery, tmp_path: Path) -> None:
    folder = Path(delivery.folder)
    for name in ("mix.wav", "mix.m4a", "scored.mp4"):
        assert read_credentials(folder / name)[0] == "Valid"
    mixdown = small_materials().mixdown
    for name, waveform in (("mix.wav", mixdown.mix), ("premaster.wav", mixdown.premaster)):
        plain = save_wav(tmp_path / name, waveform)
        one, two = (soundfile.read(path, dtype="int32")[0].astype(np.int64) for path in (plain, folder / name))
        assert np.abs(one - two).max() <= 256, "a step of 24 bit: libsndfile's full scale is one step lower"
        with pytest.raises(c2pa.C2paError):
            c2pa.Reader(plain)


def test_the_film_names_the_clip_as_its_source_and_not_by_its_name(delivery: Delivery, film: Path) -> None:
    path = Path(delivery.folder) / "scored.mp4"
    _, made = read_credentials(path)
    (source,) = made["ingredients"]  # type: ignore[misc]
    assert (source["title"], source["relationship"]) == ("clip", "parentOf")
    opened, edited = actions_of(made)
    assert (opened["action"], edited["action"], edited["digitalSourceType"]) == ("c2pa.opened", "c2pa.edited", FILM)
    assert film.name.encode() not in path.read_bytes()


def test_what_the_person_wrote_is_in_no_file_that_is_published(delivery: Delivery) -> None:
    files = [path for path in Path(delivery.folder).rglob("*") if path.is_file()]
    having = {path.name for path in files if SECRET_WORDS.encode() in path.read_bytes()}
    assert having == {"rights.json", "rights.html", "cue.json", "report.html"}


def test_hashes_are_those_of_the_files_as_they_lie_there(delivery: Delivery) -> None:
    folder = Path(delivery.folder)
    rights = from_json(Rights, (folder / "rights.json").read_text("utf-8"))
    hashed = {each.name: each.sha256 for each in rights.papers.files}
    there = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert there - set(hashed) == {"rights.json", "rights.html"}
    for name, digest in hashed.items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest, name
    assert {each.name for each in rights.papers.files if each.signed} == {"mix.wav", "mix.m4a", "scored.mp4"}
    assert all(digest in (folder / "rights.html").read_text("utf-8") for digest in hashed.values())
    assert {file.name: file.size_bytes for file in delivery.files}["rights.json"] == (
        folder / "rights.json"
    ).stat().st_size
    assert (rights.seed, rights.prompt, rights.papers.credentials.kind) == (7, SECRET_WORDS, "test")


def test_the_report_is_hashed_and_gives_the_sizes_that_the_papers_have_in_the_end(delivery: Delivery) -> None:
    folder = Path(delivery.folder)
    shown = (folder / "report.html").read_text("utf-8")
    for name in ("rights.json", "rights.html"):
        size = size_text((folder / name).stat().st_size)
        assert re.search(rf"{name}\D{{0,80}}?{re.escape(size)}", shown), (name, size)
    sealed = from_json(Rights, (folder / "rights.json").read_text("utf-8"))
    report = next(each for each in sealed.papers.files if each.name == "report.html")
    assert report.sha256 == hashlib.sha256((folder / "report.html").read_bytes()).hexdigest()


def test_a_wav_says_it_in_its_own_metadata_and_stays_a_wav(tone: Waveform, tmp_path: Path) -> None:
    for frames in (24_000, 23_999):  # an odd chunk must be padded
        path = save_wav(tmp_path / f"{frames}.wav", Waveform(tone.samples[:1, :frames], 48_000))
        before = load_wav(path)
        assert disclose(path)
        with soundfile.SoundFile(path) as file:
            assert MUSIC in file.comment and file.software.startswith("Cuewright")
        content = path.read_bytes()
        assert struct.unpack("<I", content[4:8])[0] == len(content) - 8
        assert content.count(b"DigitalSourceType=") == 1
        assert load_wav(path) == before


def test_a_file_that_is_not_what_it_is_called_is_left_alone(tmp_path: Path) -> None:
    for name in ("a.wav", "a.m4a", "a.mid"):
        (tmp_path / name).write_bytes(b"sound")
        assert not disclose(tmp_path / name)
        assert (tmp_path / name).read_bytes() == b"sound"


def test_a_file_that_cannot_be_signed_stays_and_is_said(signer: Signer, tmp_path: Path) -> None:
    (tmp_path / "mix.wav").write_bytes(b"sound")
    made = sign_files(tmp_path, ["mix.wav"], signer, ORIGIN)
    assert made.kind == "none" and made.trouble.startswith("mix.wav")
    assert [path.name for path in tmp_path.iterdir()] == ["mix.wav"]
    assert (tmp_path / "mix.wav").read_bytes() == b"sound"


def test_a_file_too_large_for_the_memory_is_left_and_said(
    signer: Signer, tone: Waveform, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("mix.wav", "mix.m4a"):
        (save_wav if name == "mix.wav" else write_m4a)(tmp_path / name, tone)
    monkeypatch.setattr(credentials, "LARGEST_BYTES", (tmp_path / "mix.m4a").stat().st_size)
    made = sign_files(tmp_path, ["mix.wav", "mix.m4a"], signer, ORIGIN)
    assert made.files == ("mix.m4a",) and "mix.wav: larger than" in made.trouble


def test_the_test_certificate_is_made_once_and_its_key_is_private(tmp_path: Path) -> None:
    settings = Settings(tmp_path / "work")
    first = signer_for(settings, {})
    assert first is not None and first.is_test and "TEST" in first.issuer
    key = tmp_path / "work" / "credentials" / "test-key.pem"
    assert key.stat().st_mode & 0o077 == 0
    certificates._test_signer.cache_clear()
    again = signer_for(settings, {})
    assert again is not None and again.chain == first.chain
    assert key.read_text().splitlines()[1] not in repr(first)


def test_what_else_lies_beside_a_test_certificate_is_left_alone(tmp_path: Path) -> None:
    folder = tmp_path / "credentials"
    folder.mkdir()
    (folder / "publisher-key.pem").write_text("mine")
    certificates._make(folder)
    assert (folder / "publisher-key.pem").read_text() == "mine"
    assert certificates._kept(folder, "") is not None


def test_files_that_are_made_later_are_hashed_in_the_papers(tmp_path: Path) -> None:
    folder = tmp_path / "take"
    deliver(folder, small_materials())
    (folder / "mix.mp3").write_bytes(b"later")
    (folder / "cue-sheet.csv").write_bytes(b"anew")
    note_again(folder, ["mix.mp3", "cue-sheet.csv"])
    papers = from_json(Rights, (folder / "rights.json").read_text("utf-8")).papers
    for each in papers.files:
        assert hashlib.sha256((folder / each.name).read_bytes()).hexdigest() == each.sha256, each.name
    assert "mix.mp3" in {each.name for each in papers.files}
    assert hashlib.sha256(b"anew").hexdigest() in (folder / "rights.html").read_text("utf-8")


def test_what_is_published_later_is_signed_too(signer: Signer, tone: Waveform, tmp_path: Path) -> None:
    folder = tmp_path / "take"
    deliver(folder, small_materials(), signer=signer)
    write_mp3(folder / "mix.mp3", tone)
    (folder / "cue-sheet.csv").write_bytes(b"anew")
    note_again(folder, ["mix.mp3", "cue-sheet.csv"], signer=signer)
    assert read_credentials(folder / "mix.mp3")[0] == "Valid"
    papers = from_json(Rights, (folder / "rights.json").read_text("utf-8")).papers
    assert {"mix.mp3", "mix.wav"} <= set(papers.credentials.files) and papers.credentials.kind == "test"
    assert {each.name for each in papers.files if each.signed} == set(papers.credentials.files)
    for each in papers.files:
        assert hashlib.sha256((folder / each.name).read_bytes()).hexdigest() == each.sha256, each.name


def test_a_certificate_of_the_publisher_signs_and_can_be_trusted(tone: Waveform, tmp_path: Path) -> None:
    chain, key = certificates._fresh()
    (tmp_path / "own.pem").write_bytes(chain)
    (tmp_path / "own.key").write_bytes(key)
    environ = {"CUEWRIGHT_C2PA_CERT": str(tmp_path / "own.pem"), "CUEWRIGHT_C2PA_KEY": str(tmp_path / "own.key")}
    own = signer_for(Settings(tmp_path), environ)
    assert own is not None and not own.is_test and own.time_authority == ""
    path = save_wav(tmp_path / "mix.wav", tone)
    assert sign_files(tmp_path, ["mix.wav"], own, ORIGIN).kind == "own"
    root = b"-----BEGIN" + chain.split(b"-----BEGIN")[-1]
    trusting = c2pa.Settings.from_dict(
        {
            "verify": {"verify_trust": True},
            "trust": {"trust_anchors": root.decode(), "trust_config": "1.3.6.1.5.5.7.3.4"},
        }
    )
    assert c2pa.Reader(path, context=c2pa.Context(trusting)).get_validation_state() == "Trusted"


@pytest.mark.parametrize(
    ("cert", "key", "said"),
    [
        ("own.pem", "", "both or neither"),
        ("absent.pem", "own.key", "absent.pem"),
        ("own.key", "own.pem", "PEM"),
        ("own.pem", "other.key", "belongs"),
    ],
)
def test_a_certificate_that_cannot_be_used_is_said_before_anything_is_made(
    cert: str, key: str, said: str, tmp_path: Path
) -> None:
    chain, secret = certificates._fresh()
    for name, content in (("own.pem", chain), ("own.key", secret), ("other.key", certificates._fresh()[1])):
        (tmp_path / name).write_bytes(content)
    environ = {"CUEWRIGHT_C2PA_CERT": str(tmp_path / cert), "CUEWRIGHT_C2PA_KEY": key and str(tmp_path / key)}
    with pytest.raises(InputError, match=said):
        signer_for(Settings(tmp_path), environ)


def test_nothing_is_signed_where_that_is_turned_off(tmp_path: Path) -> None:
    assert signer_for(Settings(tmp_path), {"CUEWRIGHT_C2PA": "off"}) is None
    assert not list(tmp_path.iterdir())
    page = rights_html(small_materials(), rights_of(small_materials()))
    assert papers_voice("en").text("page", "credentials_none") in page


def test_uses_follow_the_engine() -> None:
    free, bound, unknown = (
        {each.use: each.allowed for each in uses_of(EngineCard("x", licence, use), brought=False)}
        for licence, use in (("MIT", True), ("CC-BY-NC-4.0", False), ("", None))
    )
    assert (free["advert"], bound["advert"], unknown["advert"]) == (True, False, None)
    assert (free["private"], bound["private"], unknown["private"]) == (True, True, None)
    assert free["exclusive"] is None and free["unlabelled"] is False and "brought" not in free
    assert uses_of(EngineCard("x"), brought=True)[-3].use == "brought"


def test_the_page_escapes_what_the_person_wrote_and_fetches_nothing() -> None:
    materials: Materials = replace(small_materials(text=HOSTILE), brief=Brief(HOSTILE))
    page = rights_html(materials, rights_of(materials))
    assert "<script" not in page and "<img" not in page
    assert "default-src 'none'" in page


def test_the_page_says_where_the_music_is_like_what_was_brought_and_nothing_that_is_not() -> None:
    places = (
        LikePlace("melody", "lead-flute", 3.2, 9.1, 12.0, 18.0, 2, 1.31, 14),
        LikePlace("sound", "", 1.0, 5.0, 2.0, 6.0, 0, 0.3),
    )
    materials = replace(small_materials(), reference=Likeness("theirs.mid", 1.31, True, places))
    page = rights_html(materials, rights_of(materials))
    assert "theirs.mid" in page and "likeness 1.31" in page and "flute, 3.2 to 9.1 s" in page
    assert "harmonies as there" not in page


def test_signing_is_told_what_it_may_sign() -> None:
    assert credentials.published(["stems/mix.wav", "mix.ogg", "mix.mp3", "cue.json"]) == ("mix.mp3",)


@pytest.mark.parametrize("language", sorted(path.stem for path in PAPERS_DIR.glob("*.toml")))
def test_every_language_has_the_same_texts_with_the_same_slots(language: str) -> None:
    english, other = papers_voice("en").texts, papers_voice(language).texts
    assert_same_texts(english, other)
    materials = small_materials(language=language)
    assert f'<html lang="{language}"' in rights_html(materials, rights_of(materials))
