"""Studio sound: audio models paint over a rendered score and are held to it (`painter.StudioGenerator`)."""
