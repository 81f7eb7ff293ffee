"""The controls of the Analysis workspace: which experiment, what it takes and how far it is, its plan."""
