"""Bluesky: all posts of the network over Jetstream, matched here."""
