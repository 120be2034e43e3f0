"""The ways through the house, and the only place that joins its wings."""
