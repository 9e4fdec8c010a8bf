"""Paxos and Raft as executable specifications, model-checked, proved and implemented."""

__version__ = "0.1.0"
