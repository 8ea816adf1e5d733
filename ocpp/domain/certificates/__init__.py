"""Certificates of the Security Whitepaper (edition 3): read, signed, sent, installed, revoked."""
