"""How likely is an event, by which published equation, and from which inputs?"""
