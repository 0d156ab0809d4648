"""A campaign whose results lie afar, in a bucket or on a share: a desk on this machine, everything else there.

::

    <address>/campaign.json, outcomes.jsonl, index.html
    <address>/variants/<id>/

Conventions: the desk holds the plan and the journal while somebody works, and may be lost: what is finished is read at
the place, whoever made it and from wherever. The sheet leads to the variants' own folders, without other names for
files and without an archive. Two that work on one place at the same time make things twice, and keep them once.
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from assistant.campaign.journal import JOURNAL_FILE, PLAN_FILE, VARIANTS, last_outcomes, load_campaign, tell_known
from assistant.campaign.packing import Results
from assistant.campaign.places import Place
from assistant.campaign.sheet import SHEET_FILE, sheet_html
from assistant.campaign.values import Campaign, Outcome, job_digest
from assistant.errors import OutputError

_ADDRESS = re.compile(r"[A-Za-z][\w.+-]*(?:://|::)")


def is_address(words: str) -> bool:
    """Whether words name a place by its address and not a folder.

    Examples
    --------
    >>> is_address("s3://bucket/spots"), is_address("spots"), is_address(r"C:\\spots")
    (True, False, False)
    """
    return _ADDRESS.match(words) is not None


class Afar:
    """A campaign at an address, and its desk in a folder of desks.

    Raises
    ------
    InputError
        If the address can't be used.
    """

    def __init__(self, address: str, desks: Path) -> None:
        self.address = address.rstrip("/")
        self.root = Place(self.address)
        self.variants = Place(self.address, VARIANTS)
        self.desk = desks / hashlib.sha256(self.address.encode()).hexdigest()[:16]

    def fetch(self) -> None:
        """Lay on the desk the plan that the place has, and the word of what is finished there.

        So another campaign isn't mixed with it, and what other desks made stays in the plan.
        """
        self.desk.mkdir(parents=True, exist_ok=True)
        plan = self.root.get(PLAN_FILE)
        if plan is None:
            (self.desk / PLAN_FILE).unlink(missing_ok=True)
            return
        (self.desk / PLAN_FILE).write_bytes(plan)
        if (campaign := load_campaign(self.desk)) is not None:
            tell_known(self.desk, self._done(campaign).values())

    def begin(self) -> None:
        """Bring the plan there, once it is on the desk."""
        self.root.put(self.desk / PLAN_FILE, PLAN_FILE)

    def finish(self) -> Results:
        """Write the sheet, and bring it and the journal there."""
        campaign = load_campaign(self.desk)
        if campaign is None:
            raise OutputError(f"place {self.address!r} without a campaign", "a campaign's place", "run one into it")
        done, told = self._done(campaign), last_outcomes(self.desk)
        ids = (job.variant.id for job in campaign.jobs)
        found = {identity: done.get(identity) or _failed(told.get(identity)) for identity in ids}
        outcomes = {identity: outcome for identity, outcome in found.items() if outcome is not None}
        sheet = self.desk / SHEET_FILE
        sheet.write_text(sheet_html(campaign, outcomes, {}, archive=False), encoding="utf-8")
        for name in (JOURNAL_FILE, SHEET_FILE):
            self.root.put(self.desk / name, name)
        return Results(sheet, None, campaign, outcomes)

    def _done(self, campaign: Campaign) -> dict[str, Outcome]:
        """What the place has of a campaign, by id, whoever made it."""
        digests = {job.variant.id: job_digest(job, campaign.shared) for job in campaign.jobs}
        there = self.variants.outcomes()
        return {each.variant_id: each for each in there if digests.get(each.variant_id) == each.digest}


def _failed(outcome: Outcome | None) -> Outcome | None:
    """The journal's word for what failed; what it calls done is believed only where the place has it."""
    return outcome if outcome is not None and not outcome.is_done else None
