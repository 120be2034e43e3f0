"""``geobank measure``: parts of files read ahead, measured here or on a cluster, handed out."""
