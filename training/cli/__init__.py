"""The commands of `okazu`, a file for each kind; `training.cli.app` puts them together."""
