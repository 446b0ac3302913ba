"""Where events and sessions come from: one file per platform, and readers of files."""
