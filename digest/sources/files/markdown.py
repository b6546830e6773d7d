"""The daily digest in Markdown: a table of contents, a section per category, a heading and labelled lines per paper.

- [cs.LG](#cs.LG) [Total: 50]
# cs.LG [[Back]](#toc)
### [1] [Title](https://arxiv.org/abs/2601.15380)
*First Author,Second Author*
Main category: cs.LG
TL;DR: …
<details> Motivation: … Method: … Result: … Conclusion: … Abstract: … </details>
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date

from digest.domain import Entry, SummaryText
from digest.sources.files.lines import NumberedLine
from digest.sources.files.markdown_escapes import EXTRACTIVE_MARK, unescape
from digest.sources.validation import RawPaper, describe_malformed, parse_category, parse_summary, validate_paper

# In their order within an entry. A label out of order is part of the text before it.
LABELS = ("Main category", "TL;DR", "Motivation", "Method", "Result", "Conclusion", "Abstract")

_CONTENTS = re.compile(r"- \[([^\]]{1,100})\]\([^)]*\) \[Total: ([0-9]{1,9})\]")
_SECTION = re.compile(r"# (.{1,100}) \[\[Back\]\]\(#toc\)")
_HEADING = re.compile(r"### \[[0-9]{1,9}\] \[(.*)\]\((\S*)\)")
_LABELLED_TEXT = re.compile(rf"({'|'.join(LABELS)}):(.*)")
_AUTHOR_NAMES = re.compile(r"\*(.*)\*")


def looks_like_markdown(head: str) -> bool:
    """Return whether a file begins as a digest does. Blank lines, a byte order mark and remarks may come before."""
    return bool(re.search(r"^<div id=['\"]?toc['\"]?>|^# Table of Contents|^### \[[0-9]+\] \[", head, re.MULTILINE))


@dataclass(slots=True)
class _EntryDraft:
    """An entry while its lines are read."""

    line: int
    section: str
    title: str = ""
    link: str = ""
    authors: tuple[str, ...] = ()
    texts: dict[str, list[str]] = field(default_factory=dict)
    # The label whose text may go on in the next line.
    label: str = ""
    # Whether the details were begun and ended.
    opened: bool = False
    closed: bool = False
    fault: str = ""

    def add(self, line: NumberedLine) -> None:
        if line.fault:
            self.fault = self.fault or line.fault
        elif line.text in ("<details>", "</details>"):
            self.opened, self.closed, self.label = True, line.text == "</details>", ""
        else:
            self._add_text(line.text)

    def _add_text(self, text: str) -> None:
        found = _LABELLED_TEXT.fullmatch(text)
        if found and all(LABELS.index(found[1]) > LABELS.index(earlier) for earlier in self.texts):
            self.label = found[1]
            self.texts[self.label] = [found[2]]
        elif self.label:
            self.texts[self.label].append(text)
        elif not self.texts and (names := _AUTHOR_NAMES.fullmatch(text)):
            self.authors = tuple(unescape(name) for name in names[1].split(",") if name.strip())

    def text_of(self, label: str) -> str:
        return unescape(" ".join(self.texts.get(label, ())))

    def finish(self, day: date) -> Entry:
        where = f"line {self.line}"
        if self.fault:
            return describe_malformed(where, self.fault, self.title)
        section, primary = parse_category(self.section), parse_category(self.text_of("Main category"))
        categories = dict.fromkeys(code for code in (primary, section) if code)
        return validate_paper(
            RawPaper(
                where=where,
                day=day,
                arxiv_id=self.link,
                title=unescape(self.title),
                abstract=self.text_of("Abstract"),
                authors=self.authors,
                categories=list(categories),
                section=section,
                # A paper in the listing of a category that is not its primary one was cross-listed there.
                kind="cross" if len(categories) == 2 else "new",
                summary=self._parse_summary(),
            )
        )

    def _parse_summary(self) -> SummaryText | None:
        if " ".join(self.texts.get("TL;DR", ())).lstrip().startswith(EXTRACTIVE_MARK.strip()):
            return None
        fields = {"TL;DR": "tldr"} | {label: label.lower() for label in LABELS[2:6]}
        return parse_summary((name, self.text_of(label)) for label, name in fields.items())


def read_markdown(lines: Iterable[NumberedLine], day: date) -> Iterator[Entry]:
    """Yield every entry, then an error for each section whose size differs from the table of contents.

    The entries are announced on *day*, because the file does not say when.
    """
    digest = _DigestReader(day)
    for line in lines:
        yield from digest.read(line)
    yield from digest.end()


@dataclass(slots=True)
class _DigestReader:
    """The state while a file is read."""

    day: date
    # From the table of contents: line number, category and number of papers.
    contents: list[tuple[int, str, int]] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    section: str = ""
    draft: _EntryDraft | None = None
    is_broken: bool = False

    def read(self, line: NumberedLine) -> Iterator[Entry]:
        self.is_broken = line.breaks_off
        if found := _SECTION.fullmatch(line.text):
            yield from self._finish_entry()
            self.section = found[1]
        elif begun := self._begin_entry(line):
            yield from self._finish_entry()
            self.draft = begun
            self.counts[self.section] += 1
        elif self.draft and not self.draft.closed:
            self.draft.add(line)
        elif line.fault:
            yield describe_malformed(f"line {line.number}", line.fault)
        elif not self.section and (listed := _CONTENTS.fullmatch(line.text)):
            self.contents.append((line.number, listed[1], int(listed[2])))

    def _begin_entry(self, line: NumberedLine) -> _EntryDraft | None:
        if found := _HEADING.fullmatch(line.text):
            return _EntryDraft(line.number, self.section, title=found[1], link=found[2])
        is_inside_details = self.draft and self.draft.opened and not self.draft.closed
        if line.text.startswith("### [") and not is_inside_details:
            return _EntryDraft(line.number, self.section, title=line.text, fault="the heading is not understood")
        return None

    def _finish_entry(self) -> Iterator[Entry]:
        if self.draft:
            yield self.draft.finish(self.day)
        self.draft = None

    def end(self) -> Iterator[Entry]:
        """Yield the last entry, which is whole only if its details are closed, and the wrong totals of the contents."""
        if self.draft and self.draft.opened and not self.draft.closed:
            self.draft.fault = self.draft.fault or "the entry is cut off at the end of the file"
        yield from self._finish_entry()
        if not self.is_broken:
            yield from self._wrong_totals()

    def _wrong_totals(self) -> Iterator[Entry]:
        for number, name, total in self.contents:
            if self.counts[name] != total:
                reason = (
                    f"the table of contents announces {total} papers in {name}, its section has {self.counts[name]}"
                )
                yield describe_malformed(f"line {number}", reason)
