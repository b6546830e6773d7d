"""Words that no summary may hold: what failed writers leave behind in place of one."""

from digest.sources.summary_placeholders import find_placeholder

refuse = find_placeholder
