"""The terminal front end of gradstep."""
