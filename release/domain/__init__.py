"""The rules of a release. Nothing here knows Django's settings or the database."""
