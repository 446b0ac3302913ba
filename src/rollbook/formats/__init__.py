"""Tables as files: one module for each format, and all that knows the library which writes it."""
