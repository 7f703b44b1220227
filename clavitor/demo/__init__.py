"""The demonstration: sample data, a server and a POP that follows it, by one command."""
