"""The web process: sign-in, REST, sockets, the page. It writes wanted states, reads statuses."""
