"""Who may come in: sign-in with X, sessions and tokens, the origins that may write."""
