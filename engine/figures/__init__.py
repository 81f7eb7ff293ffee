"""Figures: what the window shows, on paper. A `sheet.Sheet` says what stands on a page, the same everywhere."""
