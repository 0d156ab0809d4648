"""Music for games: bars that go round without a seam, layers in phase, pieces on the same grid, files that say so."""

import json
import re
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
import soundfile

from assistant.audio import Waveform, load_wav, save_wav
from assistant.audio.loop_points import loop_of, mark_loop
from assistant.audio.loudness import integrated_lufs, true_peak_dbtp
from assistant.cli import main
from assistant.deliver.cue import save_cue
from assistant.deliver.games import write_kit
from assistant.deliver.games.ambisonics import encoded, gains, scene, seats_of
from assistant.deliver.games.grid import BLOCK, choose_body, pulse_frames
from assistant.deliver.games.kit import CEILING_DBTP, make_kit
from assistant.deliver.games.layers import Voice, split_layers
from assistant.deliver.games.pieces import Composer
from assistant.deliver.games.speaking import kit_remarks, say_kit
from assistant.deliver.loop_files import mark_loops
from assistant.errors import InputError
from assistant.score import Meter, MeterChange, TempoMap
from models.evaluation.ambix import harmonics
from models.evaluation.loops import level_db, playing_on, seam_of
from tests.game_kits import RATE_HZ, toy_cue, toy_kit, toy_shop
from tests.made_takes import small_materials
from tests.plans import toy_plan


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    folder = tmp_path_factory.mktemp("kit") / "game"
    return (folder, *write_kit(folder, toy_kit()))


@pytest.mark.parametrize("loop", [False, True])
def test_the_loop_is_whole_bars_of_whole_frames(loop):
    kit = toy_kit(loop=loop)
    assert kit.body.bars == (8 if loop else 7)
    assert kit.loop.shape == (2, kit.body.bars * kit.body.grid.bar_frames)
    assert {layer.samples.shape for layer in kit.layers} == {kit.loop.shape}
    assert kit.body.frames % BLOCK == 0
    assert 240 < kit.body.grid.bpm < 252  # the cue has both: one tempo in between
    assert kit.body.steadied


@pytest.mark.parametrize(("length_s", "pulses"), [(32.0, 64), (29.97, 63), (7.3, 5), (61.0, 97)])
def test_the_tempo_gives_way_by_less_than_a_thousandth(length_s, pulses):
    frames = pulse_frames(length_s, pulses)
    assert frames * pulses % BLOCK == 0
    assert frames * pulses / RATE_HZ == pytest.approx(length_s, rel=1e-3)


def test_playing_the_loop_twice_is_playing_on():
    cue, shop = toy_cue(), toy_shop()
    for part_id in ("lead-flute", "drums-drums"):
        assert playing_on(cue, shop, part_id).twice_db < -90, part_id


def test_the_seam_is_as_smooth_as_the_inside_and_a_cut_is_not():
    kit = toy_kit()
    seam = seam_of(kit.loop, kit.body.grid.pulse_frames)
    assert seam.corner_share <= 1 and seam.level_share <= 1 and seam.spectrum_share <= 1
    cut = np.array(kit.loop)
    cut[:, :480] *= np.linspace(0, 1, 480, dtype=np.float32)
    assert seam_of(cut, kit.body.grid.pulse_frames).corner_share > 1


def test_layers_add_up_to_the_loop_and_rise():
    kit = toy_kit()
    assert np.array_equal(np.sum([layer.samples for layer in kit.layers], axis=0, dtype=np.float32), kit.loop)
    parts = [part for layer in kit.layers for part in layer.parts]
    assert sorted(parts) == sorted(part.id for part in kit.cue.score.parts)
    loudness = [layer.lufs_with_lower for layer in kit.layers]
    assert all(after - before > 0.5 for before, after in pairwise(loudness))
    assert [layer.intensity for layer in kit.layers] == sorted(layer.intensity for layer in kit.layers)
    assert "drums-drums" in kit.layers[-1].parts and "harmony-strings" in kit.layers[0].parts


def test_the_loop_has_the_loudness_and_nothing_peaks_over_the_ceiling():
    kit = toy_kit()
    assert kit.target_lufs == -18
    loudness = integrated_lufs(Waveform(kit.loop, RATE_HZ))
    sounds = [kit.loop, *(cut.samples for cut in kit.cuts.values())]
    peaks = [true_peak_dbtp(Waveform(sound, RATE_HZ)) for sound in sounds]
    assert max(peaks) <= -1
    assert loudness == pytest.approx(-18, abs=0.05) or max(peaks) == pytest.approx(CEILING_DBTP, abs=0.05)


def test_pieces_are_whole_bars_and_begin_and_end_without_a_click():
    kit = toy_kit()
    kinds = {piece.name: piece.kind for piece in kit.pieces}
    assert {"intro", "outro", "stinger", "transition"} == set(kinds.values())
    for piece in kit.pieces:
        cut = kit.cuts[piece.name]
        assert cut.bar_frames == piece.bars * kit.body.grid.bar_frames
        assert np.abs(cut.samples[:, 0]).max() < 0.02 and np.abs(cut.samples[:, -1]).max() < 1e-4
        assert level_db(cut.samples) > -60


