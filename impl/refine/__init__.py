"""Do the programs do what the specifications allow? The only part of ``impl`` that knows both."""
