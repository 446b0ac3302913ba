"""Use cases: plain functions that take their ports, their input and `now`."""
