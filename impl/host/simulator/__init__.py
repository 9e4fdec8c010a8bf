"""A network, clocks, disks and clients in one process, from a seed."""
