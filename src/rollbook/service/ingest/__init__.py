"""Taking in events: recorded, folded, committed."""
