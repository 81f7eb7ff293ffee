"""The controls of the Train workspace: one small file a group, all bound both ways to its configuration."""
