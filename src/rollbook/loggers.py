"""structlog, without what it loads to draw what goes wrong on a terminal.

It loads `rich` wherever that is installed, and Rollbook has it for the tables of its commands. No log
line is drawn by it (logs.py), and loading it took longer than all that a service does with its database
before it answers.
"""

import sys

_DRAWS = "rich"

_is_loaded = _DRAWS in sys.modules
if not _is_loaded:
    # As Python is told that there is no such module.
    sys.modules[_DRAWS] = None  # type: ignore[assignment]
try:
    import structlog
finally:
    if not _is_loaded:
        del sys.modules[_DRAWS]

__all__ = ["structlog"]
