"""What a session costs: prices by time, energy over time, and the lines that come of both."""
