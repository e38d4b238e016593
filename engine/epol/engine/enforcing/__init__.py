"""A decision carried out: bodies treated for each target, answers restored and judged."""
