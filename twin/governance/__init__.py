"""Who is asking, what may they see, and what did they do?"""
