"""The fixed kernel that runs decision programs, and what goes into it."""
