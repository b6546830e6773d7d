"""Small daily digests to read: our own words, in the shape of the real ones."""

FAILED = {
    "TL;DR": "Summary generation failed",
    "Motivation": "Motivation analysis unavailable",
    "Method": "Method extraction failed",
    "Result": "Result analysis unavailable",
    "Conclusion": "Conclusion extraction failed",
}
WRITTEN = {
    "TL;DR": "We sort numbers.",
    "Motivation": "Numbers lie about.",
    "Method": "We compare them.",
    "Result": "They are sorted.",
    "Conclusion": "Sorting helps.",
}


def paper(number: int, title: str = "Sorting", *, primary: str = "cs.LG", texts: dict[str, str] = WRITTEN) -> str:
    details = "\n\n".join(f"{label}: {texts[label]}" for label in ("Motivation", "Method", "Result", "Conclusion"))
    return (
        f"### [{number}] [{title}](https://arxiv.org/abs/2601.{number:05})\n*Ada Önal,Bao Li*\n\n"
        f"Main category: {primary}\n\nTL;DR: {texts['TL;DR']}\n\n\n<details>\n  <summary>Details</summary>\n"
        f"{details}\n\nAbstract: Abstract {number} of two lines.\n  This is the second.\n\n</details>\n\n\n"
    )


def digest(**sections: list[str]) -> str:
    """Sections by name with an underscore for the dot: `cs_LG=[paper(1)]`."""
    named = {name.replace("_", "."): papers for name, papers in sections.items()}
    contents = "".join(f"- [{name}](#{name}) [Total: {len(papers)}]\n" for name, papers in named.items())
    bodies = "".join(
        f"\n\n<div id='{name}'></div>\n\n# {name} [[Back]](#toc)\n\n{''.join(papers)}" for name, papers in named.items()
    )
    return f"<div id=toc></div>\n\n# Table of Contents\n\n{contents}{bodies}"
