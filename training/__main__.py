"""The beginning of `okazu`, which is `python -m training`."""

import os.path
import sys

_ROOT = os.path.dirname(os.path.dirname(__file__))  # noqa: PTH120

# `python -m` puts the working directory first on the path, where a json.py would run in the place
# of Python's (so nothing but what is loaded already is imported before this). `okazu` and
# `python -P -m training` never look there.
if __name__ == "__main__" and not sys.flags.safe_path and sys.path[0] != _ROOT:
    del sys.path[0]


def main() -> None:
    """Run `okazu`; Ctrl-C is one line while it imports, too."""
    try:
        from training.cli.app import main as run
    except KeyboardInterrupt:
        print("okazu: interrupted", file=sys.stderr)
        sys.exit(130)
    run()


if __name__ == "__main__":
    main()
