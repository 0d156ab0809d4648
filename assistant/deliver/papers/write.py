"""Writes ``rights.json`` for programs and ``rights.html`` for people, and seals them when the report is there.

Conventions: both are written twice. The report lists them with their sizes, and they hold the report's hash: the first
time its place is held by zeros, which are as long, so that the sizes that the report gives stay true.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from assistant.deliver.papers.certificates import Signer
from assistant.deliver.papers.credentials import Origin, published, sign_files
from assistant.deliver.papers.finish import UNKNOWN, hash_of
from assistant.deliver.papers.page import rights_html
from assistant.deliver.papers.values import FileHash, Papers
from assistant.deliver.rights import Rights, rights_of
from assistant.deliver.values import EngineCard, Materials
from assistant.records import from_json, to_json

RIGHTS_FILE, PAGE_FILE = "rights.json", "rights.html"


def origin_of(materials: Materials) -> Origin:
    """What the credentials of a take's files say."""
    clip = Path(materials.clip.path) if materials.clip is not None else None
    engine, weights = _makers(materials.card, materials.painter)
    return Origin(engine, materials.take.seed, weights, clip)


def _makers(card: EngineCard, painter: EngineCard | None) -> tuple[str, str]:
    """The names and the weights of who composed and who painted."""
    both = (card, painter) if painter is not None else (card,)
    return ", ".join(each.name for each in both), ", ".join(each.weights for each in both if each.weights)


def write_rights(folder: Path, materials: Materials, papers: Papers) -> Rights:
    """Write both, with the place of the report's hash held; the rights as the report shows them."""
    report = FileHash("report.html", UNKNOWN)
    rights = rights_of(materials, replace(papers, files=(*papers.files, report)))
    _write(folder, materials, rights)
    return rights


def seal(folder: Path, materials: Materials, rights: Rights, report: str) -> None:
    """Write both again, with the hash of the report."""
    files = tuple(
        replace(each, sha256=hash_of(folder / report)) if each.name == report else each for each in rights.papers.files
    )
    _write(folder, materials, replace(rights, papers=replace(rights.papers, files=files)))


def note_again(folder: Path, names: Iterable[str], *, signer: Signer | None = None) -> None:
    """What was written into a delivery later, signed and with its hash, into the papers that lie there; nothing where
    none lie.

    Parameters
    ----------
    folder : Path
    names : iterable of str
        Files that were written, relative to the folder.
    signer : Signer or None
        Signs those of them that are published; None signs nothing.
    """
    path, page = folder / RIGHTS_FILE, folder / PAGE_FILE
    if not path.is_file():
        return
    names = list(names)
    rights = from_json(Rights, path.read_text(encoding="utf-8"))
    engine, weights = _makers(rights.engine, rights.painter)
    origin = Origin(engine, rights.seed, weights)
    new = sign_files(folder, published(names), signer, origin)
    files = {each.name: each for each in rights.papers.files}
    shown = page.read_text(encoding="utf-8") if page.is_file() else ""
    for name in names:
        now = FileHash(name, hash_of(folder / name), name in new.files)
        shown = shown.replace(files[name].sha256, now.sha256) if name in files else shown
        files[name] = now
    papers = Papers(tuple(files[name] for name in sorted(files)), rights.papers.credentials.joined(new))
    path.write_text(to_json(replace(rights, papers=papers), indent=2) + "\n", encoding="utf-8")
    if shown:
        page.write_text(shown, encoding="utf-8")


def _write(folder: Path, materials: Materials, rights: Rights) -> None:
    text = to_json(rights, indent=2) + "\n"
    (folder / RIGHTS_FILE).write_text(text, encoding="utf-8")
    (folder / PAGE_FILE).write_text(rights_html(materials, rights), encoding="utf-8")
