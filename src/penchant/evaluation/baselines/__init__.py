"""Baselines: well-known models, written small, that every ranking must be measured against."""
