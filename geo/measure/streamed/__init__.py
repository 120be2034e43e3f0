"""Any number of features, part by part: integer sums of each part, merged into the same bits."""
