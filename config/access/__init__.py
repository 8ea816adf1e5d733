"""Who may ask what: every address of the node, asked as each kind of person.

`docs/access.md` is what came of it; `manage.py access_table` writes it.
"""
