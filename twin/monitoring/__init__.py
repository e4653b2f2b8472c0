"""Who needs a decision, and is something changing?"""
