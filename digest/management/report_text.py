"""The day's report as people read it."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from digest.domain import Outlook
from digest.reconciliation.explanations import describe_reason
from digest.run import Report
from digest.scheduler import Delivered
from digest.sentences import join_reasons

MAX_REJECTIONS_SHOWN = 20


def format_report(report: Report) -> Iterator[str]:
    """Yield the lines about the stages that ran, and what is left to do."""
    yield _format_heading(report)
    yield from _format_papers(report)
    if "summarise" in report.seconds:
        yield from _format_summaries(report)
    if report.seconds.keys() & {"pick", "send", "reconcile"}:
        yield from _format_letters(report)
    for note in report.notes:
        yield _format_row(_("note"), note)
    for title, outlook in ((_("to do"), Outlook.ACT), (_("wait"), Outlook.WAIT)):
        yield from (_format_row(title, text) for text in report.describe_actions(outlook))
    yield from (_format_row(_("besides"), text) for text in report.besides)
    if not report.seconds:  # nothing ran, as the day has nothing to run on
        return
    yield _format_row(_("time"), ", ".join(f"{name} {value:.1f} s" for name, value in report.seconds.items()))
    yield _format_row(_("books"), _("balanced") if report.balanced else join_reasons(report.problems))


def _format_heading(report: Report) -> str:
    """Return the first line. A day that nobody fetched names no source."""
    text = _("Preprint Post, %(day)s, from %(source)s") if report.source else _("Preprint Post, %(day)s")
    heading = text % {"day": report.day, "source": report.source}
    return _("%s (dry run: nothing was sent or kept)") % heading if report.dry_run else heading


def _format_row(name: str, text: str) -> str:
    return f"  {name:<10} {text}"


def _format_papers(report: Report) -> Iterator[str]:
    if "fetch" in report.seconds and not report.fetched:
        yield _format_row(_("papers"), _("fetched by an earlier run; the edition is already going out"))
    elif report.fetched:
        counts = {"stored": report.stored, "known": report.known, "rejected": report.rejected}
        yield _format_row(_("papers"), _("%(stored)d new, %(known)d known already, %(rejected)d rejected") % counts)
    for rejection in report.rejections[:MAX_REJECTIONS_SHOWN]:
        yield _format_row("", f"{rejection['where']}: {rejection['reason']}")
    if (more := len(report.rejections) - MAX_REJECTIONS_SHOWN) > 0:
        yield _format_row("", _("and %d more") % more)
    for warning in report.warnings:
        yield _format_row(_("warning"), warning)
    if report.signals:
        found = (
            f"{service} {_format_paper_count(outcome) if isinstance(outcome, int) else outcome}"
            for service, outcome in report.signals.items()
        )
        yield _format_row(_("signals"), join_reasons(found))
    if report.seconds.keys() - {"fetch", "signals"}:
        yield _format_row(_("edition"), _format_paper_count(report.edition))
    if report.without_papers:
        yield _format_row(_("note"), report.without_papers["words"])


def _format_paper_count(number: int) -> str:
    return ngettext("%d paper", "%d papers", number) % number


def _format_summaries(report: Report) -> Iterator[str]:
    text = _("%(model)d by a model, %(imported)d imported, %(extractive)d from the abstract, %(cached)d there already")
    yield _format_row(_("summaries"), text % report.summaries)
    if report.summaries.get("calls") or report.summaries.get("cache_hits"):
        yield from (_format_row("", line) for line in format_model_use(report.summaries))


def format_model_use(use: Mapping[str, Any]) -> Iterator[str]:
    """Yield the lines about the models. *use* is as in ModelUse.as_json."""
    text = ngettext(
        "%(calls)d model call, %(cache_hits)d from the cache, %(tokens)d tokens, $%(cost).4f",
        "%(calls)d model calls, %(cache_hits)d from the cache, %(tokens)d tokens, $%(cost).4f",
        use["calls"],
    )
    yield text % use
    for title, reasons in ((_("answers not used"), use["rejected"]), (_("calls failed"), use["failed"])):
        if reasons:
            yield f"{title}: " + ", ".join(f"{count} · {reason}" for reason, count in sorted(reasons.items()))
    for words in dict.fromkeys(use.get("said", {}).values()):
        yield _("the service says: %s") % words
    if spent := use.get("spent"):
        counts = {f"{period}_{name}": spent[period][name] for period in ("day", "month") for name in ("cost", "tokens")}
        text = _(
            "today $%(day_cost).4f and %(day_tokens)d tokens, this month $%(month_cost).4f and %(month_tokens)d tokens"
        )
        yield text % counts


def _format_letters(report: Report) -> Iterator[str]:
    if report.dry_run:
        counts = {"due": report.due, "would": report.would_send, "excluded": report.excluded}
        text = _("%(due)d due: %(would)d would go out, %(excluded)d excluded")
        if report.held_back:
            text += _(", %(held_back)d held back")
            counts["held_back"] = report.held_back
    else:
        counts = {name: getattr(report, name) for name in ("due", "accepted", "excluded", "failed", "uncertain")}
        text = _("%(due)d due: %(accepted)d sent, %(excluded)d excluded, %(failed)d failed, %(uncertain)d uncertain")
        if report.waiting:
            text += _(", %(waiting)d still to be sent")
            counts["waiting"] = report.waiting
    yield _format_row(_("letters"), text % counts)
    before = report.already_by_state
    if served := before.get("accepted", 0):
        text = ngettext("%d reader had theirs before", "%d readers had theirs before", served)
        yield _format_row("", text % served)
    if ended := [f"{before[state]} {_(state)}" for state in ("excluded", "failed", "uncertain") if before.get(state)]:
        yield _format_row("", _("before this run: %s") % ", ".join(ended))
    for other in report.other_editions:
        yield _format_row("", _format_other_edition(other))
    for state in ("excluded", "failed", "uncertain", "waiting"):
        for reason, count in sorted(report.reasons[state].items()):
            if reason:
                yield _format_row("", f"{_(state)}: {count} · {describe_reason(reason)}")


def _format_other_edition(counts: Mapping[str, Any]) -> str:
    """Return the line about letters of another day that a daily run tried again."""
    text = _(
        "of %(day)s: %(accepted)d sent, %(excluded)d excluded, %(failed)d failed, %(uncertain)d uncertain,"
        " %(waiting)d still to be sent"
    )
    return text % counts


def format_delivered(delivered: Delivered) -> Iterator[str]:
    """Yield the lines that say what a run of `deliver_due` did: one per edition, one for the chores."""
    for report in delivered.editions:
        names = ("day", "accepted", "excluded", "failed", "uncertain", "waiting")
        yield _format_row(_("letters"), _format_other_edition({name: getattr(report, name) for name in names}))
        yield from (_format_row(_("wait"), text) for text in report.passing_problems)
    yield from (_format_row(_("wait"), text) for text in delivered.waiting)
    yield from (_format_row(_("to do"), text) for text in delivered.held_back)
    if not (delivered.editions or delivered.waiting or delivered.held_back):
        yield _format_row(_("letters"), _("none was due"))
    chores = {name: getattr(delivered.chores, name) for name in ("account_requests", "reminders", "summaries")}
    yield _format_row(
        _("besides"),
        _("%(account_requests)d account requests, %(reminders)d reminders, %(summaries)d summaries") % chores,
    )
