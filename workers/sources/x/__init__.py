"""The X source: rules, connection and payloads of the filtered stream, search, compliance."""
