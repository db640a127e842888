"""Lines of the files that public sets of pairs come as."""

from __future__ import annotations


def decoded_lines(content: bytes) -> tuple[list[str | None], int]:
    """Splits a file in UTF-8 at its line feeds; a last line without one counts.

    Returns:
        The lines without their ends, None for one that is not in UTF-8, and how many are not.
    """
    lines = content.removeprefix(b"\xef\xbb\xbf").split(b"\n")
    if not lines[-1]:
        lines.pop()
    decoded = [_decoded(line.removesuffix(b"\r")) for line in lines]
    return decoded, decoded.count(None)


def _decoded(line: bytes) -> str | None:
    try:
        return line.decode()
    except UnicodeDecodeError:
        return None
