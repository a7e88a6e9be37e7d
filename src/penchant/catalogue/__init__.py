"""Items in, arrays out: reading catalogues, and one immutable snapshot of all items."""
