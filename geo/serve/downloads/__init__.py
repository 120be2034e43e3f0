"""Whole collections as files: built once for a version, kept, and sent in ranges."""
