"""The page: a chat on the left, the current take on the right. Outside app.py, only this folder knows gradio."""

from assistant.page.layout import build_page

__all__ = ["build_page"]
