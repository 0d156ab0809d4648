"""A small instruct model through transformers, on a GPU where there is one, else on the processor with patience.

Conventions: loaded at its first question and kept; one question at a time. Generation is greedy, so that the same brief
is read the same way again, and stops after ``patience_s`` seconds.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from models.loading import Lazy

MOST_TOKENS = 700
"""Tokens of an answer: twice what a full one takes."""


class LocalModel(Lazy):
    """A causal language model from a folder or the hub.

    Parameters
    ----------
    source : str
        A folder that `transformers` can load, or a name on the hub such as ``"Qwen/Qwen2.5-1.5B-Instruct"``.
    patience_s : float
        Seconds for an answer, loading apart.
    """

    kind, legal, cure = "language model", "an instruct model for transformers", "check CUEWRIGHT_LLM_MODEL"
    auto = ("AutoModelForCausalLM", "AutoTokenizer")

    def __init__(self, source: str, *, patience_s: float = 20.0) -> None:
        super().__init__(source, patience_s=patience_s)

    def answer(self, prompt: str, *, schema: Mapping[str, Any]) -> str:
        """What the model writes; the schema is in the prompt's words, small models are not held to it."""
        del schema
        with self._lock:
            model, tokenizer = self._model()
            import torch

            try:
                with torch.inference_mode():
                    asked = self._tokens(tokenizer, prompt).to(model.device)
                    given = model.generate(
                        asked,
                        attention_mask=torch.ones_like(asked),
                        max_new_tokens=MOST_TOKENS,
                        max_time=self.patience_s,
                        do_sample=False,
                        pad_token_id=_padding(tokenizer, model),
                    )
            except (RuntimeError, ValueError, IndexError) as error:
                raise self._error(f"{type(error).__name__}: {str(error)[:80]}") from error
            return str(tokenizer.decode(given[0, asked.shape[1] :], skip_special_tokens=True))

    def _tokens(self, tokenizer: Any, prompt: str) -> Any:
        """The prompt as the model was taught to read one."""
        if tokenizer.chat_template:
            messages = [{"role": "user", "content": prompt}]
            return tokenizer.apply_chat_template(
                messages, add_generation_prompt=True, return_tensors="pt", return_dict=False
            )
        return tokenizer(prompt, return_tensors="pt").input_ids


def _padding(tokenizer: Any, model: Any) -> int:
    """A token to pad with, which some models lack."""
    for candidate in (tokenizer.pad_token_id, tokenizer.eos_token_id, model.config.eos_token_id):
        if isinstance(candidate, int):
            return candidate
    return 0
