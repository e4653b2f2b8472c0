"""What does each page show? One module a page."""
