"""The archive in a browser: views are plain values made of the archive's, templates show them, routes join the two."""
