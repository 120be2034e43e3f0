"""What a person sees: pictures, maps and the portal. Reads results and snapshots, writes HTML."""
