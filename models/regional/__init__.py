"""Ten seconds of every region: composed, rendered, measured and put on one page to listen through."""
