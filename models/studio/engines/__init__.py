"""Networks that make sound, each behind `models.studio.values.AudioModel`; weights are loaded at the first request."""
