"""Exporting: the posts of captures as tables, one file for each format."""
