"""What the engines do, measured: one module a question, each prints Markdown; nothing here passes or fails."""
