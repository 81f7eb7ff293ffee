"""Training: a configuration to a learned denoiser, resumable at any moment.

`config` says what is trained (without torch), `train` does it as a generator. Called by the command line and by the
window's worker.
"""
