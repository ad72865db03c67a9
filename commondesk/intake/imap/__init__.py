"""Mail fetched from mailboxes on other servers."""
