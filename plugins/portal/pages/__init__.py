"""Pages: what clients see."""
