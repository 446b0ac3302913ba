"""Settings of tests: a database, and a secret key, which PostgreSQL does not do without."""

from rollbook.settings import Settings, read_settings

SECRET_KEY = "a-secret-key-of-tests-that-everybody-may-know"


def settings_of(database_url: str) -> Settings:
    """Those of a ledger at this URL."""
    return read_settings({"ROLLBOOK_DATABASE_URL": database_url, "ROLLBOOK_SECRET_KEY": SECRET_KEY})
