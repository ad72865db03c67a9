"""Foreign files to events: case files and exports of other desks."""
