"""Opens whatever file is given and judges it: the one door of this station.

Conventions: a MIDI file is told by its first four bytes, not by its name; everything else is opened as sound, of a film
too. What cannot be judged is a `ClipError`.
"""

from __future__ import annotations

from pathlib import Path

from assistant.clip.reading import LEGAL, Damage, describe, find_sound, open_media
from assistant.clip.sound import listen
from assistant.errors import ClipError
from assistant.judge.notes import judge_score
from assistant.judge.sound import judge_sound
from assistant.judge.values import Judgement
from assistant.score.midi import is_midi, read_midi
from assistant.settings import LONGEST_S

LEGAL_FILES = "a MIDI file (.mid), a sound file (wav, mp3, m4a, flac, ogg) or a film with sound"
_CURE = "choose a file that plays"


def judge_file(path: Path) -> Judgement:
    """Measure a MIDI, sound or film file.

    Parameters
    ----------
    path : Path
        What it is called does not matter; what is in it does.

    Raises
    ------
    ClipError
        If it is missing, empty, damaged, holds no notes and no sound, or is of another kind.
    """
    path = Path(path)
    if is_midi(path):
        return judge_score(read_midi(path), file=path.name)
    try:
        return _judge_sound(path)
    except ClipError as error:
        if error.legal != LEGAL:
            raise
        raise ClipError(error.given, LEGAL_FILES, _CURE) from error


def _judge_sound(path: Path) -> Judgement:
    """The judgement of what can be heard."""
    damage = Damage()
    with open_media(path) as container:
        stream = find_sound(container)
        sound = listen(container, stream, damage, max_s=LONGEST_S) if stream else None
    if sound is None:
        raise ClipError(f"{describe(path)} without sound that can be decoded", LEGAL_FILES, _CURE)
    broken = damage.broke_off or damage.bad_packets
    return judge_sound(
        sound, file=path.name, remark="the file is damaged: this is what could be decoded" if broken else ""
    )
