"""Two values in, what changed between them out. Pure."""
