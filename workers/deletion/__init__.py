"""Deletion: removes posts that an owner or X wants removed from captures, stores and Redis."""
