"""What a developer's server does before it starts again, in VS Code alone."""
