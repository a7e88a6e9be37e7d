"""What everybody does: folded from the same events as the tastes, one at a time, and unfolded."""
