"""What taking in events writes."""
