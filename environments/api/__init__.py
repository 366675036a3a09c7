"""The REST API under /api/v1/: one module per noun, the same walls as the pages."""
