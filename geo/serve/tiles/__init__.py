"""OGC API Tiles: vector tiles of every layer, encoded from arrays; for display only."""
