"""Mastodon: posts of one instance, by its streaming and its REST API."""
