"""Raft, held against its specifications."""
