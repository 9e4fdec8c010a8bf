"""Raft: elections, the replicated log, and what can be asked of them with a memory."""
