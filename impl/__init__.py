"""The protocols as programs would run them, without I/O. Empty as yet: no core is written."""
