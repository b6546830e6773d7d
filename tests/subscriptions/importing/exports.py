"""Export files as other services write them, of people who do not exist, and what is right of each."""

import csv
import io
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

from django.core.management import CommandError, call_command

from subscriptions import email_addresses
from subscriptions.address_hashes import hash_address
from subscriptions.models import Subscriber, Suppression
from subscriptions.services import suppression


@dataclass(frozen=True)
class Export:
    """A file, and the people of it by what is right: the names before `@example.org`, with spaces between."""

    service: str
    file: str
    text: str
    active: str = ""
    pending: str = ""
    unsubscribed: str = ""
    suppressed: str = ""
    # Known to the service, but never signed up.
    strangers: str = ""
    # The consent of all who are active.
    consent: str = ""
    # Whether the file does not show who left, so that it is asked for --yes.
    has_gap: bool = False

    def gone(self) -> str:
        """Return whoever must not be active."""
        return f"{self.unsubscribed} {self.suppressed} {self.strangers}"

    def is_right(self, outcome: "Outcome") -> bool:
        """Return whether everybody is what they should be, and whoever consented did so when the file says."""
        found = (outcome.active, outcome.pending, outcome.unsubscribed, outcome.suppressed)
        wanted = (self.active, self.pending, self.unsubscribed, self.suppressed)
        is_right = all(set(names.split()) == people for names, people in zip(wanted, found, strict=True))
        return is_right and (not self.consent or outcome.consents == {self.consent})

    def rows(self) -> list[list[str]]:
        """Return the cells, the header first."""
        return list(csv.reader(StringIO(self.text)))


MAILCHIMP = (
    "Email Address,First Name,Last Name,Address,MEMBER_RATING,OPTIN_TIME,OPTIN_IP,CONFIRM_TIME,CONFIRM_IP,TIMEZONE,"
    "LAST_CHANGED,LEID,EUID"
)
MAILCHIMP_CELLS = "A,B,,2,{},192.0.2.4,2021-03-04 05:07:07,192.0.2.4,Europe/Berlin,2024-01-01 00:00:00,123,abc"
OPTED_IN = MAILCHIMP_CELLS.format("2021-03-04 05:06:07")

