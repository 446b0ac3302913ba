"""Rollbook: a ledger of participant sessions in live rooms."""

__version__ = "0.1.0"
