"""The naive design: stock Django and Channels, one ORM write for each message.

What a first version of such a server looks like, made of the same parts in the same versions and
with the same settings of the database: a consumer with a layer of its own, JSON read into
dictionaries, and the values stored by the ORM in a thread before the answer is sent. It knows no
rules, no rights and no limits, so it is less work for it than for a product.
"""
