"""`python -m monitor` is the `monitor` command."""

from monitor.cli.main import main

if __name__ == "__main__":  # worker processes load this module too
    main()
