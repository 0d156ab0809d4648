"""``python -m assistant``: the same as the console script ``cuewright``."""

from assistant.cli import main

raise SystemExit(main())
