"""Organizations: their keys, their settings, their sources, who is signed in."""
