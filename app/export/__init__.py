"""Export: pictures of what the window shows, with their Run inside."""
