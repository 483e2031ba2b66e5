"""Our own REST API, /api/v1: one table of routes, and the document that describes it."""
