"""The API: one file for each family of routes."""
