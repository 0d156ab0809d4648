"""What the models do, measured: one module a question, each prints Markdown."""
