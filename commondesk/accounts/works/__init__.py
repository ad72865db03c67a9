"""Work that takes long: asked for on a page, done by the worker, shown while it goes on."""
