"""Start-up checks: what is missing and how to set it."""
