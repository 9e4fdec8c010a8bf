"""Raft as it runs: servers with sockets, clocks and disks, that write what they do into logs."""
