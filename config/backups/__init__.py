"""Backups of a node: made while it serves, checked, and restored so that nothing is half done."""
