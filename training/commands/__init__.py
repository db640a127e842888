"""The commands of `okazu`, a file for each kind; `training.cli` puts them together."""
