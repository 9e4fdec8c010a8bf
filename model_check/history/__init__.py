"""What clients of a running cluster saw, and whether one machine could have shown them that."""
