"""WebSocket connections of charge points."""
