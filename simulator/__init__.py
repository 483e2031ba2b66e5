"""A local double of the X API for demo, tests and benchmarks."""
