"""`python -m training` is `okazu`."""

from training.cli import main

if __name__ == "__main__":
    main()
