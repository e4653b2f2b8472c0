"""Which number came from which paper, and how far does it reach?"""
