"""The pages for people: dashboard, message log and a public page for each charger."""
