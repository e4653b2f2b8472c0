"""Is it true, and is it fast?"""
