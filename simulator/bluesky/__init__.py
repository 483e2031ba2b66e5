"""A double of Jetstream, which brings all posts of Bluesky, and of the API that knows handles."""
