"""The rules of the ledger: pure, standard library only, no clock and no I/O."""
