"""The tables of the digest: fields and constraints, nothing else. Import every model from here."""

from digest.models.alarms import Alarm, SignOfLife
from digest.models.deliveries import Delivery, ShownPaper
from digest.models.editions import Edition, EditionEntry, EditionSummary
from digest.models.feedback import Feedback
from digest.models.ledger import LedgerLine, Missing, Rejection, Turn
from digest.models.model_calls import ModelBatch, ModelCall
from digest.models.papers import Announcement, Paper, PaperNews, Signal, Version
from digest.models.provider_events import DeliveryEvent
from digest.models.rate_limits import Pace
from digest.models.runs import Run
from digest.models.search_index import SearchBlock, SearchTerm
from digest.models.sender_checks import SenderCheck
from digest.models.summaries import Backfill, RelatingSentence, Summary
from digest.models.vectors import InterestVector, VersionEmbedding, VersionVector

__all__ = [
    "Alarm",
    "Announcement",
    "Backfill",
    "Delivery",
    "DeliveryEvent",
    "Edition",
    "EditionEntry",
    "EditionSummary",
    "Feedback",
    "InterestVector",
    "LedgerLine",
    "Missing",
    "ModelBatch",
    "ModelCall",
    "Pace",
    "Paper",
    "PaperNews",
    "Rejection",
    "RelatingSentence",
    "Run",
    "SearchBlock",
    "SearchTerm",
    "SenderCheck",
    "ShownPaper",
    "SignOfLife",
    "Signal",
    "Summary",
    "Turn",
    "Version",
    "VersionEmbedding",
    "VersionVector",
]
