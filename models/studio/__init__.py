"""Studio sound, begun: what will hold audio models to a rendered score. No engine uses it yet."""
