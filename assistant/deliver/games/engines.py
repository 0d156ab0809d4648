"""Ready imports: resources and a script for Godot, a component for Unity.

Conventions: texts by their place in the kit's folder. Godot counts pulses (the unit that the metre is written in), for
its bars hold whole beats only. Names of files inside a Godot resource are relative to it.

Sources: Godot Engine 4.3, class references of AudioStreamInteractive, AudioStreamSynchronized and
ResourceImporterOggVorbis; Unity Scripting API, AudioSource.PlayScheduled and AudioSettings.dspTime.
"""

from __future__ import annotations

import json
from pathlib import Path
from string import Template

from assistant.deliver.games.manifest import Manifest

TEMPLATES = Path(__file__).parent / "templates"
_SILENT_DB = -60.0
_FROM_BAR, _FROM_END, _TO_START = 2, 3, 1
_FADE_OFF, _FADE_OUT = 0, 2
"""Godot's TransitionFromTime, TransitionToTime and FadeMode."""


def godot_files(manifest: Manifest) -> dict[str, str]:
    """``godot/``: how each Ogg file is imported, the interactive stream, and a script that plays it."""
    files = {f"godot/{layer.name}.ogg.import": _imported(manifest, loop=True, bars=0) for layer in manifest.layers}
    files |= {
        f"godot/{each.name}.ogg.import": _imported(manifest, loop=False, bars=each.bars) for each in manifest.pieces
    }
    script = Template(_text("cuewright_music.gd")).substitute(
        pulse_s=manifest.pulse_frames / manifest.rate_hz, fade_s=manifest.fade_s, pulses=manifest.pulses_a_bar
    )
    return {**files, "godot/music.tres": _interactive(manifest), "godot/cuewright_music.gd": script}


def unity_files(manifest: Manifest) -> dict[str, str]:
    """``unity/``: a component and its assembly."""
    assembly = {"name": "Cuewright.Music", "rootNamespace": "Cuewright", "references": [], "autoReferenced": True}
    return {
        "unity/CuewrightMusic.cs": _text("CuewrightMusic.cs"),
        "unity/Cuewright.Music.asmdef": json.dumps(assembly, indent=2) + "\n",
    }


def _imported(manifest: Manifest, *, loop: bool, bars: int) -> str:
    """The import settings of one file; a loop ends where its file ends, so it names no beats."""
    pulse_bpm = 60 * manifest.rate_hz / manifest.pulse_frames
    return (
        '[remap]\n\nimporter="oggvorbisstr"\ntype="AudioStreamOggVorbis"\n\n[params]\n\n'
        f"loop={'true' if loop else 'false'}\nloop_offset=0\nbpm={pulse_bpm!r}\n"
        f"beat_count={bars * manifest.pulses_a_bar}\nbar_beats={manifest.pulses_a_bar}\n"
    )


def _interactive(manifest: Manifest) -> str:
    """``music.tres``: the intro goes on to the layers, the layers to the outro on a bar line."""
    names = [layer.name for layer in manifest.layers]
    sounds = ["intro", *names, "outro"]
    lines = [f'[gd_resource type="AudioStreamInteractive" load_steps={len(sounds) + 2} format=3]', ""]
    lines += [f'[ext_resource type="AudioStream" path="{name}.ogg" id="{name}"]' for name in sounds]
    lines += ["", '[sub_resource type="AudioStreamSynchronized" id="layers"]', f"stream_count = {len(names)}"]
    for index, name in enumerate(names):
        lines.append(f'stream_{index}/stream = ExtResource("{name}")')
        lines.append(f"stream_{index}/volume = {0.0 if index == 0 else _SILENT_DB}")
    lines += ["", "[resource]", "clip_count = 3"]
    clips = (("intro", 'ExtResource("intro")', 1, 1), ("loop", 'SubResource("layers")', 0, 0))
    for index, (name, stream, advance, following) in enumerate((*clips, ("outro", 'ExtResource("outro")', 0, 0))):
        lines += [f'clip_{index}/name = &"{name}"', f"clip_{index}/stream = {stream}"]
        lines += [f"clip_{index}/auto_advance = {advance}"]
        lines += [f"clip_{index}/next_clip = {following}"] if advance else []
    moves = ((0, 1, _FROM_END, _FADE_OFF, 1), (1, 2, _FROM_BAR, _FADE_OUT, 0.5), (0, 2, _FROM_BAR, _FADE_OUT, 0.5))
    lines += ["initial_clip = 0", "_transitions = {"]
    lines.append(",\n".join(_transition(*move) for move in moves))
    return "\n".join([*lines, "}", ""])


def _transition(start: int, end: int, from_time: int, fade: int, beats: float) -> str:
    values = {"fade_beats": float(beats), "fade_mode": fade, "from_time": from_time, "to_time": _TO_START}
    inside = ",\n".join(f'"{name}": {value}' for name, value in values.items())
    return f"Vector2i({start}, {end}): {{\n{inside}\n}}"


def _text(name: str) -> str:
    return (TEMPLATES / name).read_text(encoding="utf-8")
