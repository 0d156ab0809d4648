"""What is kept of conversations: history and takes' records in SQLite, files beside it; as one file, too."""

from assistant.store.archive import export_work, import_work
from assistant.store.database import Database
from assistant.store.history import Store
from assistant.store.limits import Limits
from assistant.store.values import Bubble, BusyError, GoneError, Message, Opened, Work, owner_of

__all__ = [
    "Bubble",
    "BusyError",
    "Database",
    "GoneError",
    "Limits",
    "Message",
    "Opened",
    "Store",
    "Work",
    "export_work",
    "import_work",
    "owner_of",
]
