"""A newsroom to try the daemon on: six feeds, their pages, and sinks for what is sent. All of it invented."""
