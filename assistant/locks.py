"""Hold a file for as long as a process lives: the one lock by which processes keep out of each other's way.

Conventions: a lock goes with the open file, and so with its process, however that ends. Windows has no such lock.
"""

from __future__ import annotations


def hold(file: int) -> bool:
    """Lock an open file by its descriptor; whether the system can.

    Raises
    ------
    OSError
        Where another process holds it.
    """
    try:
        import fcntl
    except ImportError:
        return False
    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    return True
