"""Everything that runs over a log: protocols, metrics, models and their comparison."""
