"""The nouns: data only, no input or output."""
