"""Why atomic commitment is safe."""