@pytest.mark.parametrize("loop", [False, True])
def test_pieces_stay_in_the_key(loop):
    cue = toy_cue(loop=loop)
    body, shop = choose_body(cue.plan), toy_shop()
    composer = Composer(cue.plan, cue.score, body, shop.library)
    signals = [composer.signal(signal) for signal in shop.games.signals]
    written = [piece for piece in [*signals, composer.outro()] if piece is not None]
    assert len(written) == len(shop.games.signals) + 1
    drums = {part.id for part in cue.score.parts if part.is_drums}
    for piece in written:
        pitches = {note.pitch % 12 for id_, notes in piece.notes.items() if id_ not in drums for note in notes}
        assert pitches <= cue.plan.key.pitch_classes, piece.name


def test_a_cue_keeps_its_own_ending_and_a_loop_gets_one():
    own, made = toy_cue(), toy_cue(loop=True)
    last = Composer(own.plan, own.score, choose_body(own.plan), toy_shop().library).outro()
    assert [note.pitch for note in last.notes["lead-flute"]] == [74]
    outro = Composer(made.plan, made.score, choose_body(made.plan), toy_shop().library).outro()
    assert {note.pitch % 12 for note in outro.notes["bass-double-bass"]} == {made.plan.key.tonic}


def test_an_odd_bar_stays_outside_the_loop_and_is_counted():
    plan = toy_plan(10)
    meters = (MeterChange(0, Meter(4, 4)), MeterChange(8, Meter(5, 4)), MeterChange(13, Meter(4, 4)))
    tempo_map = TempoMap(plan.tempo_map.tempos, meters)
    body = choose_body(replace(plan, tempo_map=tempo_map))
    assert (body.first, body.end) == (3, 9)
    assert body.left_out == 3


def test_what_cannot_go_round_is_said():
    with pytest.raises(InputError, match="0 layers; 1 to 6"):
        make_kit(toy_cue(), toy_shop(), layers=0)
    with pytest.raises(InputError, match=r"a loop of \d+ s; 300 s at most"):
        choose_body(toy_plan(160))
    with pytest.raises(InputError, match="two equal bars"):
        choose_body(toy_plan(2))


def test_fewer_parts_than_layers_make_fewer_layers_and_it_is_said():
    row = [Voice("pad", "harmony", 0.1, 1.0), Voice("kit", "drums", 0.9, 1.0)]
    assert split_layers(row, 3) == (("pad",), ("kit",))
    kit = replace(toy_kit(), layers=toy_kit().layers[:2])
    assert "game_layers_fewer" in [remark.code for remark in kit_remarks(kit, asked_layers=3)]
    assert "2 layers and not 3" in say_kit(kit, asked_layers=3)


def test_the_manifest_names_what_is_there(written):
    folder, _, manifest = written
    told = json.loads((folder / "manifest.json").read_text("utf-8"))
    assert told["bar_frames"] * told["loop"]["bars"] == told["loop"]["frames"]
    assert told["beat_frames"] * told["beats_a_bar"] == told["bar_frames"]
    assert told["bpm"] == pytest.approx(60 * RATE_HZ / told["beat_frames"])
    assert told["licence"]["soundfont_licence"] == "MIT" and told["licence"]["engine_licence"] == "Apache-2.0"
    for entry in (told["loop"], *told["layers"], *told["pieces"], told["ambisonics"]):
        assert soundfile.info(folder / entry["file"]).frames == entry["frames"]
        assert soundfile.info(folder / entry["file"]).subtype == "PCM_24"
    assert len(told["layers"]) == len(manifest.layers) == 3


def test_loops_carry_their_points_and_read_back_as_they_were(written):
    folder, _, manifest = written
    total = np.zeros_like(toy_kit().loop)
    for layer in manifest.layers:
        assert loop_of(folder / layer.file) == (0, manifest.loop.frames)
        total += load_wav(folder / layer.file).samples
    assert np.array_equal(total, load_wav(folder / manifest.loop.file).samples)
    assert loop_of(folder / "audio/intro.wav") is None


def test_a_loop_is_marked_behind_whatever_the_file_holds(tmp_path):
    path = tmp_path / "mono.wav"
    soundfile.write(path, np.zeros(7), RATE_HZ, subtype="PCM_U8")
    assert loop_of(mark_loop(path, start=2, end=6, rate_hz=RATE_HZ)) == (2, 6)
    assert soundfile.info(path).frames == 7
    with pytest.raises(InputError, match="from frame 6 to 2"):
        mark_loop(path, start=6, end=2, rate_hz=RATE_HZ)


