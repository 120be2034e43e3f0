"""OGC API Processes: questions that callers put together, answered in children with a clock."""
