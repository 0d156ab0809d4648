"""The model of emotion as readers of briefs know it: loaded when it is first asked, never before.

Conventions: as `assistant.interpret.advisers.EmotionModel`. One model serves every caller of a process. What is
wrong with its files is an `AdviserError`.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from assistant.interpret.advisers import AdviserError, Felt

if TYPE_CHECKING:
    from models.emotion.model import SceneModel

_LOADING = threading.Lock()


@lru_cache(maxsize=1)
def _loaded() -> SceneModel:
    from models.emotion.model import SceneModel

    return SceneModel()


class SceneAdviser:
    """Asks the one model of the process."""

    name = "scene model"

    def warm(self) -> None:
        """Load what a first answer would wait for."""
        self.feel(["A door opens."], language="en")
        self.feel(["Une porte s'ouvre."], language="fr")

    def feel(self, sentences: Sequence[str], *, language: str) -> Sequence[Felt]:
        """One answer a sentence, in order.

        Raises
        ------
        AdviserError
            If its weights are absent or damaged, or its package is gone.
        """
        try:
            with _LOADING:
                model = _loaded()
            return model.feel(sentences, language=language)
        except Exception as error:
            raise AdviserError(f"model of emotion: {error}", "its package and weights", "install both anew") from error
