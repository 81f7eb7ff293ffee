"""Tools: what the mouse does on a view beside looking, one small file a mode."""
