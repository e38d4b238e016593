"""What `check` and `test` print, one format a file."""
