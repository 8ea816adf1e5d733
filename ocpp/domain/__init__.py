"""The rules of charging: plain synchronous functions on the ORM; no sockets, no HTTP, no frames."""
