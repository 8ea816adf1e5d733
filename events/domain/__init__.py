"""Rules of events: finding out what has happened, and telling it."""
