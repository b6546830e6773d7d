"""Draws the pictures that other sites show beside a link to a day, a topic, or the site: the letter's look and a title.

The font comes with Pillow (Aileron, CC0) and has the letters of English alone. So the words are English in all
languages, and a title with other letters is not drawn.
"""

from functools import lru_cache
from io import BytesIO

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe
from PIL import Image, ImageDraw, ImageFont

from digest.dates import parse_day
from digest.web import selectors
from digest.web.topic_pages import tidy_phrase
from subscriptions import rate_limits
from subscriptions.filters.language import MAX_FILTER_LENGTH
from subscriptions.page_cache import public_page

# What sites that show such pictures ask for: https://ogp.me and their own pages.
SIZE = WIDTH, HEIGHT = 1200, 630
MARGIN, STRIPE, STRIPE_HEIGHT = 90, 60, 26
# The light colours of templates/static/site.css.
PAPER, INK, MUTED, ACCENT, WARN = "#faf9f6", "#1c1b19", "#5d5950", "#0b5d5a", "#9a3412"
KICKER_SIZE, LINE_SIZE, TITLE_SIZES = 34, 38, (92, 72, 56)
# Of letters as narrow as there are, a line holds fewer.
MAX_TITLE_LINES, MAX_LINE_LENGTH, CUT = 3, 100, "..."
KEPT_SECONDS = 3600
# What an image costs, in searches.
SEARCHES_PER_IMAGE = 3


@require_safe
@public_page(seconds=KEPT_SECONDS, by_language=False)
def show_site_image(request: HttpRequest) -> HttpResponse:
    """Return the picture of the site."""
    return _answer("", settings.SITE_NAME, "New papers, chosen for you")


@require_safe
@public_page(seconds=KEPT_SECONDS, by_language=False)
def show_edition_image(request: HttpRequest, day: str) -> HttpResponse:
    """Return the picture of a day: its date, and how many new papers it has."""
    try:
        edition = selectors.find_edition(parse_day(day))
    except ValueError:
        edition = None
    if edition is None:
        raise Http404(_("There is no edition of that day."))
    new = sum(section.new for section in selectors.count_by_section(edition))
    papers = "1 new paper" if new == 1 else f"{new:,} new papers"
    with translation.override("en"):
        date, weekday = date_format(edition.day, "j F Y"), date_format(edition.day, "l")
    return _answer(settings.SITE_NAME, date, f"{weekday}, {papers}")


@require_safe
@public_page(seconds=KEPT_SECONDS, by_language=False)
def show_topic_image(request: HttpRequest, phrase: str) -> HttpResponse:
    """Return the picture of a topic: its words. Anybody can ask for any, so a client may do so only so often."""
    if len(phrase) > MAX_FILTER_LENGTH:
        raise Http404(_("There is no such topic."))
    if not rate_limits.allow_search(request, amount=SEARCHES_PER_IMAGE).is_allowed:
        return HttpResponse(status=429)
    return _answer(settings.SITE_NAME, tidy_phrase(phrase), "The newest and the most noticed papers")


def _answer(kicker: str, title: str, line: str) -> HttpResponse:
    return HttpResponse(draw(kicker, title, line), content_type="image/png")


def draw(kicker: str, title: str, line: str) -> bytes:
    """Return a PNG of SIZE in some tens of kilobytes. A title that cannot be drawn gives way to the kicker."""
    kicker, title, line = (text if _can_draw(text) else "" for text in (kicker, title, line))
    if not title:
        kicker, title = "", kicker
    image = Image.new("RGB", SIZE, PAPER)
    pen = ImageDraw.Draw(image)
    _draw_airmail_edge(pen)
    pen.text((MARGIN, MARGIN), kicker, ACCENT, load_font(KICKER_SIZE))
    size, lines = _fit(title)
    top = MARGIN + 2 * KICKER_SIZE
    pen.multiline_text((MARGIN, top), "\n".join(lines), INK, load_font(size), spacing=0.3 * size)
    pen.text((MARGIN, HEIGHT - MARGIN - LINE_SIZE), line, MUTED, load_font(LINE_SIZE))
    file = BytesIO()
    image.quantize(64).save(file, "PNG", optimize=True)
    return file.getvalue()


@lru_cache(maxsize=8)
def load_font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """Return Pillow's own font: reading it takes longer than drawing a line."""
    return ImageFont.load_default(size)


def _can_draw(text: str) -> bool:
    return text.isascii() and text.isprintable()


def _draw_airmail_edge(pen: ImageDraw.ImageDraw) -> None:
    for place, left in enumerate(range(-STRIPE, WIDTH, STRIPE)):
        colour = (ACCENT, PAPER, WARN, PAPER)[place % 4]
        right, slant = left + STRIPE, STRIPE_HEIGHT
        corners = [(left + slant, 0), (right + slant, 0), (right, STRIPE_HEIGHT), (left, STRIPE_HEIGHT)]
        pen.polygon(corners, fill=colour)


def _fit(title: str) -> tuple[int, list[str]]:
    """Return the largest size in which a title has few lines, and its lines; of a longer one the beginning."""
    # One sign more than can have room, so that a longer title is seen to be cut.
    title = title[: MAX_TITLE_LINES * (MAX_LINE_LENGTH + 1) + 1]
    for size in TITLE_SIZES:
        lines = _wrap(title, size)
        if len(lines) <= MAX_TITLE_LINES and all(_fits(line, size) for line in lines):
            return size, lines
    kept = [_cut(line, size) for line in lines[:MAX_TITLE_LINES]]
    return size, [*kept[:-1], _cut(f"{kept[-1]} {CUT}", size)]


def _wrap(title: str, size: int) -> list[str]:
    """Return the lines of a title; of a long one no more than show that it is too long."""
    lines = [""]
    for word in title.split():
        longer = f"{lines[-1]} {word}".strip()
        if _fits(longer, size) or not lines[-1]:
            lines[-1] = longer
        elif len(lines) > MAX_TITLE_LINES:
            break
        else:
            lines.append(word)
    return lines


def _cut(line: str, size: int) -> str:
    """Return as much of the beginning of a line as has room."""
    while not _fits(line, size):
        line = f"{line[:MAX_LINE_LENGTH][: -len(CUT) - 1]}{CUT}"
    return line


def _fits(line: str, size: int) -> bool:
    return len(line) <= MAX_LINE_LENGTH and load_font(size).getlength(line) <= WIDTH - 2 * MARGIN
