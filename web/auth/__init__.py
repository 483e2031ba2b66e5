"""Authentication: sign-in with X, sessions and tokens, allowed origins, ownership."""
