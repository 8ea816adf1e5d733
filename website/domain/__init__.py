"""The rules of the site as a whole."""
