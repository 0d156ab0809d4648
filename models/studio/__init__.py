"""Studio sound: audio models that paint over a rendered score and are held to it."""
