"""placeholder"""
def register(p): p.set_defaults(handler=lambda a: 0)
