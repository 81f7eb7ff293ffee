"""Latents: the unit-variance n that trajectories start from, and what is done to them. No torch here: the window needs
`measure` and `stored` at its start.
"""
