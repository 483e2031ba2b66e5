"""The domain that web and workers share: no framework, no platform client, no model."""
