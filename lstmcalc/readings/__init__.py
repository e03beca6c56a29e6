"""The meanings of a cell's expression graph, one file each; none knows another."""
