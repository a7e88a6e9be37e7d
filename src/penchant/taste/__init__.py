"""What one person likes: pure functions from records to a profile."""
