"""Candidates and a profile in, an ordered list out whose score terms are kept."""
