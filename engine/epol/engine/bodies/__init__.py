"""Bodies of the APIs that agents use, as texts that are scanned and treated in place."""
