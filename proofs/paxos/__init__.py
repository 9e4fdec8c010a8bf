"""Why the Paxos family is safe."""
