"""OGC API Records: one searchable catalogue of layers, indicator cards and notebooks."""
