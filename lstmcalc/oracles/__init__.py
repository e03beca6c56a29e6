"""The real frameworks: each module here builds and measures one, and alone imports it."""
