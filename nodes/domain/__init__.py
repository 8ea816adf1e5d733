"""The rules of the constellation: who belongs to it, how nodes are registered."""
