"""Search: a query to candidates with kept score terms; knows nothing of any user."""
