"""A run on one page: what can be decoded, what interventions changed, and how to do it again."""

from probing.reports.html import as_html
from probing.reports.markdown import write_markdown
from probing.reports.report import Report, report_of

__all__ = ["Report", "as_html", "report_of", "write_markdown"]
