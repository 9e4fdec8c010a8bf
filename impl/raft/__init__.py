"""Raft as a program."""
