"""The page: a chat on the left, the current take on the right. The only folder of the core's repository that knows gradio."""

from assistant.page.layout import build_page

__all__ = ["build_page"]
