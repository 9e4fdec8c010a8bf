"""Searches of the state space."""
