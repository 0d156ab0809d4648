"""Judge: what any MIDI or sound file is like, measured from its notes or its sound and from nothing that it says."""

from assistant.judge.file import judge_file
from assistant.judge.notes import judge_score
from assistant.judge.values import Judgement

__all__ = ["Judgement", "judge_file", "judge_score"]
