"""Files opened by the programs that they are for, or by readers that are not ours: what each finds, against the score.

Conventions: a `Check` gives what is wrong, in words; none is right. A program that is not here gives `ABSENT`, which
is said and counts as neither. MuseScore and Poppler are run as programs, without a screen. The schemas of DAWproject
are those of github.com/bitwig/dawproject (MIT; ``tests/data/dawproject``, commit ee4dcdd), or lie in the folder that
``CUEWRIGHT_DAWPROJECT`` names.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np

from assistant.audio import load_wav
from assistant.deliver import load_cue
from assistant.score import Score
from assistant.score.midi.write import played_notes
from assistant.settings import ROOT

ABSENT = "absent"
"""The program is not on this machine."""
SCHEMAS = ROOT / "tests" / "data" / "dawproject"
NEAR_S = 0.002
"""Times that differ by less are the same: a tick of MIDI at 60 beats a minute is 1 ms."""
LIMIT_S = 180.0
Check = Callable[[Path, Score], str]


def opened(folder: Path) -> dict[str, str]:
    """Every check of a delivery, by name: what is wrong, nothing where all is right, or `ABSENT`."""
    score = load_cue(folder).score
    found = {}
    for name, check in CHECKS.items():
        try:
            found[name] = check(folder, score)
        except Exception as error:  # noqa: BLE001 - a reader that stumbles has said what is wrong
            found[name] = f"{type(error).__name__}: {str(error)[:120]}"
    return found


def _differs(what: str, found: object, expected: object) -> str:
    return "" if found == expected else f"{what}: {found} in place of {expected}"


def midi_by_music21(folder: Path, score: Score) -> str:
    """Every part with its notes, the tempo changes and the markers."""
    from music21 import midi

    file = midi.MidiFile()
    file.open(str(folder / "score.mid"))
    file.read()
    file.close()
    strikes = [sum(1 for event in track.events if event.isNoteOn()) for track in file.tracks[1:]]
    markers = [event for event in file.tracks[0].events if event.type == midi.MetaEvents.MARKER]
    tempos = [event for event in file.tracks[0].events if event.type == midi.MetaEvents.SET_TEMPO]
    programs = [
        next(event.data for event in track.events if event.type == midi.ChannelVoiceMessages.PROGRAM_CHANGE)
        for track in file.tracks[1:]
    ]
    return (
        _differs("notes", strikes, [len(played_notes(part.notes)) for part in score.parts])
        or _differs("markers", len(markers), len(score.markers))
        or _differs("tempi", len(tempos), len(score.tempo_map.tempos))
        or _differs("programs", programs, [part.program for part in score.parts])
    )


def musicxml_by_music21(folder: Path, score: Score) -> str:
    """Every part with all its bars and pitches."""
    from music21 import converter

    read = converter.parse(folder / "score.musicxml", format="musicxml", forceSource=True)
    for part in score.parts:
        staves = [each for each in read.parts if each.partName == part.id]
        if not staves:
            return f"no part {part.id}"
        bars = {len(each.getElementsByClass("Measure")) for each in staves}
        if bars != {len(score.bars)}:
            return f"{part.id} with {bars} bars in place of {len(score.bars)}"
        if not part.is_drums:
            pitches = {pitch.midi for each in staves for pitch in each.pitches}
            missing = {note.pitch for note in part.notes} - pitches
            if missing:
                return f"{part.id} without {sorted(missing)}"
    return ""


def _by_musescore(folder: Path, name: str) -> bytes | str:
    """What MuseScore makes of a file, as MIDI; or what is wrong."""
    program = next((found for each in ("mscore3", "mscore", "musescore3") if (found := shutil.which(each))), None)
    if program is None:
        return ABSENT
    with tempfile.TemporaryDirectory() as place:
        target = Path(place) / "out.mid"
        environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "HOME": place, "XDG_RUNTIME_DIR": place}
        done = subprocess.run(
            [program, "-o", str(target), str((folder / name).absolute())],
            env=environment,
            capture_output=True,
            timeout=LIMIT_S,
        )
        if done.returncode or not target.is_file():
            return f"ends with {done.returncode}: {done.stderr.decode(errors='replace')[-120:]}"
        return target.read_bytes()


def midi_by_musescore(folder: Path, score: Score) -> str:
    """Opens it and writes it out again with notes of every part that plays."""
    return _players_in(_by_musescore(folder, "score.mid"), score)


def musicxml_by_musescore(folder: Path, score: Score) -> str:
    """Opens it and writes it out again with notes of every part that plays."""
    return _players_in(_by_musescore(folder, "score.musicxml"), score)


def _players_in(made: bytes | str, score: Score) -> str:
    import io

    import mido

    if isinstance(made, str):
        return made
    file = mido.MidiFile(file=io.BytesIO(made), clip=True)
    struck = {
        message.note
        for track in file.tracks
        for message in track
        if message.type == "note_on" and message.velocity and message.channel != 9
    }
    written = {note.pitch for part in score.parts if not part.is_drums for note in part.notes}
    missing = written - struck
    return f"pitches {sorted(missing)} are gone" if missing else ""


def reaper_by_rpp(folder: Path, score: Score) -> str:
    """Tracks, files that are there, strikes, tempo points, regions and markers."""
    import rpp

    project = rpp.loads((folder / "project.rpp").read_text("utf-8"))
    strikes = 0
    for track in project.findall("TRACK"):
        for item in track.findall("ITEM"):
            source = item.find("SOURCE")
            if source.attrib[0] == "MIDI":
                strikes += sum(1 for event in source.findall("E") if event[2].startswith("9"))
            elif not (folder / source.find("FILE")[1]).is_file():
                return f"{source.find('FILE')[1]} is not there"
    marks = [mark for mark in project.findall("MARKER") if mark[3]]
    points = [point for point in project.find("TEMPOENVEX") if point[0] == "PT"]
    return (
        _differs("strikes", strikes, sum(len(played_notes(part.notes)) for part in score.parts))
        or _differs("markers", len(marks), len(score.markers))
        or _differs(
            "tempo points", len(points), len({each.at_q for each in (*score.tempo_map.tempos, *score.tempo_map.meters)})
        )
    )


def dawproject_by_schema(folder: Path, score: Score) -> str:
    """Valid against both schemas; every sound that it names is there."""
    import xmlschema

    place = Path(os.environ.get("CUEWRIGHT_DAWPROJECT", "") or SCHEMAS)
    if not (place / "Project.xsd").is_file():
        return ABSENT
    with zipfile.ZipFile(folder / "project.dawproject") as file:
        for name in ("Project", "MetaData"):
            text = file.read(f"{name.lower()}.xml").decode()
            errors = [error.reason for error in xmlschema.XMLSchema(place / f"{name}.xsd").iter_errors(text)]
            if errors:
                return f"{name}: {errors[0]}"
        sounds = [name for name in file.namelist() if name.startswith("audio/")]
    return _differs("stems", len(sounds), len(score.parts))


def otio_by_opentimelineio(folder: Path, score: Score) -> str:
    """The music, and its markers where the score has them."""
    import opentimelineio as otio

    timeline = otio.adapters.read_from_file(str(folder / "timeline.otio"))
    (music,) = timeline.audio_tracks()[0]
    if not (folder / music.media_reference.target_url).is_file():
        return f"{music.media_reference.target_url} is not there"
    start = music.source_range.start_time
    for marker, mark in zip(music.markers, score.markers, strict=True):
        place = marker.marked_range.start_time - start
        off_s = abs(place.to_seconds() - score.tempo_map.seconds_at(mark.at_q))
        if off_s > 0.5 / place.rate + NEAR_S:
            return f"{mark.text} is {1000 * off_s:.0f} ms off"
    return ""


def cue_sheet_by_poppler(folder: Path, score: Score) -> str:
    """The PDF is drawn, and the time code of every row is read in it."""
    if not (shutil.which("pdftoppm") and shutil.which("pdftotext")):
        return ABSENT
    import csv

    path = str(folder / "cue-sheet.pdf")
    with tempfile.TemporaryDirectory() as place:
        subprocess.run(["pdftoppm", "-r", "60", "-gray", path, f"{place}/page"], check=True, timeout=LIMIT_S)
        pages = sorted(Path(place).glob("page*.pgm"))
        if not pages or min(np.frombuffer(pages[0].read_bytes()[20:], np.uint8)) > 100:
            return "an empty page"
        text = subprocess.run(
            ["pdftotext", "-layout", path, "-"], capture_output=True, check=True, timeout=LIMIT_S
        ).stdout
    rows = list(csv.DictReader((folder / "cue-sheet.csv").read_text("utf-8-sig").splitlines()))
    missing = [row["TC in"] for row in rows if row["TC in"].encode() not in text]
    return f"{missing} can't be read" if missing else _differs("rows", len(rows), 1 + len(score.markers))


def sound_by_ffmpeg(folder: Path, score: Score) -> str:
    """Every WAV: its length to the sample, title, time reference and maker."""
    import av

    for path in sorted(folder.rglob("*.wav")):
        with av.open(str(path)) as container:
            said = {name.lower(): text for name, text in container.metadata.items()}
            frames = container.streams.audio[0].duration
        if frames != round(score.length_s * 48_000):
            return f"{path.name} with {frames} samples"
        if not {"title", "artist", "time_reference", "coding_history"} <= set(said):
            return f"{path.name} says only {sorted(said)}"
    return ""


def submixes_by_sum(folder: Path, score: Score) -> str:
    """The sub-mixes on disk, read by libsndfile, sum to the premaster on disk under -90 dB."""
    total = np.sum([load_wav(path).samples.astype(np.float64) for path in (folder / "submixes").glob("*.wav")], axis=0)
    residue = float(np.abs(total - load_wav(folder / "premaster.wav").samples).max())
    residue_db = 20 * np.log10(residue + 1e-12)
    return "" if residue_db < -90 else f"{residue_db:.0f} dB left"


def flac_by_libsndfile(folder: Path, score: Score) -> str:
    """The same 24 bits as the mix."""
    import soundfile

    flac, wav = (soundfile.read(folder / name, dtype="int32")[0] for name in ("mix.flac", "mix.wav"))
    return "" if np.array_equal(flac, wav) else "other samples"


def mp3_by_libsndfile(folder: Path, score: Score) -> str:
    """As long as the mix to the sample, and like it."""
    import soundfile

    back, _ = soundfile.read(folder / "mix.mp3", dtype="float32", always_2d=True)
    mix = load_wav(folder / "mix.wav").samples.T
    if len(back) != len(mix):
        return f"{len(back)} samples in place of {len(mix)}"
    alike = float(np.corrcoef(back.ravel(), mix.ravel())[0, 1])
    return "" if alike > 0.99 else f"correlation {alike:.3f}"


def credentials_by_c2pa(folder: Path, score: Score) -> str:
    """The published files that lie there: each read by c2pa as unchanged since it was signed, and made by a program."""
    import json

    import c2pa  # type: ignore[import-untyped]

    files = [path for name in PUBLISHED for path in sorted(folder.glob(name))]
    for path in files:
        reader = c2pa.Reader(path)
        state, said = str(reader.get_validation_state()), reader.json()
        made = json.loads(said)["manifests"][json.loads(said)["active_manifest"]]
        if state not in ("Valid", "Trusted"):
            return f"{path.name} is {state}"
        if "lgorithmicMedia" not in json.dumps(made["assertions"]):
            return f"{path.name} does not say that a program made it"
    return _differs("files", {path.suffix for path in files} >= {".wav", ".m4a", ".mp3"}, True)


PUBLISHED = ("mix.wav", "mix.m4a", "mix.mp3", "mix.flac", "scored.mp4")

CHECKS: Mapping[str, Check] = {
    "score.mid, music21": midi_by_music21,
    "score.mid, MuseScore": midi_by_musescore,
    "score.musicxml, music21": musicxml_by_music21,
    "score.musicxml, MuseScore": musicxml_by_musescore,
    "project.rpp, rpp": reaper_by_rpp,
    "project.dawproject, schema": dawproject_by_schema,
    "timeline.otio, OpenTimelineIO": otio_by_opentimelineio,
    "cue-sheet.pdf, Poppler": cue_sheet_by_poppler,
    "*.wav, FFmpeg": sound_by_ffmpeg,
    "submixes, sum": submixes_by_sum,
    "mix.flac, libsndfile": flac_by_libsndfile,
    "mix.mp3, libsndfile": mp3_by_libsndfile,
    "mix.wav, m4a, mp3, flac and scored.mp4, c2pa": credentials_by_c2pa,
}
"""By file and program."""
