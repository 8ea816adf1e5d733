"""The production server: its sockets, its supervisor, and what each of its processes does.

`manage.py serve` is the door. See docs/production.md, and docs/decisions/0020-supervisor.md for why
it is our own.
"""
