"""Tests of workers.jobs."""
