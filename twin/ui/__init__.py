"""How is it shown? The only room that knows the screen."""
