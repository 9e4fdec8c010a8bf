"""Why Raft is safe."""
