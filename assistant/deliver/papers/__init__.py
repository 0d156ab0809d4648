"""The papers of a delivery: disclosure in every file, content credentials, hashes, and the page that says it all."""
