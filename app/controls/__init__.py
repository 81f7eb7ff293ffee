"""Controls: one small file a group, all bound both ways to the current Run."""
