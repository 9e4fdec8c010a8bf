"""The protocols as programs would run them, without I/O."""
