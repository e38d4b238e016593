"""What the compiler writes for the engine."""
