"""The picture of a cell, laid out from its graph: `draw.draw_cell` is the way in."""
