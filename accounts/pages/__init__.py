"""The pages on which people see and change what is their own, and log in with a card."""
