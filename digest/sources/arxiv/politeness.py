"""The pace at which arXiv may be asked. https://info.arxiv.org/help/api/tou.html"""

from digest.sources.http.client import Politeness

# Three seconds between two requests, over one connection, for everybody of this service together.
ARXIV_POLITENESS = Politeness(delay=3.0)
