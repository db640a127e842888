"""Errors that a person can mend.

Each is raised where the mistake is known and says what was expected, what was received and
the way out. The command line prints the message on one line; the service turns the class
into an HTTP status.
"""

from __future__ import annotations


class OkazuError(Exception):
    """Base of every error whose message is written for the user."""


class InvalidSetting(OkazuError):
    """A setting, recipe field or option has an impossible value."""


class ModelNotFound(OkazuError):
    """No such model, or no such version of it, in the repository."""


class ModelDamaged(OkazuError):
    """A model's files, card or answers are not those that were exported."""


class RuntimeUnavailable(OkazuError):
    """A runtime cannot run this model."""


class RuntimeUnusable(RuntimeUnavailable):
    """A runtime's library is missing or cannot work in this process, whatever the model."""


class ImageTooLarge(OkazuError):
    """An image has more pixels than the limit; it was not decoded."""


class UnsupportedImage(OkazuError):
    """The bytes are no PNG, JPEG or WebP."""


class UnreadableImage(OkazuError):
    """The bytes begin as an image we accept, but cannot be decoded."""


class UnusableRow(OkazuError):
    """A row of a table is not what the model's columns ask for, or has no answer."""
