"""The agent: runs the capture jobs of a server it speaks to by HTTP alone."""
