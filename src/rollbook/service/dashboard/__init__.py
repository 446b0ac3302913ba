"""Use cases of the dashboard: what people want to see rather than ask an API for."""
