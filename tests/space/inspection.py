"""What is looked at before a folder leaves: binaries, sizes, and secrets.

Secrets are found in four ways: by the forms of keys that services give out (`FORMS`), by assignments of long literals
with a digit in them to names that say what they are (`ASSIGNED`), by names of files that hold keys (`NAMES`), and by
value: whatever a variable of this environment with such a name holds must stand in no file, binaries included.

Conventions: a find names the file and the line, never the secret. It cannot know a secret of no known form that stands
under an innocent name; the Hub scans again after an upload (TruffleHog).
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

FORMS = {
    "a Hugging Face token": r"\b(?:hf|api_org)_[A-Za-z0-9]{30,}\b",
    "an OpenAI or Anthropic key": r"\bsk-(?:ant-|proj-)?[A-Za-z0-9_-]{20,}\b",
    "a GitHub token": r"\b(?:gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{40,})\b",
    "a GitLab token": r"\bglpat-[A-Za-z0-9_-]{20,}\b",
    "a PyPI token": r"\bpypi-AgEI[A-Za-z0-9_-]{40,}\b",
    "an AWS key": r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b",
    "a Google key": r"\bAIza[A-Za-z0-9_-]{35}\b",
    "a Slack token": r"\bxox[abprs]-[A-Za-z0-9-]{20,}\b",
    "a Stripe key": r"\b[sr]k_live_[A-Za-z0-9]{20,}\b",
    "a signed web token": r"\beyJ[A-Za-z0-9_-]{15,}\.eyJ[A-Za-z0-9_-]{15,}\.[A-Za-z0-9_-]{15,}",
    "a private key": r"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----",
    "a name and password in an address": r"://[^\s/:@\"'{}<>]+:[^\s/:@\"'{}<>]{6,}@",
}
ASSIGNED = (
    r"(?i)(?:secret|passw(?:or)?d|token|api_?key)\b[\"']?\s*[:=]\s*"
    r"[\"'](?=[^\"']*[0-9])[A-Za-z0-9+/_=-]{16,}[\"']"
)
NAMES = re.compile(
    r"(?i)(?:^|/)(?:\.env(?:\..+)?|\.netrc|\.pypirc|id_(?:rsa|ed25519|ecdsa)|.+\.(?:pem|p12|pfx|key|keystore))$"
)
TELLING = re.compile(r"(?i)(?:token|secret|passw|api_?key|_key$|credential)")
SHORTEST_VALUE = 8
"""Characters of a variable's value from which it is looked for: a shorter one stands in files by chance."""
_FORMS = {what: re.compile(form.encode()) for what, form in {**FORMS, "a secret under its name": ASSIGNED}.items()}


def is_binary(path: Path) -> bool:
    """Whether a file is no text: it holds a zero byte, or is not UTF-8."""
    data = path.read_bytes()
    if b"\0" in data:
        return True
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return True
    return False


def secrets_in(folder: Path, files: Iterable[Path], environ: Mapping[str, str] = os.environ) -> Iterator[str]:
    """Where a secret stands, or seems to, in words for a person."""
    values = {name: value.encode() for name, value in environ.items() if TELLING.search(name)}
    values = {name: value for name, value in values.items() if len(value) >= SHORTEST_VALUE}
    for name in files:
        if NAMES.search(name.as_posix()):
            yield f"{name}: a file of keys by its name"
        data = (folder / name).read_bytes()
        yield from (f"{name}: the value of {variable}" for variable, value in values.items() if value in data)
        if not is_binary(folder / name):
            yield from _formed(name, data)


def _formed(name: Path, data: bytes) -> Iterator[str]:
    for what, form in _FORMS.items():
        for found in form.finditer(data):
            line = data.count(b"\n", 0, found.start()) + 1
            yield f"{name}:{line}: {what}"
