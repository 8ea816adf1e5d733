"""Whom to tell what, once. Doors and the duty call these rules."""
