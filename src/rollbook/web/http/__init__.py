"""What every route shares: the gate, bodies, errors, streaming."""
