"""The report: one page that needs nothing from outside, which a person enjoys."""

from assistant.deliver.report.page import report_html

__all__ = ["report_html"]
