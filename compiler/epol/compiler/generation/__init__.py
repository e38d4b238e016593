"""Tests that the solver makes, until all that can be seen of a policy has been."""
