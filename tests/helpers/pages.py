"""Sections of a report as tests read them: tags, languages, and the words in their tables."""

from __future__ import annotations

from html.parser import HTMLParser

from training.report.page import ReportSection


class Page(HTMLParser):
    """A section's HTML.

    Attributes:
        tags: All that occur.
        rows: The words in each cell of its tables; those after a table stand in its last cell.
        text: All words.
        languages: The `lang` attributes, in order.
    """

    def __init__(self, section: ReportSection) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.rows: list[list[str]] = []
        self.text = ""
        self.languages: list[str | None] = []
        self._styling = False
        self.feed(str(section.body))
        self.text = " ".join(self.text.split())
        self.rows = [[" ".join(cell.split()) for cell in row] for row in self.rows]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.languages += [value for name, value in attrs if name == "lang"]
        self._styling = tag == "style"
        if tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th"):
            self.rows[-1].append("")

    def handle_data(self, data: str) -> None:
        if not self._styling:
            self.text += data
            if self.rows and self.rows[-1]:
                self.rows[-1][-1] += data
