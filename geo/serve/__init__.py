"""OGC API Features over the published snapshots; the only wing that knows pygeoapi."""
