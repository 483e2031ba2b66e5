"""Deletion: what an owner or X wants removed leaves captures, stores and Redis."""
