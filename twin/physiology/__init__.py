"""How does a body behave?"""
