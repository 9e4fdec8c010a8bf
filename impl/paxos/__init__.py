"""The Paxos family as programs."""
