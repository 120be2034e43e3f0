"""A published version as a file to take away, with its licence and version inside."""
