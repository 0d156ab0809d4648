"""Check: asked against achieved, one number each, measured on the score and on the sound."""

from assistant.check.promises import check
from assistant.check.values import Finding, Findings

__all__ = ["Finding", "Findings", "check"]
