"""Studio sound: audio models that follow a rendered score, and what holds them to it."""
