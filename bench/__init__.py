"""Measurements of Rollbook beside a reference and the limits it must keep: `make bench`."""

from pathlib import Path

ROOT = Path(__file__).parent.parent
"""The repository: where `python -m bench...` finds its parts."""
