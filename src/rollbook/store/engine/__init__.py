"""Database drivers, statements and the schema."""
