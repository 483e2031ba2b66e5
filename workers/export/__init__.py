"""Export: the command line for captures, and the formats it writes."""
