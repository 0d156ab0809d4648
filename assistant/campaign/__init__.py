"""Campaigns: many variants of one motif, made side by side, each complete or not there."""