def test_godot_gets_sounds_of_the_same_length_and_resources_that_name_them(written):
    folder, _, manifest = written
    godot = folder / "godot"
    for entry in (*manifest.layers, *manifest.pieces):
        assert soundfile.info(godot / f"{entry.name}.ogg").frames == entry.frames
        settings = (godot / f"{entry.name}.ogg.import").read_text()
        assert f"bar_beats={manifest.pulses_a_bar}" in settings
        assert ("loop=true" in settings) == entry.name.startswith("layer")
    resource = (godot / "music.tres").read_text()
    named = re.findall(r'path="([^"]+)" id="([^"]+)"', resource)
    assert all((godot / path).exists() for path, _ in named)
    assert set(re.findall(r'ExtResource\("([^"]+)"\)', resource)) == {id_ for _, id_ in named}
    assert f"load_steps={len(named) + 2} " in resource
    assert "$" not in (godot / "cuewright_music.gd").read_text()


def test_unity_reads_the_names_that_the_manifest_has(written):
    folder, _, _ = written
    told = json.loads((folder / "manifest.json").read_text("utf-8"))
    script = (folder / "unity/CuewrightMusic.cs").read_text()
    examples = {"Manifest": told, "Loop": told["loop"], "Layer": told["layers"][0], "Piece": told["pieces"][0]}
    for kind, example in examples.items():
        body = re.search(rf"class {kind}\s*\{{(.*?)\}}", script, re.DOTALL)[1]
        fields = re.findall(r"public [\w\[\]]+ (\w+);", body)
        assert fields and set(fields) <= set(example), kind
    assert json.loads((folder / "unity/Cuewright.Music.asmdef").read_text())["name"] == "Cuewright.Music"


@pytest.mark.parametrize("direction", [(0, 0), (90, 0), (-90, 0), (180, 0), (0, 90), (33, -21), (-120, 47)])
def test_ambisonics_has_the_channels_and_norms_of_ambix(direction):
    assert gains(*direction) == pytest.approx(harmonics(*direction), abs=1e-12)
    w, y, z, x = gains(*direction)
    assert y * y + z * z + x * x == pytest.approx(w * w)  # SN3D; N3D would give three times, FuMa twice


def test_a_stem_is_heard_from_its_seat():
    kit = toy_kit()
    assert kit.scene.shape == (4, kit.body.frames)
    assert np.abs(kit.scene).max() < 1
    craft = toy_shop().games.seats
    seats = seats_of(kit.cue.score.parts, kit.cue.plan, craft)
    lead = replace(seats[0], azimuth_deg=40.0, elevation_deg=10.0)
    tone = np.sin(np.arange(48_000) / 20, dtype=np.float32)
    w, y, z, x = scene({lead.part: np.stack([tone, tone])}, (lead,), craft)
    assert np.degrees(np.arctan2(np.dot(w, y), np.dot(w, x))) == pytest.approx(40, abs=0.1)
    assert np.degrees(np.arctan2(np.dot(w, z), np.hypot(np.dot(w, y), np.dot(w, x)))) == pytest.approx(10, abs=0.1)
    assert np.allclose(encoded(tone, 90, 0)[1], tone)


def test_the_command_writes_beside_what_is_there(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("assistant.deliver.games.Workshop.opened", lambda library, settings: toy_shop())
    folder = tmp_path / "take"
    folder.mkdir()
    save_cue(toy_cue(), folder)
    monkeypatch.setattr("assistant.deliver.games.make_kit", lambda cue, shop, layers: toy_kit())
    (folder / "game").mkdir()
    (folder / "game" / "mine.txt").write_text("mine")
    assert main(["game", str(folder)]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["folder"] == str(folder / "game-take2")
    assert set(told["files"]) >= {"manifest.json", "demo.html", "audio/loop.wav", "godot/music.tres"}
    assert [path.name for path in (folder / "game").iterdir()] == ["mine.txt"]
    assert main(["game", str(tmp_path)]) == 2
    assert "a folder that Cuewright delivered" in capsys.readouterr().err


def test_a_delivery_of_a_loop_says_in_its_files_that_it_goes_round(tmp_path):
    materials = small_materials()
    mix = materials.mixdown.mix
    save_wav(tmp_path / "mix.wav", mix)
    assert mark_loops(tmp_path, materials) == () and loop_of(tmp_path / "mix.wav") is None
    looped = replace(materials, take=replace(materials.take, plan=replace(materials.take.plan, loop=True)))
    assert [remark.code for remark in mark_loops(tmp_path, looped)] == ["loop_ready"]
    assert loop_of(tmp_path / "mix.wav") == (0, mix.frames)
    assert load_wav(tmp_path / "mix.wav").frames == mix.frames