EXPORTS = (
    Export(
        "listmonk",
        "subscribers.csv",
        "uuid,email,name,attributes,status,created_at,updated_at\n"
        'u1,In@Example.ORG ,In,"{""city"": ""Paris"", ""topics"": [""cs.LG""]}",enabled,2021-03-04 10:00:00+00,x\n'
        "u2,off@example.org,Off,{},disabled,2021-03-04 10:00:00.123456 +0000 UTC,x\n"
        "u3,block@example.org,Block,{},blocklisted,2021-03-04,x\n",
        active="in",
        unsubscribed="off",
        suppressed="block",
        consent="2021-03-04",
        has_gap=True,
    ),
    Export(
        "listmonk",
        "lists.csv",
        "uuid,email,attributes,status,subscription_status,list,created_at\n"
        "u1,in@example.org,{},enabled,confirmed,daily,2021-03-04\n"
        "u1,in@example.org,{},enabled,confirmed,weekly,2021-03-04\n"
        "u2,left@example.org,{},enabled,unsubscribed,daily,2021-03-04\n"
        "u2,left@example.org,{},enabled,confirmed,weekly,2021-03-04\n"
        "u3,wait@example.org,{},enabled,unconfirmed,daily,2021-03-04\n",
        active="in",
        unsubscribed="left",
        pending="wait",
        consent="2021-03-04",
    ),
    Export(
        "Mailchimp",
        "subscribed.csv",
        f'{MAILCHIMP},NOTES,TAGS\nIN@EXAMPLE.ORG,{OPTED_IN},,"""vip"",""math"""\n'
        f'too@example.org,{OPTED_IN},"one\ntwo, with comma","""vip"""\n',
        active="in too",
        consent="2021-03-04",
    ),
    Export(
        "Mailchimp",
        "nonsubscribed.csv",
        f"{MAILCHIMP},NOTES,TAGS\nshop@example.org,{MAILCHIMP_CELLS.format('')},,\n",
        strangers="shop",
    ),
    Export(
        "Mailchimp",
        "gone.csv",
        f"{MAILCHIMP},UNSUB_TIME,UNSUB_CAMPAIGN_TITLE,UNSUB_CAMPAIGN_ID,UNSUB_REASON,UNSUB_REASON_OTHER,NOTES,TAGS\n"
        f"left@example.org,{OPTED_IN},2024-02-03 04:05:06,June,1,N/A,,,\nlong@example.org,{OPTED_IN},,,,,,,\n",
        unsubscribed="left long",
    ),
    Export(
        "Mailchimp",
        "returned.csv",
        f"{MAILCHIMP},CLEAN_TIME,CLEAN_CAMPAIGN_TITLE,CLEAN_CAMPAIGN_ID,NOTES,TAGS\n"
        f"back@example.org,{OPTED_IN},2024-02-03 04:05:06,June,1,,\n",
        suppressed="back",
    ),
    Export(
        "Ghost",
        "fields.csv",
        "id,email,name,note,subscribed_to_emails,complimentary_plan,stripe_customer_id,created_at,deleted_at,labels,tiers,"
        "gift_id,custom_fields.job\n"
        "1,in@example.org,In,,true,false,,2021-03-04T00:00:00.000Z,,,,,Baker\n"
        "2,off@example.org,Off,,false,false,,2021-03-04T00:00:00.000Z,,,,,\n",
        active="in",
        unsubscribed="off",
        consent="2021-03-04",
    ),
    Export(
        "Ghost",
        "members.csv",
        "id,email,name,note,subscribed_to_emails,complimentary_plan,stripe_customer_id,created_at,deleted_at,labels,tiers\n"
        '1,in@example.org,In,"likes\n""math"", physics",true,false,,2021-03-04T00:00:00.000Z,,newsletter,\n'
        "2,off@example.org,Off,,false,false,,2021-03-04T00:00:00.000Z,,newsletter,\n"
        "3,deleted@example.org,D,,true,false,,2021-03-04T00:00:00.000Z,2023-05-01,,\n"
        "4,unknown@example.org,U,,,false,,2021-03-04T00:00:00.000Z,,,\n",
        active="in",
        unsubscribed="off deleted",
        strangers="unknown",
        consent="2021-03-04",
    ),
    Export(
        "Substack",
        "email_list.csv",
        "email,active_subscription,expiry,plan,email_disabled,digest_enabled,created_at,first_payment_at\n"
        "in@example.org,false,,other,false,false,2021-03-04T00:00:00.000Z,\n"
        "pays@example.org,true,2027-01-01T00:00:00.000Z,yearly,false,true,2021-03-04T00:00:00.000Z,2021-04-01\n"
        "off@example.org,false,,other,true,false,2021-03-04T00:00:00.000Z,\n"
        "off-pays@example.org,true,,monthly,true,false,2021-03-04T00:00:00.000Z,2021-04-01\n",
        active="in pays",
        unsubscribed="off off-pays",
        consent="2021-03-04",
    ),
    Export(
        "Substack",
        "subscribers.csv",
        "Email,Name,Stripe plan,Cancel date,Start date,Paid upgrade date,Bestseller,Emails received (6mo),"
        "Emails dropped (6mo),num_emails_opened,Last email open,Links clicked,Subscriptions gifted,Revenue,"
        "Subscription source (free),Days active (30d),Activity,Country,State/Province,Expiration date,Type,Sections\n"
        "in@example.org,In,,,2021-03-04T00:00:00.000Z,,,9,0,3,,0,0,$0.00,import,1,3,DE,,,Free,Main\n"
        "off@example.org,O,Monthly,2024-02-03T00:00:00.000Z,2021-03-04T00:00:00.000Z,,,9,0,3,,0,0,$5.00,,1,3,,,,Free,Main\n",
        active="in",
        unsubscribed="off",
        consent="2021-03-04",
        has_gap=True,
    ),
    Export(
        "Substack",
        "email_list.old.csv",
        "email,active_subscription,expiry,email_disabled,prefer_digests,created_at\n"
        "in@example.org,false,,false,true,2021-03-04T00:00:00.000Z\noff@example.org,false,,true,false,2021-03-04\n",
        active="in",
        unsubscribed="off",
        consent="2021-03-04",
    ),
    Export(
        "Buttondown",
        "buttondown.csv",
        "email,notes,metadata,tags,referrer_url,creation_date,secondary_id,subscriber_type,source,unsubscription_date,"
        "undeliverability_date,churn_date\n"
        + "".join(
            f"{name}@example.org,,{{}},,,2021-03-04T05:06:07.123456Z,{number},{kind},import,{ends},\n"
            for number, (name, kind, ends) in enumerate(
                (
                    *(("in", "regular", ","), ("pays", "premium", ","), ("rests", "paused", ",")),
                    *(("left", "unsubscribed", "2024-02-03,"), ("waits", "unactivated", ",")),
                    *(("dead", "undeliverable", ",2024-02-03"), ("spam", "complained", ",")),
                    *(("out", "removed", ","), ("bad", "spammy", ","), ("stays", "past_due", ",")),
                )
            )
        ),
        active="in pays rests stays",
        pending="waits",
        unsubscribed="left",
        suppressed="dead spam out bad",
        consent="2021-03-04",
    ),
    Export(
        "Buttondown",
        "people.csv",
        "email,unsubscription_date,unsubscription_reason\nleft@example.org,2024-02-03,too many\nlong@example.org,,\n",
        unsubscribed="left long",
    ),
    Export(
        "MailerLite",
        "classic.csv",
        "Subscriber,Name,Subscribe date,Unsubscribe date,Type,Unsubscribe reason\n"
        "in@example.org,In,2021-03-04,,active,\nleft@example.org,L,2021-03-04,2024-02-03,unsubscribed,Other\n"
        "dead@example.org,D,2021-03-04,,bounced,\n",
        active="in",
        unsubscribed="left",
        suppressed="dead",
        consent="2021-03-04",
    ),
    Export(
        "MailerLite",
        "mailerlite.csv",
        "Subscriber,Status,Name,Sent,Opens,Clicks,Subscribed,Unsubscribed,Opt-in date,Location\n"
        "in@example.org,Active,In,10,5,1,2021-03-04 05:06:07,,2021-03-04 05:07:07,Germany\n"
        "left@example.org,Unsubscribed,L,10,5,1,2021-03-04 05:06:07,2024-02-03 04:05:06,,\n"
        "gone@example.org,Active,G,10,5,1,2021-03-04 05:06:07,2024-02-03 04:05:06,,\n"
        "dead@example.org,Bounced,D,10,0,0,2021-03-04 05:06:07,,,\n"
        "spam@example.org,Junk,S,10,0,0,2021-03-04 05:06:07,,,\n"
        "waits@example.org,Unconfirmed,W,0,0,0,2021-03-04 05:06:07,,,\n",
        active="in",
        pending="waits",
        unsubscribed="left gone",
        suppressed="dead spam",
        consent="2021-03-04",
    ),
    Export(
        "Keila",
        "contacts.csv",
        "Email,First name,Last name,Data,Status\n"
        'in@example.org,In,I,"{""city"": ""Rome""}",active\n'
        "left@example.org,L,L,,unsubscribed\n"
        "dead@example.org,D,D,,unreachable\n",
        active="in",
        unsubscribed="left",
        suppressed="dead",
    ),
    Export(
        "plain list",
        "people.csv",
        "E-mail,Name,Subscription status,Date subscribed\n"
        'in@example.org,I,Subscribed,"March 4, 2021"\nLeft <left@example.org>,L,Opted-out,04/03/2021\n'
        "dead@example.org,D,Hard bounce,2021/03/04\nwaits@example.org,W,Pending,04.03.2021\n",
        active="in",
        pending="waits",
        unsubscribed="left",
        suppressed="dead",
        consent="2021-03-04",
    ),
    Export(
        "plain list",
        "flags.csv",
        "email,unsubscribed,bounced,deleted_at\nin@example.org,no,0,0000-00-00 00:00:00\n"
        "left@example.org,yes,0,NULL\ndead@example.org,,1,\nlost@example.org,FALSE,false,2024-02-03\n",
        active="in",
        unsubscribed="left lost",
        suppressed="dead",
    ),
    Export(
        "plain list",
        "unsubscribed-2024.csv",
        "email\nleft@example.org\ngone@example.org\n",
        unsubscribed="left gone",
    ),
    Export(
        "plain list",
        "roster.txt",
        "In One <in@example.org>\ntoo@example.org\n",
        active="in too",
    ),
    Export(
        "plain list",
        "suppressions.txt",
        "dead@example.org\nspam@example.org\n",
        suppressed="dead spam",
    ),
)


