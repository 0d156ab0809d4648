"""Emotion of sentences that need not name one: the model that readers of briefs may ask.

Conventions: valence and arousal are -1..1 as in `assistant.constraints.ArcPoint`. Importing the package imports no
heavy library; `models.registry.advisers` says whether the model can run here.
"""

from models.emotion.adviser import SceneAdviser
from models.emotion.present import missing

__all__ = ["SceneAdviser", "missing"]
