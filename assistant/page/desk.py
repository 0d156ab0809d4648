"""What is done for programs: takes composed and changed, each in a session that nobody can guess.

Conventions: a take is named by an id, its session's and its folder's name; it is found again while its folder is kept.
Summaries are those of the command line, with the paths of files by name in place of the folder.
"""

from __future__ import annotations

import os
import re
import shutil
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assistant import pipeline
from assistant.brief import Brief
from assistant.deliver import load_cue
from assistant.errors import InputError
from assistant.page import tune
from assistant.page.house import House
from assistant.page.storage import Storage
from assistant.session import Session
from assistant.summary import summary_of

Json = dict[str, Any]

KEPT_S = 24 * 3600.0
"""How long the takes of programs are kept."""
PATIENCE_S = 60.0
"""How soon a program's request is as urgent as the music that a visitor waits for."""
TAKE = re.compile(r"([0-9a-f]{32})-(\d{1,4}(?:-\d{1,4})?)")
"""The id of a take: its session's, and the name of its folder without ``take-``."""


@dataclass(frozen=True)
class Desk:
    """What answers programs."""

    house: House

    @property
    def storage(self) -> Storage:
        """Where the takes of programs lie: apart from those of the page, and served as they are."""
        return Storage(self.house.storage.root / "programs")

    def folder_of(self, take: str) -> Path:
        """Where a take lies; raises `InputError` when there is none of that id, or none any more."""
        found = TAKE.fullmatch(take.strip())
        folder = self.storage.root / found[1] / f"take-{found[2]}" if found else None
        if folder is None or not folder.is_dir():
            legal = "the id of a take, as score and revise give it, for a day"
            raise InputError(f"take {take!r:.60}", legal, "compose it again with score")
        return folder

    def compose(self, text: str, clip: str | None, motif: str | None, engine: str, seed: int | None) -> Json:
        """A first take in a session of its own, which leaves nothing behind when it fails."""
        self.storage.erase_older_than(KEPT_S)
        session = Session(self.storage.new_session_id())
        try:
            kept = self.storage.keep_clip(session.id, Path(clip)) if clip else None
            brief = Brief(text, str(kept) if kept else None, motif=tune.checked(motif))
            return self._walked(session, brief, self.house.players(engine, text), seed)
        except BaseException:
            shutil.rmtree(self.storage.folder_of(session.id), ignore_errors=True)
            raise

    def change(self, take: str, text: str, motif: str | None) -> Json:
        """The next take of a session, or an answer about the take that there is."""
        folder = self.folder_of(take)
        record = load_cue(folder).take(folder)
        session = Session(folder.parent.name, language=record.constraints.language).with_take(record)
        os.utime(folder.parent)  # a session that is worked on is no old one
        return {"take": take} | self._walked(
            session, Brief(text, motif=tune.checked(motif)), self.house.players_of(record), None
        )

    def _walked(self, session: Session, brief: Brief, players: Json, seed: int | None) -> Json:
        """The summary of one walk; of a take with its id, and with the paths of its files."""
        turn = self.house.turns.turn(within_s=PATIENCE_S)
        line = pipeline.Line(
            library=self.house.library,
            settings=self.house.settings,
            folder_for=lambda number: self.storage.take_folder(session.id, number),
            seed=seed,
            **players,
            similarity=self.house.similarity,
            reference=self.house.reference,
            advisers=self.house.advisers,
            give_way=turn.give_way,
        )
        steps = pipeline.converse(session, brief, line=line)
        summary, ended = summary_of(turn.walk(steps), session)
        made = ended.current_take
        if made is None or len(ended.takes) == len(session.takes):
            if ended.current != session.current:
                legal = "a change to the take that is named, or a question about it"
                raise InputError(f"reply {brief.text!r:.60}", legal, "name the take that you want with its id")
            return {name: value for name, value in summary.items() if name != "take"}
        folder = Path(summary.pop("folder"))
        files = {name: folder / name for name in summary["files"]} | {"everything.zip": _everything(folder)}
        return summary | {
            "take": f"{session.id}-{folder.name.removeprefix('take-')}",
            "constraints": made.constraints.to_contract(),
            "files": files,
        }


def _everything(folder: Path) -> Path:
    """A zip of a take's folder, beside it."""
    archive = folder.with_name(f"{folder.name}.zip")
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_STORED) as file:
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            file.write(path, f"{folder.name}/{path.relative_to(folder).as_posix()}")
    return archive
