"""A local double of one Mastodon instance: streaming, timelines and their limits."""
