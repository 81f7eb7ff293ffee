"""The controls of the Latents workspace: one small file a group, all acting through `app.editing.Editing`."""
