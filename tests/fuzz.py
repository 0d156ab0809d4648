"""Fuzzing by coverage: ``make fuzz ARGS="words --seconds 120"`` (words, replies or media; atheris, Linux).

Conventions: anything but an `AssistantError` is a fault; so is an input that takes longer than `SLOWEST_S` seconds. A
faulty input is left in ``runs/fuzz/`` and named; runs begin from what earlier ones found. Not part of ``make test``:
the tests have the same doors under hypothesis.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["assistant"]):
    from assistant import library as libraries
    from assistant.brief import Brief
    from assistant.clip import measure_clip
    from assistant.constraints import Constraints
    from assistant.errors import AssistantError
    from assistant.explain import say_constraints, voice
    from assistant.feedback import apply_and_say, read_reply
    from assistant.interpret import read_brief
    from assistant.judge import judge_file

ROOT = Path(__file__).resolve().parent.parent
SLOWEST_S = 30
LANGUAGES = ("en", "zh", "ja", "ko", "es", "pt", "fr", "de", "it", "ru", "hi", "ar", "tr")
LIBRARY = libraries.load()


def known_words() -> list[str]:
    """Every word that the readers know, and some odd ones, to mix with noise."""
    import tomllib

    words: set[str] = set()
    for path in sorted((ROOT / "prompts").glob("words/*.toml")) + sorted((ROOT / "prompts").glob("feedback/*.toml")):
        for table in tomllib.loads(path.read_text("utf-8")).values():
            for said in table.values() if isinstance(table, dict) else ():
                words |= {word.strip(" *.") for word in said.split(",")} if isinstance(said, str) else set()
    return [
        *sorted(words - {""}),
        "0:22",
        "-23 LUFS",
        "7/8",
        "½",
        "1'30",
        "٣٠",
        "二分半",
        "\u202e",
        "\x00",
        "🙂",
        "{",
        "](",
    ]


WORDS = known_words()


def text_of(data: atheris.FuzzedDataProvider) -> str:
    """Known words in any order, with noise between them."""
    pieces = []
    while data.remaining_bytes() > 2 and len(pieces) < 60:
        if data.ConsumeBool():
            pieces.append(WORDS[data.ConsumeIntInRange(0, len(WORDS) - 1)])
        else:
            pieces.append(data.ConsumeUnicodeNoSurrogates(data.ConsumeIntInRange(0, 12)))
    return ("" if data.ConsumeBool() else " ").join(pieces)


def words(data: bytes) -> None:
    """A brief, and the same words as the answer to a question."""
    given = atheris.FuzzedDataProvider(data)
    hint = LANGUAGES[given.ConsumeIntInRange(0, len(LANGUAGES) - 1)] if given.ConsumeBool() else None
    text = text_of(given)
    found = read_brief(Brief(text, language=hint), library=LIBRARY)
    assert Constraints.from_contract(found.constraints.to_contract()) == found.constraints
    for said in found.constraints.evidence:
        assert said.start < 0 or text[said.start : said.end] == said.words
    speaker = voice(found.constraints.language)
    assert "$" not in speaker.ask(found.remarks).text.replace(text, "") or "$" in text
    say_constraints(found.constraints, speaker)
    second = read_brief(Brief(text_of(given) or text), library=LIBRARY, pending=found.constraints)
    assert second.outcome != "ask"


def replies(data: bytes) -> None:
    """A reply to a take, carried out."""
    given = atheris.FuzzedDataProvider(data)
    before = read_brief(Brief(text_of(given)), library=LIBRARY).constraints
    reply = read_reply(text_of(given), constraints=before, library=LIBRARY, sounding=("piano",), duration_s=30.0)
    applied = apply_and_say(before, reply.changes)
    assert Constraints.from_contract(applied.constraints.to_contract()) == applied.constraints


def media(folder: Path) -> Callable[[bytes], None]:
    """Files of all kinds; libFuzzer mutates whole ones that it is given as seeds."""

    def measure(data: bytes) -> None:
        for ending in (".mkv", ".mid", ".csv", ".edl", ".fcpxml", ".otio"):
            path = folder / f"given{ending}"
            path.write_bytes(data)
            for door in (measure_clip, judge_file):
                try:
                    door(path)
                except AssistantError as error:
                    assert str(error)

    return measure


def seed_media(folder: Path) -> None:
    """Small sound files and a film of each kind to begin from."""
    import numpy as np

    from tests import media as made

    noise = np.random.default_rng(0).normal(0, 0.1, (2, 9600)).astype(np.float32)
    for name in ("a.wav", "a.flac", "a.mp3", "a.ogg"):
        made.write_sound(folder / name, noise)
    made.write_film(folder / "a.mkv", made.paint_shots([4, 4], speed=0.0), sound=noise)
    made.write_film(folder / "a.mp4", made.paint_shots([4, 4], speed=0.0))
    from PIL import Image

    from tests import test_clip_edits as edits

    for name in ("a.png", "a.jpg", "a.webp"):
        Image.fromarray(made.paint(1, size=(24, 16))).save(folder / name)
    (folder / "a.csv").write_text("time;value\n0;0,5\n1,5;0,7\n")
    for name, text in (("a.edl", edits.EDL), ("a.fcpxml", edits.FCPXML), ("a.otio", edits.otio_text())):
        (folder / name).write_text(text)
    (folder / "a.mid").write_bytes(b"MThd\0\0\0\6\0\0\0\1\0\x60MTrk\0\0\0\x0c\0\x90\x3c\x40\x60\x80\x3c\0\0\xff\x2f\0")


def main() -> None:
    """Runs one target for a while."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("target", choices=("words", "replies", "media"))
    parser.add_argument("--seconds", type=int, default=60)
    asked = parser.parse_args()
    kept = ROOT / "runs" / "fuzz" / asked.target
    kept.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        target = {"words": words, "replies": replies}.get(asked.target) or media(Path(folder))
        longest = 400 if asked.target != "media" else 200_000
        if asked.target == "media":
            seed_media(kept)
        flags = [
            f"-max_total_time={asked.seconds}",
            f"-max_len={longest}",
            f"-timeout={SLOWEST_S}",
            f"-artifact_prefix={kept.parent}/fault-{asked.target}-",
            "-rss_limit_mb=6000",
            "-print_final_stats=1",
        ]
        atheris.Setup([sys.argv[0], *flags, str(kept)], _guarded(target))
        atheris.Fuzz()


def _guarded(target: Callable[[bytes], None]) -> Callable[[bytes], None]:
    def run(data: bytes) -> None:
        try:
            target(data)
        except AssistantError as error:
            assert str(error)  # bad input, told as such

    return run


if __name__ == "__main__":
    main()
