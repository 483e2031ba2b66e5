"""Captures as tables and lists: the command line and one file for each format."""
