"""Penchant: search and recommendations that learn each person's taste and say why."""
