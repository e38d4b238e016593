"""Facts about the world that are read now and used until they are too old."""
