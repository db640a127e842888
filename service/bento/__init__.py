"""A bento of the service and chosen models: `python -m service.bento`, which is `okazu bento`."""
