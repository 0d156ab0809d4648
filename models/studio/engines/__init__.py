"""Networks that make sound, each behind `models.studio.values.AudioModel`."""
