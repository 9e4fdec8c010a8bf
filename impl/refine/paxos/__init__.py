"""The Paxos family, held against its specifications."""
