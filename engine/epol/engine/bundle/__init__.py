"""What compiler and engine share: the form of what one writes and the other runs."""
