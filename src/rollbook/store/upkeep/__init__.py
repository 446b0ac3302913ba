"""What upkeep reads and writes."""
