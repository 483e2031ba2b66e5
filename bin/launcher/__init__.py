"""Starts every part of Weir on one machine and ends them together."""
