"""Reads for the pages: they change nothing and know nothing of HTML."""
