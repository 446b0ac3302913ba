"""The reference: the same route as a competent team would write it by hand with an ORM.

FastAPI, pydantic response models, SQLAlchemy 2 ORM on asyncpg. It reads Rollbook's own tables and
gives the same JSON; what it leaves out, such as CSV and most checks, would only make it slower.
"""

URL_VARIABLE = "REFERENCE_DATABASE_URL"
"""The environment variable that says where its database is."""

TUNED_VARIABLE = "REFERENCE_TUNED"
"""Set: no transaction around the one SELECT of a page, which saves two trips to the database.

SQLAlchemy's default, and so that of the reference, is a transaction for every session.
"""
