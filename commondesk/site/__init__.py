"""Settings, routes and the files the browser gets. Nobody imports this room."""
