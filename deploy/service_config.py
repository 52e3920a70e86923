"""The shipped configuration becomes that of a service: archive and secrets lie where the units expect them."""

CHANGES = (
    ('path = "var/monitor.db"', 'path = "/var/lib/monitor/monitor.db"'),
    ('#secrets_dir = "var/secrets"', 'secrets_dir = "/etc/monitor/secrets"'),
)


def for_service(text: str) -> str:
    """Change what lies elsewhere; ValueError when a line is not there to be changed."""
    for before, after in CHANGES:
        if text.count(f"\n{before}\n") != 1:
            raise ValueError(f"config.toml has no line {before}, or several")
        text = text.replace(f"\n{before}\n", f"\n{after}\n")
    return text
