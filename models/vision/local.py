"""A small vision-language model through transformers (SmolVLM, Idefics 3, LLaVA and their like).

Conventions: pictures are encoded images (JPEG, PNG); loaded at its first picture and kept; one picture at a time, since
the large ones of a batch would not fit on small machines. Generation is greedy, so that the same picture is described
the same way again. What it writes is data of a stranger, cut to one sentence by the reader.
"""

from __future__ import annotations

import io
import time
from collections.abc import Sequence
from typing import Any

from models.loading import Lazy

QUESTION = "Describe in one sentence what happens in this picture and how it feels."
MOST_TOKENS = 48
PATIENCE_S = 60.0
"""Seconds for all pictures of a clip, loading apart; what is not described by then is left out."""


class LocalPictureModel(Lazy):
    """A model of images and text from a folder or the hub.

    Parameters
    ----------
    source : str
        A folder that `transformers` can load, or a name on the hub such as ``"HuggingFaceTB/SmolVLM-256M-Instruct"``.
    patience_s : float
        Seconds for the pictures of one clip, loading apart.
    """

    kind, legal, cure = "picture model", "a vision-language model for transformers", "check CUEWRIGHT_VLM"
    auto = ("AutoModelForImageTextToText", "AutoProcessor")

    def __init__(self, source: str, *, patience_s: float = PATIENCE_S) -> None:
        super().__init__(source, patience_s=patience_s)

    def describe(self, pictures: Sequence[bytes]) -> tuple[str, ...]:
        """What each picture shows, in English, in order; fewer answers where patience ran out.

        Raises
        ------
        AdviserError
            If it can't be loaded, or fails on a picture.
        """
        with self._lock:
            model, processor = self._model()
            ends = time.monotonic() + self.patience_s
            said: list[str] = []
            for picture in pictures:
                left_s = ends - time.monotonic()
                if left_s <= 0:
                    break
                try:
                    said.append(self._describe(model, processor, picture, left_s))
                except Exception as error:
                    raise self._error(f"{type(error).__name__}: {str(error)[:80]}") from error
            return tuple(said)

    def _describe(self, model: Any, processor: Any, picture: bytes, patience_s: float) -> str:
        import torch
        from PIL import Image

        with Image.open(io.BytesIO(picture)) as opened:
            image = opened.convert("RGB")
        inputs = processor(text=_prompt(processor), images=[image], return_tensors="pt").to(model.device)
        with torch.inference_mode():
            given = model.generate(**inputs, max_new_tokens=MOST_TOKENS, max_time=patience_s, do_sample=False)
        fresh = given[0, inputs["input_ids"].shape[1] :]
        return str(processor.decode(fresh, skip_special_tokens=True)).strip()


def _prompt(processor: Any) -> str:
    """The question as the model was taught to read one."""
    if getattr(processor, "chat_template", None):
        content = [{"type": "image"}, {"type": "text", "text": QUESTION}]
        return str(processor.apply_chat_template([{"role": "user", "content": content}], add_generation_prompt=True))
    mark = getattr(processor, "image_token", "<image>")
    return f"{getattr(mark, 'content', mark)}{QUESTION}"
