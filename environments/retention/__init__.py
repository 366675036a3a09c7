"""What the disk keeps and what it lets go of: images, build cache, old logs, contexts nobody names."""
