"""What does a care team decide, on which basis, and was the twin right about it?"""
