"""Typed Python to IR."""
