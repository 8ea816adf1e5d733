"""One thread writes: many messages, one COMMIT, then their answers."""