# --- the same files, as people change them ------------------------------------------------------------------------
def write_rows(rows: list[list[str]], delimiter: str = ",") -> str:
    """Return CSV."""
    text = StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator="\r\n").writerows(rows)
    return text.getvalue()


def rename_email(export: Export) -> bytes:
    """Rename the column of addresses to `email`, and add one with categories."""
    header, *rows = export.rows()
    if any("@" in cell for cell in header):
        return export.text.encode()
    place = next(number for number, cell in enumerate(rows[0]) if "@" in cell)
    header = ["email" if number == place else cell for number, cell in enumerate(header)]
    return write_rows([[*header, "categories"], *([*row, "cs.CL"] for row in rows)]).encode()


VARIANTS: Mapping[str, Callable[[Export], bytes]] = {
    "as it comes": lambda export: export.text.encode(),
    "saved by Excel": lambda export: write_rows(export.rows(), ";").encode("utf-8-sig"),
    "with Excel's sep=": lambda export: b"sep=;\r\n" + write_rows(export.rows(), ";").encode(),
    "UTF-16 with tabs": lambda export: write_rows(export.rows(), "\t").encode("utf-16"),
    "UTF-16 without a mark": lambda export: write_rows(export.rows(), "\t").encode("utf-16-le"),
    "Latin-1 in a name": lambda export: export.text.encode().replace(b"In,", b"J\xfcrgen,"),
    "column renamed, categories added": rename_email,
    "in capitals": lambda export: write_rows([[*map(str.upper, export.rows()[0])], *export.rows()[1:]]).encode(),
    "rows twice, backwards": lambda export: write_rows(
        [export.rows()[0], *export.rows()[:0:-1], *export.rows()[1:]]
    ).encode(),
}


