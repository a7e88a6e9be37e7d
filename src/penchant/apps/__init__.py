"""Thin doors to the engine: no decisions are made here."""
