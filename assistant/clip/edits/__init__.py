"""Edit lists instead of a clip: OpenTimelineIO, EDL (CMX 3600) and Final Cut's XML, as one `Clip` without a picture."""

from assistant.clip.edits.measure import EDITS, measure_edit

__all__ = ["EDITS", "measure_edit"]