@dataclass(frozen=True)
class Outcome:
    """Who is what after an import into an empty installation, by the names before the sign @."""

    active: set[str]
    pending: set[str]
    unsubscribed: set[str]
    suppressed: set[str]
    consents: set[str]
    output: str
    error: str


def import_bytes(folder: Path, name: str, content: bytes, *flags: str) -> Outcome:
    """Import a file as the command does, and return who is what."""
    path = folder / name
    path.write_bytes(content)
    out, err = StringIO(), StringIO()
    problem, keys = "", dict[str, str]()

    def hash_and_note(address: str) -> str:
        address_hash = hash_address(address)
        keys[address_hash] = email_addresses.key(address)
        return address_hash

    try:
        with patch.object(suppression, "hash_address", hash_and_note):
            call_command("import_subscribers", str(path), "--categories", "cs.LG", *flags, stdout=out, stderr=err)
    except CommandError as error:
        problem = str(error)
    return _read_outcome(keys, out.getvalue(), err.getvalue() + problem)


def _read_outcome(keys: Mapping[str, str], output: str, error: str) -> Outcome:
    """Return who is what now. *keys* are those of addresses by their hashes."""
    suppressed = {keys[each] for each in Suppression.objects.values_list("address_hash", flat=True)}

    def named(status: str) -> set[str]:
        keys = Subscriber.objects.filter(status=status).exclude(email_key__in=suppressed)
        return {key.partition("@")[0] for key in keys.values_list("email_key", flat=True)}

    people = Subscriber.objects.filter(status=Subscriber.Status.ACTIVE).exclude(email_key__in=suppressed)
    consents = {moment.date().isoformat() for moment in people.values_list("consent_at", flat=True) if moment}
    blocked = {key.partition("@")[0] for key in suppressed}
    return Outcome(named("active"), named("pending"), named("unsubscribed"), blocked, consents, output, error)


def read_field_cases(folder: Path) -> Iterator[Export]:
    """Yield the exports that lie beside the checkout, with what their README says is right of them."""
    folder = folder / "field_cases" / "exports"

    def export(service: str, file: str, *people: str, consent: str = "", has_gap: bool = False) -> Export:
        text = (folder / file).read_text(encoding="utf-8")
        active, unsubscribed, suppressed = people
        return Export(service, file, text, active, "", unsubscribed, suppressed, consent=consent, has_gap=has_gap)

    yield export("listmonk", "listmonk.csv", "ada.l post", "bob+arxiv", "mallory", has_gap=True)
    yield export("Mailchimp", "mc_subscribed.csv", "ann kim", "", "", consent="2021-03-04")
    yield export("Mailchimp", "mc_unsubscribed.csv", "", "left", "")
    yield export("Mailchimp", "mc_cleaned.csv", "", "", "bounced")
    yield export("Substack", "substack.csv", "s1", "s2-off", "", consent="2022-01-01")
    yield export("Ghost", "ghost.csv", "g1", "g2-optout g3-deleted", "", consent="2022-01-01")


def forget_everybody() -> None:
    """Delete all people and suppressions."""
    Subscriber.objects.all().delete()
    Suppression.objects.all().delete()


def import_variants(export: Export) -> list[Outcome]:
    """Import the file in all its forms, each into an empty installation."""
    outcomes = []
    for write in VARIANTS.values():
        forget_everybody()
        with TemporaryDirectory() as folder:
            outcomes.append(import_bytes(Path(folder), export.file, write(export), "--yes"))
    return outcomes


def zipped(files: Mapping[str, str]) -> bytes:
    """Return a ZIP archive."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        for name, text in files.items():
            file.writestr(name, text)
    return archive.getvalue()
