"""The command `arthexis`: a node of the constellation from an installed package.

The package holds the whole program in a folder of its own, `arthexis/_node`, so that nothing with
a general name, such as `config` or `accounts`, lies among the libraries of an environment. Only
`manage.py` of that folder puts it on Python's path. In a checkout the program is the checkout.
"""
